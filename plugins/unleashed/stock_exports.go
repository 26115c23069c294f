package unleashed

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const exporting = "order_export"

// exportPosted is what is posted of an order that was sold elsewhere. Once it stands here
// as a sales order of ours, that says so. Where its flow refused it nobody can tell whether
// it ever will: a person may have entered it by hand, under whatever number.
func (a *postings) exportPosted(ctx context.Context, source, document map[string]any) (posted, error) {
	written, skipped, err := a.exportKnown(ctx, document)
	if err != nil {
		return posted{}, err
	}
	letter, filed, err := a.exportLetter(ctx, document)
	if err != nil {
		return posted{}, err
	}
	// Of what was given up it is so without its dead letter too, which ends; and the sale may
	// be entered only then.
	discarded := filed && letter.State == ledger.StateDiscarded || !filed && document["given_up"] == true
	if skipped != "" && !written {
		return posted{settled: skipped}, nil
	}
	number := fmt.Sprint(document["number"])
	order, holder, err := a.exportedAs(ctx, source, document, discarded)
	switch {
	case err != nil:
		return posted{}, err
	case order != nil:
		p := ended(order, "OrderStatus")
		p.exported, p.unallocated = p.settled == "", order["OrderStatus"] == statusParked
		return p, nil
	case skipped != "":
		return posted{settled: skipped}, nil
	case discarded && holder != nil:
		return posted{unallocated: true, unsure: fmt.Sprintf("the export of order %s was discarded, and sales order %s of Unleashed, which may be of the same sale, is %s: it waits until that is completed or deleted",
			number, holder["OrderNumber"], holder["OrderStatus"])}, nil
	case discarded:
		return posted{settled: givenUp, givenUp: true}, nil
	case filed:
		return posted{unallocated: true, unsure: fmt.Sprintf("order %s left, and its export is refused: it waits until dead letter %s is replayed, or is discarded because a person entered the sale", number, letter.ID)}, nil
	}
	return posted{unallocated: true}, nil
}

const givenUp = "a person discarded its export"

// exportKnown is what the ledger knows of an export: whether it was sent, and why its flow
// left out the order as it is now. That is not read again, whatever its connection was
// called then.
func (a *postings) exportKnown(ctx context.Context, document map[string]any) (written bool, skipped string, err error) {
	identity, err := a.conn.Identity(ctx)
	if err != nil {
		return false, "", err
	}
	for _, id := range component.Texts(document["records"]) {
		intents, err := a.conn.Book().Ledger.Intents(ctx, id)
		if err != nil {
			return false, "", err
		}
		written = written || slices.ContainsFunc(intents, func(i ledger.Intent) bool {
			return i.Record.ID == id && i.Record.Resource == recordsOf["out"] && i.System == systemName && i.Operation == createName && i.State != "rejected" && strings.HasPrefix(i.Key, identity.Accounts+"/")
		})
		events, err := a.conn.Book().Ledger.Events(ctx, id)
		if err != nil {
			return false, "", err
		}
		for _, e := range events {
			if isExport(e.Stream) && e.Kind == ledger.EventSkipped && e.Record.ID == id && e.Record.Modified == document["modified"] {
				skipped = e.Summary
			}
		}
	}
	return written, skipped, nil
}

func isExport(stream string) bool {
	_, pipeline, _ := strings.Cut(stream, "_")
	return pipeline == exporting
}

// exportLetter is the dead letter of an export: the one that somebody still has to look at,
// else the last that was discarded. A discarded one says nothing of an order that changed
// since, which is read again.
func (a *postings) exportLetter(ctx context.Context, document map[string]any) (letter ledger.DeadLetter, filed bool, err error) {
	if a.letters == nil {
		letters, err := a.conn.Book().Ledger.DeadLetters(ctx, ledger.DeadLetterFilter{State: []string{ledger.StateOpen, ledger.StateReplaying, ledger.StateDiscarded}})
		if err != nil {
			return letter, false, err
		}
		a.letters = map[string]ledger.DeadLetter{}
		for _, l := range letters {
			discarded := l.State == ledger.StateDiscarded
			known, exists := a.letters[l.Record.ID]
			if !isExport(l.Stream) || !discarded && l.Stream != connection.StreamName(a.conn.Name, exporting) ||
				exists && discarded && (known.State != ledger.StateDiscarded || known.LastAt.After(l.LastAt)) {
				continue
			}
			a.letters[l.Record.ID] = l
		}
	}
	for _, id := range component.Texts(document["records"]) {
		l, exists := a.letters[id]
		if exists && (l.State != ledger.StateDiscarded || l.Record.Modified == document["modified"]) {
			return l, true, nil
		}
	}
	return letter, false, nil
}

// exportedAs finds the sales order that an order was exported as, and beside it, with
// others, an open one that is not ours, has a number that the sale may have here, and would
// take of the same goods.
func (a *postings) exportedAs(ctx context.Context, source, document map[string]any, others bool) (order, holder map[string]any, err error) {
	records := component.Texts(document["records"])
	quantities, _ := document["quantities"].(map[string]any)
	// A part of an order is exported under a number with a suffix, and may have been sold
	// with the other parts, or with what it was merged with.
	numbers := []string{fmt.Sprint(source["number"])}
	if others {
		for _, number := range strings.Split(fmt.Sprint(document["number"]), "+") {
			numbers = append(numbers, number, strings.TrimPrefix(number, a.conn.Config.General.OrdersPrefix))
		}
	}
	var filters [][]string
	for i, number := range numbers {
		if number != "" && slices.Index(numbers, number) == i {
			filters = append(filters, []string{"orderNumber", number})
		}
	}
	for _, id := range records {
		filters = append(filters, []string{"sourceId", exportMark + id})
	}
	for _, filter := range filters {
		_, err := eachRecord(ctx, a.conn, "SalesOrders", time.Time{}, filter, func(record map[string]any) {
			id, marked := strings.CutPrefix(member(record, "SourceId"), exportMark)
			switch {
			case marked && slices.Contains(records, id):
				order = record
			case !marked && slices.Contains(numbers, member(record, "OrderNumber")) && ended(record, "OrderStatus").settled == "":
				for sku := range sumLines(record["SalesOrderLines"], "OrderQuantity", a.products.calledIn(document)) {
					if quantities[sku] != nil {
						holder = record
					}
				}
			}
		})
		if err != nil || order != nil {
			return order, nil, err
		}
	}
	return nil, holder, nil
}

// exportMark is what the SourceId of an exported order begins with.
const exportMark = "mintsoft:"
