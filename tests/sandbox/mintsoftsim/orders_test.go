package mintsoftsim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCreatingAnOrder(t *testing.T) {
	f := newTenant(t)
	f.AdjustStock("RED", f.main, 10)
	f.AdjustStock("BLUE", f.main, 10)
	a := f.must("PUT", "/api/Order", f.order("DEMO-1", map[string]any{
		"ExternalOrderReference": "guid-1", "Channel": "web", "Currency": "EUR", "RequiredDespatchDate": "2026-07-01", "Tags": "sync, wholesale",
		"ShippingTotalExVat": 5.00, "ShippingTotalVat": 1.00, "IOSSNumber": "IM1", "VATNumber": "GB1", "NumberOfParcels": 2, "Mobile": nil,
		"OrderNameValues": []any{map[string]any{"Name": "unleashed", "Value": "sales_order"}},
		"OrderItems": []any{
			map[string]any{"SKU": "RED", "Quantity": 3, "UnitPrice": 4.00, "UnitPriceVat": 0.80, "Details": "red", "OrderItemNameValues": []any{map[string]any{"Name": "line", "Value": "1"}}},
			map[string]any{"ProductId": 502, "Quantity": 1, "UnitPrice": 10},
		},
	})).list(t)
	require.Len(t, a, 1)
	assert.Equal(t, "NEW", a[0]["OrderStatus"])
	require.Len(t, a[0]["OrderItems"], 2)

	o := f.read(intOf(t, a[0]["OrderId"]))
	assert.Equal(t, "guid-1", o["ExternalOrderReference"])
	assert.Equal(t, "2026-06-01T10:00:00", o["OrderDate"])
	assert.Equal(t, "2026-07-01T00:00:00", o["RequiredDespatchDate"])
	assert.Nil(t, o["DespatchDate"])
	assert.Equal(t, "Web", o["Channel"].(map[string]any)["Name"])
	assert.Equal(t, "EUR", o["Currency"].(map[string]any)["Code"])
	assert.Equal(t, "UNITED KINGDOM", o["Country"].(map[string]any)["Name"])
	assert.Equal(t, "DEMO NEXT DAY", o["CourierServiceName"])
	assert.Equal(t, "sync,wholesale", o["Tags"])
	assert.Equal(t, "22.0 27.0 3.4 30.4", fmt.Sprint(o["OrderValue"], " ", o["TotalOrderNet"], " ", o["TotalVat"], " ", o["TotalOrderGross"]))
	assert.Equal(t, "4 6.0 1 1", fmt.Sprint(o["TotalItems"], " ", o["TotalWeight"], " ", o["Part"], " ", o["NumberOfParts"]))
	assert.NotContains(t, o, "IOSSNumber", "it cannot be read back")
	line := o["OrderItems"].([]any)[0].(map[string]any)
	assert.Equal(t, "4.0 0.8 3 3", fmt.Sprint(line["Price"], " ", line["Vat"], " ", line["Quantity"], " ", line["Allocated"]))
	assert.Equal(t, "line", line["OrderItemNameValues"].([]any)[0].(map[string]any)["Name"])
	assert.Equal(t, "unleashed", o["OrderNameValues"].([]any)[0].(map[string]any)["Name"])
	assert.Empty(t, f.Violations())
}

