package mintsoft

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const (
	// documentsBack is how far back the first look for documents goes, also when the
	// ledger was lost.
	documentsBack = 30 * 24 * time.Hour
	// partsBack is how long an order waits for the parts of it that have not left.
	partsBack = 365 * 24 * time.Hour
	// documentsOverlap is read again with each look.
	documentsOverlap = 15 * time.Minute

	out, in = "out", "in"
)

// shippedStatuses are DESPATCHED, INVOICED and INVOICEFAILED: the goods have left.
var shippedStatuses = []int{4, 5, 6}

// lastStatus is the last of the statuses of orders that are known.
const lastStatus = 23

// document is something that moved stock in Mintsoft and may not be posted in the
// other system yet: an order that left, with all its parts, or an ASN that was
// booked in. It stays until it is settled, be that days.
type document struct {
	Direction string `json:"direction"`
	// Kind is what the order says it was made from; empty when it does not. Resource
	// is what the ledger says of it.
	Kind     string           `json:"kind,omitempty"`
	Resource string           `json:"resource,omitempty"`
	Sources  []documentSource `json:"sources,omitempty"`
	// Given is how much of each SKU the warehouse was given, by the id of the source;
	// nothing where that is not known.
	Given   map[string]map[string]string `json:"given,omitempty"`
	Records map[string]moved             `json:"records"` // by id in Mintsoft
	Open    map[string]string            `json:"open,omitempty"`
	Changed time.Time                    `json:"changed,omitzero"` // when Open did, or it was settled
	Settled bool                         `json:"settled,omitempty"`
	Before  map[string]string            `json:"before,omitempty"` // what had been received before, at the first look
	Parts   bool                         `json:"parts,omitempty"`  // more of it may leave or come later
	Of      int                          `json:"of,omitempty"`     // how many parts it has, those that have not left among them
	Unsure  bool                         `json:"unsure,omitempty"` // nobody knows whether it will be posted
	GivenUp bool                         `json:"given_up,omitempty"`
}

type documentSource struct {
	ID     string `json:"id,omitempty"`
	Number string `json:"number"`
}

func (s documentSource) key() string {
	if s.ID != "" {
		return s.ID
	}
	return s.Number
}

// moved is an order or an ASN of a document.
type moved struct {
	Ref        string           `json:"ref"`
	Channel    string           `json:"channel,omitempty"`
	Created    time.Time        `json:"created,omitzero"`
	At         time.Time        `json:"at,omitzero"` // when the goods left or came
	Modified   string           `json:"modified,omitempty"`
	Quantities map[string]int64 `json:"quantities"`
	Expected   map[string]int64 `json:"expected,omitempty"`
	TakenBack  bool             `json:"taken_back,omitempty"` // and what was posted of it is not known yet
}

// documents is what the ledger keeps of them.
type documents struct {
	Orders time.Time            `json:"orders"` // how far each list was read, by the service's clock
	ASNs   time.Time            `json:"asns"`
	All    map[string]*document `json:"all"`

	key     string
	sources map[string]string // source id to key
	orders  map[string]string // id of an order to key
}

func documentsOf(ctx context.Context, c *connection.Connection) (*documents, error) {
	identity, err := c.Identity(ctx)
	if err != nil {
		return nil, err
	}
	d := &documents{All: map[string]*document{}, key: "documents/" + identity.Pair, sources: map[string]string{}, orders: map[string]string{}}
	raw, exists, err := c.Book().Ledger.Get(ctx, stockStore, d.key)
	if err != nil {
		return nil, err
	}
	if exists {
		if err := json.Unmarshal(raw, d); err != nil {
			return nil, fmt.Errorf("decoding the documents of the ledger: %w", err)
		}
	}
	for key, document := range d.All {
		d.index(key, document)
	}
	return d, nil
}

// index finds a document of orders that left by its sources and its orders.
func (d *documents) index(key string, document *document) {
	if document.Direction != out {
		return
	}
	for _, source := range document.Sources {
		if source.ID != "" {
			d.sources[source.ID] = key
		}
	}
	for id := range document.Records {
		d.orders[id] = key
	}
}

