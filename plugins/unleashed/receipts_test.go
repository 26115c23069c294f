package unleashed

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// purchases is a list of purchase orders; its filter by number matches beginnings.
// A write is kept and answered with what answer says, nothing when that is empty.
type purchases struct {
	orders []map[string]any
	asked  []string // the numbers that were asked for
	calls  []string // the writes, with their bodies
	answer string
}

// RoundTrip implements http.RoundTripper.
func (p *purchases) RoundTrip(r *http.Request) (*http.Response, error) {
	body := any(map[string]any{})
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.Method != http.MethodGet:
		said, err := said(r)
		p.calls = append(p.calls, said)
		if err != nil {
			return nil, err
		}
		return answered(r, []byte(p.answer)), nil
	case len(parts) == 2:
		for _, order := range p.orders {
			if order["Guid"] == parts[1] {
				body = order
			}
		}
	default:
		number := r.URL.Query().Get("orderNumber")
		p.asked = append(p.asked, number)
		found := []any{}
		for _, order := range p.orders {
			if strings.HasPrefix(order["OrderNumber"].(string), number) {
				found = append(found, order)
			}
		}
		body = map[string]any{"Pagination": map[string]any{"NumberOfItems": len(found), "PageNumber": 1, "NumberOfPages": 1}, "Items": found}
	}
	raw, err := json.Marshal(body)
	return answered(r, raw), err
}

// said is a request with its body.
func said(r *http.Request) (string, error) {
	var raw []byte
	if r.Body != nil {
		var err error
		if raw, err = io.ReadAll(r.Body); err != nil {
			return "", err
		}
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Method, r.URL.Path, raw)), nil
}

func answered(r *http.Request, body []byte) *http.Response {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(body))), Request: r}
}

// has adds an order of one supplier for one warehouse.
func (p *purchases) has(number, status string, lines ...any) map[string]any {
	order := map[string]any{
		"Guid": "g-" + number, "OrderNumber": number, "OrderStatus": status, "OrderDate": "/Date(1772323200000)/", "CreatedBy": "somebody", "TaxRate": json.Number("0.2"),
		"Supplier": map[string]any{"Guid": "s-1"}, "Warehouse": map[string]any{"Guid": "w-1"}, "PurchaseOrderLines": lines,
	}
	p.orders = append(p.orders, order)
	return order
}

// ordered is a line; received is null where it is nil.
func ordered(guid string, number int, quantity string, received any) map[string]any {
	if text, isText := received.(string); isText {
		received = json.Number(text)
	}
	return map[string]any{
		"Guid": guid, "LineNumber": number, "Product": map[string]any{"Guid": fmt.Sprintf("p-%d", number), "ProductCode": fmt.Sprintf("SKU-%d", number)},
		"OrderQuantity": json.Number(quantity), "ReceiptQuantity": received, "UnitPrice": json.Number("4.1999"), "DiscountRate": json.Number("0.15"),
	}
}

