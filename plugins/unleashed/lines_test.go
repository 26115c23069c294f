package unleashed

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// operation finds one of the table.
func operation(t *testing.T, name string) component.Operation {
	t.Helper()
	op, err := System.Operation(name)
	require.NoError(t, err)
	return op
}

func TestRaiseLine(t *testing.T) {
	for name, c := range map[string]struct {
		wanted  string
		line    func(line map[string]any)
		sent    string
		refused string
	}{
		"with the total and tax that Unleashed demands": {wanted: "13", sent: `"LineTax":9.28,"LineTotal":46.41,"OrderQuantity":13`},
		"with the line's own tax": {wanted: "13", line: func(line map[string]any) { line["LineTaxRate"] = json.Number("0.05") },
			sent: `"LineTax":2.32,"LineTaxRate":0.05,"LineTotal":46.41,"OrderQuantity":13`},
		"one that has as much stays": {wanted: "10"},
		"one that has more stays":    {wanted: "9"},
		"one that is gone":           {wanted: "13", line: func(line map[string]any) { line["Guid"] = "other" }, refused: "has no line a any more"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &purchases{}
				line := ordered("a", 1, "10", nil)
				line["LastModifiedOn"] = "/Date(1772440000000)/"
				if c.line != nil {
					c.line(line)
				}
				p.has("PO-1", "Placed", line)
				_, err := operation(t, "purchase_order.raise_line").Do(t.Context(), connected(t, p), map[string]any{"Guid": "g-PO-1", "LineGuid": "a", "OrderQuantity": json.Number(c.wanted)})
				switch {
				case c.refused != "":
					require.ErrorContains(t, err, c.refused)
				case c.sent == "":
					require.NoError(t, err)
					assert.Empty(t, p.calls)
				default:
					require.NoError(t, err)
					require.Len(t, p.calls, 1)
					assert.Contains(t, p.calls[0], "PUT /PurchaseOrders/g-PO-1/Lines/a ")
					assert.Contains(t, p.calls[0], c.sent)
					assert.Contains(t, p.calls[0], `"ProductCode":"SKU-1"`, "the line is sent whole")
					assert.NotContains(t, p.calls[0], "LastModifiedOn")
				}
			})
		})
	}
}

// oneTransfer is a transfer; it is answered by its GUID and by its number.
type oneTransfer struct {
	member, number string
	lines          []any
	calls, reads   []string
}

// RoundTrip implements http.RoundTripper.
func (o *oneTransfer) RoundTrip(r *http.Request) (*http.Response, error) {
	record := map[string]any{"Guid": "t-1", o.member: o.number, "TransferDetails": o.lines}
	if r.Method != http.MethodGet {
		said, err := said(r)
		o.calls = append(o.calls, said)
		return answered(r, nil), err
	}
	o.reads = append(o.reads, r.URL.Path)
	var body any = record
	switch id := strings.TrimPrefix(r.URL.Path, "/WarehouseStockTransfers"); {
	case id == "" || id == "/31": // a number of digits is that of a page
		body = map[string]any{"Pagination": map[string]any{"NumberOfItems": 1, "PageNumber": 1, "NumberOfPages": 1}, "Items": []any{record}}
	case id != "/t-1" && id != "/"+o.number:
		answer := answered(r, []byte(`{"Description":"not found"}`))
		answer.StatusCode = http.StatusNotFound
		return answer, nil
	}
	raw, err := json.Marshal(body)
	return answered(r, raw), err
}

