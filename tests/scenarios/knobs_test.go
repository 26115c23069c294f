package scenarios

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// knob turns one unknown of a service.
type knob[K any] struct {
	name string
	turn func(*K)
}

// The lists are the unknowns of both services that products, customers and orders
// on their way to Mintsoft may meet, each turned to another value than the one
// that is assumed. What ends up in Mintsoft must not depend on them.
var mintsoftKnobs = []knob[mintsoftsim.Knobs]{
	{"keys in the query", func(k *mintsoftsim.Knobs) { k.QueryKeys = true }},
	{"an account of one merchant", func(k *mintsoftsim.Knobs) { k.Multichannel = true }},
	{"products show at once", func(k *mintsoftsim.Knobs) { k.ProductVisibleAfter = 0 }},
	{"products show after a while", func(k *mintsoftsim.Knobs) { k.ProductVisibleAfter = 4500 * time.Millisecond }},
	{"an unknown product is a bad one", func(k *mintsoftsim.Knobs) { k.UnknownProduct = http.StatusBadRequest }},
	{"an unknown product is null", func(k *mintsoftsim.Knobs) { k.UnknownProduct = http.StatusOK }},
	{"stock touches products", func(k *mintsoftsim.Knobs) { k.StockTouchesProduct = true }},
	{"limits are not clamped", func(k *mintsoftsim.Knobs) { k.LimitClamps = false }},
	{"bad dates are refused", func(k *mintsoftsim.Knobs) { k.BadDatesRefused = true }},
	{"since is exclusive", func(k *mintsoftsim.Knobs) { k.SinceExclusive = true }},
	{"case matters", func(k *mintsoftsim.Knobs) { k.CaseSensitive = true }},
	{"cancelled orders free their number", func(k *mintsoftsim.Knobs) { k.CancelledFreesNumber = true }},
	{"deleted orders keep their number", func(k *mintsoftsim.Knobs) { k.DeletedFreesNumber = false }},
	{"a duplicate names the order", func(k *mintsoftsim.Knobs) { k.DuplicateNamesOrder = true }},
	{"a create answers an object", func(k *mintsoftsim.Knobs) { k.CreateAnswersObject = true }},
	{"no address is needed", func(k *mintsoftsim.Knobs) { k.AddressRequired = false }},
	{"unknown channels are taken", func(k *mintsoftsim.Knobs) { k.UnknownChannelRefused = false }},
	{"null clears", func(k *mintsoftsim.Knobs) { k.NullClears = true }},
	{"an empty text clears nothing", func(k *mintsoftsim.Knobs) { k.EmptyClears = false }},
	{"a search answers three", func(k *mintsoftsim.Knobs) { k.SearchLimit = 3 }},
	{"a search is for beginnings", func(k *mintsoftsim.Knobs) { k.SearchPrefix = true }},
	{"a search is for numbers", func(k *mintsoftsim.Knobs) { k.SearchNumberOnly = true }},
	{"a search without a hit is a 404", func(k *mintsoftsim.Knobs) { k.SearchNotFound = true }},
	{"a search shows no status", func(k *mintsoftsim.Knobs) { k.SearchNullStatus = true }},
}

var unleashedKnobs = []knob[unleashedsim.Knobs]{
	{"signatures of either form", func(k *unleashedsim.Knobs) { k.SignatureMode = unleashedsim.SignEither }},
	{"five calls a second", func(k *unleashedsim.Knobs) { k.ThrottlePerSecond = 5 }},
	{"pages of 500", func(k *unleashedsim.Knobs) { k.PageMax = 500 }},
	{"larger pages are refused", func(k *unleashedsim.Knobs) { k.PageMax, k.PageOverMaxRefused = 500, true }},
	{"nothing is beyond the last page", func(k *unleashedsim.Knobs) { k.PageBeyondEnd = unleashedsim.EmptyPage }},
	{"no page is beyond the last page", func(k *unleashedsim.Knobs) { k.PageBeyondEnd = unleashedsim.NoSuchPage }},
	{"errors are items", func(k *unleashedsim.Knobs) { k.ErrorShape = unleashedsim.ItemsShape }},
	{"errors are messages", func(k *unleashedsim.Knobs) { k.ErrorShape = unleashedsim.MessageShape }},
	{"modifiedSince is exclusive", func(k *unleashedsim.Knobs) { k.ModifiedSinceExclusive = true }},
	{"days are instants", func(k *unleashedsim.Knobs) { k.DateReading = unleashedsim.DatesAreInstants }},
	{"costs keep products", func(k *unleashedsim.Knobs) { k.CostKeepsProduct = true }},
}

