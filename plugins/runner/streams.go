package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/redpanda-data/benthos/v4/public/service"
	"gopkg.in/yaml.v3"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/polling"
)

// Stream is one pipeline of one connection.
type Stream struct {
	Name, Connection, Pipeline string
	File                       string
	Stage                      int
	// Off says why the stream does not run; empty when it does.
	Off string

	config string
	// runsAs is the stream of another connection that does this one's work.
	runsAs string
	// Overruled are the settings that its pipeline reads and that the connection which
	// runs it for all has otherwise.
	Overruled []string
	// schedule is when it runs; nil when that cannot be told.
	schedule polling.Schedule
}

// stages is the dependency order: master data, what flows into the warehouse,
// what flows back, exports, stock. A pipeline of the user's own runs with the
// imports.
var stages = map[string]int{
	"product_sync": 0, "customer_sync": 0,
	"order_despatch": 2, "order_update": 2, "purchase_order_receipt": 2, "warehouse_transfer_completion": 2,
	"order_export": 3,
	"stock_sync":   4, "stock_master": 4,
}

const ownStage = 1

// pipelineFile is what the runner itself reads of a pipeline.
type pipelineFile struct {
	Input map[string]yaml.Node `yaml:"input"`
}

type inputFields struct {
	Enabled  *string `yaml:"enabled"`
	Interval *string `yaml:"interval"`
	Scope    string  `yaml:"scope"`
	Query    string  `yaml:"query"`
	Since    string  `yaml:"since"`

	label string
	polls bool // it is one of our inputs, whose interval we know to read
}

// Streams lists the streams of a book: each pipeline file in a folder for each
// active connection, in dependency order.
func Streams(ctx context.Context, book *connection.Book, folder string) ([]Stream, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("listing the pipelines: %w", err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_benthos_test.yaml") })
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: found no pipelines, expected files named <pipeline>.yaml", folder)
	}
	var streams []Stream
	var mistakes []error
	wrong := map[string]bool{} // files that were told of already
	for _, name := range book.Names() {
		conn, err := book.Connection(name)
		if err != nil {
			return nil, err
		}
		ask := component.Asking(conn, conn.Settings())
		for _, file := range files {
			stream, err := newStream(book, conn, ask, file)
			if err != nil && !wrong[file] {
				wrong[file] = true
				mistakes = append(mistakes, err)
			}
			streams = append(streams, stream)
		}
	}
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	slices.SortStableFunc(streams, func(a, b Stream) int { return a.Stage - b.Stage })
	return streams, nil
}

func newStream(book *connection.Book, conn *connection.Connection, ask *service.Message, file string) (Stream, error) {
	name, pipeline := conn.Name, strings.TrimSuffix(filepath.Base(file), ".yaml")
	stage, known := stages[pipeline]
	if !known {
		stage = ownStage
	}
	s := Stream{Name: connection.StreamName(name, pipeline), Connection: name, Pipeline: pipeline, File: file, Stage: stage}
	raw, err := os.ReadFile(file)
	if err != nil {
		return s, fmt.Errorf("reading the pipeline: %w", err)
	}
	s.config = string(raw)
	return s, s.read(book, conn, ask)
}

// read finds out from a pipeline's text whether and when its stream runs.
func (s *Stream) read(book *connection.Book, conn *connection.Connection, ask *service.Message) error {
	s.Off, s.runsAs, s.Overruled, s.schedule = "", "", nil, nil
	fields, err := s.input()
	if err != nil {
		return fmt.Errorf("%s: %w", s.File, err)
	}
	if fields.Enabled != nil {
		if s.Off, err = off(ask, *fields.Enabled); err != nil {
			return fmt.Errorf("%s: field input.enabled: %w", s.File, err)
		}
	}
	if s.Off != "" {
		return nil
	}
	if s.schedule, err = scheduled(ask, fields.Interval); err != nil && fields.polls {
		return fmt.Errorf("%s: field input.interval: %w", s.File, err)
	}
	if fields.Scope == component.ScopeAccounts {
		leader, err := leads(book, conn, fields.Enabled)
		if err != nil {
			return fmt.Errorf("%s: field input.enabled: %w", s.File, err)
		}
		if leader != conn {
			s.Overruled = overruled(s.config, conn.Settings(), leader.Settings())
			s.runsAs = connection.StreamName(leader.Name, s.Pipeline)
			s.Off = "runs as " + s.runsAs
		}
	}
	return nil
}

// input are the fields of the stream's input with the variables of the environment in
// them, as the engine fills them in.
func (s *Stream) input() (inputFields, error) {
	fields, err := inputOf(s.config)
	fill := func(text string) string {
		return variable.ReplaceAllStringFunc(text, func(match string) string {
			parts := variable.FindStringSubmatch(match)
			if parts[1] == "CONNECTION" {
				return s.Connection
			}
			if value, set := os.LookupEnv(parts[1]); set {
				return value
			}
			return parts[2]
		})
	}
	for _, field := range []**string{&fields.Enabled, &fields.Interval} {
		if *field != nil {
			filled := fill(**field)
			*field = &filled
		}
	}
	fields.Query, fields.Since = fill(fields.Query), fill(fields.Since)
	return fields, err
}

