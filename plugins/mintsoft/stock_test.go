package mintsoft

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheLotsThatAddUpAreRight(t *testing.T) {
	a, b := lotRow{Quantity: counted(3), BatchNo: "A", BestBefore: "31-January-2028", Type: "Allocation"}, lotRow{Quantity: counted(4), BatchNo: "B", Type: "Allocation"}
	quarantine, held := lotRow{Quantity: counted(9), BatchNo: "A", Type: "Quarantine"}, lotRow{Quantity: counted(9), BatchNo: "B", Type: "Allocation_OffHand"}
	wanted := []stockLot{{batch: "A", expiry: "2028-01-31", quantity: 3}, {batch: "B", quantity: 4}}
	for name, c := range map[string]struct {
		rows []inventoryRow
		want []stockLot
	}{
		"one row":                                  {[]inventoryRow{{StockLevel: counted(7), Breakdown: []lotRow{a, b}}}, wanted},
		"what is in none of the counters":          {[]inventoryRow{{StockLevel: counted(7), Breakdown: []lotRow{a, quarantine, b, held}}}, wanted},
		"a row for each location with its own":     {[]inventoryRow{{StockLevel: counted(3), Breakdown: []lotRow{a}}, {StockLevel: counted(4), Breakdown: []lotRow{b}}}, wanted},
		"a row for each location with all":         {[]inventoryRow{{StockLevel: counted(3), Breakdown: []lotRow{a, b}}, {StockLevel: counted(4), Breakdown: []lotRow{a, b}}}, wanted},
		"a lot in two locations":                   {[]inventoryRow{{StockLevel: counted(6), Breakdown: []lotRow{a, a}}}, []stockLot{{batch: "A", expiry: "2028-01-31", quantity: 6}}},
		"lots that do not add up stay as they are": {[]inventoryRow{{StockLevel: counted(99), Breakdown: []lotRow{a, b}}}, wanted},
	} {
		t.Run(name, func(t *testing.T) {
			s := &stock{at: map[string]int{}}
			for _, row := range c.rows {
				row.SKU = "TEA"
				s.add(row, time.Time{})
			}
			assert.Equal(t, c.want, s.rows[0].lots())
		})
	}
}

// TestRowsAreOneOnlyByTheirID: two of a product in no location are both counted, and each
// that a page shows again once.
func TestRowsAreOneOnlyByTheirID(t *testing.T) {
	row := func(id, level int) any {
		return map[string]any{"ID": id, "SKU": "MUG", "ProductId": 502, "WarehouseId": 3, "ClientId": 12, "LocationId": 0, "StockLevel": level, "OnHand": level, "Allocated": 0}
	}
	service := &asnPages{pages: [][]any{{row(9001, 30), row(9002, 18), row(9001, 30)}, {row(9002, 18)}}}
	read, err := readStock(t.Context(), connectTo(t, service), stockQuery{client: "12", warehouse: "3"}, time.Time{}, "")
	require.NoError(t, err)
	require.Len(t, read.rows, 1)
	assert.Equal(t, int64(48), read.rows[0].level.value())
}

func TestADayAsPeopleReadIt(t *testing.T) {
	for shown, want := range map[string]string{"31-January-2028": "2028-01-31", "01-June-2028": "2028-06-01", "2028-01-31T00:00:00": "2028-01-31", "01-January-0001": "", "0001-01-01T00:00:00": "", "": "", "soon": ""} {
		assert.Equal(t, want, day(shown), shown)
	}
}

func TestDocumentsThatShareASourceAreOne(t *testing.T) {
	d := &documents{All: map[string]*document{}, sources: map[string]string{}, orders: map[string]string{}}
	order := func(sources ...string) *document {
		made := &document{Direction: out, Records: map[string]moved{}}
		for _, source := range sources {
			made.Sources = append(made.Sources, documentSource{ID: source, Number: "SO-" + source})
		}
		return made
	}
	mugs := func(n int64) moved { return moved{Quantities: map[string]int64{"MUG": n}} }
	d.join("out/a", order("a"), "1", mugs(2))
	d.join("out/b", order("b"), "2", mugs(3))
	d.All["out/a"].Settled = true
	d.join("out/a", order("a"), "1", mugs(2))
	assert.True(t, d.All["out/a"].Settled, "it was read again as it was")
	d.join("out/a", order("a", "b"), "3", mugs(4))
	assert.False(t, d.All["out/a"].Settled)
	assert.Len(t, d.All, 1)
	assert.Equal(t, map[string]any{"MUG": int64(9)}, d.All["out/a"].message("out/a")["quantities"])
	assert.Equal(t, map[string]string{"a": "out/a", "b": "out/a"}, d.sources)
}

// TestAnOrderWithoutAStatusIsNotTakenBack: one that is cancelled is, and what was posted
// of it counts from then on.
func TestAnOrderWithoutAStatusIsNotTakenBack(t *testing.T) {
	for status, want := range map[int]int64{0: 6, -1: 6, 1: 2, 7: 2, lastStatus + 1: 6} {
		d := &documents{All: map[string]*document{}, sources: map[string]string{}, orders: map[string]string{}}
		d.join("out/s-1", &document{Direction: out, Records: map[string]moved{}}, "7", moved{Quantities: map[string]int64{"MUG": 6}})
		d.takeBack(shippedOrder{ID: 7, OrderStatusID: status})
		d.takeBack(shippedOrder{ID: 8, OrderStatusID: status})
		d.All["out/s-1"].tell(map[string]any{"taken_back": map[string]any{"MUG": "2"}}, time.Time{})
		assert.Equal(t, want, d.All["out/s-1"].Records["7"].Quantities["MUG"], "status %d", status)
	}
}