// core is what products, customers and orders go through in one story; it answers
// what stands in Mintsoft and what is filed at the end of it.
func core(t *testing.T, w *world.World) string {
	t.Helper()
	w.Set("general.enable_serial_batch_tracking", true)
	addProduct(w, "LATE-1", nil)
	forNew(w, "SO-LATE", "LATE-1")
	deleted, taken, lost := orderImport.add(w, 1), orderImport.add(w, 2), orderImport.add(w, 3)
	orderImport.usurp(t, w, taken)
	addOrder(w, "SO-BATCH", func(o *unleashedsim.OrderSpec) {
		o.Lines = []unleashedsim.LineSpec{{SKU: "TEA-ASSAM", Quantity: "3", Batches: map[string]string{"A2409": "1", "A2411": "2"}}}
	})
	w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "TEA-ASSAM", Name: "Tea", HasBatchNumber: true})
	warehouse := 0
	for _, o := range w.Mintsoft.Orders() {
		warehouse = o.WarehouseID
	}
	for _, batch := range []string{"A2409", "A2411"} {
		w.Mintsoft.AdjustStock("TEA-ASSAM", warehouse, 20, mintsoftsim.Lot{BatchNo: batch})
	}
	w.Mintsoft.Faults.Add(closeAfter("PUT", "/api/Order"))
	w.Once(t, everything...)
	<-time.After(time.Hour)
	w.Unleashed.DeleteOrder(deleted)
	productSync.change(w, "LATE-1")
	w.Once(t, everything...)
	w.LoseLedger(t)
	w.Once(t, everything...)
	<-time.After(time.Hour)

	w.Forget()
	w.Once(t, everything...)
	assert.Empty(t, w.Writes("mintsoft"), "nothing changed")
	require.Len(t, orderImport.stands(t, w, lost), 1)

	var lines []string
	for _, p := range w.Mintsoft.Products() {
		lines = append(lines, product(p))
	}
	for _, o := range w.Mintsoft.Orders() {
		lines = append(lines, order(o))
	}
	for _, letter := range w.DeadLetters(t) {
		lines = append(lines, fmt.Sprintf("%s %s: %s", letter.Record.Ref, letter.Class, letter.Reason))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestOutcomeUnderEveryKnob(t *testing.T) {
	t.Parallel()
	assumed := ""
	seed := world.Options{Seed: sandbox.Options{Products: 9}}
	world.Bubble(t, seed, func(t *testing.T, w *world.World) { assumed = core(t, w) })
	for _, line := range []string{
		"SO-001: CANCELLED", "SO-002: NEW, 1 x MUG-RED", "SO-003: NEW, 2 x MUG-BLUE", "SO-BATCH: NEW, 1 x TEA-ASSAM + 2 x TEA-ASSAM", "SO-LATE: ONBACKORDER",
		"SO-002 rejected: ", "LATE-1: A thing, EAN 502",
	} {
		require.Contains(t, assumed, line)
	}
	for _, k := range mintsoftKnobs {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, seed, func(t *testing.T, w *world.World) {
				w.Mintsoft.Turn(k.turn)
				assert.Equal(t, assumed, core(t, w))
			})
		})
	}
	for _, k := range unleashedKnobs {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, seed, func(t *testing.T, w *world.World) {
				w.Unleashed.Turn(k.turn)
				assert.Equal(t, assumed, core(t, w))
			})
		})
	}
}
