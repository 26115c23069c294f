package mintsoft

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// movedQuery says which orders are documents: those that nobody made from anything
// too, when they will be exported; those that were are documents anyway. Numbers that we
// made begin with the prefix.
type movedQuery struct {
	exports bool
	prefix  string
}

// from is where a list is read from.
func from(watermark time.Time, c *connection.Connection) time.Time {
	if watermark.IsZero() {
		return c.Book().Options.Now().Add(-documentsBack)
	}
	return earlyEnough(watermark, c).Add(-documentsOverlap)
}

// lookDocuments reads what left and what was booked in since the last look, and
// answers all documents that are not settled.
func lookDocuments(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	d, err := documentsOf(ctx, c)
	if err != nil {
		return nil, err
	}
	q := stockQueryOf(args)
	asked := movedQuery{}
	asked.exports, _ = args["Exports"].(bool)
	asked.prefix, _ = args["OrdersPrefix"].(string)
	if err := d.readOrders(ctx, c, q, asked); err != nil {
		return nil, err
	}
	if err := d.readASNs(ctx, c, q); err != nil {
		return nil, err
	}
	if err := d.keep(ctx, c); err != nil {
		return nil, err
	}
	list := make([]any, 0, len(d.All))
	for _, key := range slices.Sorted(maps.Keys(d.All)) {
		list = append(list, d.All[key].message(key))
	}
	return list, nil
}

// shippedOrder is what we need of the vendor's Order.
type shippedOrder struct {
	ID, ClientID, WarehouseID                             int64
	OrderStatusID, Part, Parts                            int
	Number, Channel, OrderDate, DespatchDate, LastUpdated string
	Items                                                 []orderItem
	raw                                                   json.RawMessage
}

func (o *shippedOrder) read(raw json.RawMessage) error {
	var row struct {
		ID            int64
		ClientID      int64 `json:"ClientId"`
		WarehouseID   int64 `json:"WarehouseId"`
		OrderStatusID int   `json:"OrderStatusId"`
		OrderNumber   string
		OrderDate     string
		DespatchDate  string
		LastUpdated   string
		Part          int
		NumberOfParts int
		Channel       struct{ Name string }
		OrderItems    []orderItem
	}
	if err := json.Unmarshal(raw, &row); err != nil {
		return fmt.Errorf("decoding an order of Mintsoft: %w", err)
	}
	*o = shippedOrder{ID: row.ID, ClientID: row.ClientID, WarehouseID: row.WarehouseID, OrderStatusID: row.OrderStatusID, Channel: row.Channel.Name,
		OrderDate: row.OrderDate, DespatchDate: row.DespatchDate, LastUpdated: row.LastUpdated, Number: row.OrderNumber, Part: row.Part, Parts: row.NumberOfParts, Items: row.OrderItems, raw: raw}
	return nil
}

// exportNumber is the number that the order is exported under.
func (o *shippedOrder) exportNumber() string {
	if o.Part > 1 {
		return fmt.Sprintf("%s/%d", o.Number, o.Part)
	}
	return o.Number
}

func (d *documents) readOrders(ctx context.Context, c *connection.Connection, q stockQuery, asked movedQuery) error {
	query := q.values()
	query.Set("IncludeOrderItems", "true")
	query.Set("SortOldestFirst", "true")
	query.Set("SinceLastUpdated", mintsoftapi.FormatTime(from(d.Orders, c), c.MintsoftZone()))
	asOf, err := eachOrder(ctx, c, query, d.Orders, func(raw json.RawMessage) error {
		var o shippedOrder
		if err := o.read(raw); err != nil {
			return err
		}
		if !q.ours(o.ClientID, o.WarehouseID) {
			return nil
		}
		if !slices.Contains(shippedStatuses, o.OrderStatusID) {
			d.takeBack(o)
			return nil
		}
		if o.Items == nil { // a list may hold them back
			whole, err := currentOrder(ctx, c, map[string]any{"ID": o.ID})
			if errors.Is(err, apihttp.ErrNotFound) {
				return nil
			}
			if err == nil {
				err = o.read(whole)
			}
			if err != nil {
				return err
			}
		}
		return d.addOrder(ctx, c, o, asked)
	})
	if err != nil {
		return err
	}
	d.Orders = orNow(asOf, c)
	return nil
}

func orNow(at time.Time, c *connection.Connection) time.Time {
	if at.IsZero() {
		return c.Book().Options.Now().UTC()
	}
	return at.UTC()
}

// addOrder puts an order that left to the document of its source; a merged order
// joins those of several. One that nobody made from anything is what an export is
// made from.
func (d *documents) addOrder(ctx context.Context, c *connection.Connection, o shippedOrder, asked movedQuery) error {
	id := fmt.Sprint(o.ID)
	document, err := orderDocument(ctx, c, o, asked.prefix)
	if err != nil {
		return err
	}
	exported := ""
	if len(document.Sources) == 0 && !asked.exports {
		if exported, err = resourceOf(ctx, c, id, "sales_order.create"); err != nil {
			return err
		}
	}
	key := ""
	switch {
	case len(document.Sources) > 0:
		key = out + "/" + document.Sources[0].key()
		for _, source := range document.Sources {
			if known := d.sources[source.ID]; source.ID != "" && known != "" {
				key = known
			}
		}
	case asked.exports, exported != "":
		document.Kind, key = "export", "export/"+id
		document.Sources = []documentSource{{Number: o.exportNumber()}}
	default:
		return nil
	}
	if o.DespatchDate == "" {
		o.DespatchDate = o.LastUpdated
	}
	left := moved{Ref: o.Number, Channel: o.Channel, Created: moment(o.OrderDate, c), At: moment(o.DespatchDate, c), Modified: polling.Version(moment(o.LastUpdated, c))}
	if err := document.readGiven(ctx, c); err != nil {
		return err
	}
	if left.Quantities, err = document.leftWith(ctx, c, o); err != nil {
		return fmt.Errorf("order %s: %w", o.Number, err)
	}
	d.join(key, document, id, left)
	return nil
}