// family describes what was found: each order with its state and whether it
// follows, and how much of its lines was receipted.
func family(t *testing.T, p *purchases, number string) string {
	t.Helper()
	found, err := lookFamily(t.Context(), connected(t, p), component.Source{}, map[string]any{"OrderNumber": number})
	require.NoError(t, err)
	var parts []string
	for _, entry := range found.([]any) {
		order := entry.(map[string]any)
		part := fmt.Sprint(order["OrderNumber"], " ", order["State"])
		if order["Follows"] == true {
			part += " follows"
		}
		for _, line := range purchaseLines(order) {
			part += fmt.Sprint(" ", line["Receipted"])
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

func TestFamilyOfAPurchaseOrder(t *testing.T) {
	strange := func(order map[string]any) { order["Supplier"] = map[string]any{"Guid": "s-2"} }
	for name, c := range map[string]struct {
		orders func(p *purchases)
		number string
		want   string
		asked  []string
	}{
		"there is none": {func(p *purchases) { p.has("PO-10", "Placed") }, "PO-1", "", []string{"PO-1"}},
		"one by itself": {func(p *purchases) { p.has("PO-1", "Placed") }, "PO-1", "PO-1 open follows", []string{"PO-1", "PO-1/1"}},
		"its splits": {func(p *purchases) {
			p.has("PO-1", "Receipted")
			p.has("PO-1/1", "Completed")
			p.has("PO-1/2", "Parked")
		}, "PO-1", "PO-1 received follows, PO-1/1 received follows, PO-1/2 open follows", []string{"PO-1", "PO-1/1", "PO-1/2", "PO-1/3"}},
		"one that was split off, with its base": {func(p *purchases) {
			p.has("PO-1", "Complete")
			p.has("PO-1/1", "Receipted")
			p.has("PO-1/2", "Unapproved")
		}, "PO-1/1", "PO-1 received, PO-1/1 received follows, PO-1/2 open follows", []string{"PO-1/1", "PO-1", "PO-1/1/1", "PO-1/2", "PO-1/3"}},
		"one that was split off of what was": {func(p *purchases) {
			p.has("PO-1", "Receipted")
			p.has("PO-1/1", "Receipted")
			p.has("PO-1/1/1", "Costed")
		}, "PO-1/1", "PO-1 received, PO-1/1 received follows, PO-1/1/1 open follows", []string{"PO-1/1", "PO-1", "PO-1/1/1", "PO-1/1/2", "PO-1/2"}},
		"an earlier one is gone": {func(p *purchases) {
			p.has("PO-1", "Receipted")
			p.has("PO-1/3", "Placed")
		}, "PO-1/3", "PO-1 received, PO-1/3 open follows", []string{"PO-1/3", "PO-1", "PO-1/1", "PO-1/2", "PO-1/3/1", "PO-1/4"}},
		"numbers of a year are no splits": {func(p *purchases) {
			p.has("2026/1", "Receipted")
			p.has("2026/2", "Placed")
		}, "2026/2", "2026/2 open follows", []string{"2026/2", "2026", "2026/2/1"}},
		"another supplier's is no split": {func(p *purchases) {
			p.has("PO-1", "Receipted")
			strange(p.has("PO-1/1", "Placed"))
		}, "PO-1", "PO-1 received follows", []string{"PO-1", "PO-1/1"}},
		"another supplier's is no base": {func(p *purchases) {
			strange(p.has("PO-1", "Receipted"))
			p.has("PO-1/1", "Placed")
		}, "PO-1/1", "PO-1/1 open follows", []string{"PO-1/1", "PO-1", "PO-1/1/1"}},
		"a deleted one, and a status that nobody knows": {func(p *purchases) {
			p.has("PO-1", "Deleted")
			p.has("PO-1/1", "Dreamt")
		}, "PO-1", "PO-1 deleted follows, PO-1/1 <nil> follows", []string{"PO-1", "PO-1/1", "PO-1/2"}},
		"what was receipted": {func(p *purchases) {
			p.has("PO-1", "Receipted", ordered("a", 1, "10.0000", "6.0000"), ordered("b", 2, "5", nil), ordered("c", 3, "4", "0"))
			p.has("PO-1/1", "Placed", ordered("d", 1, "4", nil), ordered("e", 2, "5", "2"))
		}, "PO-1", "PO-1 received follows 6 5 0, PO-1/1 open follows 0 2", []string{"PO-1", "PO-1/1", "PO-1/2"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &purchases{}
				c.orders(p)
				assert.Equal(t, c.want, family(t, p, c.number))
				assert.Equal(t, c.asked, p.asked)
			})
		})
	}
}

// receiptOf are the arguments of a receipt of lines of PO-1.
func askedReceipt(body string, lines ...any) map[string]any {
	return map[string]any{"Guid": "g-PO-1", "OrderNumber": "PO-1", "Body": body, "PurchaseOrderLines": lines}
}

func cameOf(guid string, number int, before, quantity string) map[string]any {
	return map[string]any{
		"Guid": guid, "LineNumber": number, "Product": map[string]any{"Guid": fmt.Sprintf("p-%d", number)}, "Before": json.Number(before), "Had": json.Number(before), "ReceiptQuantity": json.Number(quantity),
	}
}

// leaving says how much of a line was left before.
func leaving(left string, line map[string]any) map[string]any {
	line["Left"] = json.Number(left)
	return line
}

func TestSendReceipt(t *testing.T) {
	lots := cameOf("a", 1, "0", "6")
	later := cameOf("a", 1, "0", "2")
	later["Before"] = json.Number("6") // on another order of the family
	lots["BatchNumbers"] = []any{map[string]any{"Number": "B-1", "Quantity": json.Number("6")}}
	for name, c := range map[string]struct {
		body, answer string
		came         []any
		sent         string // the body
		refused      string
	}{
		"the lines": {body: "lines", came: []any{lots, cameOf("b", 2, "0", "5")},
			sent: `{"PurchaseOrderLines":[{"BatchNumbers":[{"Number":"B-1","Quantity":6}],"Guid":"a","LineNumber":1,"ReceiptQuantity":6},{"Guid":"b","LineNumber":2,"ReceiptQuantity":5}]}`},
		"the order whole": {body: "purchase_order", came: []any{lots},
			sent: `{"Guid":"g-PO-1","OrderDate":"2026-03-01T00:00:00","OrderNumber":"PO-1","OrderStatus":"Placed","PurchaseOrderLines":[` +
				`{"BatchNumbers":[{"Number":"B-1","Quantity":6}],"DiscountRate":0.15,"Guid":"a","LineNumber":1,"OrderQuantity":10,"Product":{"Guid":"p-1","ProductCode":"SKU-1"},"ReceiptQuantity":6,"SerialNumbers":null,"UnitPrice":4.1999},` +
				`{"BatchNumbers":null,"DiscountRate":0.15,"Guid":"b","LineNumber":2,"OrderQuantity":5,"Product":{"Guid":"p-2","ProductCode":"SKU-2"},"ReceiptQuantity":0,"SerialNumbers":null,"UnitPrice":4.1999}],` +
				`"Supplier":{"Guid":"s-1"},"TaxRate":0.2,"Warehouse":{"Guid":"w-1"}}`},
		"nothing, for all of it":  {body: "none", came: []any{cameOf("a", 1, "0", "10"), cameOf("b", 2, "0", "5")}},
		"nothing, for a part":     {body: "none", came: []any{cameOf("a", 1, "0", "6"), cameOf("b", 2, "0", "5")}, refused: "only a part came: SKU SKU-1: 6 of 10"},
		"nothing, without a line": {body: "none", came: []any{cameOf("a", 1, "0", "10")}, refused: "only a part came: SKU SKU-2: 0 of 5"},
		"another body":            {body: "some", came: []any{lots}, refused: "the argument Body: found some, expected none, lines or purchase_order"},
		"as it was counted":       {body: "lines", came: []any{leaving("10", cameOf("a", 1, "0", "6"))}, sent: `{"PurchaseOrderLines":[{"Guid":"a","LineNumber":1,"ReceiptQuantity":6}]}`},
		"receipted meanwhile":     {body: "lines", came: []any{leaving("6", cameOf("a", 1, "4", "6"))}, refused: "purchase order PO-1, SKU SKU-1 changed since it was counted what is due"},
		"a line that is gone":     {body: "lines", came: []any{leaving("6", cameOf("z", 9, "0", "6"))}, refused: "line 9 of purchase order PO-1 is gone since"},
		"the answer shows it": {body: "lines", came: []any{cameOf("a", 1, "2", "6")}, answer: `{"PurchaseOrderLines":[{"Guid":"a","ReceiptQuantity":8.0000},{"Guid":"c"}]}`,
			sent: `{"PurchaseOrderLines":[{"Guid":"a","LineNumber":1,"ReceiptQuantity":6}]}`},
		"the answer shows more": {body: "lines", came: []any{cameOf("a", 1, "2", "6")}, answer: `{"PurchaseOrderLines":[{"Guid":"a","Product":{"ProductCode":"SKU-1"},"ReceiptQuantity":10}]}`,
			sent: `{"PurchaseOrderLines":[{"Guid":"a","LineNumber":1,"ReceiptQuantity":6}]}`, refused: "Unleashed receipted more of purchase order PO-1 than it was asked to: SKU SKU-1: 10, expected 8"},
		"the answer shows more, of a later order": {body: "lines", came: []any{later}, answer: `{"PurchaseOrderLines":[{"Guid":"a","Product":{"ProductCode":"SKU-1"},"ReceiptQuantity":4}]}`,
			sent: `{"PurchaseOrderLines":[{"Guid":"a","LineNumber":1,"ReceiptQuantity":2}]}`, refused: "SKU SKU-1: 4, expected 2"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &purchases{answer: c.answer}
				p.has("PO-1", "Placed", ordered("a", 1, "10", nil), ordered("b", 2, "5", nil))
				answer, err := sendReceipt(t.Context(), connected(t, p), askedReceipt(c.body, c.came...))
				if c.refused != "" {
					require.ErrorContains(t, err, c.refused)
					assert.Equal(t, apihttp.Rejected, apihttp.OutcomeOf(err))
				} else {
					require.NoError(t, err)
					assert.Equal(t, "g-PO-1 PO-1", answer.ID+" "+answer.Ref)
				}
				if c.refused == "" || c.sent != "" {
					assert.Equal(t, []string{strings.TrimSpace("POST /PurchaseOrders/g-PO-1/Receipt " + c.sent)}, p.calls)
				} else {
					assert.Empty(t, p.calls)
				}
			})
		})
	}
}