func TestNamesThatAnOrderMayUse(t *testing.T) {
	f := newTenant(t)
	tests := map[string]struct {
		change map[string]any
		check  func(Order) bool
	}{
		"a country by its code":         {map[string]any{"Country": "DE"}, func(o Order) bool { return o.CountryID == 12 }},
		"by three letters":              {map[string]any{"Country": "usa"}, func(o Order) bool { return o.CountryID == 5 }},
		"by its name":                   {map[string]any{"Country": "France"}, func(o Order) bool { return o.CountryID == 11 }},
		"the UK":                        {map[string]any{"Country": "UK"}, func(o Order) bool { return o.CountryID == 1 }},
		"by its id":                     {map[string]any{"CountryId": 40, "Country": "GB"}, func(o Order) bool { return o.Country.Code == "SG" }},
		"one that is there twice":       {map[string]any{"Country": "KR"}, func(o Order) bool { return o.CountryID == 349 }},
		"a warehouse by its code":       {map[string]any{"WarehouseId": nil, "Warehouse": "main"}, func(o Order) bool { return o.WarehouseID == 3 }},
		"by its name, without a code":   {map[string]any{"WarehouseId": nil, "Warehouse": "North"}, func(o Order) bool { return o.WarehouseID == 4 }},
		"a courier by its name":         {map[string]any{"CourierService": "demo 48"}, func(o Order) bool { return o.CourierServiceName == "DEMO 48" }},
		"by a phrase":                   {map[string]any{"CourierService": "overnight"}, func(o Order) bool { return o.CourierServiceName == "DEMO NEXT DAY" }},
		"by a phrase of the client":     {map[string]any{"CourierService": "Only Demo"}, func(o Order) bool { return o.CourierServiceName == "DEMO NEXT DAY" }},
		"the id wins":                   {map[string]any{"CourierService": "nonsense", "CourierServiceId": 13}, func(o Order) bool { return o.CourierServiceName == "DEMO 48" }},
		"no channel is the first":       {map[string]any{}, func(o Order) bool { return o.Channel.Name == "Unleashed" }},
		"no currency is the pound":      {map[string]any{}, func(o Order) bool { return o.Currency.Code == "GBP" }},
		"no number is given one":        {map[string]any{"OrderNumber": nil}, func(o Order) bool { return o.OrderNumber != "" }},
		"a date with an offset":         {map[string]any{"RequiredDeliveryDate": "2026-07-01T22:30:00-04:00"}, func(o Order) bool { return o.RequiredDeliveryDate.Format(naive) == "2026-07-02T03:30:00" }},
		"a line from another warehouse": {items(map[string]any{"SKU": "RED", "Quantity": 1, "WarehouseId": 4}), func(o Order) bool { return o.WarehouseID == 3 }},
	}
	for name, test := range tests {
		id := f.createID("N-"+strings.ReplaceAll(name, " ", ""), test.change)
		o, _ := f.Order(id)
		assert.True(t, test.check(o), "%s: %+v", name, o)
	}
}

func TestOrdersThatAreRefused(t *testing.T) {
	f := newTenant(t)
	tests := map[string]struct {
		change map[string]any
		says   string
	}{
		"an unknown SKU":          {items(item("NONE", 1)), "SKU 'NONE'"},
		"another client's id":     {items(map[string]any{"ProductId": 504, "Quantity": 1}), "Product"},
		"no quantity":             {items(item("RED", 0)), "Quantity"},
		"less than nothing":       {items(item("RED", -1)), "Quantity"},
		"no lines":                {map[string]any{"OrderItems": nil}, "OrderItems"},
		"empty lines":             {items(), "OrderItems"},
		"an unknown country":      {map[string]any{"Country": "Freedonia"}, "Country 'Freedonia'"},
		"no country":              {map[string]any{"Country": nil}, "Country"},
		"an unknown courier":      {map[string]any{"CourierService": "Pigeon"}, "CourierService 'Pigeon'"},
		"no courier":              {map[string]any{"CourierService": nil}, "CourierService"},
		"an unknown warehouse":    {map[string]any{"WarehouseId": 99}, "Warehouse"},
		"no warehouse":            {map[string]any{"WarehouseId": nil}, "Warehouse"},
		"an unknown channel":      {map[string]any{"Channel": "Shop"}, "Channel 'Shop'"},
		"an unknown currency":     {map[string]any{"Currency": "XXX"}, "Currency"},
		"an unknown client":       {map[string]any{"ClientId": 99}, "Client"},
		"no first name":           {map[string]any{"FirstName": " "}, "FirstName"},
		"no address":              {map[string]any{"Address1": nil}, "Address1"},
		"no post code":            {map[string]any{"PostCode": ""}, "PostCode"},
		"a post code too long":    {map[string]any{"PostCode": strings.Repeat("1", 21)}, "PostCode"},
		"a number too long":       {map[string]any{"OrderNumber": strings.Repeat("1", 251)}, "OrderNumber"},
		"a phone too long":        {map[string]any{"Phone": strings.Repeat("1", 51)}, "Phone"},
		"notes too long":          {map[string]any{"DeliveryNotes": strings.Repeat("ä", 1001)}, "DeliveryNotes"},
		"a custom name too long":  {map[string]any{"OrderNameValues": []any{map[string]any{"Name": strings.Repeat("n", 101)}}}, "Name"},
		"too many parcels":        {map[string]any{"NumberOfParcels": 1001}, "NumberOfParcels"},
		"a warehouse of no house": {items(map[string]any{"SKU": "RED", "Quantity": 1, "WarehouseId": 99}), "Warehouse"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := f.call("PUT", "/api/Order", f.order("A-1", test.change))
			require.Equal(t, 200, a.status, a.raw)
			result := a.list(t)[0]
			assert.Equal(t, false, result["Success"])
			assert.Contains(t, result["Message"], test.says)
			assert.Equal(t, 0, intOf(t, result["OrderId"]))
			assert.Nil(t, result["OrderStatus"])
			assert.Nil(t, result["OrderItems"])
		})
	}
	assert.Empty(t, f.Orders(), "nothing is written")
	f.Turn(func(k *Knobs) { k.AddressRequired, k.UnknownChannelRefused = false, false })
	f.create("A-1", map[string]any{"FirstName": nil, "Channel": "Shop"})
	assert.Equal(t, "Unleashed", f.Orders()[0].Channel.Name)
}

