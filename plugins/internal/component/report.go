package component

import (
	"cmp"
	"context"
	"log/slog"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
)

// metaReport marks a message whose notes somebody has to look at although it was
// written.
const metaReport = "report"

// notes are what a mapping left in the metadata `notes`: what was cut or left
// out.
func notes(msg *service.Message) []string {
	value, _ := msg.MetaGetMut("notes")
	return Texts(value)
}

// count counts an outcome for the summary and the metrics.
func count(flow *connection.Flow, outcome delivery.Outcome) {
	switch outcome.Result {
	case delivery.Created:
		flow.Count(connection.CountCreated)
	case delivery.Adopted:
		if outcome.Sent {
			flow.Count(connection.CountCreated)
		} else {
			flow.Skip("it was there before, and is adopted")
		}
	case delivery.Updated, delivery.Stepped:
		flow.Count(connection.CountUpdated)
	case delivery.Unchanged:
		flow.Skip(cmp.Or(outcome.Common, outcome.Reason))
	case delivery.Parked:
		flow.Count(connection.CountParked)
	case delivery.DeadLettered:
		flow.Count(connection.CountDeadLettered)
	case delivery.Planned:
		flow.Count(connection.CountPlanned)
	}
	for range outcome.Refused {
		flow.Count(connection.CountDeadLettered)
	}
}

// report logs what somebody may have to look at. A record that is parked for the
// first time is tried again within seconds, so it is no news yet.
func report(book *connection.Book, flow *connection.Flow, source Source, operation string, outcome delivery.Outcome) {
	level := slog.LevelDebug
	switch {
	case outcome.Result == delivery.DeadLettered:
		level = slog.LevelWarn
	case outcome.Result == delivery.Parked && source.Again:
		level = slog.LevelInfo
	}
	what := outcome.Result.String()
	if book.Options.DryRun && outcome.Result == delivery.DeadLettered {
		what = "would be dead-lettered"
	}
	book.Options.Log.Log(context.Background(), level, what, "stream", flow.Stream, "record", source.Record.Ref, "operation", operation, "reason", outcome.Reason)
}
