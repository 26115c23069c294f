package mintsoftsim

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// asn is a valid body for PUT ASN: 20 red and 5 blue.
func (f *tenant) asn(reference string, changes ...map[string]any) map[string]any {
	body := map[string]any{
		"ClientId": f.demo, "WarehouseId": f.main, "POReference": reference, "Supplier": "Acme", "GoodsInType": "Carton", "Quantity": 2,
		"EstimatedDelivery": "2026-07-10", "Comments": "From ERP",
		"Items": []any{
			map[string]any{"SKU": "RED", "Quantity": 20, "SourceLineId": "line-1"}, map[string]any{"ProductId": 502, "Quantity": 5, "SourceLineId": "line-2"},
		},
	}
	for _, change := range changes {
		for name, value := range change {
			if body[name] = value; value == nil {
				delete(body, name)
			}
		}
	}
	return body
}

func (f *tenant) createASN(reference string, changes ...map[string]any) int {
	f.t.Helper()
	return intOf(f.t, f.must("PUT", "/api/ASN", f.asn(reference, changes...)).object(f.t)["ID"])
}

func (f *tenant) readASN(id int) ASN {
	f.t.Helper()
	for _, a := range f.ASNs() {
		if a.ID == id {
			return a
		}
	}
	require.Fail(f.t, "no such ASN", id)
	return ASN{}
}

func TestASNLifecycle(t *testing.T) {
	f := newTenant(t)
	id := f.createASN("PO-42")
	path := fmt.Sprintf("/api/ASN/%d", id)
	a := f.must("GET", path, nil).object(t)
	assert.Equal(t, "NEW", a["ASNStatus"].(map[string]any)["Name"])
	assert.Equal(t, "DEMO", a["CLIENTSHORTNAME"])
	line := a["Items"].([]any)[0].(map[string]any)
	assert.Equal(t, "line-1", line["SourceLineId"])
	assert.Equal(t, "Red widget", line["NAME"])
	assert.Equal(t, 0, intOf(t, line["OnOrder"]), "nothing is on order while it is new")
	assert.Zero(t, f.Stock("RED", f.main).OnOrder)

	f.must("GET", path+"/Confirm", nil)
	assert.Equal(t, ASNAwaitingDelivery, f.readASN(id).ASNStatusID)
	assert.Equal(t, 20, f.readASN(id).Items[0].OnOrder)
	assert.Equal(t, 20, f.Stock("RED", f.main).OnOrder)
	assert.NotEmpty(t, f.refused("GET", path+"/Confirm", nil), "a second time is refused")

	lines := f.readASN(id).Items
	f.must("POST", path+"/Items/Receive", []any{map[string]any{"ASNItemId": lines[0].ID, "ProductId": 501, "Quantity": 15, "LocationId": 41}})
	assert.Equal(t, 15, f.readASN(id).Items[0].QuantityReceived)
	assert.Zero(t, f.Stock("RED", f.main).StockLevel, "what is received is no stock yet")

	f.must("GET", path+"/PartBook", nil)
	assert.Equal(t, ASNPartiallyBooked, f.readASN(id).ASNStatusID)
	assert.Equal(t, 15, f.readASN(id).Items[0].QuantityBooked)
	assert.Equal(t, 5, f.readASN(id).Items[0].OnOrder)
	assert.Equal(t, 15, f.Stock("RED", f.main).StockLevel)
	assert.Equal(t, 5, f.Stock("RED", f.main).OnOrder)

	f.must("POST", path+"/Items/Receive", []any{
		map[string]any{"ASNItemId": lines[0].ID, "Quantity": 5}, map[string]any{"ASNItemId": lines[1].ID, "Quantity": 5},
	})
	f.must("GET", path+"/BookIn", nil)
	done := f.readASN(id)
	assert.Equal(t, ASNBookedIn, done.ASNStatusID)
	assert.False(t, done.BookedInDate.IsZero())
	assert.True(t, done.Items[0].Complete)
	assert.Equal(t, 20, f.Stock("RED", f.main).StockLevel)
	assert.Zero(t, f.Stock("RED", f.main).OnOrder)
	require.Len(t, done.Items[0].ASNItemAllocations, 2)
	assert.Equal(t, 41, done.Items[0].ASNItemAllocations[0].LocationID)
	assert.NotEmpty(t, f.refused("GET", path+"/BookIn", nil))
	assert.NotEmpty(t, f.refused("POST", path+"/Items/Receive", []any{map[string]any{"ASNItemId": lines[0].ID, "Quantity": 5}}))
	assert.NotEmpty(t, f.refused("DELETE", path, nil), "what was booked stays")
	f.Turn(func(k *Knobs) { k.ASNDeleteForbidden = true })
	assert.Equal(t, 403, f.call("DELETE", path, nil).status)
	f.CompleteASN(id)
	assert.Equal(t, ASNComplete, f.readASN(id).ASNStatusID)
}

