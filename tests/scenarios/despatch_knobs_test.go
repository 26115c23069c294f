package scenarios

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// What despatches may meet, besides what their imports do. Where they end must not
// depend on it.
var despatchMintsoft = []knob[mintsoftsim.Knobs]{
	{"bundles show components", func(k *mintsoftsim.Knobs) { k.BundleLines = mintsoftsim.BundleComponents }},
	{"bundles show both", func(k *mintsoftsim.Knobs) { k.BundleLines = mintsoftsim.BundleBoth }},
	{"nobody invoices", func(k *mintsoftsim.Knobs) { k.InvoiceAfter = -1 }},
	{"invoices come an hour later", func(k *mintsoftsim.Knobs) { k.InvoiceAfter = time.Hour }},
	{"every invoice fails", func(k *mintsoftsim.Knobs) { k.InvoiceFailsEvery = 1 }},
	{"parts have no reference", func(k *mintsoftsim.Knobs) { k.PartsCopyReference = false }},
	{"parts have no name-values", func(k *mintsoftsim.Knobs) { k.PartsLoseNameValues = true }},
	{"parts have neither", func(k *mintsoftsim.Knobs) { k.PartsCopyReference, k.PartsLoseNameValues = false, true }},
	{"a search shows no status", func(k *mintsoftsim.Knobs) { k.SearchNullStatus = true }},
	{"a search without a hit is a 404", func(k *mintsoftsim.Knobs) { k.SearchNotFound = true }},
	{"a search answers three", func(k *mintsoftsim.Knobs) { k.SearchLimit = 3 }},
	{"lists show no items", func(k *mintsoftsim.Knobs) { k.ListHidesItems = true }},
	{"since is exclusive", func(k *mintsoftsim.Knobs) { k.SinceExclusive = true }},
	{"case matters", func(k *mintsoftsim.Knobs) { k.CaseSensitive = true }},
}

var despatchUnleashed = []knob[unleashedsim.Knobs]{
	{"carriers are objects", func(k *unleashedsim.Knobs) { k.ShippingCompanyAsObject = true }},
	{"carriers are given by name", func(k *unleashedsim.Knobs) { k.ShippingCompanyWritten = unleashedsim.CompanyName }},
	{"carriers are given as objects", func(k *unleashedsim.Knobs) { k.ShippingCompanyWritten = unleashedsim.CompanyObject }},
	{"what is all dispatched is completed", func(k *unleashedsim.Knobs) { k.DispatchAllCompletes = true }},
	{"completing twice is accepted", func(k *unleashedsim.Knobs) { k.CompleteTwiceAccepted = true }},
	{"no stock, no sale", func(k *unleashedsim.Knobs) { k.ShortSalesRefused = true }},
	{"omitted lines are deleted", func(k *unleashedsim.Knobs) { k.OmittedLinesDeleted = true }},
	{"omitted members are kept", func(k *unleashedsim.Knobs) { k.OmittedKept = true }},
	{"unknown names are created", func(k *unleashedsim.Knobs) { k.UnknownNamesCreated = true }},
	{"completing makes no shipment", func(k *unleashedsim.Knobs) { k.CompleteWithoutShipment = true }},
	{"completing makes no invoice", func(k *unleashedsim.Knobs) { k.CompleteWithoutInvoice = true }},
	{"tracking may change later", func(k *unleashedsim.Knobs) { k.TrackingAfterDispatch = true }},
	{"shipments keep no comments", func(k *unleashedsim.Knobs) { k.ShipmentCommentsDropped = true }},
	{"errors are items", func(k *unleashedsim.Knobs) { k.ErrorShape = unleashedsim.ItemsShape }},
	{"days are instants", func(k *unleashedsim.Knobs) { k.DateReading = unleashedsim.DatesAreInstants }},
	{"unknown members are refused", func(k *unleashedsim.Knobs) { k.UnknownMembersRefused = true }},
}

