package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

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
	flagEnvShort    = "e"
	flagFormat      = "format"
	flagVerbose     = "verbose"
)

// commonFlags are on every command that reads the connection file.
func commonFlags(more ...cli.Flag) []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: flagConnections, Usage: "the connection `FILE`", Value: defaultConnections, EnvVars: []string{connectionsVariable}},
		&cli.StringSliceFlag{Name: flagEnv, Aliases: []string{flagEnvShort}, Usage: "a `FILE` with environment variables; .env is read when it exists and none is given"},
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

// The connection file, and the variable that names it where no flag does.
const (
	defaultConnections  = "config/connections.yaml"
	connectionsVariable = "MINTLEASH_CONNECTIONS"
)

// loadFile reads the environment and the connection file of a command.
func loadFile(c *cli.Context) (*connection.File, error) {
	if err := environment(c.StringSlice(flagEnv)); err != nil {
		return nil, badConfig(err)
	}
	path := c.String(flagConnections)
	if named := os.Getenv(connectionsVariable); named != "" && !c.IsSet(flagConnections) {
		path = named // an environment file says it, which is read after the flags
	}
	file, err := readConnections(path)
	if err != nil {
		return nil, badConfig(err)
	}
	return file, nil
}

// readConnections reads a connection file, and says what to do when there is none.
func readConnections(path string) (*connection.File, error) {
	file, err := connection.Load(path, os.LookupEnv)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: not found; copy config/connections.example.yaml there, or name another file with --connections or %s", path, connectionsVariable)
	}
	return file, err
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
func prepareEngine(args []string) (more []service.CLIOptFunc) {
	if !slices.ContainsFunc(args, func(a string) bool { return a == "run" || a == "streams" }) {
		return nil
	}
	runner.OpenByDefault(func() (*connection.Book, error) {
		book, err := openDefault()
		if err != nil {
			// The engine would take it for a service that is down, and try for ever.
			_ = badConfig(err)
			os.Exit(exitBadConfig)
		}
		return book, nil
	})
	engineStart.started = make(chan struct{})
	go stopEngine()
	return []service.CLIOptFunc{service.CLIOptOnStreamStart(noteStart)}
}

// engineStart is when the engine had started its streams; started is closed then.
var engineStart struct {
	started chan struct{}
	at      time.Time
}

// noteStart implements the engine's hook for the start of its streams.
func noteStart(*service.RunningStreamSummary) error {
	engineStart.at = time.Now()
	close(engineStart.started)
	return nil
}

// earlySignal is how soon after its start the engine may not listen for signals yet.
const earlySignal = time.Second

// stopEngine ends the waits of the engine's own commands when they are told to stop.
// The engine listens for that itself, but only a moment after it started: what it is
// told before would be lost, so it is told again.
func stopEngine() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	told := <-signals
	at := time.Now()
	runner.DrainDefault()
	<-engineStart.started
	if at.After(engineStart.at.Add(earlySignal)) {
		return
	}
	for _, after := range []time.Duration{earlySignal / 10, earlySignal, 5 * earlySignal} {
		<-time.After(after)
		if process, err := os.FindProcess(os.Getpid()); err == nil {
			_ = process.Signal(told)
		}
	}
}

// openDefault opens the connection file of a process that runs single pipelines.
func openDefault() (*connection.Book, error) {
	if err := environment(nil); err != nil {
		return nil, err
	}
	file, err := readConnections(cmp.Or(os.Getenv(connectionsVariable), defaultConnections))
	if err != nil {
		return nil, err
	}
	book, err := connection.Open(context.Background(), file, connection.OpenOptions{Log: slog.Default()})
	if err != nil {
		return nil, err
	}
	if name, set := os.LookupEnv("CONNECTION"); set {
		if _, err := book.Connection(name); err != nil {
			return nil, err
		}
	}
	if _, err := runner.HoldAll(context.Background(), book.Ledger, file); err != nil {
		return nil, heldElsewhere(err)
	}
	return book, nil
}

// stopSignals ask a command of ours to end. The terminal's that it runs in is among them
// when that is closed, unless it was started to outlive it, as by nohup.
func stopSignals() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// outlivePipe lets a process end by itself whose reader went away, as `head` does: a
// copy of the ledger that it made would stay behind otherwise.
func outlivePipe() { signal.Ignore(syscall.SIGPIPE) }
