package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/runner"
)

func deadLettersCommand() *cli.Command {
	stream := &cli.StringFlag{Name: "stream", Usage: "only those of this `STREAM`"}
	return &cli.Command{
		Name:  "deadletters",
		Usage: "list, show, replay and discard records that could not be delivered",
		Subcommands: []*cli.Command{
			{Name: "list", Usage: "list what is open", Flags: commonFlags(formatFlag(), stream), Action: listDeadLetters},
			{Name: "show", Usage: "show one with its body", ArgsUsage: "ID", Flags: commonFlags(formatFlag()), Action: showDeadLetter},
			{Name: "replay", Usage: "read records afresh and send them through the pipeline as it is now", ArgsUsage: "[ID…]", Action: replayDeadLetters,
				Flags: commonFlags(pipelinesFlag(), stream, &cli.BoolFlag{Name: "all", Usage: "all that are open"},
					&cli.DurationFlag{Name: "timeout", Usage: "how long to wait for the outcome", Value: 5 * time.Minute})},
			{Name: "discard", Usage: "close without sending", ArgsUsage: "ID…", Flags: commonFlags(), Action: discardDeadLetters},
		},
	}
}

var openStates = []string{ledger.StateOpen, ledger.StateReplaying}

func listDeadLetters(c *cli.Context) error {
	asJSON, err := wantsJSON(c)
	if err != nil {
		return badConfig(err)
	}
	store, _, err := openLedger(c)
	if err != nil {
		return err
	}
	defer store.Close()
	letters, err := store.DeadLetters(c.Context, ledger.DeadLetterFilter{Stream: c.String("stream"), State: openStates})
	if err != nil {
		return trouble(err)
	}
	if asJSON {
		return printJSON(list(letters))
	}
	if len(letters) == 0 {
		return noDeadLetters(c, store)
	}
	var cells [][]string
	for _, l := range letters {
		cells = append(cells, []string{l.ID, l.Stream, l.Record.Ref, l.Class, l.FirstAt.Local().Format("2006-01-02 15:04"), fmt.Sprint(l.Attempts), oneLine(l.Reason, 120)})
	}
	return printTable(os.Stdout, []string{"ID", "STREAM", "RECORD", "CLASS", "SINCE", "ATTEMPTS", "REASON"}, cells)
}

// noDeadLetters says so, and which streams have some, since a stream may be misspelt.
func noDeadLetters(c *cli.Context, store *ledger.Ledger) error {
	fmt.Println("no dead letters")
	others, err := store.DeadLetters(c.Context, ledger.DeadLetterFilter{State: openStates})
	if err != nil {
		return trouble(err)
	}
	streams := map[string]bool{}
	for _, l := range others {
		streams[l.Stream] = true
	}
	if len(streams) > 0 {
		fmt.Fprintf(os.Stderr, "none of stream %s; there are some of %s\n", c.String("stream"), strings.Join(slices.Sorted(maps.Keys(streams)), ", "))
	}
	return nil
}

func showDeadLetter(c *cli.Context) error {
	asJSON, err := wantsJSON(c)
	if err != nil {
		return badConfig(err)
	}
	if c.NArg() != 1 {
		return badConfig(fmt.Errorf("deadletters show: found %d arguments, expected one: an id", c.NArg()))
	}
	store, _, err := openLedger(c)
	if err != nil {
		return err
	}
	defer store.Close()
	letter, exists, err := store.DeadLetter(c.Context, c.Args().First())
	if err != nil {
		return trouble(err)
	}
	if !exists {
		return trouble(fmt.Errorf("%s: no such dead letter", c.Args().First()))
	}
	if asJSON {
		return printJSON(letter)
	}
	fmt.Printf("id         %s\nstate      %s\nstream     %s\nrecord     %s %s %s (%s)\nclass      %s\nat         %s %s\nreason     %s\nattempts   %d, first %s, last %s\n",
		letter.ID, letter.State, letter.Stream, letter.Record.System, letter.Record.Resource, letter.Record.Ref, letter.Record.ID, letter.Class,
		letter.System, letter.Operation, letter.Reason, letter.Attempts, letter.FirstAt.Local().Format(time.DateTime), letter.LastAt.Local().Format(time.DateTime))
	if len(letter.Detail) > 0 {
		var detail bytes.Buffer
		if err := json.Indent(&detail, letter.Detail, "", "  "); err != nil {
			detail.Write(letter.Detail)
		}
		fmt.Printf("\n%s\n", detail.String())
	}
	return nil
}

