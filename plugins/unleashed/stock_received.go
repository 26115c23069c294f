package unleashed

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
)

// receiptOf is what has been received of what an ASN was made from.
func receiptOf(ctx context.Context, c *connection.Connection, document map[string]any, kind string) (posted, error) {
	sources, _ := document["sources"].([]any)
	source := map[string]any{}
	if len(sources) > 0 {
		source, _ = sources[0].(map[string]any)
	}
	id, _ := source["id"].(string)
	number := fmt.Sprint(source["number"])
	if id == "" && kind == "" {
		return receiptByNumber(ctx, c, document, number)
	}
	switch kind {
	case kindTransfer:
		return statusOf(ctx, c, "WarehouseStockTransfers", id, "TransferStatus")
	case kindAssembly:
		return statusOf(ctx, c, "Assemblies", id, "AssemblyStatus")
	}
	return purchasePosted(ctx, c, document, number, id)
}

// receiptByNumber is for an ASN of which the ledger knows nothing: its reference is
// the number of a purchase order, a transfer or an assembly.
func receiptByNumber(ctx context.Context, c *connection.Connection, document map[string]any, number string) (posted, error) {
	order, err := readPurchase(ctx, c, number)
	if err != nil {
		return posted{}, err
	}
	if order != nil {
		return purchasePosted(ctx, c, document, number, "")
	}
	transfer, err := readRecord(ctx, c, "WarehouseStockTransfers", number)
	if err != nil || transfer != nil {
		return ended(transfer, "TransferStatus"), err
	}
	var assembly map[string]any
	_, err = eachRecord(ctx, c, "Assemblies", time.Time{}, []string{"assemblyNumber", number}, func(record map[string]any) {
		if record["AssemblyNumber"] == number {
			assembly = record
		}
	})
	return ended(assembly, "AssemblyStatus"), err
}

// purchasePosted is what has been received of a purchase order since its ASN was made:
// what is receipted, here and on the orders that receipts split off, less what was
// before. Nothing outstanding settles it.
func purchasePosted(ctx context.Context, c *connection.Connection, document map[string]any, number, guid string) (posted, error) {
	family, number, err := familyOf(ctx, c, number, guid)
	if err != nil {
		return posted{}, err
	}
	receipted, outstanding := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}
	follows, exists := false, false
	for _, order := range family {
		follows = follows || order["OrderNumber"] == number
		state := purchaseStates[fmt.Sprint(order["OrderStatus"])]
		if !follows || state == purchaseDeleted {
			continue
		}
		exists = true
		for _, line := range purchaseLines(order) {
			sku, came := skuOf(line), receiptedOf(order, line)
			receipted[sku] = receipted[sku].Add(came)
			if state != purchaseReceived {
				outstanding[sku] = outstanding[sku].Add(quantityOf(line["OrderQuantity"]).Sub(came))
			}
		}
	}
	p := posted{quantities: map[string]decimal.Decimal{}, before: map[string]decimal.Decimal{}}
	switch {
	case !exists:
		p.settled = "its purchase order does not exist any more in Unleashed"
	case len(outstanding) == 0:
		p.settled = "its purchase order is received in Unleashed"
	}
	expected, _ := document["expected"].(map[string]any)
	before, _ := document["before"].(map[string]any)
	for sku, value := range expected {
		p.before[sku] = receivedBefore(quantityOf(value), receipted[sku], outstanding[sku])
		if known, seen := before[sku]; seen {
			p.before[sku] = quantityOf(known)
		}
		if received := receipted[sku].Sub(p.before[sku]); received.IsPositive() {
			p.quantities[sku] = received
		}
	}
	return p, nil
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
