package component

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// System is one of the two services as the generic components see it.
type System struct {
	Name       string // metadata prefix and plugin name
	Title      string // as the vendor writes it
	Operations []Operation
	Resources  []Resource
	// Overlap is what inputs read again before their cursor by default.
	Overlap time.Duration
	// Call sends one request through the connection's client.
	Call func(ctx context.Context, c *connection.Connection, r Request) (*apihttp.Response, error)
	// Account keeps the limits and the health of the account behind a connection.
	Account func(c *connection.Connection) *apihttp.Account
	// Ping is one cheap authenticated read.
	Ping func(ctx context.Context, c *connection.Connection) error
	// Zone is where dates without an offset are at home; nil is UTC.
	Zone func(c *connection.Connection) *time.Location
	// Widen enlarges an overlap around a moment when the service's clock is
	// ambiguous.
	Widen func(c *connection.Connection, now time.Time, overlap time.Duration) time.Duration
}

// Request is one call as an operation or a user's own request describes it.
type Request struct {
	Operation, Method, Path string
	Query                   []Pair
	Body                    json.RawMessage
	Write                   bool
	One                     bool
}

// Pair is one query parameter, in the order in which it is sent.
type Pair struct{ Name, Value string }

// Operation is one thing that a service can do, as plugins, dry runs, the
// documentation and the conformance tests know it.
type Operation struct {
	Name    string
	Summary string
	Method  string
	// Path holds {Argument} placeholders.
	Path string
	// One says that one record is read, whatever it comes in.
	One bool
	// Query names the arguments that go into the query.
	Query []string
	// InBody names the arguments of the path that stand in the body too.
	InBody []string
	// Whole names the argument that is the body, instead of an object of all that are
	// not used otherwise.
	Whole string
	// Aside names the arguments that are for us and not for the service.
	Aside []string
	// Required names the arguments that must have a value.
	Required []string
	// Write says that the call changes data, whatever its verb.
	Write bool
	Kind  delivery.Kind
	// LinkKind names the link that a done create leaves.
	LinkKind string
	// Deduplicates says that the service refuses a second create of the same.
	Deduplicates bool
	LookFirst    bool
	// Ends says that nothing else is wanted of its record: what was unsettled of it is not
	// any more.
	Ends bool
	// Former says whether a record of such an age may have been made with an earlier ledger:
	// its create looks first then.
	Former func(ctx context.Context, c *connection.Connection, created time.Time) (bool, error)
	// Target names what a write changes, so that all writes to it wait for one
	// another; nil means the key, or the path of an update.
	Target func(args map[string]any) string
	// Chosen names the argument with the id of what is written to, where a mapping picks
	// it out of several by what stands there: decided once more, it may be another one.
	Chosen string
	// Success says in words how the answer tells that it was done.
	Success string
	// Found says in words how the record is found again.
	Found string

	Answer  func(body []byte) (delivery.Answer, error)
	Find    func(ctx context.Context, c *connection.Connection, s Source, args map[string]any) (delivery.Found, error)
	Current func(ctx context.Context, c *connection.Connection, args map[string]any) (json.RawMessage, error)
	// Effect says in words what a write that was answered as done did not do, by the
	// answer or by the target itself; nil where the answer is proof enough.
	Effect func(ctx context.Context, c *connection.Connection, s Source, args map[string]any, answer delivery.Answer) (lacking string, err error)
	// Gone says whether what a create made does not exist any more or is
	// cancelled, in words, so that making it again is right.
	Gone func(ctx context.Context, c *connection.Connection, id string) (gone bool, state string, err error)
	// Waits says whether a refusal may mend itself once other records have
	// arrived.
	Waits func(refusal *apihttp.Error, args map[string]any) bool
	// Hint says in words how to mend a refusal; empty where it is not known.
	Hint func(refusal *apihttp.Error, args map[string]any) string
	// Explain is what a single request failed for, in words that say more where the
	// service was asked for them.
	Explain func(ctx context.Context, c *connection.Connection, args map[string]any, err error) error
	// Done is told of a write that was done, to keep look-ups fresh. Refresh makes
	// the next look-up ask what changed, after an answer that was lost.
	Done    func(c *connection.Connection, args map[string]any, answer delivery.Answer)
	Refresh func(c *connection.Connection)
	// Do carries out a write that is more than one request, and converges; nil for
	// those that are one.
	Do func(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error)
	// Await is when a read that finds nothing asks again: what was made a moment ago may
	// not be shown yet. A look-up that found some of what it was asked for answers that
	// with ErrNotFound, and its last answer counts.
	Await []time.Duration
	// Parts are the records that a write of many carries, each like the source but
	// for its id. Halve cuts such a write in two, so that a refused one is tried in
	// ever smaller pieces until what is refused stands alone.
	Parts func(source ledger.Record, args map[string]any) []delivery.Part
	Halve func(args map[string]any) (first, second map[string]any)
	// Look answers reads that are more than one request: look-ups over a list
	// that is read once.
	Look func(ctx context.Context, c *connection.Connection, s Source, args map[string]any) (any, error)
}