func (d *documents) keep(ctx context.Context, c *connection.Connection) error {
	raw, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return c.Book().Ledger.CommitFor(ctx, c.Name, func(tx *ledger.Tx) error { return tx.Set(stockStore, d.key, raw, 0) })
}

// join adds an order or an ASN to a document, and joins documents that share a
// source.
func (d *documents) join(key string, document *document, id string, what moved) {
	known := d.All[key]
	if known == nil {
		known = document
		d.All[key] = known
	}
	known.Parts, known.Of = known.Parts || document.Parts, max(known.Of, document.Of)
	for _, source := range document.Sources {
		other := d.sources[source.ID]
		if source.ID != "" && document.Direction == out && other != "" && other != key && d.All[other] != nil {
			maps.Copy(known.Records, d.All[other].Records)
			known.add(d.All[other])
			delete(d.All, other)
		}
	}
	known.add(document)
	if before, exists := known.Records[id]; !exists || !maps.Equal(before.Quantities, what.Quantities) {
		known.Settled = false
	}
	known.Records[id] = what
	d.index(key, known)
}

// takeBack counts nothing as left of an order that left once and stands before that
// again, or is cancelled: nobody posts it, and where its goods are the stock says. What
// is posted stays so, and counts beside other parts: how much that is, the next look at
// it says. A status that is not known says nothing.
func (d *documents) takeBack(o shippedOrder) {
	if o.OrderStatusID < 1 || o.OrderStatusID > lastStatus {
		return
	}
	id := fmt.Sprint(o.ID)
	document := d.All[d.orders[id]]
	if document == nil || document.Settled || len(document.Records) > 1 {
		return
	}
	record := document.Records[id]
	record.TakenBack = true
	document.Records[id] = record
}

// add takes in what another document was made from.
func (d *document) add(other *document) {
	if d.Given == nil {
		d.Given = map[string]map[string]string{}
	}
	maps.Copy(d.Given, other.Given)
	for _, source := range other.Sources {
		if !slices.Contains(d.Sources, source) {
			d.Sources = append(d.Sources, source)
		}
	}
}

// message is a document as mappings see it.
func (d *document) message(key string) map[string]any {
	m := map[string]any{"key": key, "direction": d.Direction, "kind": d.Kind, "resource": d.Resource, "settled": d.Settled && !d.GivenUp, "given_up": d.GivenUp, "created": nil}
	quantities, expected, takenBack := map[string]any{}, map[string]any{}, map[string]any{}
	var ids, sources []any
	var created, first time.Time
	var refs []string
	for _, id := range slices.Sorted(maps.Keys(d.Records)) {
		record := d.Records[id]
		ids = append(ids, id)
		if !slices.Contains(refs, record.Ref) {
			refs = append(refs, record.Ref)
		}
		if created.IsZero() || record.Created.Before(created) {
			created = record.Created
		}
		m["channel"], m["at"], m["modified"] = record.Channel, record.At.UTC().Format(time.RFC3339), record.Modified
		if changed := record.changed(); first.IsZero() || changed.Before(first) {
			first = changed
		}
		addAll(quantities, record.left())
		if record.TakenBack {
			addAll(takenBack, record.Quantities)
		}
		addAll(expected, record.Expected)
	}
	for _, source := range d.Sources {
		told := map[string]any{"id": source.ID, "number": source.Number, "given": nil}
		if given, known := d.Given[source.ID]; known {
			told["given"] = asAny(given)
		}
		sources = append(sources, told)
	}
	if !created.IsZero() {
		m["created"] = created.UTC().Format(time.RFC3339)
	}
	m["first"] = first.UTC().Format(time.RFC3339Nano)
	m["parts"] = d.Parts || len(d.Records) > 1
	m["number"], m["records"], m["sources"] = strings.Join(refs, ", "), ids, sources
	m["quantities"], m["expected"], m["before"], m["taken_back"] = quantities, expected, asAny(d.Before), takenBack
	return m
}

