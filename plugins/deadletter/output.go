// Package deadletter holds the output `dead_letter`, which files a record that
// could not be delivered, with its error and where it failed.
package deadletter

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

func init() {
	service.MustRegisterOutput("dead_letter", spec(), func(conf *service.ParsedConfig, res *service.Resources) (service.Output, int, error) {
		inFlight, err := conf.FieldMaxInFlight()
		return &output{res: res}, inFlight, err
	})
}

func spec() *service.ConfigSpec {
	return service.NewConfigSpec().
		Categories("Services").
		Summary("Files a record that could not be delivered, with the error that `try_catch` left in the metadata `error`.").
		Description(`
The metadata `+"`error_class`"+` says what kind of failure it is: `+"`rejected`"+` (a service said no), `+"`unmappable`"+` (a mapping could not make sense of the record), `+"`poison`"+` or `+"`ambiguous`"+`. An error that a mapping raised is unmappable without saying so. Whatever else arrives is not filed but rejected (nacked), so that it is read again: a passing failure is not a dead letter. Once the process is stopping nothing is filed at all.

Only system, resource and id of the record are kept, and its body until the retention is over; a replay reads the record afresh.`).
		Fields(service.NewOutputMaxInFlightField()).
		Example("Refuse what cannot be mapped", "The catch of the pipeline leaves the error in the metadata; the switch sends it here.", `
output:
  label: deliver
  switch:
    cases:
      - check: '@error != null'
        output:
          label: refuse
          dead_letter: {}
      - output:
          label: send
          mintsoft:
            connection: main
            operation: order.create
            key: sales_order/${! @unleashed_id }
`)
}

type output struct{ res *service.Resources }

// Connect has nothing to open.
func (o *output) Connect(context.Context) error { return nil }

// Write files one message.
func (o *output) Write(ctx context.Context, msg *service.Message) error {
	book, err := component.Book(o.res)
	if err != nil {
		return err
	}
	flow, source, err := component.Made(book, msg)
	if err != nil {
		return err
	}
	failure := failureOf(msg)
	if !component.KnownClass(failure.class) {
		return fmt.Errorf("putting %s back: %s", source.Record.Ref, failure.reason)
	}
	body, err := msg.AsBytes()
	if err != nil {
		body = nil
	}
	made, err := madeBefore(ctx, book, source)
	if err != nil {
		return err
	}
	return component.Refuse(ctx, book, flow, source, ledger.DeadLetter{
		Class: failure.class, System: source.Record.System, Operation: failure.where, Reason: failure.reason + made, Detail: body,
	})
}

// madeBefore names the order or ASN that was made of a record before something came to be
// wrong with it: that goes on as it is.
func madeBefore(ctx context.Context, book *connection.Book, source component.Source) (string, error) {
	links, err := book.Ledger.LinksByRef(ctx, source.Record.ID)
	words := map[string]string{ledger.LinkOrder: "order", ledger.LinkASN: "ASN"}
	for _, link := range links {
		if word := words[link.Kind]; word != "" && link.Connection == source.Connection && link.SourceID == source.Record.ID {
			return fmt.Sprintf("; it was sent before as %s %s", word, link.TargetID), nil
		}
	}
	return "", err
}

// Close has nothing to close.
func (o *output) Close(context.Context) error { return nil }

type failure struct{ class, reason, where string }

// mappers are the processors whose errors say that the record cannot be mapped.
var mappers = []string{"mapping", "mutation", "bloblang", "switch"}

// mapped are texts by which the engine says that a mapping inside another
// component failed.
var mapped = []string{"mapping failed", "failed assignment", "failed to interpolate"}

// prefix is what the engine puts before the words of an error: a branch says that
// its processors failed, a mapping where it threw.
var prefix = regexp.MustCompile(`^(processors failed: )?(failed (assignment|to execute mapping query at) ?\(?(line \d+)?\)?:? )?`)

func failureOf(msg *service.Message) failure {
	var f failure
	value, _ := msg.MetaGetMut("error")
	name := ""
	switch caught := value.(type) {
	case map[string]any:
		f.reason, _ = caught["what"].(string)
		f.where, _ = caught["label"].(string)
		name, _ = caught["name"].(string)
	case string:
		f.reason = caught
	}
	f.class, f.reason = component.ClassOf(f.reason)
	if class, exists := msg.MetaGetMut(component.MetaErrorClass); exists && f.class == "" {
		f.class, _ = class.(string)
	}
	if f.class == "" && (slices.Contains(mappers, name) || slices.ContainsFunc(mapped, func(text string) bool { return strings.Contains(f.reason, text) })) {
		f.class = ledger.ClassUnmappable
	}
	f.reason = prefix.ReplaceAllString(f.reason, "")
	if f.reason == "" {
		f.reason = "no reason was given"
	}
	return f
}