// orderDocument says what an order was made from: of which kind, by its name-value,
// else by what the ledger knows of its source. It has no sources when it was made from
// nothing of ours.
func orderDocument(ctx context.Context, c *connection.Connection, o shippedOrder, prefix string) (*document, error) {
	var record map[string]any
	if err := component.DecodeJSON(o.raw, &record); err != nil {
		return nil, err
	}
	answer, err := lookOrigins(ctx, c, component.Source{}, map[string]any{"Order": record})
	if err != nil {
		return nil, err
	}
	made := &document{Direction: out, Records: map[string]moved{}, Parts: o.Parts > 1, Of: o.Parts}
	for _, entry := range answer.([]any) {
		origin := entry.(map[string]any)
		source, _ := origin["Source"].(string)
		kind, _ := origin["Kind"].(string)
		number, _ := origin["Number"].(string)
		switch {
		case source == "" && kind == "":
			continue
		case source == "":
			number = strings.TrimPrefix(number, prefix) // absorbed by a merge, and known by its number only
		case kind == "":
			if made.Resource, err = resourceOf(ctx, c, source, "order.create"); err != nil {
				return nil, err
			}
		}
		made.Kind = kind
		made.Sources = append(made.Sources, documentSource{ID: source, Number: number})
	}
	return made, nil
}

func resourceOf(ctx context.Context, c *connection.Connection, source, operation string) (string, error) {
	intents, err := c.Book().Ledger.Intents(ctx, source)
	for _, intent := range intents {
		if intent.Operation == operation && intent.Record.ID == source {
			return intent.Record.Resource, nil
		}
	}
	return "", err
}

func moment(text string, c *connection.Connection) time.Time {
	at, err := mintsoftapi.ParseTime(text, c.MintsoftZone())
	if err != nil {
		return time.Time{}
	}
	return at
}

// partlyBooked are the statuses of ASNs of which something may be booked in, and more
// be to come.
const partlyBooked = "7;8;12;13"

// readASNs reads what changed, what was booked in lately, and what is booked in part:
// whether that counts as a change of the ASN is not known.
func (d *documents) readASNs(ctx context.Context, c *connection.Connection, q stockQuery) error {
	booked := map[int64]asn{}
	take := func(a asn) {
		// What was taken out of one again is as much a change.
		if q.ours(a.ClientID, a.WarehouseID) && (a.booked() || d.All[fmt.Sprintf("%s/%d", in, a.ID)] != nil) {
			booked[a.ID] = a
		}
	}
	query := q.values()
	query.Set("IncludeASNItems", "true")
	list := &asnSource{source: &source{conn: c, feed: feed{name: "ASNs", path: "/api/ASN/List", ref: "POReference"}, query: query, limit: defaultPageSize}}
	since, asOf := from(d.ASNs, c), time.Time{}
	for number := 1; ; number++ {
		page, err := list.Page(ctx, since, number)
		if err != nil {
			return fmt.Errorf("reading the ASNs of Mintsoft: %w", err)
		}
		if asOf.IsZero() {
			asOf = page.Date
		}
		for _, item := range page.Items {
			if item.Err != nil {
				continue // the input that reads this list files it
			}
			raw, err := json.Marshal(item.Body)
			if err != nil {
				return err
			}
			var a asn
			if err := json.Unmarshal(raw, &a); err != nil {
				return fmt.Errorf("decoding an ASN of Mintsoft: %w", err)
			}
			take(a)
		}
		if page.Last {
			break
		}
	}
	query = maps.Clone(query)
	query.Set("ASNStatusId", partlyBooked)
	if _, _, err := asnPass(ctx, c, query, take); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(booked)) {
		if err := d.addASN(ctx, c, booked[id]); err != nil {
			return err
		}
	}
	d.ASNs = orNow(asOf, c)
	return nil
}

func (a asn) booked() bool {
	return slices.ContainsFunc(a.Items, func(item asnItem) bool { return item.QuantityBooked.n > 0 })
}

// addASN puts in an ASN that was made from a record of the other system: by its link,
// or by the ids of source lines, which nobody types. What a person made is goods that
// nobody will post, so it is no document.
func (d *documents) addASN(ctx context.Context, c *connection.Connection, a asn) error {
	identity, err := c.Identity(ctx)
	if err != nil {
		return err
	}
	id := fmt.Sprint(a.ID)
	link, linked, err := c.Book().Ledger.LinkByTarget(ctx, identity.Accounts, ledger.LinkASN, id)
	if err != nil {
		return err
	}
	marked := slices.ContainsFunc(a.Items, func(item asnItem) bool { return uuid.Validate(item.SourceLineID) == nil })
	if !linked && !marked {
		return nil
	}
	document := &document{Direction: in, Parts: !slices.Contains(asnFinal, a.ASNStatusID), Records: map[string]moved{}, Sources: []documentSource{{ID: link.SourceID, Number: cmp.Or(link.SourceRef, a.POReference)}}}
	if linked {
		if document.Resource, err = resourceOf(ctx, c, link.SourceID, "asn.create"); err != nil {
			return err
		}
	}
	came := moved{Ref: a.POReference, At: moment(a.LastUpdated, c), Quantities: map[string]int64{}, Expected: map[string]int64{}}
	for _, item := range a.Items {
		came.Quantities[item.SKU] += item.QuantityBooked.n
		came.Expected[item.SKU] += item.QuantityExpected.n
	}
	d.join(in+"/"+id, document, id, came)
	return nil
}
