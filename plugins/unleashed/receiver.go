package unleashed

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// receiver takes the events of one connection in.
type receiver struct {
	book    *connection.Book
	flow    *connection.Flow
	key     string // that events are signed under
	maxBody int64  // in bytes
	maxAge  time.Duration
	refused *service.MetricCounter // by reason
}

// refusal is why an event is not taken in.
type refusal struct {
	status int
	reason string // the label of the metric
}

// ServeHTTP stores an event and answers 202, to a duplicate too. Answers say
// nothing about the reason: who sends events that are not right is nobody that
// should be told.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	refused := r.receive(w, req)
	if refused == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	r.refused.Incr(1, refused.reason)
	r.book.Options.Log.Debug("an event was refused", "stream", r.flow.Stream, "reason", refused.reason)
	http.Error(w, http.StatusText(refused.status), refused.status)
}

func (r *receiver) receive(w http.ResponseWriter, req *http.Request) *refusal {
	if req.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return &refusal{http.StatusMethodNotAllowed, "method"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, r.maxBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return &refusal{http.StatusRequestEntityTooLarge, "too_large"}
	}
	if err != nil {
		return &refusal{http.StatusBadRequest, "unreadable"}
	}
	timestamp, signature := req.Header.Get(unleashedapi.HeaderEventTimestamp), req.Header.Get(unleashedapi.HeaderEventSignature)
	switch err := unleashedapi.VerifyEvent(r.key, timestamp, signature, body, r.book.Options.Now(), r.maxAge); {
	case errors.Is(err, unleashedapi.ErrUnsigned):
		return &refusal{http.StatusUnauthorized, "unsigned"}
	case errors.Is(err, unleashedapi.ErrStale):
		return &refusal{http.StatusUnauthorized, "stale"}
	case err != nil:
		return &refusal{http.StatusUnauthorized, "forged"}
	}
	event, err := unleashedapi.ParseEvent(body)
	if err != nil {
		return &refusal{http.StatusBadRequest, "malformed"}
	}
	if err := r.store(req, event, body); err != nil {
		return &refusal{http.StatusServiceUnavailable, "unavailable"}
	}
	return nil
}

// store makes an event durable before it is answered. Once the process is
// stopping nothing is taken in any more: the ledger is about to be closed.
func (r *receiver) store(req *http.Request, event unleashedapi.Event, body []byte) error {
	if r.book.IsDraining() {
		return ledger.ErrClosed
	}
	arrival := ledger.Arrival{
		ID: event.ID, Connection: r.flow.Connection, Stream: r.flow.Stream, Kind: event.Type, ReceivedAt: r.book.Options.Now(), Body: body,
	}
	err := r.book.Ledger.Commit(req.Context(), func(tx *ledger.Tx) error {
		isNew, err := tx.ReceiveEvent(arrival)
		if err != nil || !isNew {
			return err
		}
		return tx.AddEvent(ledger.Event{
			At: arrival.ReceivedAt, Connection: arrival.Connection, Stream: arrival.Stream, Record: eventRecord(event.ID, event.GUID),
			Kind: ledger.EventReceived, Summary: event.Type,
		})
	})
	if err != nil {
		r.book.Options.Log.Warn("an event could not be stored; Unleashed sends it again", "stream", r.flow.Stream, "event", event.ID, "error", err.Error())
	}
	return err
}
