package unleashed

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
)

func TestAnAdjustmentIsHalvedUnderGUIDsOfItsOwn(t *testing.T) {
	line := func(code string) any {
		return map[string]any{"LineNumber": 9, "Product": map[string]any{"ProductCode": code}, "NewQuantity": json.Number("2"), "Comments": "Mintsoft StockLevel 2"}
	}
	whole := map[string]any{
		"Guid": "g", "Warehouse": map[string]any{"WarehouseCode": "MAIN"}, "Was": map[string]any{"A.1": json.Number("5")},
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

	request, err := adjustment().Build(whole)
	require.NoError(t, err)
	assert.Equal(t, "/StockAdjustments/g", request.Path)
	assert.NotContains(t, string(request.Body), `"Was"`)
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