// changed is when a feed showed it last.
func (m moved) changed() time.Time {
	if at, err := time.Parse(time.RFC3339Nano, m.Modified); err == nil {
		return at
	}
	return m.At
}

// left is how much left or came: nothing of each SKU when it was taken back.
func (m moved) left() map[string]int64 {
	if !m.TakenBack {
		return m.Quantities
	}
	none := make(map[string]int64, len(m.Quantities))
	for sku := range m.Quantities {
		none[sku] = 0
	}
	return none
}

func asAny(texts map[string]string) map[string]any {
	values := make(map[string]any, len(texts))
	for key, text := range texts {
		values[key] = text
	}
	return values
}

func addAll(sums map[string]any, more map[string]int64) {
	for sku, quantity := range more {
		known, _ := sums[sku].(int64)
		sums[sku] = known + quantity
	}
}

// lookRemember keeps how much of each document is open, and forgets the settled ones
// once a run has looked at their SKUs. It answers the SKUs of those that changed
// Since. A message that is not a whole run of its own changes nothing.
func lookRemember(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any) (any, error) {
	skus := []any{}
	if s.Record.ID != wholeStock || s.Again {
		return skus, nil
	}
	since, err := instant(args["Since"])
	if err != nil {
		return nil, err
	}
	at, err := instant(args["At"])
	if err != nil {
		return nil, err
	}
	d, err := documentsOf(ctx, c)
	if err != nil {
		return nil, err
	}
	told, _ := args["Documents"].([]any)
	for _, entry := range told {
		fields, _ := entry.(map[string]any)
		key, _ := fields["key"].(string)
		document := d.All[key]
		if document == nil {
			continue
		}
		document.tell(fields, at)
		switch {
		case !document.Changed.Before(since) && !document.Changed.IsZero():
			for _, record := range document.Records {
				for sku := range record.Quantities {
					if !slices.Contains(skus, any(sku)) {
						skus = append(skus, sku)
					}
				}
			}
		case document.Settled && !document.kept(at):
			delete(d.All, key)
		}
	}
	slices.SortFunc(skus, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	return skus, d.keep(ctx, c)
}

// tell takes in how much of a document is open now.
func (d *document) tell(fields map[string]any, at time.Time) {
	open, _ := fields["open"].(map[string]any)
	now := make(map[string]string, len(open))
	for sku, quantity := range open {
		if text := fmt.Sprint(quantity); text != "0" {
			now[sku] = text
		}
	}
	unsure, _ := fields["unsure"].(bool)
	givenUp, _ := fields["given_up"].(bool)
	if !maps.Equal(d.Open, now) || d.Unsure != unsure || d.GivenUp != givenUp {
		d.Open, d.Unsure, d.GivenUp, d.Changed = now, unsure, givenUp, at
	}
	d.Settled, _ = fields["settled"].(bool)
	takenBack, _ := fields["taken_back"].(map[string]any)
	for id, record := range d.Records {
		if record.TakenBack {
			d.Records[id] = record.cut(takenBack)
		}
	}
	before, _ := fields["before"].(map[string]any)
	for sku, quantity := range before {
		if _, known := d.Before[sku]; !known {
			if d.Before == nil {
				d.Before = map[string]string{}
			}
			d.Before[sku] = fmt.Sprint(quantity)
		}
	}
}

// cut leaves of what was taken back as much as was posted of it, which counts from here on.
func (m moved) cut(posted map[string]any) moved {
	m.TakenBack, m.Quantities = false, m.left()
	for sku := range m.Quantities {
		quantity, err := decimal.NewFromString(fmt.Sprint(posted[sku]))
		if err == nil {
			m.Quantities[sku] = quantity.IntPart()
		}
	}
	return m
}

// kept says whether a settled document stays: more of it may leave or come later, and
// what was posted of all of it is one number. And what a person gave up may be posted all
// the same.
func (d *document) kept(now time.Time) bool {
	if !d.Parts && !d.GivenUp {
		return false
	}
	back := documentsBack
	if len(d.Records) < d.Of {
		back = partsBack
	}
	for _, record := range d.Records {
		if now.Sub(record.At) < back {
			return true
		}
	}
	return false
}
