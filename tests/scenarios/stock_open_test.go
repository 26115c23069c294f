package scenarios

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// openDocument is something that moves stock in the warehouse and is posted in
// Unleashed later, perhaps days.
type openDocument struct {
	name     string
	settings map[string]any
	imports  string // the stream that brings it into Mintsoft, empty for one that was made there
	// arrange makes it in Unleashed; do moves the goods in Mintsoft; post posts it in
	// Unleashed, as a person or another flow would.
	arrange func(w *world.World) (ref string)
	do      func(t *testing.T, w *world.World, ref string)
	post    func(t *testing.T, w *world.World, ref string)
	drop    func(w *world.World, ref string) // nil where it cannot be taken back
	sku     string
	// before is what Unleashed has until it is posted, after what it has then, and
	// dropped what it is adjusted to when it will never be posted.
	before, after, dropped string
	// needsLedger says that it would not be posted without: its flow then starts now.
	needsLedger bool
}

var openDocuments = []openDocument{
	{
		name: "an order", imports: "main_order_import", sku: "MUG-BLUE", before: "240", after: "238", dropped: "238",
		arrange: func(w *world.World) string { return addOrder(w, "SO-1", nil) },
		do:      despatchOrder,
		post: func(_ *testing.T, w *world.World, ref string) {
			w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: ref, Status: unleashedsim.Dispatched, Tracking: "T-1"})
		},
		drop: func(w *world.World, ref string) { w.Unleashed.DeleteOrder(ref) },
	},
	{
		name: "an order that a person completes", imports: "main_order_import", sku: "MUG-BLUE", before: "240", after: "238",
		arrange: func(w *world.World) string { return addOrder(w, "SO-1", nil) },
		do:      despatchOrder,
		post:    func(_ *testing.T, w *world.World, ref string) { w.Unleashed.CompleteOrder(ref) },
	},
	{
		name: "an order that order_despatch posts", needsLedger: true, imports: "main_order_import", sku: "MUG-BLUE", before: "240", after: "238",
		arrange: func(w *world.World) string { return addOrder(w, "SO-1", nil) },
		do:      despatchOrder,
		post: func(t *testing.T, w *world.World, _ string) {
			require.True(t, w.Once(t, "main_order_despatch").Of("order_despatch").Clean())
		},
	},
	{
		name: "an order of which a part had left before it was imported", imports: "main_order_import", sku: "MUG-BLUE", before: "237", after: "230",
		arrange: func(w *world.World) string { return partLeft(w, time.Hour) },
		do:      despatchOrder,
		post: func(_ *testing.T, w *world.World, ref string) {
			w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: ref, Status: unleashedsim.Dispatched})
		},
	},
	{
		name: "an order of which a part left two minutes before it was imported", needsLedger: true, imports: "main_order_import", sku: "MUG-BLUE", before: "237", after: "230",
		arrange: func(w *world.World) string { return partLeft(w, 2*time.Minute) },
		do:      despatchOrder,
		post: func(_ *testing.T, w *world.World, ref string) {
			w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: ref, Status: unleashedsim.Dispatched})
		},
	},
	{
		name: "a shipment", imports: "main_shipment_import", sku: "MUG-BLUE", before: "240", after: "238",
		settings: map[string]any{"general.import_orders": false, "shipment_import.enabled": true},
		arrange: func(w *world.World) string {
			return w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: addOrder(w, "SO-1", nil), Status: unleashedsim.Placed}).ShipmentNumber
		},
		do: despatchOrder,
		post: func(_ *testing.T, w *world.World, ref string) {
			w.Unleashed.SetShipmentStatus(ref, unleashedsim.Dispatched)
		},
	},
	{
		name: "a transfer that leaves", imports: "main_warehouse_transfer_import", sku: "MUG-BLUE", before: "240", after: "234", dropped: "234",
		settings: map[string]any{asOrders: true},
		arrange:  func(w *world.World) string { return addTransfer(w, "MAIN", "SHOP", nil) },
		do:       despatchOrder,
		post:     func(_ *testing.T, w *world.World, ref string) { w.Unleashed.CompleteTransfer(ref) },
		drop:     func(w *world.World, ref string) { w.Unleashed.DeleteTransfer(ref) },
	},
	{
		name: "a transfer that arrives", imports: "main_warehouse_transfer_import", sku: "MUG-BLUE", before: "240", after: "246",
		settings: map[string]any{asASNs: true},
		arrange: func(w *world.World) string {
			w.Unleashed.SetStock("MUG-BLUE", "SHOP", "50", "4.10")
			return addTransfer(w, "SHOP", "MAIN", nil)
		},
		do:   bookIn,
		post: func(_ *testing.T, w *world.World, ref string) { w.Unleashed.CompleteTransfer(ref) },
	},
	{
		name: "the components of an assembly", imports: "main_assembly_import", sku: "MUG-BLUE", before: "240", after: "235", dropped: "235",
		settings: map[string]any{"assembly_import.create_order_to_pick": true},
		arrange:  func(w *world.World) string { return addAssembly(w, "ASM-1", nil) },
		do:       despatchOrder,
		// What was made never came to Mintsoft, and is no subject here.
		post: func(_ *testing.T, w *world.World, ref string) { w.Unleashed.CompleteAssembly(ref) },
		drop: func(w *world.World, ref string) { w.Unleashed.DeleteAssembly(ref) },
	},
	{
		name: "the product of an assembly", imports: "main_assembly_import", sku: "PLATE-26", before: "400", after: "404",
		settings: map[string]any{"assembly_import.create_asn_to_receive": true},
		arrange:  func(w *world.World) string { return addAssembly(w, "ASM-1", nil) },
		do:       bookIn,
		post:     func(_ *testing.T, w *world.World, ref string) { w.Unleashed.CompleteAssembly(ref) },
	},
	{
		name: "a purchase order", imports: "main_purchase_order_import", sku: "MUG-BLUE", before: "240", after: "250",
		settings: map[string]any{"purchase_order_import.enabled": true},
		arrange:  func(w *world.World) string { return addPurchase(w, "PO-1", nil) },
		do:       bookIn,
		post: func(_ *testing.T, w *world.World, ref string) {
			w.Unleashed.ReceiptPurchase(ref, map[string]string{"MUG-BLUE": "10"})
		},
		drop: func(w *world.World, ref string) { w.Unleashed.DeletePurchase(ref) }, dropped: "250",
	},
	{
		name: "a purchase order whose booking changes no ASN", imports: "main_purchase_order_import", sku: "MUG-BLUE", before: "240", after: "250",
		settings: map[string]any{"purchase_order_import.enabled": true},
		arrange: func(w *world.World) string {
			w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.ASNBookingQuiet = true })
			return addPurchase(w, "PO-1", nil)
		},
		do: func(t *testing.T, w *world.World, ref string) {
			<-time.After(24 * time.Hour)
			bookIn(t, w, ref)
		},
		post: func(_ *testing.T, w *world.World, ref string) {
			w.Unleashed.ReceiptPurchase(ref, map[string]string{"MUG-BLUE": "10"})
		},
	},
	{
		name: "a part of a purchase order", imports: "main_purchase_order_import", sku: "MUG-BLUE", before: "240", after: "244",
		settings: map[string]any{"purchase_order_import.enabled": true},
		arrange:  func(w *world.World) string { return addPurchase(w, "PO-1", nil) },
		do: func(_ *testing.T, w *world.World, ref string) {
			id := w.Mintsoft.ASNsByReference(ref)[0].ID
			w.Mintsoft.ConfirmASN(id)
			w.Mintsoft.Receive(id, mintsoftsim.Received{SKU: "MUG-BLUE", Quantity: 4})
			w.Mintsoft.PartBook(id)
		},
		post: func(_ *testing.T, w *world.World, ref string) {
			w.Unleashed.ReceiptPurchase(ref, map[string]string{"MUG-BLUE": "4"})
		},
	},
	{
		name: "an order that will be exported", sku: "MUG-BLUE", before: "240", after: "236",
		settings: map[string]any{"order_export.enabled": true, "order_export.since": "2026-03-01"},
		arrange:  func(*world.World) string { return "M-1" },
		do:       sell,
		post: func(_ *testing.T, w *world.World, ref string) {
			o, _ := w.Mintsoft.OrderByNumber(ref)
			addOrder(w, ref, func(s *unleashedsim.OrderSpec) {
				s.Lines[0].Quantity, s.SourceID, s.Status = "4", fmt.Sprintf("mintsoft:%d", o.ID), unleashedsim.Completed
			})
		},
	},
}

