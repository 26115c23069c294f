package scenarios

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// bookedStreams are the flows that write back what was booked in.
var bookedStreams = []string{receipting, completing}

// bookedSettings are the keys that they read. Each looks at Unleashed.
var bookedSettings = []setting{
	{
		key: "purchase_order_import.update_purchase_order", arrange: allBooked, look: writtenBack,
		sides: []side{{true, "PO-1 Receipted, TX-00000001 Completed"}, {false, "PO-1 Placed, TX-00000001 Completed"}},
	},
	{
		key: asASNs, arrange: allBooked, look: writtenBack,
		sides: []side{{true, "PO-1 Receipted, TX-00000001 Completed"}, {false, "PO-1 Receipted, TX-00000001 Parked"}},
	},
	{
		key: overOption, arrange: booked(12, 6),
		look:  func(_ *testing.T, w *world.World) string { return received(w, "PO-1") },
		sides: []side{{"error", "PO-1 Placed: 0/10 MUG-BLUE"}, {"increase_order", "PO-1 Receipted: 12/12 MUG-BLUE"}, {"cap", "PO-1 Receipted: 10/10 MUG-BLUE"}},
	},
	{
		key: difference, arrange: booked(10, 5),
		look:  func(t *testing.T, w *world.World) string { return transfer(t, w, "TX-00000001") },
		sides: []side{{"hold", "Parked: 6 x MUG-BLUE"}, {"adjust", "Completed: 5 x MUG-BLUE"}},
	},
	{
		key: lotsOption, with: map[string]any{difference: "adjust"},
		arrange: func(t *testing.T, w *world.World) {
			asn := expectingTracked(t, w, true)
			w.Unleashed.SetStock("LOT-1", "SHOP", "9", "1", w.Unleashed.Batch("S-1", "9", ""))
			ref := addTransfer(w, "SHOP", "MAIN", func(s *unleashedsim.TransferSpec) { s.Lines[0].SKU = "LOT-1" })
			w.Once(t, moving, completing)
			w.Mintsoft.BookIn(asn, lot("B-1", 10, ""))
			w.Mintsoft.BookIn(asnOf(t, w, ref).ID, lot("S-1", 6, ""))
		},
		look: func(t *testing.T, w *world.World) string {
			return writtenBack(t, w) + fmt.Sprint(" ", inBatches(w))
		},
		sides: []side{{true, "PO-1 Receipted, TX-00000001 Completed map[B-1:10 S-1:6]"}, {false, "PO-1 Placed, TX-00000001 Parked map[]"}},
	},
	// A run asks for what changed, and for what was booked in.
	{key: "general.frequency", run: anHourOf(receipting), look: asnLists, sides: []side{{"15m", "10 lists"}, {"30m", "6 lists"}}},
	{key: "warehouse_transfer.frequency", run: anHourOf(completing), look: asnLists, sides: []side{{"15m", "10 lists"}, {"30m", "6 lists"}}},
	{
		key: "mintsoft.client", arrange: allBooked, look: writtenBack,
		sides: []side{{"DEMO", "PO-1 Receipted, TX-00000001 Completed"}, {"SECOND", "PO-1 Placed, TX-00000001 Parked"}},
	},
	{
		key: "mintsoft.warehouse", arrange: allBooked, look: writtenBack,
		sides: []side{{"MAIN", "PO-1 Receipted, TX-00000001 Completed"}, {"SHOP", "PO-1 Placed, TX-00000001 Parked"}},
	},
	{
		key: "unleashed.warehouse_code", arrange: allBooked, look: writtenBack,
		sides: []side{{"MAIN", "PO-1 Receipted, TX-00000001 Completed"}, {"SHOP", "PO-1 Placed, TX-00000001 Parked"}},
	},
}

// allBooked has a purchase order and a transfer booked in.
func allBooked(t *testing.T, w *world.World) { booked(10, 6)(t, w) }

// booked has some of the ten of a purchase order and of the six of a transfer
// booked in.
func booked(ordered, moved int) func(*testing.T, *world.World) {
	return func(t *testing.T, w *world.World) {
		w.Mintsoft.AddClient(mintsoftsim.Client{ShortName: "SECOND", Name: "Second merchant"})
		w.Unleashed.SetStock("MUG-BLUE", "SHOP", "50", "4.10")
		asn := expecting(t, w, "PO-1", nil)
		ref := addTransfer(w, "SHOP", "MAIN", nil)
		w.Once(t, moving, completing)
		w.Mintsoft.BookIn(asn, came("MUG-BLUE", ordered))
		w.Mintsoft.BookIn(asnOf(t, w, ref).ID, came("MUG-BLUE", moved))
	}
}

// writtenBack are the statuses of the documents that were not split off.
func writtenBack(_ *testing.T, w *world.World) string {
	var found []string
	for _, o := range w.Unleashed.PurchaseOrders() {
		found = append(found, o.OrderNumber+" "+o.OrderStatus)
	}
	for _, r := range w.Unleashed.Transfers() {
		found = append(found, r.TransferOrderNumber+" "+r.TransferStatus)
	}
	slices.Sort(found)
	return strings.Join(found, ", ")
}

// anHourOf runs one of the flows for an hour.
func anHourOf(stream string) func(*testing.T, *world.World) {
	return func(t *testing.T, w *world.World) {
		running := w.Forever(t, stream)
		<-time.After(time.Hour + time.Minute)
		running.Stop(t)
	}
}

// asnLists is how often the list of ASNs was asked for.
func asnLists(_ *testing.T, w *world.World) string {
	return fmt.Sprintf("%d lists", w.Mintsoft.Journal.Count("GET", "/api/ASN/List"))
}

func TestBookedSettings(t *testing.T) {
	t.Parallel()
	onBothSides(t, bookedSettings, receipts(map[string]any{asASNs: true}), bookedStreams...)
}

// TestBookedSettingsAreAllThere reads the pipelines: each setting in them has its
// row.
func TestBookedSettingsAreAllThere(t *testing.T) {
	t.Parallel()
	path := regexp.MustCompile(`@settings\.([a-z_]+\.[a-z_]+)|\$mintsoft\.([a-z_]+)`)
	names := map[string]string{"mintsoft.client_id": "mintsoft.client", "mintsoft.warehouse_id": "mintsoft.warehouse"}
	for _, stream := range bookedStreams {
		raw, err := os.ReadFile(filepath.Join("..", "..", "pipelines", strings.TrimPrefix(stream, world.Main+"_")+".yaml"))
		require.NoError(t, err)
		matches := path.FindAllStringSubmatch(string(raw), -1)
		require.Greater(t, len(matches), 5)
		for _, match := range matches {
			key := match[1]
			if key == "" {
				key = "mintsoft." + match[2]
			}
			if name, renamed := names[key]; renamed {
				key = name
			}
			assert.True(t, slices.ContainsFunc(bookedSettings, func(s setting) bool { return s.key == key }), "%s reads %s", stream, key)
		}
	}
}