// Resource is one list that an input can read.
type Resource struct {
	Name, Summary string
	// Open makes the source of one input; query holds what the user asked for.
	Open func(c *connection.Connection, query map[string]any, pageSize int) (polling.Source, error)
}

// Operation finds an operation by name.
func (s *System) Operation(name string) (Operation, error) {
	for _, op := range s.Operations {
		if op.Name == name {
			return op, nil
		}
	}
	return Operation{}, fmt.Errorf("field operation: found %q, expected one of %s", name, strings.Join(s.operationNames(nil), ", "))
}

func (s *System) operationNames(keep func(Operation) bool) []string {
	var names []string
	for _, op := range s.Operations {
		if keep == nil || keep(op) {
			names = append(names, op.Name)
		}
	}
	return names
}

// operationField is an enumeration. The engine's own takes a dot in a name for a
// path, so the rule is written out.
func (s *System) operationField(keep func(Operation) bool) *service.ConfigField {
	names := s.operationNames(keep)
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return service.NewStringField(fieldOperation).LintRule(fmt.Sprintf(
		`root = if ![%s].contains(this) { [ "found operation %%s, expected one of %s".format(this) ] }`, strings.Join(quoted, ","), strings.Join(names, ", ")))
}

func (s *System) resource(name string) (Resource, error) {
	for _, r := range s.Resources {
		if r.Name == name {
			return r, nil
		}
	}
	return Resource{}, fmt.Errorf("field resource: found %q, expected one of %s", name, strings.Join(s.resourceNames(), ", "))
}

func (s *System) resourceNames() []string {
	names := make([]string, 0, len(s.Resources))
	for _, r := range s.Resources {
		names = append(names, r.Name)
	}
	return names
}

var placeholder = regexp.MustCompile(`\{([A-Za-z]+)\}`)

// Build makes the request of an operation: placeholders and query parameters
// are taken out of the arguments, the rest is the body.
func (op Operation) Build(args map[string]any) (Request, error) {
	for _, name := range op.Required {
		if blank(args[name]) {
			return Request{}, fmt.Errorf("%s: the argument %s has no value", op.Name, name)
		}
	}
	used := slices.Concat(op.Query, op.Aside)
	var missing []string
	path := placeholder.ReplaceAllStringFunc(op.Path, func(match string) string {
		name := strings.Trim(match, "{}")
		if !slices.Contains(op.InBody, name) {
			used = append(used, name)
		}
		if blank(args[name]) {
			missing = append(missing, name)
		}
		return url.PathEscape(Text(args[name]))
	})
	if len(missing) > 0 {
		return Request{}, fmt.Errorf("%s: the argument %s has no value", op.Name, strings.Join(missing, " and "))
	}
	r := Request{Operation: op.Name, Method: op.Method, Path: path, Write: op.Write, One: op.One}
	for _, name := range op.Query {
		if !blank(args[name]) {
			r.Query = append(r.Query, Pair{Name: name, Value: Text(args[name])})
		}
	}
	body, err := op.body(args, used)
	if err != nil {
		return Request{}, err
	}
	r.Body = body
	return r, nil
}

func (op Operation) body(args map[string]any, used []string) (json.RawMessage, error) {
	if op.Method != "PUT" && op.Method != "POST" {
		return nil, nil
	}
	if op.Whole != "" {
		return json.Marshal(args[op.Whole])
	}
	rest := make(map[string]any, len(args))
	for name, value := range args {
		if !slices.Contains(used, name) {
			rest[name] = value
		}
	}
	if len(rest) == 0 {
		return nil, nil
	}
	body, err := json.Marshal(rest)
	if err != nil {
		return nil, fmt.Errorf("%s: encoding the arguments: %w", op.Name, err)
	}
	return body, nil
}

func blank(v any) bool {
	content, isText := v.(string)
	return v == nil || (isText && strings.TrimSpace(content) == "")
}

// CheckKey refuses keys with an empty or null part: two records would share it.
func CheckKey(key string) error {
	for _, part := range strings.Split(key, "/") {
		if part = strings.TrimSpace(part); part == "" || part == "null" {
			return errors.New("field key: a part of the key " + fmt.Sprintf("%q", key) + " is empty: the record lacks what makes it unique")
		}
	}
	return nil
}