func TestFindTransfer(t *testing.T) {
	for name, c := range map[string]struct {
		transfer oneTransfer
		args     map[string]any
		found    bool
		reads    []string
	}{
		"by its GUID":                      {oneTransfer{member: "TransferOrderNumber", number: "TX-1"}, map[string]any{"Guid": "t-1", "Number": "OTHER"}, true, []string{"/WarehouseStockTransfers/t-1"}},
		"by the GUID of something else":    {oneTransfer{member: "TransferOrderNumber", number: "TX-1"}, map[string]any{"Guid": "po-1", "Number": "TX-1"}, false, []string{"/WarehouseStockTransfers/po-1"}},
		"by its number":                    {oneTransfer{member: "TransferOrderNumber", number: "TX-1"}, map[string]any{"Guid": nil, "Number": "TX-1"}, true, []string{"/WarehouseStockTransfers/TX-1"}},
		"by its number under another name": {oneTransfer{member: "TransferNumber", number: "TX-1"}, map[string]any{"Number": "TX-1"}, true, []string{"/WarehouseStockTransfers/TX-1"}},
		"by the number of another":         {oneTransfer{member: "TransferOrderNumber", number: "TX-10"}, map[string]any{"Number": "TX-1"}, false, []string{"/WarehouseStockTransfers/TX-1"}},
		"by a number that is a page's":     {oneTransfer{member: "TransferOrderNumber", number: "31"}, map[string]any{"Number": "31"}, true, []string{"/WarehouseStockTransfers"}},
		"a page is no transfer":            {oneTransfer{member: "TransferOrderNumber", number: "TX-1"}, map[string]any{"Number": "31"}, false, []string{"/WarehouseStockTransfers"}},
		"by a number with a slash":         {oneTransfer{member: "TransferOrderNumber", number: "TX/1"}, map[string]any{"Number": "TX/1"}, true, []string{"/WarehouseStockTransfers"}},
		"by nothing":                       {oneTransfer{member: "TransferOrderNumber", number: "TX-1"}, map[string]any{"Number": " "}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				found, err := lookTransfer(t.Context(), connected(t, &c.transfer), component.Source{}, c.args)
				require.NoError(t, err)
				assert.Equal(t, c.found, found != nil)
				assert.Equal(t, c.reads, c.transfer.reads)
			})
		})
	}
}

func TestLinesOfATransfer(t *testing.T) {
	batch := func(number, quantity string) any {
		return map[string]any{"Number": number, "Quantity": json.Number(quantity)}
	}
	line := func() map[string]any {
		return map[string]any{"Guid": "a", "LineNumber": 1, "TransferQuantity": json.Number("6.0000"), "BatchNumbers": []any{batch("B-1", "4.0000"), batch("B-2", "2.0000")}}
	}
	do := func(t *testing.T, c *connection.Connection, op string, args map[string]any) error {
		args["Guid"], args["LineGuid"] = "t-1", "a"
		_, err := operation(t, op).Do(t.Context(), c, args)
		return err
	}
	for name, c := range map[string]struct {
		op, sent, refused string
		gone              bool
		args              map[string]any
	}{
		"another quantity": {op: "transfer.set_line", args: map[string]any{"TransferQuantity": json.Number("5")},
			sent: `PUT /WarehouseStockTransfers/t-1/Lines/a {"BatchNumbers":[{"Number":"B-1","Quantity":4.0000},{"Number":"B-2","Quantity":2.0000}],"Guid":"a","LineNumber":1,"TransferQuantity":5}`},
		"the same": {op: "transfer.set_line", args: map[string]any{"TransferQuantity": json.Number("6"), "BatchNumbers": []any{batch("B-2", "2"), batch("B-1", "4")}}},
		"other batches": {op: "transfer.set_line", args: map[string]any{"TransferQuantity": json.Number("6"), "BatchNumbers": []any{batch("B-1", "6")}},
			sent: `PUT /WarehouseStockTransfers/t-1/Lines/a {"BatchNumbers":[{"Number":"B-1","Quantity":6}],"Guid":"a","LineNumber":1,"TransferQuantity":6}`},
		"the batches in other quantities": {op: "transfer.set_line", args: map[string]any{"TransferQuantity": json.Number("6"), "BatchNumbers": []any{batch("B-1", "3"), batch("B-2", "3")}},
			sent: `PUT /WarehouseStockTransfers/t-1/Lines/a {"BatchNumbers":[{"Number":"B-1","Quantity":3},{"Number":"B-2","Quantity":3}],"Guid":"a","LineNumber":1,"TransferQuantity":6}`},
		"nothing is no quantity": {op: "transfer.set_line", args: map[string]any{"TransferQuantity": json.Number("0")}, refused: "expected more than 0"},
		"one that is gone":       {op: "transfer.set_line", gone: true, args: map[string]any{"TransferQuantity": json.Number("5")}, refused: "has no line a any more"},
		"removed":                {op: "transfer.remove_line", args: map[string]any{}, sent: "DELETE /WarehouseStockTransfers/t-1/Lines/a"},
		"removed before":         {op: "transfer.remove_line", gone: true, args: map[string]any{}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				service := &oneTransfer{member: "TransferOrderNumber", number: "TX-1", lines: []any{line()}}
				if c.gone {
					service.lines = nil
				}
				err := do(t, connected(t, service), c.op, c.args)
				if c.refused != "" {
					require.ErrorContains(t, err, c.refused)
				} else {
					require.NoError(t, err)
				}
				if c.sent == "" {
					assert.Empty(t, service.calls)
				} else {
					assert.Equal(t, []string{c.sent}, service.calls)
				}
			})
		})
	}
}
