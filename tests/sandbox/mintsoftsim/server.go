package mintsoftsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// call is one request after its checks.
type call struct {
	op    *operation
	user  *User
	now   Date
	ids   map[string]int    // of the path, by lower-case name
	query map[string]string // by canonical name; what was not sent is missing
	body  any               // documents with canonical names
}

func (c *call) document() document {
	body, _ := c.body.(document)
	return body
}

func (c *call) documents() []document { return documents(c.body) }

// handler answers a call while the twin is locked. Its value becomes the JSON of a
// 200.
type handler func(*Twin, *call) (any, error)

// failure is an answer that is no 200. Without a message its body is empty.
type failure struct {
	status  int
	message string
	state   map[string][]string
}

// Error implements error.
func (f *failure) Error() string { return fmt.Sprintf("HTTP %d: %s", f.status, f.message) }

const (
	invalidRequest = "The request is invalid."
	anException    = "An error has occurred."
)

func (t *Twin) serve(w http.ResponseWriter, r *http.Request) {
	answer, err := t.answer(r)
	if err == nil {
		writeJSON(w, http.StatusOK, answer)
		return
	}
	f, known := errors.AsType[*failure](err)
	if !known {
		f = &failure{status: http.StatusInternalServerError, message: anException}
	}
	if f.message == "" {
		w.WriteHeader(f.status)
		return
	}
	said := map[string]any{"Message": f.message}
	if f.state != nil {
		said["ModelState"] = f.state
	}
	body, _ := marshal(said)
	writeJSON(w, f.status, body)
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// marshal writes JSON as Json.NET does: without escaping for HTML.
func marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("writing an answer: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// answer runs a request through route, key, checks and handler. Documents are
// marshalled under the lock: they are the twin's own.
func (t *Twin) answer(r *http.Request) ([]byte, error) {
	found := t.routes.find(r.URL.Path)
	if found == nil {
		t.violate("%s %s: there is no such route", r.Method, r.URL.Path)
		return nil, &failure{status: http.StatusNotFound, message: fmt.Sprintf("No HTTP resource was found that matches the request URI '%s'.", address(r))}
	}
	op := found.operations[r.Method]
	if op == nil {
		t.violate("%s %s: the route has no such verb", r.Method, r.URL.Path)
		return nil, &failure{status: http.StatusMethodNotAllowed, message: fmt.Sprintf("The requested resource does not support http method '%s'.", r.Method)}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("reading a request: %w", err)
	}
	t.mut.Lock()
	defer t.mut.Unlock()
	now := t.now()
	t.settle(now)
	c := &call{op: op, now: now, ids: found.ids}
	if op.Path != "/api/Auth" {
		if c.user = t.authenticate(r, now); c.user == nil {
			return nil, &failure{status: http.StatusUnauthorized}
		}
	}
	if err := t.check(c, r, body, found.badID); err != nil {
		return nil, err
	}
	handle := handlers[op.name()]
	if handle == nil {
		t.violations = append(t.violations, op.name()+": the twin does not model this operation")
		return nil, &failure{status: http.StatusNotImplemented, message: "This operation is not simulated."}
	}
	value, err := handle(t, c)
	if err != nil {
		return nil, err
	}
	return marshal(value)
}

func address(r *http.Request) string {
	return (&url.URL{Scheme: "https", Host: r.Host, Path: r.URL.Path, RawQuery: r.URL.RawQuery}).String()
}

// check binds the query and the body of a request, as the vendor's document types
// them.
func (t *Twin) check(c *call, r *http.Request, body []byte, badID string) error {
	var b binding
	if badID != "" {
		b.refuse(badID, "the id is not a number")
	}
	t.bindQuery(&b, c, readQuery(r.URL.RawQuery))
	if c.op.Body != "" {
		if !strings.Contains(r.Header.Get("Content-Type"), "/json") {
			b.note("Content-Type", "expected application/json")
		}
		value, err := decode(body)
		switch {
		case err != nil:
			b.refuse(c.op.BodyName, "%v", err)
		case value == nil:
			b.refuse(c.op.BodyName, "the body is empty")
		default:
			c.body = t.schema.bind(&b, c.op.BodyName, c.op.Body, value)
		}
	} else if len(bytes.TrimSpace(body)) > 0 {
		b.note("body", "the operation takes none")
	}
	for _, note := range b.notes {
		t.violations = append(t.violations, c.op.name()+": "+note)
	}
	if len(b.state) == 0 {
		return nil
	}
	for _, path := range slices.Sorted(maps.Keys(b.state)) {
		t.violations = append(t.violations, fmt.Sprintf("%s: %s: %s", c.op.name(), path, strings.Join(b.state[path], ", ")))
	}
	return &failure{status: http.StatusBadRequest, message: invalidRequest, state: b.state}
}

// decode reads one JSON value and nothing after it.
func decode(body []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("decoding the body: %w", err)
	}
	if decoder.More() {
		return nil, errors.New("there is something after the body")
	}
	return value, nil
}

// violate notes a request that no client should send.
func (t *Twin) violate(format string, args ...any) {
	t.mut.Lock()
	defer t.mut.Unlock()
	t.violations = append(t.violations, fmt.Sprintf(format, args...))
}