// partLeft is an order of ten mugs, of which three left some time before its import.
func partLeft(w *world.World, ago time.Duration) (ref string) {
	ref = addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Lines[0].Quantity = "10" })
	w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: ref, Status: unleashedsim.Dispatched, Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "3"}}})
	w.Mintsoft.AdjustStock("MUG-BLUE", 3, -3)
	<-time.After(ago)
	return ref
}

// despatchOrder sends the order with a number, and everything in it.
func despatchOrder(t *testing.T, w *world.World, ref string) {
	t.Helper()
	o, exists := w.Mintsoft.OrderByNumber(ref)
	require.True(t, exists, ref)
	w.Mintsoft.Despatch(o.ID, "T-1")
}

// bookIn books everything that an ASN expects.
func bookIn(t *testing.T, w *world.World, ref string) {
	t.Helper()
	asns := w.Mintsoft.ASNsByReference(ref)
	require.Len(t, asns, 1)
	w.Mintsoft.BookIn(asns[0].ID)
}

// sell is an order of four mugs that somebody made in Mintsoft, and that leaves.
func sell(t *testing.T, w *world.World, ref string) {
	t.Helper()
	o := w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{
		Client: demo(w), Warehouse: mainWarehouse(t, w), Number: ref, Items: []mintsoftsim.ItemSpec{{SKU: "MUG-BLUE", Quantity: 4}},
	})
	w.Mintsoft.Despatch(o.ID, "T-1")
}

