package unleashed

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// receiptOf is what has been received of what an ASN was made from.
func receiptOf(ctx context.Context, c *connection.Connection, document map[string]any, kind string, called calling) (posted, error) {
	sources, _ := document["sources"].([]any)
	source := map[string]any{}
	if len(sources) > 0 {
		source, _ = sources[0].(map[string]any)
	}
	id, _ := source["id"].(string)
	number := fmt.Sprint(source["number"])
	if id == "" && kind == "" {
		return receiptByNumber(ctx, c, document, number, called)
	}
	if kind == kindTransfer || kind == kindAssembly {
		return statusOf(ctx, c, kind, source)
	}
	return purchasePosted(ctx, c, document, number, id, called)
}

// receiptByNumber is for an ASN of which the ledger knows nothing: its reference is
// the number of a purchase order, a transfer or an assembly.
func receiptByNumber(ctx context.Context, c *connection.Connection, document map[string]any, number string, called calling) (posted, error) {
	order, err := readPurchase(ctx, c, number)
	if err != nil {
		return posted{}, err
	}
	if order != nil {
		return purchasePosted(ctx, c, document, number, "", called)
	}
	transfer, err := transferNumbered(ctx, c, number)
	if err != nil || transfer != nil {
		return ended(transfer, "TransferStatus"), err
	}
	assembly, err := assemblyNumbered(ctx, c, number)
	return ended(assembly, "AssemblyStatus"), err
}

func transferNumbered(ctx context.Context, c *connection.Connection, number string) (map[string]any, error) {
	found, err := lookTransfer(ctx, c, component.Source{}, map[string]any{"Number": number})
	transfer, _ := found.(map[string]any)
	return transfer, err
}

func assemblyNumbered(ctx context.Context, c *connection.Connection, number string) (map[string]any, error) {
	var assembly map[string]any
	_, err := eachRecord(ctx, c, "Assemblies", time.Time{}, []string{"assemblyNumber", number}, func(record map[string]any) {
		if record["AssemblyNumber"] == number {
			assembly = record
		}
	})
	return assembly, err
}

// received is what was receipted of some orders, and what is outstanding on those that
// are not received, by SKU.
type received struct{ receipted, outstanding map[string]decimal.Decimal }

func (r received) add(order map[string]any, called calling) {
	for _, line := range purchaseLines(order) {
		sku, came := called(line), receiptedOf(order, line)
		r.receipted[sku] = r.receipted[sku].Add(came)
		if purchaseStates[fmt.Sprint(order["OrderStatus"])] != purchaseReceived {
			r.outstanding[sku] = r.outstanding[sku].Add(quantityOf(line["OrderQuantity"]).Sub(came))
		}
	}
}

func (r received) ordered(sku string) decimal.Decimal {
	return r.receipted[sku].Add(r.outstanding[sku])
}

// purchasePosted is what has been received of a purchase order since its ASN was made:
// what is receipted, here and on the orders that receipts split off, less what was
// before. Nothing outstanding settles it. An order of the family with an ASN of its own
// is for that one, unless the others are of less than this ASN expects: then it was split
// off later.
func purchasePosted(ctx context.Context, c *connection.Connection, document map[string]any, number, guid string, called calling) (posted, error) {
	family, number, err := familyOf(ctx, c, number, guid)
	if err != nil {
		return posted{}, err
	}
	identity, err := c.Identity(ctx)
	if err != nil {
		return posted{}, err
	}
	own := received{map[string]decimal.Decimal{}, map[string]decimal.Decimal{}}
	all := received{map[string]decimal.Decimal{}, map[string]decimal.Decimal{}}
	follows, exists := false, false
	for _, order := range family {
		asked := order["OrderNumber"] == number
		follows = follows || asked
		if !follows || purchaseStates[fmt.Sprint(order["OrderStatus"])] == purchaseDeleted {
			continue
		}
		exists = true
		all.add(order, called)
		_, linked, err := c.Book().Ledger.LinkBySource(ctx, identity.Accounts, ledger.LinkASN, fmt.Sprint(order["Guid"]))
		if err != nil {
			return posted{}, err
		}
		if asked || order["Guid"] == guid || !linked {
			own.add(order, called)
		}
	}
	expected, _ := document["expected"].(map[string]any)
	for sku, value := range expected {
		if own.ordered(sku).LessThan(quantityOf(value)) {
			own = all
			break
		}
	}
	refused, err := receiptRefused(ctx, c, document)
	if err != nil {
		return posted{}, err
	}
	p := posted{quantities: map[string]decimal.Decimal{}, before: map[string]decimal.Decimal{}}
	switch {
	case !exists:
		p.settled = "its purchase order does not exist any more in Unleashed"
	case len(own.outstanding) == 0 && refused: // more may be receipted, once a person has decided
	case len(own.outstanding) == 0:
		p.settled = "its purchase order is received in Unleashed"
	}
	before, _ := document["before"].(map[string]any)
	for sku, value := range expected {
		p.before[sku] = receivedBefore(quantityOf(value), own.receipted[sku], own.outstanding[sku])
		if known, seen := before[sku]; seen {
			p.before[sku] = quantityOf(known)
		}
		if came := own.receipted[sku].Sub(p.before[sku]); came.IsPositive() {
			p.quantities[sku] = came
		}
	}
	return p, nil
}

// receiptRefused says whether the receipt of an ASN of the document is an open dead letter.
func receiptRefused(ctx context.Context, c *connection.Connection, document map[string]any) (bool, error) {
	letters, err := c.Book().Ledger.DeadLetters(ctx, ledger.DeadLetterFilter{Stream: connection.StreamName(c.Name, "purchase_order_receipt"), State: []string{ledger.StateOpen}})
	records := component.Texts(document["records"])
	return slices.ContainsFunc(letters, func(l ledger.DeadLetter) bool { return slices.Contains(records, l.Record.ID) }), err
}

// receivedBefore is what had been received of a purchase order when its ASN was made:
// all that the order is of and the ASN does not expect. When either was edited since,
// these numbers can be such that no receipt explains them, and then there was none. It
// counts as it was at the first look, since later edits say nothing of it.
func receivedBefore(expected, receipted, outstanding decimal.Decimal) decimal.Decimal {
	if outstanding.GreaterThan(expected) {
		return decimal.Zero
	}
	return decimal.Max(receipted.Add(outstanding).Sub(expected), decimal.Zero)
}