func TestDuplicateOrders(t *testing.T) {
	same := map[string]any{"ExternalOrderReference": "ref-1"}
	tests := map[string]struct {
		knobs   func(*Knobs)
		before  func(f *tenant, id int)
		number  string
		change  map[string]any
		refused string
	}{
		"the number":                       {nil, nil, "A-1", map[string]any{"ExternalOrderReference": "ref-2"}, "Order Number already exists"},
		"the number in another case":       {nil, nil, "a-1", nil, "Order Number already exists"},
		"case tells them apart":            {func(k *Knobs) { k.CaseSensitive = true }, nil, "a-1", nil, ""},
		"the reference":                    {nil, nil, "A-2", same, "External Order Reference already exists"},
		"another client's":                 {nil, nil, "A-1", map[string]any{"ClientId": 4, "ExternalOrderReference": "ref-1"}, ""},
		"another client's in one account":  {func(k *Knobs) { k.Multichannel = true }, nil, "A-1", map[string]any{"ClientId": 4}, "already exists"},
		"a cancelled one keeps its number": {nil, func(f *tenant, id int) { f.Cancel(id) }, "A-1", nil, "already exists"},
		"a cancelled one frees it":         {func(k *Knobs) { k.CancelledFreesNumber = true }, func(f *tenant, id int) { f.Cancel(id) }, "A-1", nil, ""},
		"a deleted one frees it":           {nil, func(f *tenant, id int) { f.DeleteOrder(id) }, "A-1", nil, ""},
		"a deleted one keeps it":           {func(k *Knobs) { k.DeletedFreesNumber = false }, func(f *tenant, id int) { f.DeleteOrder(id) }, "A-1", nil, "already exists"},
		"a deleted one keeps its reference": {func(k *Knobs) { k.DeletedFreesNumber = false }, func(f *tenant, id int) { f.DeleteOrder(id) }, "A-2", same,
			"already exists"},
		"an absorbed one frees it": {nil, func(f *tenant, id int) { f.Merge(f.createID("B-1"), id) }, "A-1", nil, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newTenant(t)
			if test.knobs != nil {
				f.Turn(test.knobs)
			}
			id := f.createID("A-1", same)
			if test.before != nil {
				test.before(f, id)
			}
			a := f.call("PUT", "/api/Order", f.order(test.number, test.change))
			if test.refused == "" {
				assert.Contains(t, a.raw, `"Success":true`)
				return
			}
			assert.Contains(t, a.raw, test.refused)
			assert.Contains(t, a.raw, `"OrderId":0`)
			f.Turn(func(k *Knobs) { k.DuplicateNamesOrder = true })
			if _, exists := f.Order(id); exists {
				assert.Contains(t, f.call("PUT", "/api/Order", f.order(test.number, test.change)).raw, fmt.Sprintf(`"OrderId":%d`, id))
			}
		})
	}
}