// begin brings a document to where its goods have moved and nobody has posted it.
func (d openDocument) begin(t *testing.T, w *world.World) (ref string) {
	t.Helper()
	ref = d.arrange(w)
	if d.imports != "" {
		require.True(t, w.Once(t, d.imports).Of(d.imports).Clean())
		<-time.After(time.Minute)
	}
	d.do(t, w, ref)
	return ref
}

func (d openDocument) options() world.Options {
	seed := small
	seed.Products-- // no documents of the seed
	return world.Options{Seed: seed, Settings: d.settings}
}

func TestWhatIsNotPostedIsNotAdjusted(t *testing.T) {
	t.Parallel()
	for _, d := range openDocuments {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			settledStock(t, d.options(), func(t *testing.T, w *world.World) {
				ref := d.begin(t, w)
				for range 2 {
					counted(t, w)
					assert.Equal(t, d.before, onHand(w, d.sku))
					<-time.After(72 * time.Hour)
				}
				if !d.needsLedger {
					w.LoseLedger(t)
					counted(t, w)
					assert.Equal(t, d.before, onHand(w, d.sku), "without a ledger")
				}

				d.post(t, w, ref)
				<-time.After(time.Hour)
				for range 2 {
					counted(t, w)
					assert.Equal(t, d.after, onHand(w, d.sku))
					<-time.After(time.Hour)
				}
				assert.Empty(t, adjusted(w), "nobody adjusted what was posted")

				// The goods of a settled document are counted as any others.
				move(t, w, d.sku, -7)
				counted(t, w)
				assert.Equal(t, unleashedsim.Number(d.after).Decimal.Sub(unleashedsim.Number("7").Decimal).String(), onHand(w, d.sku))
			})
		})
	}
}

// TestWhatIsNotPostedIsNotAdjustedWhereListsHideItems has the same numbers when the
// items of an order are told only where it is read by itself.
func TestWhatIsNotPostedIsNotAdjustedWhereListsHideItems(t *testing.T) {
	t.Parallel()
	for _, d := range openDocuments {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			settledStock(t, d.options(), func(t *testing.T, w *world.World) {
				w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.ListHidesItems = true })
				d.begin(t, w)
				counted(t, w)
				assert.Equal(t, d.before, onHand(w, d.sku))
				assert.Empty(t, adjusted(w))
			})
		})
	}
}

func TestWhatWillNeverBePostedIsAdjusted(t *testing.T) {
	t.Parallel()
	for _, d := range openDocuments {
		if d.drop == nil {
			continue
		}
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			settledStock(t, d.options(), func(t *testing.T, w *world.World) {
				ref := d.begin(t, w)
				counted(t, w)
				require.Equal(t, d.before, onHand(w, d.sku))
				<-time.After(24 * time.Hour)
				d.drop(w, ref)
				counted(t, w)
				assert.Equal(t, d.dropped, onHand(w, d.sku), "looked at although it did not move again")
				assert.NotEmpty(t, adjusted(w))
			})
		})
	}
}

func TestOtherMovesOfAnOpenSKUAreAdjusted(t *testing.T) {
	t.Parallel()
	for _, d := range openDocuments {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			settledStock(t, d.options(), func(t *testing.T, w *world.World) {
				ref := d.begin(t, w)
				move(t, w, d.sku, -7)
				counted(t, w)
				minus := func(text string) string {
					return unleashedsim.Number(text).Decimal.Sub(unleashedsim.Number("7").Decimal).String()
				}
				assert.Equal(t, minus(d.before), onHand(w, d.sku))
				<-time.After(time.Hour)
				d.post(t, w, ref)
				counted(t, w)
				assert.Equal(t, minus(d.after), onHand(w, d.sku))
				assert.Len(t, adjusted(w), 1)
			})
		})
	}
}

func TestWhatNobodyExportsIsAdjusted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings map[string]any
		want     string
	}{
		"it is exported":                 {map[string]any{"order_export.enabled": true}, "240"},
		"nothing is exported":            {nil, "236"},
		"other channels are":             {map[string]any{"order_export.enabled": true, "order_export.channels": []string{"Amazon"}}, "236"},
		"its channel is":                 {map[string]any{"order_export.enabled": true, "order_export.channels": []string{"Unleashed"}}, "240"},
		"only orders that have not left": {map[string]any{"order_export.enabled": true, "order_export.statuses": []string{"NEW"}}, "236"},
		"only what leaves later":         {map[string]any{"order_export.enabled": true, "order_export.since": "2026-04-01"}, "236"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settledStock(t, world.Options{Settings: c.settings}, func(t *testing.T, w *world.World) {
				sell(t, w, "M-1")
				counted(t, w)
				assert.Equal(t, c.want, onHand(w, "MUG-BLUE"))
			})
		})
	}
}
