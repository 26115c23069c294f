package component

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
)

var classes = []string{ledger.ClassRejected, ledger.ClassUnmappable, ledger.ClassPoison, ledger.ClassAmbiguous}

// KnownClass says whether a class may be filed: anything else is put back.
func KnownClass(class string) bool { return slices.Contains(classes, class) }

// Classed marks an error with its class in the text: metadata that a processor
// sets inside a branch does not come out of it, the error's text does.
func Classed(class string, err error) error { return fmt.Errorf("[%s] %w", class, err) }

// ClassOf finds the mark of Classed anywhere in a text and answers the text
// without it.
func ClassOf(text string) (class, unmarked string) {
	for _, known := range classes {
		if mark := "[" + known + "] "; strings.Contains(text, mark) {
			return known, strings.ReplaceAll(text, mark, "")
		}
	}
	return "", text
}

// fileLetter files a dead letter for a message and tells those who watch. Nothing is
// filed once the process is stopping: a healthy record may look broken then.
func fileLetter(ctx context.Context, book *connection.Book, source Source, letter ledger.DeadLetter) (delivery.Outcome, error) {
	if book.IsDraining() {
		return delivery.Outcome{}, delivery.ErrStopped
	}
	outcome := delivery.Outcome{Result: delivery.DeadLettered, Reason: letter.Reason}
	if book.Options.DryRun {
		return outcome, nil
	}
	if letter.Slot == "" {
		letter.Slot = source.Part
	}
	now := book.Options.Now()
	letter.Connection, letter.Stream, letter.Record, letter.FirstAt, letter.LastAt = source.Connection, source.Stream, source.Record, now, now
	err := book.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		if _, err := tx.FileDeadLetter(letter); err != nil {
			return err
		}
		if source.Part == "" {
			if err := tx.Unpark(source.Stream, source.Record); err != nil {
				return err
			}
		}
		return tx.AddEvent(ledger.Event{
			At: now, Connection: source.Connection, Stream: source.Stream, Record: source.Record,
			Kind: delivery.DeadLettered.String(), Summary: letter.Class + ": " + letter.Reason, Detail: letter.Detail,
		})
	})
	if err != nil {
		return delivery.Outcome{}, fmt.Errorf("filing the dead letter of %s: %w", source.Record.Ref, err)
	}
	return outcome, nil
}

// Refuse files a dead letter, counts it and reports it.
func Refuse(ctx context.Context, book *connection.Book, flow *connection.Flow, source Source, letter ledger.DeadLetter) error {
	outcome, err := fileLetter(ctx, book, source, letter)
	if err != nil {
		return err
	}
	count(flow, outcome)
	report(book, flow, source, letter.Operation, outcome)
	return nil
}

// Skip counts a record that is rightly not written, closes what an earlier
// failure of it left behind, and remembers the reason for those who ask.
func Skip(ctx context.Context, book *connection.Book, flow *connection.Flow, source Source, reason string) error {
	if !book.Options.DryRun {
		err := book.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
			if err := settle(tx, source); err != nil {
				return err
			}
			return tx.AddEvent(ledger.Event{
				At: book.Options.Now(), Connection: source.Connection, Stream: source.Stream, Record: source.Record, Kind: ledger.EventSkipped, Summary: reason,
			})
		})
		if err != nil {
			return fmt.Errorf("recording that %s is skipped: %w", source.Record.Ref, err)
		}
	}
	flow.Skip(reason)
	return nil
}

// settle closes what earlier failures of a record, or of the part of it that a
// message is about, left behind.
func settle(tx *ledger.Tx, source Source) error {
	if source.Part != "" {
		_, err := tx.CloseDeadLettersOf(source.Stream, source.Record, source.Part)
		return err
	}
	if _, err := tx.CloseDeadLetters(source.Stream, source.Record); err != nil {
		return err
	}
	return tx.Unpark(source.Stream, source.Record)
}

// Parking says what a record waits for.
type Parking struct {
	WaitFor string
	Within  time.Duration
	Reason  string
}

// Park puts a record aside until a pipeline has run, or refuses it when it has
// waited long enough.
func Park(ctx context.Context, book *connection.Book, flow *connection.Flow, source Source, p Parking) error {
	if book.IsDraining() {
		return delivery.ErrStopped
	}
	now := book.Options.Now()
	place := ledger.Parked{
		Connection: source.Connection, Stream: source.Stream, Record: source.Record, Operation: delivery.PlainParking, WaitFor: p.WaitFor, Reason: p.Reason, Since: now, Until: now.Add(p.Within),
	}
	known, parkedBefore, err := book.Ledger.ParkedItem(ctx, source.Stream, source.Record, delivery.PlainParking)
	if err != nil {
		return err
	}
	waits := true
	if parkedBefore {
		place.Until, waits = known.Waits(now, p.Within)
	}
	if !waits {
		return Refuse(ctx, book, flow, source, ledger.DeadLetter{Class: ledger.ClassRejected, System: source.Record.System, Operation: delivery.PlainParking, Reason: p.Reason})
	}
	err = book.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		if err := tx.Park(place); err != nil {
			return err
		}
		if parkedBefore && known.Reason == p.Reason {
			return nil // it may be tried again for months
		}
		return tx.AddEvent(ledger.Event{At: now, Connection: source.Connection, Stream: source.Stream, Record: source.Record, Kind: ledger.EventParked, Summary: p.Reason})
	})
	if err != nil {
		return fmt.Errorf("parking %s: %w", source.Record.Ref, err)
	}
	outcome := delivery.Outcome{Result: delivery.Parked, Reason: p.Reason}
	count(flow, outcome)
	report(book, flow, source, delivery.PlainParking, outcome)
	return nil
}

// FieldReason is the field that says why a message is skipped or has to wait.
const FieldReason = "reason"

// WithReason ends a message for which FieldReason gives a reason, in the way that
// end does it. Without one, when it is empty or `null`, the message passes.
// Messages that none of our inputs made, as in unit tests, are dropped without a
// record.
func WithReason(res *service.Resources, msg *service.Message, field *service.InterpolatedString, end func(*connection.Book, *connection.Flow, Source, string) error) (service.MessageBatch, error) {
	reason, err := field.TryString(msg)
	if err != nil {
		return nil, Classed(ledger.ClassUnmappable, fmt.Errorf("evaluating field %s: %w", FieldReason, err))
	}
	if reason = strings.TrimSpace(reason); reason == "" || reason == "null" {
		return service.MessageBatch{msg}, nil
	}
	if _, ours := SourceOf(msg); !ours {
		return nil, nil
	}
	book, err := Book(res)
	if err != nil {
		return nil, err
	}
	flow, source, _ := FlowOf(book, msg)
	return nil, end(book, flow, source, reason)
}
