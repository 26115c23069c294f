package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"
	"gopkg.in/yaml.v3"

	"github.com/mintleash/mintleash/plugins/runner"
)

// serviceSettings are what sync takes from config/service.yaml, whose keys are the
// engine's own.
type serviceSettings struct {
	enabled bool
	address string
	level   slog.Level
	tracer  string
}

func readService(path string, asked bool) (serviceSettings, error) {
	settings := serviceSettings{enabled: true, address: "127.0.0.1:4195", level: slog.LevelInfo}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !asked {
		return settings, nil
	}
	if err != nil {
		return settings, fmt.Errorf("reading the service file: %w", err)
	}
	var file struct {
		HTTP struct {
			Enabled *bool  `yaml:"enabled"`
			Address string `yaml:"address"`
		} `yaml:"http"`
		Logger struct {
			Level string `yaml:"level"`
		} `yaml:"logger"`
		Tracer yaml.Node `yaml:"tracer"`
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		return settings, fmt.Errorf("%s: %w", path, err)
	}
	lints, err := service.GlobalEnvironment().FullConfigSchema("", "").NewStreamConfigLinter().LintYAML(raw)
	if err != nil {
		return settings, fmt.Errorf("%s: %w", path, err)
	}
	var unknown []error
	for _, lint := range lints {
		unknown = append(unknown, fmt.Errorf("%s: %w", path, lint))
	}
	if len(unknown) > 0 {
		return settings, errors.Join(unknown...)
	}
	if file.HTTP.Enabled != nil {
		settings.enabled = *file.HTTP.Enabled
	}
	if file.HTTP.Address != "" {
		settings.address = file.HTTP.Address
	}
	switch level := file.Logger.Level; level {
	case "", "INFO":
	case "TRACE", "ALL", "DEBUG":
		settings.level = slog.LevelDebug
	case "WARN":
		settings.level = slog.LevelWarn
	case "ERROR", "FATAL", "OFF", "NONE":
		settings.level = slog.LevelError
	default:
		return settings, fmt.Errorf("%s: logger.level: found %q, expected one of TRACE, DEBUG, INFO, WARN, ERROR", path, level)
	}
	if file.Tracer.Kind == yaml.MappingNode {
		tracer, err := yaml.Marshal(&file.Tracer)
		if err != nil {
			return settings, fmt.Errorf("%s: tracer: %w", path, err)
		}
		settings.tracer = string(tracer)
	}
	return settings, nil
}

// serve answers /ready, /metrics and /ping on the service's address.
func (s *session) serve(run *runner.Runner, streams []runner.Stream) (end func(), err error) {
	if !s.service.enabled {
		return func() {}, nil
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", s.service.address)
	if err != nil {
		return nil, fmt.Errorf("listening on http.address %s: %w", s.service.address, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.Handler())
	mux.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "pong") })
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, r *http.Request) {
		if waiting := runner.Unready(r.Context(), run.Book, run.Current(streams)); len(waiting) > 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			for _, reason := range waiting {
				fmt.Fprintln(w, reason)
			}
			return
		}
		fmt.Fprintln(w, "every enabled stream has run well")
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	s.log.Info("listening", "ready", "http://"+listener.Addr().String()+"/ready", "metrics", "http://"+listener.Addr().String()+"/metrics")
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = server.Shutdown(ctx)
	}, nil
}
