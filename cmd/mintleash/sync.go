package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/runner"
)

func syncCommand() *cli.Command {
	return &cli.Command{
		Name:  "sync",
		Usage: "run every enabled pipeline of every active connection",
		Description: `Runs the pipelines in dependency order until it is stopped, each as a stream
named <connection>_<pipeline>. With --once each runs once, and a summary is
printed: exit code 0 when all was delivered, 1 when something was parked,
dead-lettered or failed, 2 when the configuration is wrong.`,
		Flags: commonFlags(
			pipelinesFlag(), formatFlag(),
			&cli.BoolFlag{Name: "once", Usage: "one run of each stream, then a summary"},
			&cli.StringSliceFlag{Name: "only", Usage: "run only the streams whose name matches the `GLOB`; may be given several times"},
			&cli.BoolFlag{Name: "dry-run", Usage: "read for real, write nothing, print each write that would be made"},
			&cli.BoolFlag{Name: "sandbox", Usage: "start both simulated services in the process and sync between them"},
			&cli.DurationFlag{Name: "timeout", Usage: "with --once: give a stream up that makes no progress for this long", Value: 5 * time.Minute},
			&cli.StringFlag{Name: "service", Usage: "the `FILE` with address, log level and tracing", Value: "config/service.yaml"},
			&cli.BoolFlag{Name: flagVerbose, Usage: "log each record"},
		),
		Action: runSync,
	}
}

func runSync(c *cli.Context) error {
	asJSON, err := wantsJSON(c)
	if err != nil {
		return badConfig(err)
	}
	if c.Duration("timeout") <= 0 {
		return badConfig(fmt.Errorf("--timeout: found %s, expected more than zero", c.Duration("timeout")))
	}
	settings, err := readService(c.String("service"), c.IsSet("service"))
	if err != nil {
		return badConfig(err)
	}
	if c.Bool(flagVerbose) {
		settings.level = slog.LevelDebug
	}
	ctx, release := signal.NotifyContext(c.Context, stopSignals()...)
	defer release()
	if c.Bool("dry-run") {
		outlivePipe()
	}

	s := &session{cli: c, service: settings, json: asJSON, log: newLog(settings.level), metrics: runner.NewMetrics()}
	load := func() (*connection.File, error) { return loadFile(c) }
	if c.Bool("sandbox") {
		twins, file, end, err := startSandbox(ctx, sandboxOptions{orders: seedOrders, products: seedProducts})
		if err != nil {
			return badConfig(err)
		}
		defer end()
		defer twins.Close()
		load = func() (*connection.File, error) { return file, nil }
		s.sandbox = true
	}
	file, err := load()
	if err != nil {
		return err
	}
	if c.Bool("once") || c.Bool("dry-run") {
		return s.once(ctx, file)
	}
	if s.sandbox {
		err := s.once(ctx, file)
		if ctx.Err() != nil {
			return nil
		}
		var code cli.ExitCoder
		if err != nil && (!errors.As(err, &code) || code.ExitCode() == exitBadConfig) {
			return err
		}
		fmt.Fprint(os.Stderr, sandboxHints)
	}
	return s.forever(ctx, file)
}

// session is one call of sync.
type session struct {
	cli     *cli.Context
	service serviceSettings
	json    bool
	sandbox bool
	log     *slog.Logger
	metrics *runner.Metrics
}

// closeWithin is when a stop no longer waits for a database that hangs.
const closeWithin = 1850 * time.Millisecond

// open opens the book and checks the pipelines. A single run takes hold of the
// ledger at once; for ever it is taken by the runner, which may have to stand by. What is
// to be called at the end says whether the ledger was closed well.
func (s *session) open(ctx context.Context, file *connection.File, o connection.OpenOptions) (*runner.Runner, []runner.Stream, func() bool, error) {
	o.Log, o.Observe = s.log, s.metrics.Observe
	book, err := connection.Open(ctx, file, o)
	if err != nil {
		return nil, nil, nil, unopened(ctx, err)
	}
	late := make(chan struct{})
	context.AfterFunc(ctx, func() { time.AfterFunc(closeWithin, func() { close(late) }) })
	closeBook := func() (well bool) {
		closed := make(chan error, 1)
		go func() { closed <- book.Close() }()
		select {
		case err := <-closed:
			if err != nil {
				s.log.Error("closing the ledger", "error", err.Error())
			}
			return err == nil
		case <-late:
			s.log.Warn("the ledger does not answer and is not waited for; what was committed is safe")
			return false
		}
	}
	run := &runner.Runner{Book: book, Log: s.log, Metrics: s.metrics, Tracer: s.service.tracer}
	all, err := runner.Streams(ctx, book, s.cli.String(flagPipelines))
	streams := all
	if err == nil {
		if streams, err = runner.Only(all, s.cli.StringSlice("only")); err != nil {
			err = fmt.Errorf("--only %w", err)
		}
	}
	if err == nil {
		err = run.Check(streams)
	}
	if err != nil {
		closeBook()
		return nil, nil, nil, unopened(ctx, err)
	}
	for _, stream := range streams {
		if len(stream.Overruled) > 0 {
			s.log.Warn("connections share this flow, and not the settings that it reads: those of the one that runs it rule",
				"stream", stream.Name, "state", stream.Off, "settings", strings.Join(stream.Overruled, ", "))
		}
	}
	if err := s.tellStranded(ctx, book, all); err != nil {
		closeBook()
		return nil, nil, nil, unopened(ctx, err)
	}
	if o.DryRun || !o.Once {
		return run, streams, closeBook, nil
	}
	release, err := runner.HoldAll(ctx, book.Ledger, file)
	if err != nil {
		closeBook()
		return nil, nil, nil, unopened(ctx, heldElsewhere(err))
	}
	return run, streams, func() bool { release(); return closeBook() }, nil
}

