package mintsoftsim

import (
	"net/http"
	"strconv"
	"strings"
)

// router finds the operation of a request. Segments and names are compared
// without regard to case, and double slashes count as one.
type router struct {
	bySize map[int][]*operation
}

func newRouter(s *schema) router {
	r := router{bySize: map[int][]*operation{}}
	for _, o := range s.Operations {
		r.bySize[len(o.segments)] = append(r.bySize[len(o.segments)], o)
	}
	return r
}

// match is what a path may mean: its operations by verb, and the ids in it.
type match struct {
	operations map[string]*operation
	ids        map[string]int
	// badID names an id that is no number; there is no other reading of the path.
	badID string
}

// find reads a path. Fixed segments win over ids. It answers nil when there is no
// such route.
func (r router) find(path string) *match {
	segments := strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
	var best *match
	most := -1
	for _, o := range r.bySize[len(segments)] {
		ids, badID, fixed, ok := o.read(segments)
		switch {
		case !ok || fixed < most:
			continue
		case fixed > most:
			best, most = &match{operations: map[string]*operation{}, ids: ids, badID: badID}, fixed
		}
		best.operations[o.Method] = o
	}
	return best
}

// read compares a path with the route of an operation; fixed is how many segments
// are no ids. A route whose ids are numbers wins over one whose ids are not.
func (o *operation) read(segments []string) (ids map[string]int, badID string, fixed int, ok bool) {
	for i, want := range o.segments {
		name, isID := strings.CutPrefix(want, "{")
		if !isID {
			if !strings.EqualFold(segments[i], want) {
				return nil, "", 0, false
			}
			fixed += 2
			continue
		}
		name = strings.TrimSuffix(name, "}")
		id, err := strconv.ParseInt(segments[i], 10, 32)
		if err != nil {
			badID = name
			fixed--
			continue
		}
		if ids == nil {
			ids = map[string]int{}
		}
		ids[name] = int(id)
	}
	return ids, badID, fixed, true
}

// writes says whether a request asks for a change.
func (t *Twin) writes(r *http.Request) bool {
	found := t.routes.find(r.URL.Path)
	if found == nil || found.operations[r.Method] == nil {
		return r.Method != http.MethodGet && r.Method != http.MethodHead
	}
	return found.operations[r.Method].writes
}