func TestASNsThatAreRefused(t *testing.T) {
	f := newTenant(t)
	tests := map[string]struct {
		change map[string]any
		says   string
	}{
		"an unknown kind of delivery": {map[string]any{"GoodsInType": "Bag"}, "Invalid GoodsInType"},
		"none":                        {map[string]any{"GoodsInType": nil}, "Invalid GoodsInType"},
		"no client":                   {map[string]any{"ClientId": nil}, "ClientId"},
		"no warehouse":                {map[string]any{"WarehouseId": 99}, "Warehouse"},
		"an unknown product":          {map[string]any{"Items": []any{item("NONE", 1)}}, "NONE"},
		"another client's product":    {map[string]any{"Items": []any{map[string]any{"ProductId": 504, "Quantity": 1}}}, "Product"},
		"no quantity":                 {map[string]any{"Items": []any{item("RED", 0)}}, "Quantity"},
		"no lines":                    {map[string]any{"Items": nil}, "Items"},
	}
	for name, test := range tests {
		assert.Contains(t, f.refused("PUT", "/api/ASN", f.asn("PO-1", test.change)), test.says, name)
	}
	assert.Empty(t, f.ASNs(), "nothing is written")
	f.Turn(func(k *Knobs) { k.GoodsInTypeOptional = true })
	f.createASN("PO-1", map[string]any{"GoodsInType": nil})
	f.createASN("PO-1")
	assert.Len(t, f.ASNsByReference("PO-1"), 2, "a reference is not unique")
}

func TestASNBooking(t *testing.T) {
	red := func(quantity int) Received { return Received{SKU: "RED", Quantity: quantity} }
	blue := func(quantity int) Received { return Received{SKU: "BLUE", Quantity: quantity} }
	tests := map[string]struct {
		knobs  func(*Knobs)
		book   func(f *tenant, id int)
		status int
		red    int
	}{
		"nobody counted: everything":    {nil, func(f *tenant, id int) { f.BookIn(id) }, ASNBookedIn, 20},
		"exactly":                       {nil, func(f *tenant, id int) { f.BookIn(id, red(20), blue(5)) }, ASNBookedIn, 20},
		"less":                          {nil, func(f *tenant, id int) { f.BookIn(id, red(18), blue(5)) }, ASNDiscrepancy, 18},
		"more":                          {nil, func(f *tenant, id int) { f.BookIn(id, red(21), blue(5)) }, ASNDiscrepancy, 21},
		"more, differences are hidden":  {func(k *Knobs) { k.DifferencesHidden = true }, func(f *tenant, id int) { f.BookIn(id, red(21), blue(5)) }, ASNBookedIn, 21},
		"a line is missing":             {nil, func(f *tenant, id int) { f.BookIn(id, red(20)) }, ASNDiscrepancy, 20},
		"complete at once":              {func(k *Knobs) { k.BookInCompletes = true }, func(f *tenant, id int) { f.BookIn(id) }, ASNComplete, 20},
		"in part, ended":                {nil, func(f *tenant, id int) { f.ConfirmASN(id); f.Receive(id, red(7)); f.BookInPartial(id) }, ASNBookedInPartial, 7},
		"nothing was received yet":      {nil, func(f *tenant, id int) { f.ConfirmASN(id); f.PartBook(id) }, ASNPartiallyBooked, 0},
		"awaiting put away":             {nil, func(f *tenant, id int) { f.ConfirmASN(id); f.AwaitPutAway(id) }, ASNAwaitingPutAway, 20},
		"awaiting put away, not booked": {func(k *Knobs) { k.PutAwayWaits = true }, func(f *tenant, id int) { f.ConfirmASN(id); f.AwaitPutAway(id) }, ASNAwaitingPutAway, 0},
		"put away":                      {func(k *Knobs) { k.PutAwayWaits = true }, func(f *tenant, id int) { f.ConfirmASN(id); f.AwaitPutAway(id); f.CompletePutAway(id) }, ASNComplete, 20},
		"at the dock":                   {nil, func(f *tenant, id int) { f.ConfirmASN(id); f.MoveASN(id, ASNDelivered) }, ASNDelivered, 0},
		"edited before it came":         {nil, func(f *tenant, id int) { f.ConfirmASN(id); f.EditASN(id, map[string]int{"RED": 3}); f.BookIn(id) }, ASNBookedIn, 3},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newTenant(t)
			if test.knobs != nil {
				f.Turn(test.knobs)
			}
			id := f.createASN("PO-1")
			test.book(f, id)
			assert.Equal(t, test.status, f.readASN(id).ASNStatusID)
			assert.Equal(t, test.red, f.Stock("RED", f.main).StockLevel)
			assert.Equal(t, test.red, f.readASN(id).Items[0].QuantityBooked)
			f.checkBooks()
		})
	}
}

