package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/runner"
)

func triggerCommand() *cli.Command {
	return &cli.Command{
		Name:      "trigger",
		Usage:     "ask the running sync for a run of a stream",
		ArgsUsage: "STREAM",
		Flags: commonFlags(pipelinesFlag(),
			&cli.BoolFlag{Name: "full", Usage: "ignore the cursor and read everything"},
			&cli.BoolFlag{Name: "now", Usage: "do not wait for the stream's time of the day"},
			&cli.BoolFlag{Name: "accept", Usage: "let the next stock run through its mass-change guard"}),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return badConfig(fmt.Errorf("trigger: found %d arguments, expected one: the name of a stream", c.NArg()))
			}
			name := c.Args().First()
			book, err := openBook(c, connection.OpenOptions{})
			if err != nil {
				return err
			}
			defer book.Close()
			streams, err := runner.Streams(c.Context, book, c.String(flagPipelines))
			if err != nil {
				return badConfig(err)
			}
			found, err := runner.Only(streams, []string{name})
			if err != nil {
				return badConfig(err)
			}
			// A pattern means those of its streams that run.
			running := slices.DeleteFunc(slices.Clone(found), func(s runner.Stream) bool { return s.Off != "" })
			if len(running) == 0 {
				return trouble(fmt.Errorf("%s: the stream is %s", found[0].Name, found[0].Off))
			}
			for _, s := range running {
				trigger := ledger.Trigger{Stream: s.Name, Full: c.Bool("full"), Now: c.Bool("now"), Accept: c.Bool("accept"), At: time.Now()}
				if err := book.Ledger.Commit(c.Context, func(tx *ledger.Tx) error { return tx.AddTrigger(trigger) }); err != nil {
					return trouble(err)
				}
				fmt.Printf("%s will run; the next sync takes the request if none is running\n", s.Name)
			}
			return nil
		},
	}
}
