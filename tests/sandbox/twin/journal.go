package twin

import (
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// Entry is one request as the service saw it, with its answer.
type Entry struct {
	At       time.Time
	Method   string
	Path     string
	RawQuery string
	Header   http.Header
	Body     []byte
	// Write says that the request asked for a change, whatever its verb and
	// whatever became of it.
	Write bool
	// Status is 0 when the connection was closed without an answer.
	Status int
	Answer []byte
}

// Journal lists the requests in the order of their arrival. It is safe for
// concurrent use. The zero Journal is empty.
type Journal struct {
	mut     sync.Mutex
	entries []Entry
	quiet   bool
	counts  map[string]int
}

// KeepCounts stops the keeping of entries; only their numbers are kept then, for
// loads of many thousand requests.
func (j *Journal) KeepCounts() {
	j.mut.Lock()
	defer j.mut.Unlock()
	j.quiet = true
}

func (j *Journal) add(e Entry) {
	j.mut.Lock()
	defer j.mut.Unlock()
	if j.counts == nil {
		j.counts = map[string]int{}
	}
	j.counts[e.Method+" "+e.Path]++
	if !j.quiet {
		j.entries = append(j.entries, e)
	}
}

// All copies the entries.
func (j *Journal) All() []Entry { return j.Find("*", "*") }

// Find copies the entries of a method and a path, both patterns: "*" is any, and
// a path that ends in "/*" covers everything below it.
func (j *Journal) Find(method, pattern string) []Entry {
	j.mut.Lock()
	defer j.mut.Unlock()
	var found []Entry
	for _, e := range j.entries {
		if matches(method, pattern, e.Method, e.Path) {
			found = append(found, e)
		}
	}
	return found
}

// Writes copies the entries that asked for a change.
func (j *Journal) Writes() []Entry {
	var writes []Entry
	for _, e := range j.All() {
		if e.Write {
			writes = append(writes, e)
		}
	}
	return writes
}

// Count is the number of requests of a method and a path pattern since the
// start or the last Reset.
func (j *Journal) Count(method, pattern string) int {
	j.mut.Lock()
	defer j.mut.Unlock()
	n := 0
	for key, count := range j.counts {
		verb, where, _ := strings.Cut(key, " ")
		if matches(method, pattern, verb, where) {
			n += count
		}
	}
	return n
}

// Reset forgets everything.
func (j *Journal) Reset() {
	j.mut.Lock()
	defer j.mut.Unlock()
	j.entries, j.counts = nil, nil
}

// matches compares without regard to case: both services do for their routes.
func matches(method, pattern, verb, where string) bool {
	if method != "*" && !strings.EqualFold(method, verb) {
		return false
	}
	pattern, where = strings.ToLower(pattern), strings.ToLower(where)
	if pattern == "*" {
		return true
	}
	if folder, ok := strings.CutSuffix(pattern, "/*"); ok && strings.HasPrefix(where, folder+"/") {
		return true
	}
	ok, err := path.Match(pattern, where)
	return err == nil && ok
}