// despatches go through all that may happen to an order; it answers what stands in
// Unleashed at the end, and what is filed.
func despatches(t *testing.T, w *world.World) string {
	t.Helper()
	w.Set("general.enable_serial_batch_tracking", true)
	w.Once(t, "main_order_despatch")
	w.Mintsoft.AddBundle(mintsoftsim.Product{ClientID: demo(w), SKU: "GIFTSET", Name: "Gift set"}, map[string]int{"MUG-BLUE": 2, "BOX-S": 1})
	stock(w, "TEA-ASSAM", mintsoftsim.Lot{BatchNo: "A2409"}, 20)

	whole := pickable(t, w, "SO-WHOLE", line("MUG-BLUE", "2"), line("GIFTWRAP", "1"))
	split := pickable(t, w, "SO-SPLIT", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
	part := w.Mintsoft.Split(split, map[string]int{"MUG-BLUE": 1, "MUG-RED": 2})
	open := pickable(t, w, "SO-OPEN", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
	first := w.Mintsoft.Split(open, map[string]int{"MUG-RED": 1})
	w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-OPEN", Status: unleashedsim.Placed})
	merged := pickable(t, w, "SO-A")
	w.Mintsoft.Merge(merged, pickable(t, w, "SO-B", line("MUG-BLUE", "1"), line("BOWL-S", "2")))
	bundle := pickable(t, w, "SO-SET", line("GIFTSET", "2"), line("MUG-BLUE", "1"))
	lot := pickable(t, w, "SO-TEA", line("TEA-ASSAM", "3"))
	wrong := pickable(t, w, "SO-WRONG")
	w.Unleashed.EditOrder("SO-WRONG", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("1") })

	w.Mintsoft.Despatch(part, "TRK-2")
	w.Mintsoft.Despatch(first, "TRK-3")
	w.Mintsoft.Despatch(wrong, "TRK-9")
	despatch(t, w)
	<-time.After(2 * time.Hour)
	for i, id := range []int{whole, split, open, merged, bundle, lot} {
		w.Mintsoft.Despatch(id, fmt.Sprintf("TRK-1%d", i))
	}
	despatch(t, w)
	<-time.After(2 * time.Hour)
	w.Once(t, "main_order_despatch") // whatever was invoiced meanwhile

	w.Forget()
	w.LoseLedger(t)
	w.Once(t, "main_order_import", "main_order_despatch")
	for _, id := range []int{whole, split, part, open, first, merged, bundle, lot} {
		w.Mintsoft.EditOrder(id, func(o *mintsoftsim.Order) { o.Comments = nil })
	}
	despatch(t, w)
	assert.Empty(t, w.Writes("unleashed"), "an empty ledger posts nothing twice")

	var said []string
	for _, number := range []string{"SO-WHOLE", "SO-SPLIT", "SO-OPEN", "SO-A", "SO-B", "SO-SET", "SO-TEA", "SO-WRONG"} {
		said = append(said, strings.Join(upstream(w, number), "; "))
	}
	return strings.Join(said, "\n")
}

func TestDespatchesUnderEveryKnob(t *testing.T) {
	t.Parallel()
	seed := world.Options{Seed: small}
	assumed := strings.Join([]string{
		"SO-WHOLE: Completed; Dispatched: 2 x MUG-BLUE TRK-10",
		"SO-SPLIT: Completed; Dispatched: 1 x MUG-BLUE + 2 x MUG-RED TRK-2; Dispatched: 2 x MUG-BLUE TRK-11",
		"SO-OPEN: Completed; Dispatched: 1 x MUG-RED TRK-3; Dispatched: 3 x MUG-BLUE + 1 x MUG-RED TRK-12",
		"SO-A: Completed; Dispatched: 2 x MUG-BLUE TRK-13",
		"SO-B: Completed; Dispatched: 1 x MUG-BLUE + 2 x BOWL-S TRK-13",
		"SO-SET: Completed; Dispatched: 2 x GIFTSET + 1 x MUG-BLUE TRK-14",
		"SO-TEA: Completed; Dispatched: 3 x TEA-ASSAM [3 x A2409] TRK-15",
		"SO-WRONG: Placed",
	}, "\n")
	run := func(name string, turn func(w *world.World)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, seed, func(t *testing.T, w *world.World) {
				turn(w)
				require.Equal(t, assumed, despatches(t, w))
			})
		})
	}
	run("as assumed", func(*world.World) {})
	for _, k := range despatchMintsoft {
		run(k.name, func(w *world.World) { w.Mintsoft.Turn(k.turn) })
	}
	for _, k := range despatchUnleashed {
		run(k.name, func(w *world.World) { w.Unleashed.Turn(k.turn) })
	}
}
