package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/release"
	"github.com/mintleash/mintleash/plugins/runner"
)

func releaseCommand() *cli.Command {
	return &cli.Command{
		Name:      "release",
		Usage:     "let a record be sent again after its counterpart was removed or cancelled",
		ArgsUsage: "REF",
		Description: `Looks whether what was made for the order number, SKU, PO number or GUID is gone
or cancelled. If so, the next run of its stream sends the record again.`,
		Flags: commonFlags(pipelinesFlag(), formatFlag()),
		Action: func(c *cli.Context) error {
			asJSON, err := wantsJSON(c)
			if err != nil {
				return badConfig(err)
			}
			ref, err := referenceOf(c)
			if err != nil {
				return badConfig(err)
			}
			book, err := openBook(c, connection.OpenOptions{})
			if err != nil {
				return err
			}
			defer book.Close()
			streams, err := runner.Streams(c.Context, book, c.String(flagPipelines))
			if err != nil {
				return badConfig(err)
			}
			outcomes, err := release.Release(c.Context, book, ref, func(name string) string { return idle(streams, name, "release") })
			if errors.Is(err, release.ErrUnknown) {
				return trouble(fmt.Errorf("%s: %w", ref, err))
			}
			if err != nil {
				return trouble(err)
			}
			return printReleases(outcomes, asJSON)
		},
	}
}

func printReleases(outcomes []release.Outcome, asJSON bool) error {
	kept := false
	var cells [][]string
	for _, o := range outcomes {
		word := "released"
		if !o.Released {
			word, kept = "kept", true
		}
		cells = append(cells, []string{o.Stream, o.Record, o.Operation, word, oneLine(o.Reason, 160)})
	}
	if asJSON {
		if err := printJSON(list(outcomes)); err != nil {
			return trouble(err)
		}
	} else if err := printTable(os.Stdout, []string{"STREAM", "RECORD", "OPERATION", "", "WHY"}, cells); err != nil {
		return trouble(err)
	}
	if kept {
		return cli.Exit("", exitTrouble)
	}
	return nil
}