// chosen finds the dead letters that a command names.
func chosen(c *cli.Context, store *ledger.Ledger) ([]ledger.DeadLetter, error) {
	filter := ledger.DeadLetterFilter{Stream: c.String("stream"), State: openStates, IDs: c.Args().Slice()}
	if len(filter.IDs) == 0 && filter.Stream == "" && !c.Bool("all") {
		expected := "ids, --stream or --all"
		if c.Command.Name == "discard" {
			expected = "ids"
		}
		return nil, badConfig(fmt.Errorf("deadletters %s: found nothing, expected %s", c.Command.Name, expected))
	}
	letters, err := store.DeadLetters(c.Context, filter)
	if err != nil {
		return nil, trouble(err)
	}
	for _, id := range filter.IDs {
		if !slices.ContainsFunc(letters, func(l ledger.DeadLetter) bool { return l.ID == id }) {
			return nil, trouble(fmt.Errorf("%s: no open dead letter with this id", id))
		}
	}
	return letters, nil
}

// replayDeadLetters marks the dead letters; whoever holds the ledger reads the
// records again. When nobody does, this process takes hold and delivers.
func replayDeadLetters(c *cli.Context) error {
	store, file, err := openLedger(c)
	if err != nil {
		return err
	}
	defer store.Close()
	letters, err := chosen(c, store)
	if err != nil {
		return err
	}
	if len(letters) == 0 {
		return noDeadLetters(c, store)
	}
	book, err := openBook(c, connection.OpenOptions{Once: true, RedeliverOnly: true, Log: newLog(0)})
	if err != nil {
		return err
	}
	defer book.Close()
	streams, err := runner.Streams(c.Context, book, c.String(flagPipelines))
	if err != nil {
		return badConfig(err)
	}
	letters, idle := whoseStreamRuns(letters, streams)
	asked := time.Now()
	if err := store.Commit(c.Context, func(tx *ledger.Tx) error {
		for _, l := range letters {
			if err := tx.SetDeadLetterState(l.ID, ledger.StateReplaying); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return trouble(err)
	}
	running, err := runner.Held(c.Context, store, file)
	if err != nil {
		return trouble(err)
	}
	if running {
		err = awaitReplay(c, store, letters)
	} else {
		err = replayHere(c, book, letters, streams)
	}
	if err != nil {
		return err
	}
	return reportReplay(c, store, letters, idle, asked)
}

// whoseStreamRuns leaves out the dead letters that nobody would replay, with a line that
// says why.
func whoseStreamRuns(letters []ledger.DeadLetter, streams []runner.Stream) (running []ledger.DeadLetter, left int) {
	told := map[string]bool{}
	for _, l := range letters {
		if err := runner.Unreadable(l.Record); err != nil {
			left++
			fmt.Fprintf(os.Stderr, "%s: %v\n", l.ID, err)
			continue
		}
		why := idle(streams, l.Stream, "replay, or discard its dead letters")
		if why == "" {
			running = append(running, l)
			continue
		}
		left++
		if told[l.Stream] {
			continue
		}
		told[l.Stream] = true
		fmt.Fprintf(os.Stderr, "%s: %s\n", l.Stream, why)
	}
	return running, left
}

// idle says why nobody reads the records of a stream, and what to do before something is
// done with them; empty where it runs.
func idle(streams []runner.Stream, name, then string) string {
	i := slices.IndexFunc(streams, func(s runner.Stream) bool { return s.Name == name })
	switch {
	case i < 0:
		return "there is no such stream any more; run `mintleash sync` if its connection was renamed, or bring it or its pipeline back, then " + then
	case streams[i].Off != "":
		return "the stream is " + streams[i].Off + "; turn it on, then " + then
	}
	return ""
}

// replayHere runs the streams of the dead letters; their inputs read what is to
// be replayed and nothing else.
func replayHere(c *cli.Context, book *connection.Book, letters []ledger.DeadLetter, streams []runner.Stream) error {
	release, err := runner.HoldAll(c.Context, book.Ledger, book.File)
	if err != nil {
		return trouble(heldElsewhere(err))
	}
	defer release()
	streams = slices.DeleteFunc(streams, func(s runner.Stream) bool {
		return !slices.ContainsFunc(letters, func(l ledger.DeadLetter) bool { return l.Stream == s.Name })
	})
	run := &runner.Runner{Book: book, Log: book.Options.Log}
	if err := run.Check(streams); err != nil {
		return badConfig(err)
	}
	for _, row := range run.Once(c.Context, streams, c.Duration("timeout")) {
		if row.Error != "" {
			fmt.Fprintf(os.Stderr, "%s %s: %s\n", row.Stream, row.State, row.Error)
		}
	}
	return nil
}

// awaitReplay waits until the running sync has answered for each.
func awaitReplay(c *cli.Context, store *ledger.Ledger, letters []ledger.DeadLetter) error {
	deadline := time.Now().Add(c.Duration("timeout"))
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		waiting := 0
		for _, l := range letters {
			now, exists, err := store.DeadLetter(c.Context, l.ID)
			if err != nil {
				return trouble(err)
			}
			if exists && now.State == ledger.StateReplaying {
				waiting++
			}
		}
		if waiting == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return trouble(fmt.Errorf("%d dead letters are still being replayed; the sync goes on with them", waiting))
		}
		select {
		case <-ticker.C:
		case <-c.Context.Done():
			return trouble(c.Context.Err())
		}
	}
}

