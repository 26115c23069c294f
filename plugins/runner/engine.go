package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"
	"gopkg.in/yaml.v3"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// stopWithin is how long a stream may take to stop: waits end at once, and what
// is under way is given a second.
const stopWithin = 1700 * time.Millisecond

// Runner runs streams of a book.
type Runner struct {
	Book *connection.Book
	Log  *slog.Logger
	// Metrics collects the metrics of all streams; nil for none.
	Metrics *Metrics
	// Tracer is the engine's tracer configuration, as YAML; empty for none.
	Tracer string

	mut    sync.Mutex
	edited map[string]Stream // by name, those that an edit changed

	building sync.Mutex
}

// Current are the streams as edits have left them.
func (r *Runner) Current(streams []Stream) []Stream {
	r.mut.Lock()
	defer r.mut.Unlock()
	now := slices.Clone(streams)
	for i, s := range now {
		if edited, exists := r.edited[s.Name]; exists {
			now[i] = edited
		}
	}
	return now
}

func (r *Runner) note(s Stream) {
	r.mut.Lock()
	defer r.mut.Unlock()
	if r.edited == nil {
		r.edited = map[string]Stream{}
	}
	r.edited[s.Name] = s
}

// linted are the texts of pipelines that the linter has found well. Linting reads
// every mapping, which is most of what a start costs, so a text is linted once in
// a process: not again for each connection, nor when its stream starts again.
var linted sync.Map

// build makes a stream of the engine out of a pipeline file.
func (r *Runner) build(s Stream) (*service.Stream, error) {
	_, before := linted.Load(s.config)
	if !before {
		if err := whole(s); err != nil {
			return nil, err
		}
	}
	if fields, err := inputOf(s.config); err == nil && fields.label != "" && fields.label != s.Pipeline {
		return nil, fmt.Errorf("%s: field input.label: found %q, expected %q, as the file is called: cursor, dead letters and runs are kept under it, and another pipeline's would be shared", s.File, fields.label, s.Pipeline)
	}
	env := service.GlobalEnvironment()
	if r.Metrics != nil {
		env = env.Clone()
		if err := r.Metrics.register(env, s.Name); err != nil {
			return nil, err
		}
	}
	builder := env.NewStreamBuilder()
	builder.SetEnvVarLookupFunc(func(name string) (string, bool) {
		if name == "CONNECTION" {
			return s.Connection, true
		}
		return os.LookupEnv(name)
	})
	builder.SetStrict(true)
	builder.SetLogger(slog.New(newEngineLog(r.Log.Handler())).With("stream", s.Name))
	builder.SetHTTPMux(http.NewServeMux())
	if before {
		builder.DisableLinting()
	}
	if err := builder.SetYAML(s.config); err != nil {
		return nil, inFile(s.File, err)
	}
	linted.Store(s.config, true)
	if r.Metrics != nil {
		if err := builder.SetMetricsYAML(metricsType + ": {}"); err != nil {
			return nil, err
		}
	}
	if r.Tracer != "" {
		if err := builder.SetTracerYAML(r.Tracer); err != nil {
			return nil, fmt.Errorf("tracer: %w", err)
		}
	}
	stream, err := builder.Build()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.File, err)
	}
	component.Attach(stream.Resources(), r.Book)
	return stream, nil
}

// whole refuses a pipeline without an input or an output, such as a file that is half
// written: the engine would read from the terminal, or print what it reads and take it
// for delivered.
func whole(s Stream) error {
	var parts map[string]any
	if err := yaml.Unmarshal([]byte(s.config), &parts); err != nil {
		return nil // the linter says it better
	}
	for _, part := range []string{"input", "output"} {
		if parts[part] == nil {
			return fmt.Errorf("%s: field %s: found nothing, expected one: without it nothing arrives", s.File, part)
		}
	}
	return nil
}

// inFile names the file on each line of an error: the linter tells all that it found.
func inFile(file string, err error) error {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	for i, line := range lines {
		lines[i] = file + ": " + strings.TrimSpace(line)
	}
	return errors.New(strings.Join(lines, "\n"))
}

// Check builds every stream without running it, so that a mistake in a pipeline
// is found before anything starts.
func (r *Runner) Check(streams []Stream) error {
	var mistakes []error
	seen := map[string]bool{}
	for _, s := range streams {
		if seen[s.File] {
			continue
		}
		seen[s.File] = true
		if _, err := r.build(s); err != nil {
			mistakes = append(mistakes, err)
		}
	}
	return errors.Join(mistakes...)
}

// run runs a stream until its input ends or the context does; then it is
// stopped, and what was not acknowledged is put back.
func (r *Runner) run(ctx context.Context, s Stream) error {
	stream, err := r.buildInTurn(ctx, s)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- stream.Run(context.WithoutCancel(ctx)) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	if err := stream.StopWithin(stopWithin); err != nil {
		r.Log.Debug("the stream was cut off", "stream", s.Name, "error", err.Error())
	}
	return ctx.Err()
}

// buildInTurn builds one stream after the other, so that a stop waits for one at most:
// to build those of many connections takes the processor a minute.
func (r *Runner) buildInTurn(ctx context.Context, s Stream) (*service.Stream, error) {
	r.building.Lock()
	defer r.building.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return r.build(s)
}
