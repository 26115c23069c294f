package unleashed

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
)

func TestAnAdjustmentIsHalvedUnderGUIDsOfItsOwn(t *testing.T) {
	line := func(code string) any {
		return map[string]any{"LineNumber": 9, "Product": map[string]any{"ProductCode": code}, "NewQuantity": json.Number("2"), "Comments": "Mintsoft StockLevel 2"}
	}
	whole := map[string]any{
		"Guid": "g", "Warehouse": map[string]any{"WarehouseCode": "MAIN"}, "Was": map[string]any{"A.1": json.Number("5")}, "SKUs": map[string]any{"C": "C.1"},
		"StockAdjustmentLines": []any{line("A.1"), line("B"), line("C")},
	}
	first, second := halveAdjustment(whole)
	again, _ := halveAdjustment(whole)
	assert.Equal(t, first, again, "the same whenever it is halved")
	assert.Len(t, map[any]bool{whole["Guid"]: true, first["Guid"]: true, second["Guid"]: true}, 3)
	assert.Len(t, lines(first), 1)
	assert.Len(t, lines(second), 2)
	assert.Equal(t, 2, lines(second)[1].(map[string]any)["LineNumber"])
	assert.Equal(t, 9, lines(whole)[2].(map[string]any)["LineNumber"], "the whole stays as it is")

	parts := adjustedLines(ledger.Record{System: "mintsoft", Resource: "Stock", ID: "*", Ref: "stock"}, whole)
	require.Len(t, parts, 3)
	assert.Equal(t, "5 → 2: Mintsoft StockLevel 2", parts[0].String())
	assert.Equal(t, ledger.Record{System: "mintsoft", Resource: "Stock", ID: "A.1", Ref: "A.1"}, parts[0].Record)
	assert.Equal(t, "B", parts[1].Record.ID)
	assert.Equal(t, ledger.Record{System: "mintsoft", Resource: "Stock", ID: "C.1", Ref: "C.1"}, parts[2].Record)

	request, err := adjustment().Build(whole)
	require.NoError(t, err)
	assert.Equal(t, "/StockAdjustments/g", request.Path)
	assert.NotContains(t, string(request.Body), `"Was"`)
	assert.NotContains(t, string(request.Body), `"SKUs"`)
	assert.Contains(t, string(request.Body), `"Guid":"g"`)
}

func TestARowOfNoWarehouseIsNotTakenForOurs(t *testing.T) {
	row, err := stockOf([]byte(`{"ProductCode":"MUG","ProductGuid":"g","WarehouseCode":"MAIN","QtyOnHand":4.0000}`), "MAIN")
	require.NoError(t, err)
	assert.Equal(t, json.Number("4.0000"), row.QtyOnHand)
	assert.Equal(t, "g", row.ProductGUID)
	row, err = stockOf([]byte(`{"ProductCode":"MUG","WarehouseCode":"SHOP"}`), "MAIN")
	require.NoError(t, err)
	assert.Nil(t, row)
	_, err = stockOf([]byte(`{"ProductCode":"MUG","WarehouseCode":null}`), "MAIN")
	assert.ErrorContains(t, err, "the stock of MUG names no warehouse, expected MAIN")
}

// everyRow answers stock rows of five warehouses whatever is asked for, in pages of 200.
type everyRow struct{ products int }

// RoundTrip implements http.RoundTripper.
func (e everyRow) RoundTrip(r *http.Request) (*http.Response, error) {
	page, err := strconv.Atoi(path.Base(r.URL.Path))
	if err != nil {
		page = 1
	}
	var rows []any
	for i := range e.products {
		for _, code := range []string{"A", "B", "C", "D", "MAIN"} {
			rows = append(rows, map[string]any{"ProductCode": fmt.Sprintf("SKU-%d", i), "ProductGuid": fmt.Sprintf("g-%d", i), "WarehouseCode": code, "QtyOnHand": i + 1})
		}
	}
	pages := slices.Collect(slices.Chunk(rows, 200))
	raw, err := json.Marshal(map[string]any{"Pagination": map[string]any{"NumberOfItems": len(rows), "PageNumber": page, "NumberOfPages": len(pages)}, "Items": pages[page-1]})
	return answered(r, raw), err
}

func TestStockIsReadToItsLastPageWhereAFilterIsOverlooked(t *testing.T) {
	inBubble(t, func(t *testing.T, _ string) {
		c := connected(t, everyRow{products: idsACall})
		known := &productIndex{id: map[string]string{}}
		var skus []string
		for i := range idsACall {
			sku := fmt.Sprintf("SKU-%d", i)
			skus = append(skus, sku)
			known.id[sku] = fmt.Sprintf("g-%d", i)
		}
		rows, err := onHandByID(t.Context(), c, "MAIN", known, skus)
		require.NoError(t, err)
		assert.Len(t, rows, idsACall)
		assert.Equal(t, json.Number("50"), rows[49].QtyOnHand)
	})
}

// TestWhatWasTakenBackAndPosted is what is posted of an order that left and was taken back,
// beside another part that left.
func TestWhatWasTakenBackAndPosted(t *testing.T) {
	document := map[string]any{"taken_back": map[string]any{"MUG": 6}}
	for name, c := range map[string]struct {
		posted          posted
		takenBack, left string
	}{
		"nothing is posted":              {posted{}, "0", "0"},
		"a part of it is":                {posted{quantities: map[string]decimal.Decimal{"MUG": decimal.NewFromInt(4)}}, "4", "0"},
		"it is, and some of the other":   {posted{quantities: map[string]decimal.Decimal{"MUG": decimal.NewFromInt(8)}}, "6", "2"},
		"what is settled stays as it is": {posted{settled: "it is posted"}, "6", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			p := c.posted.less(document)
			assert.Equal(t, c.takenBack, p.takenBack["MUG"].String())
			assert.Equal(t, c.left, p.quantities["MUG"].String())
		})
	}
}
