package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/mintsoft"
	"github.com/mintleash/mintleash/plugins/runner"
	"github.com/mintleash/mintleash/plugins/unleashed"
)

func stateCommand() *cli.Command {
	return &cli.Command{
		Name:  "state",
		Usage: "show cursors and links, and move cursors",
		Subcommands: []*cli.Command{
			{Name: "show", Usage: "list the cursors, how many links there are, and how many records wait", Flags: commonFlags(formatFlag()), Action: showState},
			{Name: "rewind", Usage: "read a stream again from a time on", ArgsUsage: "STREAM", Action: rewindState,
				Flags: commonFlags(&cli.StringFlag{Name: "to", Usage: "the `TIME`: 2026-01-31 or 2026-01-31T08:30:00Z"})},
			{Name: "reset", Usage: "forget everything of a connection: cursors, links, intents, parked records, dead letters", ArgsUsage: "CONNECTION", Action: resetState,
				Flags: commonFlags(&cli.BoolFlag{Name: "yes", Usage: "do it; without it only what would happen is said"})},
		},
	}
}

func showState(c *cli.Context) error {
	asJSON, err := wantsJSON(c)
	if err != nil {
		return badConfig(err)
	}
	store, _, err := openLedger(c)
	if err != nil {
		return err
	}
	defer store.Close()
	cursors, err := store.Cursors(c.Context)
	if err != nil {
		return trouble(err)
	}
	links, err := store.LinkCounts(c.Context)
	if err != nil {
		return trouble(err)
	}
	waiting, err := store.Waiting(c.Context)
	if err != nil {
		return trouble(err)
	}
	if asJSON {
		return printJSON(map[string]any{"cursors": list(cursors), "links": list(links), "waiting": list(waiting)})
	}
	var cells [][]string
	for _, cursor := range cursors {
		cells = append(cells, []string{cursor.Stream, cursor.Position.UTC().Format(time.RFC3339), cursor.UpdatedAt.UTC().Format(time.RFC3339)})
	}
	if err := printTable(os.Stdout, []string{"STREAM", "DELIVERED UP TO", "WRITTEN"}, cells); err != nil {
		return err
	}
	cells = nil
	for _, link := range links {
		cells = append(cells, []string{link.Connection, link.Kind, strconv.FormatInt(link.Count, 10), link.UpdatedAt.UTC().Format(time.RFC3339)})
	}
	if err := printMore([]string{"CONNECTION", "LINKS OF KIND", "COUNT", "LAST WRITTEN"}, cells); err != nil {
		return err
	}
	cells = nil
	for _, w := range waiting {
		cells = append(cells, []string{w.Stream, strconv.FormatInt(w.Records, 10)})
	}
	return printMore([]string{"STREAM", "PARKED OR FILED"}, cells)
}

// printMore prints another table, if there is anything in it.
func printMore(titles []string, cells [][]string) error {
	if len(cells) == 0 {
		return nil
	}
	fmt.Println()
	return printTable(os.Stdout, titles, cells)
}

// held refuses to change state under a running sync, which would write over it.
func held(c *cli.Context, store *ledger.Ledger, file *connection.File) error {
	running, err := runner.Held(c.Context, store, file)
	if err != nil {
		return trouble(err)
	}
	if running {
		return trouble(errors.New("a sync is running; stop it first, since it would write its own state over this"))
	}
	return nil
}

func rewindState(c *cli.Context) error {
	if c.NArg() != 1 {
		return badConfig(fmt.Errorf("state rewind: found %d arguments, expected one: the name of a stream", c.NArg()))
	}
	to, err := parseTime(c.String("to"))
	if err != nil {
		return badConfig(err)
	}
	store, file, err := openLedger(c)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := held(c, store, file); err != nil {
		return err
	}
	cursors, err := store.Cursors(c.Context)
	if err != nil {
		return trouble(err)
	}
	moved := 0
	for _, cursor := range cursors {
		if cursor.Stream != c.Args().First() {
			continue
		}
		if to.After(cursor.Position) {
			return badConfig(fmt.Errorf("--to: found %s, expected a time before %s, where the cursor of %s stands: what changed in between would never be read",
				to.UTC().Format(time.RFC3339), cursor.Position.UTC().Format(time.RFC3339), cursor.Stream))
		}
		cursor.Position, cursor.Seen, cursor.UpdatedAt = to, map[string]string{}, time.Now()
		if err := store.Commit(c.Context, func(tx *ledger.Tx) error { return tx.SaveCursor(cursor) }); err != nil {
			return trouble(err)
		}
		moved++
	}
	if moved == 0 {
		return trouble(fmt.Errorf("%s: no cursor is kept under this name; `mintleash state show` lists them", c.Args().First()))
	}
	fmt.Printf("%s reads again what changed since %s; what was delivered is not delivered twice\n", c.Args().First(), to.UTC().Format(time.RFC3339))
	return nil
}

func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("--to: found %q, expected a time such as 2026-01-31 or 2026-01-31T08:30:00Z", text)
}

func resetState(c *cli.Context) error {
	if c.NArg() != 1 {
		return badConfig(fmt.Errorf("state reset: found %d arguments, expected one: the name of a connection", c.NArg()))
	}
	store, file, err := openLedger(c)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := held(c, store, file); err != nil {
		return err
	}
	name := c.Args().First()
	if err := knownConnection(c, store, file, name); err != nil {
		return trouble(err)
	}
	if !c.Bool("yes") {
		fmt.Printf("this would forget cursors, links, intents, parked records and dead letters of %s. What is in both services stays; records are found again by their numbers. Add --yes to do it.\n", name)
		return cli.Exit("", exitTrouble)
	}
	if err := store.ResetConnection(c.Context, name); err != nil {
		return trouble(err)
	}
	fmt.Printf("%s is as if it had never run\n", name)
	return nil
}

// knownConnection refuses a name that the ledger has nothing of: it is misspelt, or what
// there is stands under a former name until a sync takes it over. One that was taken out
// of the connection file may still be reset.
func knownConnection(c *cli.Context, store *ledger.Ledger, file *connection.File, name string) error {
	cursors, err := store.Cursors(c.Context)
	if err != nil {
		return err
	}
	waiting, err := store.Waiting(c.Context)
	if err != nil {
		return err
	}
	links, err := store.LinkCounts(c.Context)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, cursor := range cursors {
		known[cursor.Connection] = true
	}
	for _, w := range waiting {
		known[w.Connection] = true
	}
	for _, link := range links {
		known[link.Connection] = true
	}
	if known[name] {
		return nil
	}
	inFile := false
	for _, config := range file.Connections {
		inFile = inFile || config.Name == name
		delete(known, config.Name)
	}
	switch former := slices.Sorted(maps.Keys(known)); {
	case !inFile:
		return fmt.Errorf("%s: no connection of this name is in %s or in the ledger", name, file.Path)
	case len(former) > 0:
		return fmt.Errorf("%s: the ledger has nothing under this name yet, but under %s, which %s does not have; if it was renamed, run `mintleash sync` first, which takes that over",
			name, strings.Join(former, ", "), file.Path)
	}
	for _, system := range []string{unleashed.System.Name, mintsoft.System.Name} {
		accounts, err := store.Accounts(c.Context, system) // a first run that was broken off may have left no more
		if err != nil || slices.ContainsFunc(accounts, func(a ledger.Account) bool { return a.Slot == name }) {
			return err
		}
	}
	return fmt.Errorf("%s: the ledger has nothing of it, so there is nothing to forget", name)
}