func TestASNPutAwayThroughTheAPI(t *testing.T) {
	f := newTenant(t)
	id := f.createASN("PO-1")
	path := fmt.Sprintf("/api/ASN/%d", id)
	assert.NotEmpty(t, f.refused("GET", path+"/MarkAwaitingPutAway", nil), "a new one is not expected")
	f.must("GET", path+"/Confirm", nil)
	f.must("GET", path+"/MarkAwaitingPutAway", nil)
	f.must("GET", path+"/MarkPutAwayComplete", nil)
	assert.Equal(t, ASNComplete, f.readASN(id).ASNStatusID)
	id = f.createASN("PO-2")
	path = fmt.Sprintf("/api/ASN/%d", id)
	f.must("GET", path+"/Confirm", nil)
	f.must("GET", path+"/BookInPartial", nil)
	assert.Equal(t, ASNBookedInPartial, f.readASN(id).ASNStatusID)
	f.must("PUT", path+"/ConnectActions", map[string]any{"Type": "API", "SourceASNId": "PO-2", "ExtraCode1": "https://hooks.example.test"})
}

func TestTrackedGoodsIn(t *testing.T) {
	f := newTenant(t)
	id := f.createASN("PO-1", map[string]any{"Items": []any{item("SERUM", 48)}})
	f.ConfirmASN(id)
	path := fmt.Sprintf("/api/ASN/%d/Items/Receive", id)
	line := f.readASN(id).Items[0].ID
	assert.Contains(t, f.refused("POST", path, []any{map[string]any{"ASNItemId": line, "Quantity": 48}}), "BatchNo")
	f.must("POST", path, []any{
		map[string]any{"ASNItemId": line, "Quantity": 40, "BatchNo": "LOT-7", "ExpiryDate": "2028-01-31T00:00:00"},
		map[string]any{"ASNItemId": line, "Quantity": 8, "BatchNo": "LOT-8", "ExpiryDate": "2027-06-01T00:00:00"},
	})
	f.must("GET", fmt.Sprintf("/api/ASN/%d/BookIn", id), nil)
	stock := f.Stock("SERUM", f.main)
	require.Len(t, stock.Breakdown, 2)
	assert.Equal(t, "31-January-2028", read(stock.Breakdown[0].BestBefore))
	lots := f.readASN(id).Items[0].ASNItemAllocations
	assert.Equal(t, "LOT-7", read(lots[0].BatchNo))

	order := f.createID("A-1", items(item("SERUM", 10)))
	rows := f.get(fmt.Sprintf("/api/Order/%d/Allocations", order)).list(t)
	require.Len(t, rows, 2)
	assert.Equal(t, "LOT-8", rows[0]["BatchNo"], "what expires first goes first")
	assert.Equal(t, "2027-06-01T00:00:00", rows[0]["BestBefore"])
}

