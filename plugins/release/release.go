// Package release lets a record be sent again whose counterpart a person removed
// or cancelled, after looking whether that is so.
package release

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/mintsoft"
	"github.com/mintleash/mintleash/plugins/unleashed"
)

// ErrUnknown is returned when the ledger knows of nothing that was made for a reference.
var ErrUnknown = errors.New("nothing was sent for it that could be sent again")

// keepTrying is how long a released record is tried again when it is refused for
// something that may mend itself.
const keepTrying = 24 * time.Hour

// Outcome says what became of one write.
type Outcome struct {
	Stream    string `json:"stream"`
	Record    string `json:"record"`
	Operation string `json:"operation"`
	Released  bool   `json:"released"`
	Reason    string `json:"reason"`
}

// Release looks at every record that was made for a reference. Where it is gone
// or cancelled, the key and the link are forgotten and the source record is sent
// again by the next run of its stream. Where idle says why there will be none, it is kept.
func Release(ctx context.Context, book *connection.Book, ref string, idle func(stream string) string) ([]Outcome, error) {
	intents, err := intentsOf(ctx, book.Ledger, ref)
	if err != nil {
		return nil, err
	}
	if len(intents) == 0 {
		return nil, ErrUnknown
	}
	var outcomes []Outcome
	for _, intent := range intents {
		op, err := operation(intent)
		if err != nil {
			return outcomes, err
		}
		if op.Kind != delivery.Create {
			continue
		}
		outcome := Outcome{Stream: intent.Stream, Record: intent.Record.Ref, Operation: intent.Operation, Reason: idle(intent.Stream)}
		if outcome.Reason != "" {
			outcomes = append(outcomes, outcome)
			continue
		}
		target := ""
		if target, outcome.Released, outcome.Reason, err = gone(ctx, book, op, intent); err != nil {
			return outcomes, err
		}
		if outcome.Released {
			if err := forget(ctx, book, op, intent, target, outcome.Reason); err != nil {
				return outcomes, err
			}
		}
		outcomes = append(outcomes, outcome)
	}
	if len(outcomes) == 0 {
		return nil, ErrUnknown
	}
	return outcomes, nil
}

// intentsOf finds the writes of a reference: a source's number or id, or the
// number or id of what was made.
func intentsOf(ctx context.Context, store *ledger.Ledger, ref string) ([]ledger.Intent, error) {
	intents, err := store.Intents(ctx, ref)
	if err != nil {
		return nil, err
	}
	links, err := store.LinksByRef(ctx, ref)
	if err != nil {
		return nil, err
	}
	for _, link := range links {
		more, err := store.Intents(ctx, link.SourceID)
		if err != nil {
			return nil, err
		}
		for _, intent := range more {
			if !slices.ContainsFunc(intents, func(known ledger.Intent) bool { return known.Key == intent.Key }) {
				intents = append(intents, intent)
			}
		}
	}
	return intents, nil
}

func operation(intent ledger.Intent) (component.Operation, error) {
	for _, system := range []*component.System{unleashed.System, mintsoft.System} {
		if system.Name == intent.System {
			return system.Operation(intent.Operation)
		}
	}
	return component.Operation{}, fmt.Errorf("the ledger names the system %q, which this version does not know", intent.System)
}

// gone looks at what a write made: by its id where the ledger knows it, else by
// what was sent or was to be. It names what is cancelled.
func gone(ctx context.Context, book *connection.Book, op component.Operation, intent ledger.Intent) (target string, gone bool, reason string, err error) {
	conn, err := book.Connection(intent.Connection)
	if err != nil {
		return "", false, "", err
	}
	if intent.TargetID != "" && op.Gone != nil {
		gone, reason, err = op.Gone(ctx, conn, intent.TargetID)
		return intent.TargetID, gone, reason, err
	}
	if op.Find == nil {
		return "", false, "whether it was made cannot be asked; look there, and use `mintleash deadletters discard` if all is well", nil
	}
	args, err := lastSent(ctx, book.Ledger, intent)
	if err != nil {
		return "", false, "", err
	}
	if args == nil {
		return "", false, "what was sent is not known any more, so it cannot be looked up", nil
	}
	source := component.Source{Connection: intent.Connection, Stream: intent.Stream, Record: intent.Record}
	found, err := op.Find(ctx, conn, source, args)
	if err != nil {
		return "", false, "", err
	}
	ours := found.Exists && found.Ours
	if found.Cancelled || ours && op.Gone != nil {
		gone, reason, err = op.Gone(ctx, conn, found.ID)
		return found.ID, gone, reason, err
	}
	if ours {
		return "", false, "it stands there as " + found.Ref + " (" + found.ID + "); remove it first", nil
	}
	if found.Exists {
		return "", false, found.Detail, nil
	}
	return "", true, "nothing of ours stands there", nil
}

// lastSent is what a write last sent, or what it did not come to send, for what stood there.
func lastSent(ctx context.Context, store *ledger.Ledger, intent ledger.Intent) (map[string]any, error) {
	events, err := store.Events(ctx, intent.Record.ID)
	if err != nil {
		return nil, err
	}
	for _, event := range slices.Backward(events) {
		// A record may lead to several writes; each tells what it sent.
		if event.Stream != intent.Stream || event.Kind != "sent" || len(event.Detail) == 0 || !strings.HasPrefix(event.Summary, intent.System+" "+intent.Operation) {
			continue
		}
		return decoded(event.Detail, intent)
	}
	letters, err := store.DeadLetters(ctx, ledger.DeadLetterFilter{Stream: intent.Stream})
	if err != nil {
		return nil, err
	}
	for _, letter := range slices.Backward(letters) {
		if letter.Record.ID == intent.Record.ID && letter.System == intent.System && letter.Operation == intent.Operation && len(letter.Detail) > 0 {
			return decoded(letter.Detail, intent)
		}
	}
	return nil, nil
}

func decoded(sent []byte, intent ledger.Intent) (map[string]any, error) {
	var args map[string]any
	if err := component.DecodeJSON(sent, &args); err != nil {
		return nil, fmt.Errorf("decoding what was sent for %s: %w", intent.Record.Ref, err)
	}
	return args, nil
}

// forget removes key and link, remembering what they were of, and puts the record where
// the next run of its stream finds it.
func forget(ctx context.Context, book *connection.Book, op component.Operation, intent ledger.Intent, target, reason string) error {
	conn, err := book.Connection(intent.Connection)
	if err != nil {
		return err
	}
	identity, err := conn.Identity(ctx)
	if err != nil {
		return err
	}
	now := book.Options.Now()
	err = book.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		if err := tx.Release(intent, now, identity.Accounts, target, reason); err != nil {
			return err
		}
		if op.LinkKind != "" {
			if _, err := tx.DeleteLink(identity.Accounts, op.LinkKind, intent.Record.ID); err != nil {
				return err
			}
		}
		return tx.Park(ledger.Parked{
			Connection: intent.Connection, Stream: intent.Stream, Record: intent.Record, Operation: intent.Operation, Reason: "released by hand",
			Since: now, Until: now.Add(keepTrying), DueAt: now,
		})
	})
	if err != nil {
		return fmt.Errorf("releasing %s: %w", intent.Record.Ref, err)
	}
	return nil
}