// variable is one of the environment in a pipeline: ${NAME} or ${NAME:default}.
var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_.]*)(?::([^}]*))?\}`)

// scheduled evaluates the field `interval` of an input as the input itself will; nil
// when there is none.
func scheduled(ask *service.Message, expression *string) (polling.Schedule, error) {
	if expression == nil {
		return nil, nil
	}
	every, err := evaluate(ask, *expression)
	if err != nil || every == "" {
		return nil, err
	}
	return polling.ParseSchedule(every)
}

// inputs are the fields of inputs by the texts of their pipelines: a text is parsed
// once in a process, not again for each connection.
var inputs sync.Map

func inputOf(text string) (inputFields, error) {
	if known, exists := inputs.Load(text); exists {
		return known.(inputFields), nil
	}
	var fields inputFields
	var parsed pipelineFile
	if err := yaml.Unmarshal([]byte(text), &parsed); err != nil {
		return fields, err
	}
	label := parsed.Input["label"]
	for kind, node := range parsed.Input {
		if kind != "label" && kind != "processors" && node.Decode(&fields) == nil {
			fields.polls = kind == "unleashed" || kind == "mintsoft"
			if fields.polls || kind == "unleashed_webhook" {
				fields.label = label.Value
			}
			break
		}
	}
	inputs.Store(text, fields)
	return fields, nil
}

// off evaluates the field `enabled` of an input as the input itself will.
func off(ask *service.Message, expression string) (string, error) {
	answer, err := evaluate(ask, expression)
	if err != nil {
		return "", err
	}
	enabled, err := component.IsEnabled(answer)
	if err != nil || enabled {
		return "", err
	}
	return "off", nil
}

// expressions are the parsed fields of inputs by their texts, for the same reason.
var expressions sync.Map

func evaluate(ask *service.Message, expression string) (string, error) {
	known, exists := expressions.Load(expression)
	if !exists {
		parsed, err := service.NewInterpolatedString(expression)
		if err != nil {
			return "", err
		}
		known, _ = expressions.LoadOrStore(expression, parsed)
	}
	return known.(*service.InterpolatedString).TryString(ask)
}

// leads finds the first connection that shares accounts and client with another
// and wants the flow, which is bound to no warehouse: it runs it for all.
func leads(book *connection.Book, conn *connection.Connection, enabled *string) (*connection.Connection, error) {
	for _, other := range book.Sharing(conn) {
		if enabled == nil {
			return other, nil
		}
		reason, err := off(component.Asking(other, other.Settings()), *enabled)
		if err != nil {
			return nil, err
		}
		if reason == "" {
			return other, nil
		}
	}
	return conn, nil
}

// setting is one that a pipeline reads.
var setting = regexp.MustCompile(`settings\.(\w+)\.(\w+)`)

// overruled are the settings of a pipeline that one connection has and another, which
// runs it, has otherwise.
func overruled(pipeline string, own, others map[string]any) []string {
	var names []string
	for _, found := range setting.FindAllStringSubmatch(pipeline, -1) {
		ours, _ := own[found[1]].(map[string]any)
		theirs, _ := others[found[1]].(map[string]any)
		name := found[1] + "." + found[2]
		if !reflect.DeepEqual(ours[found[2]], theirs[found[2]]) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// errNoStream is returned when a pattern matches no stream.
var errNoStream = errors.New("no stream matches")

// Only keeps the streams whose names match one of the patterns.
func Only(streams []Stream, patterns []string) ([]Stream, error) {
	if len(patterns) == 0 {
		return streams, nil
	}
	var kept []Stream
	for _, pattern := range patterns {
		matched := false
		for _, s := range streams {
			ok, err := path.Match(pattern, s.Name)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", pattern, err)
			}
			if ok {
				matched = true
				if !slices.ContainsFunc(kept, func(k Stream) bool { return k.Name == s.Name }) {
					kept = append(kept, s)
				}
			}
		}
		if !matched {
			return nil, fmt.Errorf("%q: %w; there are %s", pattern, errNoStream, strings.Join(names(streams), ", "))
		}
	}
	slices.SortStableFunc(kept, func(a, b Stream) int { return a.Stage - b.Stage })
	return kept, nil
}

func names(streams []Stream) []string {
	list := make([]string, len(streams))
	for i, s := range streams {
		list[i] = s.Name
	}
	slices.Sort(list)
	return list
}

// before lists the streams that a stream depends on: those of an earlier stage of
// its own connection, and what another connection does for it. What happens to
// any other connection is no matter of it.
func before(s Stream, streams []Stream) []Stream {
	elsewhere := map[string]bool{}
	for _, other := range streams {
		if other.Connection == s.Connection && other.runsAs != "" {
			elsewhere[other.runsAs] = true
		}
	}
	var earlier []Stream
	for _, other := range streams {
		ours := other.Connection == s.Connection || elsewhere[other.Name]
		if ours && other.Stage < s.Stage && other.Off == "" {
			earlier = append(earlier, other)
		}
	}
	return earlier
}
