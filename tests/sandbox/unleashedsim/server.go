package unleashedsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// route is one path and verb of a resource. The segments of its pattern are
// {guid}, {page} (digits), {number} (anything), or words, which are compared
// without regard to case, as the resource's name is.
type route struct {
	method, pattern string
	serve           func(*call) (answer, error)
}

// call is one request on its way through the service.
type call struct {
	twin   *Twin
	method string
	query  query
	guids  []uuid.UUID
	page   int
	number string
	raw    []byte
}

type answer struct {
	status int
	body   []byte
}

// serve answers one request.
func (t *Twin) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	given, shape, err := t.lockedAnswer(r, body)
	if err != nil {
		var p *problem
		if !errors.As(err, &p) {
			p = &problem{status: http.StatusInternalServerError, text: err.Error()}
		}
		for name, values := range p.header {
			w.Header()[name] = values
		}
		given = answer{status: p.status, body: p.body(shape)}
	}
	if len(given.body) > 0 {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(given.status)
	_, _ = w.Write(given.body)
}

// lockedAnswer answers with everything held still.
func (t *Twin) lockedAnswer(r *http.Request, body []byte) (given answer, shape ErrorShape, err error) {
	t.mut.Lock()
	defer t.mut.Unlock()
	t.actor = apiUser
	given, err = t.answer(r, body)
	return given, t.knobs.ErrorShape, err
}

func (t *Twin) answer(r *http.Request, body []byte) (answer, error) {
	if err := t.authenticate(r); err != nil {
		return answer{}, err
	}
	if err := t.admit(); err != nil {
		return answer{}, err
	}
	c := &call{twin: t, method: r.Method, query: parseQuery(r.URL.RawQuery), raw: body}
	segments := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	routes := resources[strings.ToLower(segments[0])]
	known := false
	for _, candidate := range routes {
		if !c.fits(candidate.pattern, segments[1:]) {
			continue
		}
		known = true
		if candidate.method == r.Method {
			return candidate.serve(c)
		}
	}
	if known {
		return answer{}, &problem{status: http.StatusMethodNotAllowed, text: fmt.Sprintf("The resource does not support %s.", r.Method)}
	}
	return answer{}, &problem{status: http.StatusNotFound, text: fmt.Sprintf("There is no resource %s.", r.URL.Path)}
}

var dashedGUID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// fits compares a path with a pattern and keeps what it names.
func (c *call) fits(pattern string, segments []string) bool {
	c.guids, c.page, c.number = nil, 1, ""
	var parts []string
	if pattern != "" {
		parts = strings.Split(pattern, "/")
	}
	if len(parts) != len(segments) {
		return false
	}
	for i, part := range parts {
		switch part {
		case "{guid}":
			if !dashedGUID.MatchString(segments[i]) {
				return false
			}
			c.guids = append(c.guids, uuid.MustParse(segments[i]))
		case "{page}":
			page, err := strconv.Atoi(segments[i])
			if err != nil || page < 0 {
				return false
			}
			c.page = page
		case "{number}":
			c.number = segments[i]
		default:
			if !strings.EqualFold(part, segments[i]) {
				return false
			}
		}
	}
	return true
}

// listed is the routes of a list and of its single records.
func listed(list, single func(*call) (answer, error), more ...route) []route {
	routes := []route{
		{http.MethodGet, "", list},
		{http.MethodGet, "{page}", list},
		{http.MethodGet, "Page/{page}", list},
	}
	if single != nil {
		routes = append(routes, route{http.MethodGet, "{guid}", single})
	}
	return append(routes, more...)
}

func ok(body []byte) (answer, error)      { return answer{http.StatusOK, body}, nil }
func created(body []byte) (answer, error) { return answer{http.StatusCreated, body}, nil }

// encode writes a value as the service does: no escapes that JSON does not need
// but those of dates.
func encode(value any) json.RawMessage {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // our own types always marshal
	}
	return bytes.TrimRight(buffer.Bytes(), "\n")
}