func TestASNList(t *testing.T) {
	f := newTenant(t)
	ids := map[int]bool{}
	for i := range 12 {
		ids[f.createASN(fmt.Sprintf("PO-%d", i))] = true
		f.clock.advance(time.Minute)
	}
	order := func() (list []int) {
		for page := 1; page <= 3; page++ {
			for _, row := range f.get(fmt.Sprintf("/api/ASN/List?Limit=5&PageNo=%d", page)).list(t) {
				list = append(list, intOf(t, row["ID"]))
			}
		}
		return list
	}
	first := order()
	assert.Len(t, first, 12)
	assert.Equal(t, first, order(), "the same history gives the same order")
	assert.NotEqual(t, []int{6201, 6202, 6203, 6204, 6205, 6206, 6207, 6208, 6209, 6210, 6211, 6212}, first)
	f.ConfirmASN(6201)
	f.BookIn(6202)
	assert.NotEqual(t, first, order(), "a record that changes turns up elsewhere")
	f.Turn(func(k *Knobs) { k.ASNListReshuffles = true })
	assert.NotEqual(t, order(), order())

	assert.Len(t, f.get("/api/ASN/List?ASNStatusId=3;4").list(t), 2)
	assert.Len(t, f.get("/api/ASN/List?ASNStatusId=3").list(t), 1)
	assert.Equal(t, 400, f.get("/api/ASN/List?ASNStatusId=NEW").status)
	assert.Empty(t, f.get(fmt.Sprintf("/api/ASN/List?ClientId=%d", f.other)).list(t))
	assert.Empty(t, f.get(fmt.Sprintf("/api/ASN/List?WarehouseId=%d", f.north)).list(t))
	assert.Len(t, f.get("/api/ASN/List?BookedInStartInterval=2026-06-01&BookedInEndInterval=2026-06-02").list(t), 1)
	assert.Len(t, f.get("/api/ASN/List?SinceLastUpdated=2026-06-01T10:11:00").list(t), 3)
	assert.Nil(t, f.get("/api/ASN/List").list(t)[0]["Items"])
	row := f.get("/api/ASN/List?ASNStatusId=4&IncludeASNItems=true").list(t)[0]
	line := row["Items"].([]any)[0].(map[string]any)
	assert.Nil(t, line["ASNItemAllocations"])
	f.Turn(func(k *Knobs) { k.ASNAllocationsOnList = true })
	row = f.get("/api/ASN/List?ASNStatusId=4&IncludeASNItems=true").list(t)[0]
	assert.NotNil(t, row["Items"].([]any)[0].(map[string]any)["ASNItemAllocations"])
}

func TestASNUpdates(t *testing.T) {
	changed := map[string]any{"Comments": "late", "Items": []any{
		map[string]any{"SKU": "RED", "Quantity": 3, "SourceLineId": "line-1"}, map[string]any{"SKU": "SERUM", "Quantity": 4, "SourceLineId": "line-9"},
	}}
	tests := map[string]map[string]int{
		ItemsIgnored:  {"RED": 20, "BLUE": 5},
		ItemsReplaced: {"RED": 3, "SERUM": 4},
		ItemsAdded:    {"RED": 23, "BLUE": 5, "SERUM": 4},
	}
	for mode, want := range tests {
		t.Run(mode, func(t *testing.T) {
			f := newTenant(t, func(k *Knobs) { k.ASNItems = mode })
			id := f.createASN("PO-1")
			f.ConfirmASN(id)
			line := f.readASN(id).Items[0].ID
			f.must("POST", fmt.Sprintf("/api/ASN/%d", id), changed)
			a := f.readASN(id)
			assert.Equal(t, "late", read(a.Comments))
			assert.Equal(t, "Carton", read(a.GoodsInType))
			got := map[string]int{}
			for _, it := range a.Items {
				got[it.SKU] += it.OnOrder
			}
			assert.Equal(t, want, got)
			assert.Equal(t, line, a.Items[0].ID, "a line that stays keeps its id")
			f.checkBooks()
			f.must("DELETE", fmt.Sprintf("/api/ASN/%d", id), nil)
			assert.Equal(t, 404, f.get(fmt.Sprintf("/api/ASN/%d", id)).status)
			assert.Zero(t, f.Stock("RED", f.main).OnOrder, "what is deleted is not expected")
		})
	}
}

func TestBookingInShowsOnTheHeader(t *testing.T) {
	for quiet, want := range map[bool]bool{false: true, true: false} {
		f := newTenant(t, func(k *Knobs) { k.ASNBookingQuiet = quiet })
		id := f.createASN("PO-1")
		f.ConfirmASN(id)
		f.Receive(id, Received{SKU: "RED", Quantity: 20}, Received{SKU: "BLUE", Quantity: 5})
		before := f.readASN(id).LastUpdated
		f.clock.advance(time.Hour)
		f.BookIn(id)
		assert.Equal(t, want, f.readASN(id).LastUpdated.After(before.Time))
	}
}

func TestReferenceOfASNs(t *testing.T) {
	f := newTenant(t)
	assert.Len(t, f.get("/api/ASN/Statuses").list(t), 13)
	assert.Equal(t, "AWAITNGAPPROVAL", f.get("/api/ASN/Statuses").list(t)[1]["Name"])
	assert.Len(t, f.get("/api/ASN/GoodsInTypes").list(t), 7)
	assert.Equal(t, 404, f.get("/api/ASN/1").status)
}
