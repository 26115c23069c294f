package main

import (
	"context"
	"os"
	"os/signal"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/doctor"
)

func doctorCommand() *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "check keys, warehouses, channels, couriers, clocks and risky settings of each connection",
		Description: `Reads from both services and writes nothing. One line for each check, with the
mend where something is wrong. Exit code 1 when a check failed.`,
		Flags: commonFlags(formatFlag()),
		Action: func(c *cli.Context) error {
			asJSON, err := wantsJSON(c)
			if err != nil {
				return badConfig(err)
			}
			outlivePipe()
			ctx, release := signal.NotifyContext(c.Context, stopSignals()...)
			defer release()
			book, err := openBook(c, connection.OpenOptions{DryRun: true})
			if err != nil {
				return err
			}
			defer book.Close()
			stop := context.AfterFunc(ctx, book.Drain)
			defer stop()
			var findings []doctor.Finding
			for _, name := range book.Names() {
				conn, err := book.Connection(name)
				if err != nil {
					return trouble(err)
				}
				findings = append(findings, doctor.Examine(ctx, conn)...)
			}
			return printFindings(findings, asJSON)
		},
	}
}

func printFindings(findings []doctor.Finding, asJSON bool) error {
	failed := false
	var cells [][]string
	for _, f := range findings {
		failed = failed || f.Level == doctor.Failed
		text := f.Found
		if f.Mend != "" {
			text += ". " + strings.ToUpper(f.Mend[:1]) + f.Mend[1:]
		}
		cells = append(cells, []string{f.Connection, f.Level, f.Subject, oneLine(text, 400)})
	}
	if asJSON {
		if err := printJSON(findings); err != nil {
			return trouble(err)
		}
	} else if err := printTable(os.Stdout, []string{"CONNECTION", "RESULT", "CHECK", ""}, cells); err != nil {
		return trouble(err)
	}
	if failed {
		return cli.Exit("", exitTrouble)
	}
	return nil
}
