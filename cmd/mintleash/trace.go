package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/urfave/cli/v2"

	"github.com/mintleash/mintleash/plugins/ledger"
)

func traceCommand() *cli.Command {
	return &cli.Command{
		Name:      "trace",
		Usage:     "everything that was done for an order number, SKU, PO number or GUID",
		ArgsUsage: "REF",
		Flags:     commonFlags(formatFlag()),
		Action: func(c *cli.Context) error {
			asJSON, err := wantsJSON(c)
			if err != nil {
				return badConfig(err)
			}
			ref, err := referenceOf(c)
			if err != nil {
				return badConfig(err)
			}
			store, _, err := openLedger(c)
			if err != nil {
				return err
			}
			defer store.Close()
			history, err := historyOf(c, store, ref)
			if err != nil {
				return trouble(err)
			}
			if len(history.Events) == 0 && len(history.Links) == 0 && len(history.DeadLetters) == 0 {
				return trouble(fmt.Errorf("%s: nothing is known of it; it may not have been read yet, or its events are past their retention", ref))
			}
			if asJSON {
				history.Links, history.Events, history.DeadLetters = list(history.Links), list(history.Events), list(history.DeadLetters)
				return printJSON(history)
			}
			return history.print()
		},
	}
}

const guidLength = 36

// referenceOf is the only argument. A blank one, as of a variable that is not set, would
// be that of all records that have no number.
func referenceOf(c *cli.Context) (string, error) {
	const expected = "an order number, SKU, PO number or GUID"
	if c.NArg() != 1 {
		return "", fmt.Errorf("%s: found %d arguments, expected one: %s", c.Command.Name, c.NArg(), expected)
	}
	ref := strings.TrimSpace(c.Args().First())
	if ref == "" {
		return "", fmt.Errorf("%s: found an empty argument, expected %s", c.Command.Name, expected)
	}
	if len(ref) == guidLength && uuid.Validate(ref) == nil {
		ref = strings.ToLower(ref) // as the ledger has them, however a service or a person writes them
	}
	return ref, nil
}

// history is what the ledger knows of a reference.
type history struct {
	Ref         string              `json:"ref"`
	Links       []ledger.Link       `json:"links"`
	Events      []ledger.Event      `json:"events"`
	DeadLetters []ledger.DeadLetter `json:"dead_letters"`
}

// historyOf collects the events of a reference and of the records that it is
// linked to.
func historyOf(c *cli.Context, store *ledger.Ledger, ref string) (history, error) {
	h := history{Ref: ref}
	var err error
	if h.Links, err = store.LinksByRef(c.Context, ref); err != nil {
		return h, err
	}
	refs := []string{ref}
	for _, link := range h.Links {
		for _, id := range []string{link.SourceID, link.SourceRef, link.TargetRef} {
			if id != "" && !slices.Contains(refs, id) {
				refs = append(refs, id)
			}
		}
	}
	seen := map[int64]bool{}
	for _, r := range refs {
		events, err := store.Events(c.Context, r)
		if err != nil {
			return h, err
		}
		for _, e := range events {
			if !seen[e.ID] {
				seen[e.ID] = true
				h.Events = append(h.Events, e)
			}
		}
	}
	slices.SortFunc(h.Events, func(a, b ledger.Event) int { return int(a.ID - b.ID) })
	letters, err := store.DeadLetters(c.Context, ledger.DeadLetterFilter{})
	if err != nil {
		return h, err
	}
	for _, letter := range letters {
		if slices.Contains(refs, letter.Record.ID) || slices.Contains(refs, letter.Record.Ref) {
			h.DeadLetters = append(h.DeadLetters, letter)
		}
	}
	return h, nil
}

func (h history) print() error {
	for _, link := range h.Links {
		fmt.Printf("linked  %s %s %s → %s %s %s  since %s\n", link.SourceSystem, link.SourceRef, link.SourceID, link.TargetSystem, link.TargetRef, link.TargetID, link.CreatedAt.Local().Format(time.DateTime))
	}
	var cells [][]string
	for _, e := range h.Events {
		cells = append(cells, []string{e.At.Local().Format(time.DateTime), e.Stream, e.Record.Ref, e.Kind, oneLine(e.Summary, 160)})
	}
	if err := printTable(os.Stdout, []string{"AT", "STREAM", "RECORD", "EVENT", ""}, cells); err != nil {
		return err
	}
	for _, letter := range h.DeadLetters {
		fmt.Printf("dead letter %s (%s, %s): %s\n", letter.ID, letter.Class, letter.State, letter.Reason)
	}
	fmt.Println("\n--format json adds what was sent and answered.")
	return nil
}