func reportReplay(c *cli.Context, store *ledger.Ledger, letters []ledger.DeadLetter, idle int, asked time.Time) error {
	delivered, unsent := 0, 0
	for _, l := range letters {
		now, exists, err := store.DeadLetter(c.Context, l.ID)
		if err != nil {
			return trouble(err)
		}
		why, err := leftOut(c, store, l, asked)
		if err != nil {
			return trouble(err)
		}
		switch {
		case why != "" && now.State == ledger.StateClosed:
			unsent++
			fmt.Printf("%s  %s  not to be delivered any more: %s\n", l.ID, l.Record.Ref, why)
		case !exists || now.State == ledger.StateClosed:
			delivered++
			fmt.Printf("%s  %s  delivered\n", l.ID, l.Record.Ref)
		default:
			fmt.Printf("%s  %s  %s: %s\n", l.ID, l.Record.Ref, now.State, now.Reason)
		}
	}
	fmt.Printf("%d of %d delivered in %s", delivered, len(letters)+idle, time.Since(asked).Round(time.Millisecond))
	if unsent > 0 {
		fmt.Printf(", %d not to be delivered any more", unsent)
	}
	fmt.Println()
	if delivered+unsent < len(letters)+idle {
		return cli.Exit("", exitTrouble)
	}
	return nil
}

// leftOut says why a record was not delivered although it was read again since a moment:
// its pipeline skips it by now, or it is gone. Empty when something else became of it.
func leftOut(c *cli.Context, store *ledger.Ledger, l ledger.DeadLetter, since time.Time) (string, error) {
	events, err := store.Events(c.Context, l.Record.ID)
	why := ""
	for _, e := range events {
		switch {
		case e.Stream != l.Stream || e.At.Before(since):
		case e.Kind == ledger.EventSkipped || e.Kind == ledger.EventGone:
			why = e.Summary
		default:
			return "", nil
		}
	}
	return why, err
}

func discardDeadLetters(c *cli.Context) error {
	store, _, err := openLedger(c)
	if err != nil {
		return err
	}
	defer store.Close()
	letters, err := chosen(c, store)
	if err != nil {
		return err
	}
	return store.Commit(c.Context, func(tx *ledger.Tx) error {
		for _, l := range letters {
			if err := tx.SetDeadLetterState(l.ID, ledger.StateDiscarded); err != nil {
				return err
			}
			fmt.Printf("%s  %s  discarded\n", l.ID, l.Record.Ref)
		}
		return nil
	})
}
