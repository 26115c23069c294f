package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/urfave/cli/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/runner"
)

const (
	flagConnections = "connections"
	flagPipelines   = "pipelines"
	flagEnv         = "env-file"
	flagFormat      = "format"
	flagVerbose     = "verbose"
)

// commonFlags are on every command that reads the connection file.
func commonFlags(more ...cli.Flag) []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: flagConnections, Usage: "the connection `FILE`", Value: "config/connections.yaml", EnvVars: []string{"MINTLEASH_CONNECTIONS"}},
		&cli.StringSliceFlag{Name: flagEnv, Aliases: []string{"e"}, Usage: "a `FILE` with environment variables; .env is read when it exists and none is given"},
	}, more...)
}

func formatFlag() cli.Flag {
	return &cli.StringFlag{Name: flagFormat, Usage: "`table` or `json`", Value: "table"}
}

func pipelinesFlag() cli.Flag {
	return &cli.StringFlag{Name: flagPipelines, Usage: "the `DIR` with the pipelines", Value: "pipelines"}
}

// badConfig prints one line for each mistake and answers exit code 2.
func badConfig(err error) error {
	var mistakes connection.Mistakes
	if errors.As(err, &mistakes) {
		for _, mistake := range mistakes {
			fmt.Fprintln(os.Stderr, mistake.String())
		}
	} else {
		fmt.Fprintln(os.Stderr, err)
	}
	return cli.Exit("", exitBadConfig)
}

func trouble(err error) error {
	return cli.Exit(err.Error(), exitTrouble)
}

// wantsJSON reads --format.
func wantsJSON(c *cli.Context) (bool, error) {
	switch format := c.String(flagFormat); format {
	case "json":
		return true, nil
	case "table", "":
		return false, nil
	default:
		return false, fmt.Errorf("--format: found %q, expected table or json", format)
	}
}

// environment reads the files with environment variables. What is set already
// wins.
func environment(files []string) error {
	if len(files) == 0 {
		if _, err := os.Stat(".env"); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		files = []string{".env"}
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("reading the environment file: %w", err)
		}
		values, err := service.ParseEnvFile(raw)
		if err != nil {
			return fmt.Errorf("%s: expected lines NAME=value", file)
		}
		for name, value := range values {
			if _, set := os.LookupEnv(name); !set {
				if err := os.Setenv(name, value); err != nil {
					return fmt.Errorf("%s: setting %s: %w", file, name, err)
				}
			}
		}
	}
	return nil
}

// loadFile reads the environment and the connection file of a command.
func loadFile(c *cli.Context) (*connection.File, error) {
	if err := environment(c.StringSlice(flagEnv)); err != nil {
		return nil, badConfig(err)
	}
	path := c.String(flagConnections)
	file, err := connection.Load(path, os.LookupEnv)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, badConfig(fmt.Errorf("%s: not found; copy config/connections.example.yaml there, or name another file with --connections", path))
	}
	if err != nil {
		return nil, badConfig(err)
	}
	return file, nil
}

// openLedger opens the ledger of the connection file, for commands that call no
// service.
func openLedger(c *cli.Context) (*ledger.Ledger, *connection.File, error) {
	file, err := loadFile(c)
	if err != nil {
		return nil, nil, err
	}
	store, err := ledger.Open(c.Context, file.Ledger.Reveal(), ledger.Options{})
	if err != nil {
		return nil, nil, badConfig(fmt.Errorf("opening the ledger: %w", err))
	}
	return store, file, nil
}

// openBook opens the connection file with its clients.
func openBook(c *cli.Context, o connection.OpenOptions) (*connection.Book, error) {
	file, err := loadFile(c)
	if err != nil {
		return nil, err
	}
	book, err := connection.Open(c.Context, file, o)
	if err != nil {
		return nil, badConfig(err)
	}
	return book, nil
}

// prepareEngine makes the plugins work in the engine's own commands: run and
// streams open the connection file when a component first needs it.
func prepareEngine(args []string) {
	if !slices.ContainsFunc(args, func(a string) bool { return a == "run" || a == "streams" }) {
		return
	}
	runner.OpenByDefault(func() (*connection.Book, error) {
		if err := environment(nil); err != nil {
			return nil, err
		}
		path := os.Getenv("MINTLEASH_CONNECTIONS")
		if path == "" {
			path = "config/connections.yaml"
		}
		file, err := connection.Load(path, os.LookupEnv)
		if err != nil {
			return nil, err
		}
		book, err := connection.Open(context.Background(), file, connection.OpenOptions{Log: slog.Default()})
		if err != nil {
			return nil, err
		}
		if _, err := runner.HoldAll(context.Background(), book.Ledger, file); err != nil {
			return nil, heldElsewhere(err)
		}
		return book, nil
	})
	stop, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop.Done()
		release()
		runner.DrainDefault()
	}()
}
