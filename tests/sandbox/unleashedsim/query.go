package unleashedsim

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// query is the filters of a request by their names in lower case. Filters that a
// list does not know are ignored.
type query map[string]string

func parseQuery(raw string) query {
	q := query{}
	for _, pair := range strings.Split(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		q[strings.ToLower(decodePercent(name))] = decodePercent(value)
	}
	return q
}

// text is a filter's value, empty when it is not given.
func (q query) text(name string) string { return q[strings.ToLower(name)] }

// words is a filter's comma list.
func (q query) words(name string) []string {
	text := q.text(name)
	if text == "" {
		return nil
	}
	words := strings.Split(text, ",")
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	return words
}

// flag is off unless it is given, but for those that are on.
func (q query) flag(name string, otherwise bool) (bool, error) {
	text := q.text(name)
	if text == "" {
		return otherwise, nil
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		return false, invalid(name, "Expected true or false, found %q.", text)
	}
	return value, nil
}

func (q query) date(name string) (time.Time, error) {
	text := q.text(name)
	if text == "" {
		return time.Time{}, nil
	}
	date, _, err := parseDate(text)
	if err != nil {
		return time.Time{}, invalid(name, "%v.", err)
	}
	return date, nil
}

func (q query) guidList(name string) (map[uuid.UUID]bool, error) {
	words := q.words(name)
	if words == nil {
		return nil, nil
	}
	guids := make(map[uuid.UUID]bool, len(words))
	for _, word := range words {
		guid, err := uuid.Parse(word)
		if err != nil {
			return nil, invalid(name, "Expected GUIDs, found %q.", word)
		}
		guids[guid] = true
	}
	return guids, nil
}

// sieve is the filters of one request, as tests that a document must all pass.
// The first filter that cannot be read is its error.
type sieve[D any] struct {
	c     *call
	tests []func(D) bool
	err   error
}

func newSieve[D any](c *call) *sieve[D] { return &sieve[D]{c: c} }

func (s *sieve[D]) keeps(d D) bool {
	for _, test := range s.tests {
		if !test(d) {
			return false
		}
	}
	return true
}

func (s *sieve[D]) add(test func(D) bool) { s.tests = append(s.tests, test) }

// prefix compares beginnings without regard to case.
func (s *sieve[D]) prefix(name string, of func(D) string) {
	if text := strings.ToLower(s.c.query.text(name)); text != "" {
		s.add(func(d D) bool { return strings.HasPrefix(strings.ToLower(of(d)), text) })
	}
}

func (s *sieve[D]) exact(name string, of func(D) string) {
	if text := s.c.query.text(name); text != "" {
		s.add(func(d D) bool { return of(d) == text })
	}
}

// contains looks for a part, and case matters.
func (s *sieve[D]) contains(name string, of func(D) []string) {
	if text := s.c.query.text(name); text != "" {
		s.add(func(d D) bool {
			return slices.ContainsFunc(of(d), func(value string) bool { return strings.Contains(value, text) })
		})
	}
}

// oneOf compares with a comma list, without regard to case, and says whether the
// filter was given.
func (s *sieve[D]) oneOf(name string, of func(D) string) bool {
	words := s.c.query.words(name)
	if words == nil {
		return false
	}
	s.add(func(d D) bool {
		return slices.ContainsFunc(words, func(word string) bool { return strings.EqualFold(word, of(d)) })
	})
	return true
}

func (s *sieve[D]) guids(name string, of func(D) uuid.UUID) {
	guids, err := s.c.query.guidList(name)
	s.note(err)
	if guids != nil {
		s.add(func(d D) bool { return guids[of(d)] })
	}
}

// from and to compare dates, both inclusive; a document without the date fails.
func (s *sieve[D]) from(name string, of func(D) time.Time) {
	date, err := s.c.query.date(name)
	s.note(err)
	if !date.IsZero() {
		s.add(func(d D) bool { return !of(d).IsZero() && !of(d).Before(date) })
	}
}

func (s *sieve[D]) to(name string, of func(D) time.Time) {
	date, err := s.c.query.date(name)
	s.note(err)
	if !date.IsZero() {
		s.add(func(d D) bool { return !of(d).IsZero() && !of(d).After(date) })
	}
}

func (s *sieve[D]) modifiedSince(of func(D) time.Time) {
	date, err := s.c.query.date("modifiedSince")
	s.note(err)
	if date.IsZero() {
		return
	}
	exclusive := s.c.twin.knobs.ModifiedSinceExclusive
	s.add(func(d D) bool { return of(d).After(date) || !exclusive && of(d).Equal(date) })
}

// hides leaves documents out when a flag, which is off unless it is given, is as
// said.
func (s *sieve[D]) hides(name string, when bool, test func(D) bool) {
	given, err := s.c.query.flag(name, false)
	s.note(err)
	if given == when {
		s.add(func(d D) bool { return !test(d) })
	}
}

func (s *sieve[D]) note(err error) {
	if s.err == nil {
		s.err = err
	}
}

func modified[D document](d D) time.Time { return d.mark().LastModifiedOn.Time }

func createdOn[D stamped](d D) time.Time { return d.stamp().CreatedOn.Time }