func TestConnectActions(t *testing.T) {
	f := newTenant(t)
	action := map[string]any{"Type": "API", "SourceOrderId": "SO-1", "ExtraCode1": "https://hooks.example.test", "ExtraCode4": "Bearer x"}
	id := f.createID("A-1", map[string]any{"ConnectAction": action})
	other := f.createID("A-2")
	path := fmt.Sprintf("/api/Order/%d/ConnectActions", id)
	rows := f.get(path).list(t)
	require.Len(t, rows, 1)
	assert.Equal(t, "SO-1", rows[0]["SourceOrderId"])
	assert.Contains(t, f.refused("PUT", "/api/Order", f.order("A-3", map[string]any{"ConnectAction": action})), "already exists")
	assert.Contains(t, f.refused("PUT", fmt.Sprintf("/api/Order/%d/ConnectActions", other), action), "already exists")
	f.must("PUT", path, map[string]any{"Type": "API", "SourceOrderId": "SO-2"})
	assert.Len(t, f.get(path).list(t), 2)
}

func TestShortageOfStock(t *testing.T) {
	type part struct{ status, quantity, allocated, waiting int }
	tests := map[string]struct {
		policy string
		stock  int
		want   []part
	}{
		"enough":                          {Manual, 5, []part{{StatusNew, 5, 5, 0}}},
		"held":                            {Manual, 4, []part{{StatusHolding, 5, 0, 0}}},
		"no policy is by hand":            {"", 4, []part{{StatusHolding, 5, 0, 0}}},
		"waits":                           {PlaceOnBackOrder, 4, []part{{StatusOnBackOrder, 5, 4, 1}}},
		"is split":                        {SplitOrder, 4, []part{{StatusNew, 4, 4, 0}, {StatusOnBackOrder, 1, 0, 1}}},
		"nothing there, nothing to split": {SplitOrder, 0, []part{{StatusOnBackOrder, 5, 0, 5}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newTenant(t)
			f.reference.clients[0].HoldingPolicy = test.policy
			if test.stock > 0 {
				f.AdjustStock("RED", f.main, test.stock)
			}
			result := f.create("A-1", map[string]any{"ExternalOrderReference": "ref"}, items(map[string]any{
				"SKU": "RED", "Quantity": 5, "UnitPrice": 2, "OrderItemNameValues": []any{map[string]any{"Name": "line", "Value": "7"}},
			}))
			assert.Equal(t, test.want[0].status, intOf(t, result["OrderStatusId"]))
			parts := f.OrdersByNumber("A-1")
			require.Len(t, parts, len(test.want))
			for i, want := range test.want {
				it := parts[i].OrderItems[0]
				assert.Equal(t, want, part{parts[i].OrderStatusID, it.Quantity, it.Allocated, it.OnBackOrder})
				assert.Equal(t, i+1, parts[i].Part)
				assert.Equal(t, len(test.want), parts[i].NumberOfParts)
				assert.Equal(t, "ref", read(parts[i].ExternalOrderReference))
				assert.Equal(t, "7", read(it.OrderItemNameValues[0].Value), "fields of a line go with it")
			}
			f.checkBooks()
			held := test.policy == Manual || test.policy == ""
			if required := 5 - test.stock; held {
				assert.Zero(t, f.Stock("RED", f.main).RequiredByBackOrder, "held orders demand nothing")
			} else {
				assert.Equal(t, required, f.Stock("RED", f.main).RequiredByBackOrder)
			}
			f.AdjustStock("RED", f.main, 10)
			if held && test.want[0].status == StatusHolding {
				assert.Equal(t, StatusHolding, f.OrdersByNumber("A-1")[0].OrderStatusID)
				f.Release(parts[0].ID)
			}
			for _, o := range f.OrdersByNumber("A-1") {
				assert.Equal(t, StatusNew, o.OrderStatusID)
			}
			f.checkBooks()
		})
	}
}