func TestFindReceipt(t *testing.T) {
	for name, c := range map[string]struct {
		orders  func(p *purchases)
		found   bool
		refused string
	}{
		"not yet": {orders: func(p *purchases) {
			p.has("PO-1", "Placed", ordered("a", 1, "10", "2"), ordered("b", 2, "5", nil))
		}},
		"on the order": {found: true, orders: func(p *purchases) {
			p.has("PO-1", "Placed", ordered("a", 1, "10", "8"), ordered("b", 2, "5", "5"))
		}},
		"more than that": {found: true, orders: func(p *purchases) {
			p.has("PO-1", "Complete", ordered("a", 1, "10", nil), ordered("b", 2, "5", nil))
		}},
		"the rest was split off": {found: true, orders: func(p *purchases) {
			p.has("PO-1", "Receipted", ordered("a", 1, "8", "8"), ordered("b", 2, "5", "5"))
			p.has("PO-1/1", "Placed", ordered("z", 1, "2", nil))
		}},
		"what came was split off": {found: true, orders: func(p *purchases) {
			p.has("PO-1", "Placed", ordered("a", 1, "2", "2"))
			p.has("PO-1/1", "Receipted", ordered("z", 1, "6", nil), ordered("y", 2, "5", nil))
		}},
		"one line of two": {refused: "1 of 2 lines are); a replay receipts what is still missing", orders: func(p *purchases) {
			p.has("PO-1", "Placed", ordered("a", 1, "10", "2"), ordered("b", 2, "5", "5"))
		}},
		"on another order of the family": {orders: func(p *purchases) {
			p.has("PO-1", "Placed", ordered("a", 1, "10", "2"), ordered("b", 2, "5", nil))
			p.has("PO-1/1", "Receipted", ordered("z", 1, "6", nil), ordered("y", 2, "5", nil))
		}},
		"a part of a line": {refused: "0 of 2 lines are; SKU SKU-1: 5, before 2);", orders: func(p *purchases) {
			p.has("PO-1", "Placed", ordered("a", 1, "10", "5"), ordered("b", 2, "5", nil))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &purchases{}
				c.orders(p)
				found, err := findReceipt(t.Context(), connected(t, p), component.Source{}, askedReceipt("lines", leaving("8", cameOf("a", 1, "2", "6")), leaving("5", cameOf("b", 2, "0", "5"))))
				if c.refused != "" {
					require.ErrorContains(t, err, c.refused)
					assert.Equal(t, apihttp.Rejected, apihttp.OutcomeOf(err))
					return
				}
				require.NoError(t, err)
				assert.Equal(t, c.found, found.Exists && found.Ours)
			})
		})
	}
}