// tellStranded warns of what waits under the names of streams that do not run.
func (s *session) tellStranded(ctx context.Context, book *connection.Book, streams []runner.Stream) error {
	waiting, err := book.Ledger.Waiting(ctx)
	if err != nil {
		return err
	}
	gone := map[string]int64{}
	for _, w := range waiting {
		named := slices.IndexFunc(book.File.Connections, func(c connection.Config) bool { return c.Name == w.Connection })
		at := slices.IndexFunc(streams, func(stream runner.Stream) bool { return stream.Name == w.Stream })
		why := ""
		switch {
		case named < 0:
			gone[w.Connection] += w.Records
		case !book.File.Connections[named].Active:
			why = "its connection is not active"
		case at < 0:
			why = "no pipeline file is called so"
		case streams[at].Off == "off": // one that runs as another's takes it over
			why = "it is off"
		}
		if why != "" {
			s.log.Warn("records wait under a stream that does not run", "stream", w.Stream, "because", why, "records", w.Records)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(gone)) {
		s.log.Warn("records wait under the name of a connection that the file does not have: one that was renamed takes them over as its streams start; "+
			"if it was not renamed and is gone for good, `mintleash state reset` with its name forgets them", "connection", name, "records", gone[name])
	}
	return nil
}

// unopened tells a configuration that is wrong from a stop before anything began.
func unopened(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return cli.Exit("stopped before anything began", exitTrouble)
	}
	return badConfig(err)
}

func heldElsewhere(err error) error {
	if errors.Is(err, ledger.ErrHeld) {
		return errors.New("the ledger is held by another mintleash process; stop that one first, or use `mintleash trigger` to ask it for a run")
	}
	return err
}

func (s *session) once(ctx context.Context, file *connection.File) error {
	dryRun := s.cli.Bool("dry-run")
	run, streams, done, err := s.open(ctx, file, connection.OpenOptions{Once: true, DryRun: dryRun})
	if err != nil {
		return err
	}
	defer done()
	stop := context.AfterFunc(ctx, run.Book.Drain)
	defer stop()
	progress := s.watch(ctx, run.Book, streams)
	rows := run.Once(ctx, streams, s.cli.Duration("timeout"))
	progress()
	if !dryRun {
		s.prune(ctx, run.Book)
	}

	if dryRun {
		err = s.printPlan(run.Book.Planned(), rows)
	} else {
		err = s.printSummary(rows)
	}
	if err != nil {
		return trouble(err)
	}
	for _, row := range rows {
		if !row.Clean() {
			return cli.Exit("", exitTrouble)
		}
	}
	return nil
}

func (s *session) forever(ctx context.Context, file *connection.File) error {
	run, streams, done, err := s.open(ctx, file, connection.OpenOptions{})
	if ctx.Err() != nil {
		if err == nil {
			done()
		}
		return nil
	}
	if err != nil {
		return err
	}
	stopped := false
	defer func() {
		if done() && stopped {
			s.log.Info("stopped; everything is saved")
		}
	}()
	if strings.HasPrefix(file.Ledger.Reveal(), "sqlite:") {
		// Nobody stands by for a file: two processes on it are a mistake.
		if held, err := runner.Held(ctx, run.Book.Ledger, file); err != nil || held {
			return badConfig(heldElsewhere(cmp.Or(err, ledger.ErrHeld)))
		}
	}
	server, err := s.serve(run, streams)
	if err != nil {
		return badConfig(err)
	}
	defer server()
	stop := context.AfterFunc(ctx, run.Book.Drain)
	defer stop()
	on := 0
	for _, stream := range streams {
		if stream.Off == "" {
			on++
		}
	}
	s.log.Info("syncing", "streams", on, "connections", len(run.Book.Names()))
	progress := s.watch(ctx, run.Book, streams)
	upkeep := s.upkeep(ctx, run.Book)
	run.Forever(ctx, streams)
	progress()
	upkeep()
	stopped = true
	return nil
}