func TestBackOrdersAreServedInTurn(t *testing.T) {
	f := newTenant(t)
	first, second := f.createID("A-1", items(item("RED", 3))), f.createID("A-2", items(item("RED", 1)))
	f.AdjustStock("RED", f.main, 2)
	assert.Equal(t, []int{StatusOnBackOrder, StatusOnBackOrder}, []int{f.status(first), f.status(second)}, "the first takes what there is")
	f.AdjustStock("RED", f.main, 1)
	assert.Equal(t, []int{StatusNew, StatusOnBackOrder}, []int{f.status(first), f.status(second)})
	f.Cancel(first)
	assert.Equal(t, 3, f.Stock("RED", f.main).OnHand)
	f.reference.clients[0].BackOrdersByHand = true
	f.AdjustStock("RED", f.main, 1)
	assert.Equal(t, StatusOnBackOrder, f.status(second))
	f.checkBooks()
}

func TestRequestedLots(t *testing.T) {
	tests := map[string]struct {
		mode   string
		batch  string
		status int
		lot    string
	}{
		"there":                      {LotBackOrder, "LOT-2", StatusNew, "LOT-2"},
		"not there, waits":           {LotBackOrder, "LOT-9", StatusOnBackOrder, ""},
		"not there, is refused":      {LotRefuse, "LOT-9", 0, ""},
		"not there, does not matter": {LotIgnore, "LOT-9", StatusNew, "LOT-1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newTenant(t, func(k *Knobs) { k.RequestedLot = test.mode })
			f.AdjustStock("SERUM", f.main, 5, Lot{BatchNo: "LOT-1", BestBefore: Date{time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}})
			f.AdjustStock("SERUM", f.main, 5, Lot{BatchNo: "LOT-2", BestBefore: Date{time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)}})
			a := f.call("PUT", "/api/Order", f.order("A-1", items(map[string]any{"SKU": "SERUM", "Quantity": 2, "RequestedBatchNo": test.batch})))
			if test.status == 0 {
				assert.Contains(t, a.raw, "not enough stock available")
				return
			}
			id := intOf(t, a.list(t)[0]["OrderId"])
			assert.Equal(t, test.status, f.status(id))
			rows := f.get(fmt.Sprintf("/api/Order/%d/Allocations", id)).list(t)
			if test.lot == "" {
				assert.Empty(t, rows)
				return
			}
			assert.Equal(t, test.lot, rows[0]["BatchNo"])
		})
	}
}

func TestOrderRules(t *testing.T) {
	f := newTenant(t)
	f.AdjustStock("RED", f.north, 5)
	f.SetOrderRule(func(o Order) RuleOutcome {
		return RuleOutcome{WarehouseID: 4, CourierServiceID: 13, Tags: []string{"checked"}, Status: StatusAwaitingConfirmation, DropShip: o.OrderNumber == "A-1"}
	})
	results := f.must("PUT", "/api/Order", f.order("A-1", map[string]any{"Tags": "mine"})).list(t)
	require.Len(t, results, 2, "one request may make two orders")
	assert.Equal(t, "AWAITINGCONFIRMATION", results[0]["OrderStatus"])
	assert.Equal(t, 0, intOf(t, results[1]["OrderId"]))
	assert.NotEqual(t, 0, intOf(t, results[1]["DropShipOrderId"]))
	o, _ := f.OrderByNumber("A-1")
	assert.Equal(t, "mine,checked", read(o.Tags))
	assert.Equal(t, []any{4, 13, 1}, []any{o.WarehouseID, o.CourierServiceID, o.OrderItems[0].Allocated})
	f.must("GET", fmt.Sprintf("/api/Order/%d/MarkConfirmed", o.ID), nil)
	assert.Equal(t, StatusNew, f.status(o.ID))
	f.Turn(func(k *Knobs) { k.CreateAnswersObject = true })
	f.lax = true
	assert.Equal(t, true, f.must("PUT", "/api/Order", f.order("A-2")).object(t)["Success"])
}
