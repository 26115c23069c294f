package unleashedsim

import (
	"cmp"
	"encoding/json"
	"iter"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Mark is what the service keeps of every record.
type Mark struct {
	Guid           uuid.UUID
	LastModifiedOn Instant

	// rendered is what was written of this version, by variant, at a generation
	// of the twin.
	rendered   map[string]json.RawMessage
	generation int
}

func (m *Mark) mark() *Mark { return m }

// Stamp is a Mark with who made the record and who changed it.
type Stamp struct {
	CreatedBy      Text
	CreatedOn      Instant
	LastModifiedBy Text
	Mark
}

func (s *Stamp) stamp() *Stamp { return s }

type document interface {
	comparable
	mark() *Mark
}

type stamped interface {
	document
	stamp() *Stamp
}

// table holds the documents of one kind by GUID and by their natural key, in the
// order in which they are listed.
type table[D document] struct {
	rows   map[uuid.UUID]*row[D]
	keys   map[string]*row[D]
	key    func(D) string
	order  func(a, b *row[D]) int
	listed []*row[D]
	sorted bool
	puts   int
}

type row[D document] struct {
	document D
	key      string
	version  int // grows with every change in the table, to break ties
}

func newTable[D document](key func(D) string, order func(a, b *row[D]) int) *table[D] {
	return &table[D]{rows: map[uuid.UUID]*row[D]{}, keys: map[string]*row[D]{}, key: key, order: order}
}

// byKey lists by code or name.
func byKey[D document](a, b *row[D]) int {
	return cmp.Compare(a.key, b.key)
}

// newestFirst lists what was modified last first.
func newestFirst[D document](a, b *row[D]) int {
	return cmp.Or(
		b.document.mark().LastModifiedOn.Compare(a.document.mark().LastModifiedOn.Time),
		cmp.Compare(b.version, a.version),
	)
}

// get finds a document by its GUID, find by its key; both answer nil when there is
// none.
func (t *table[D]) get(guid uuid.UUID) (found D) {
	if r := t.rows[guid]; r != nil {
		found = r.document
	}
	return found
}

func (t *table[D]) find(key string) (found D) {
	if r := t.keys[key]; r != nil {
		found = r.document
	}
	return found
}

// taken says whether a key belongs to a document with another GUID.
func (t *table[D]) taken(key string, by uuid.UUID) bool {
	r := t.keys[key]
	return r != nil && r.document.mark().Guid != by
}

func (t *table[D]) put(d D) {
	key, guid := t.key(d), d.mark().Guid
	r := t.rows[guid]
	if r == nil {
		r = &row[D]{}
		t.rows[guid] = r
		t.listed = append(t.listed, r)
	} else if r.key != key && t.keys[r.key] == r {
		delete(t.keys, r.key)
	}
	t.puts++
	r.document, r.key, r.version = d, key, t.puts
	t.keys[key] = r
	t.sorted = false
}

func (t *table[D]) remove(guid uuid.UUID) {
	r := t.rows[guid]
	delete(t.rows, guid)
	if r != nil && t.keys[r.key] == r {
		delete(t.keys, r.key)
	}
	t.listed = slices.DeleteFunc(t.listed, func(other *row[D]) bool { return other == r })
}

// all lists the documents in their order.
func (t *table[D]) all() iter.Seq[D] {
	if !t.sorted {
		slices.SortFunc(t.listed, t.order)
		t.sorted = true
	}
	return func(yield func(D) bool) {
		for _, r := range t.listed {
			if !yield(r.document) {
				return
			}
		}
	}
}

// save stores a new version of a document and stamps it. LastModifiedOn grows with
// every version, however fast they follow each other.
func save[D document](t *Twin, rows *table[D], d D) {
	var none D
	m, now := d.mark(), t.now()
	old := rows.get(m.Guid)
	if old != none {
		now = later(now, old.mark().LastModifiedOn.Time)
	}
	m.rendered, m.LastModifiedOn = nil, Instant{now}
	if s, has := any(d).(interface{ stamp() *Stamp }); has {
		s.stamp().sign(t, now, old != none)
	}
	rows.put(d)
}

// sign says who made a new version, and of a new document who made it. A caller
// of the API may name another maker.
func (s *Stamp) sign(t *Twin, now time.Time, known bool) {
	if !known {
		s.CreatedOn = Instant{now}
		if s.CreatedBy == "" {
			s.CreatedBy = Text(t.actor)
		}
	}
	s.LastModifiedBy = Text(t.actor)
}

// later is now, or the next millisecond after before when now is not later.
func later(now, before time.Time) time.Time {
	if now.After(before) {
		return now
	}
	return before.Add(time.Millisecond)
}

// render writes a document, or takes what was written of this version before. The
// variant names what the result depends on besides the document.
func render[D document](t *Twin, d D, variant string, view func(D) any) json.RawMessage {
	s := d.mark()
	if s.generation != t.generation {
		s.rendered, s.generation = nil, t.generation
	}
	if raw, done := s.rendered[variant]; done {
		return raw
	}
	raw := encode(view(d))
	if s.rendered == nil {
		s.rendered = map[string]json.RawMessage{}
	}
	s.rendered[variant] = raw
	return raw
}
