package mintsoftsim

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOrderList(t *testing.T) {
	f := newTenant(t)
	f.AdjustStock("RED", f.main, 100)
	ids := map[string]int{}
	for i, name := range []string{"A", "B", "C", "D"} {
		ids[name] = f.createID(name, map[string]any{"Tags": fmt.Sprintf("t%d,all", i)})
		f.clock.advance(time.Hour)
	}
	f.Despatch(ids["B"], "TRK-1")
	f.clock.advance(time.Hour)
	f.must("PUT", fmt.Sprintf("/api/Order/%d/Tag?Tag=late", ids["A"]), nil)
	other := f.createID("X", map[string]any{"ClientId": f.other, "WarehouseId": f.north, "CourierService": "DEMO 48"})
	ids["X"] = other
	business := f.createID("Y", map[string]any{"RecipientType": "Business"})
	ids["Y"] = business
	tests := map[string]struct{ query, want string }{
		"newest first":            {"", "YXDCBA"},
		"oldest first":            {"SortOldestFirst=true", "ABCDXY"},
		"of a client":             {fmt.Sprintf("ClientId=%d", f.other), "X"},
		"of a warehouse":          {fmt.Sprintf("WarehouseId=%d", f.north), "X"},
		"by a courier":            {"CourierServiceId=13", "X"},
		"of a channel":            {"ChannelId=11", "X"},
		"in a status":             {"OrderStatusId=4", "B"},
		"created since":           {"SinceDate=2026-06-01T12:00:00", "YXDC"},
		"created until":           {"ToDate=2026-06-01T11:00:00", "BA"},
		"changed since":           {"SinceLastUpdated=2026-06-01T14:00:00", "YXBA"},
		"despatched since":        {"SinceDespatchDate=2026-06-01", "B"},
		"with a tag":              {"IncludeTags=late,t3", "DA"},
		"without a tag":           {"ExcludeTags=all", "YX"},
		"to businesses":           {"showB2BOnly=true", "Y"},
		"with an offset":          {"SinceDate=2026-06-01T11:00:00Z", "YXDC"},
		"an unknown name is idle": {"SinceOrderDate=2027-01-01", "YXDCBA"},
	}
	names := func(query string) string {
		var list strings.Builder
		for _, row := range f.get("/api/Order/List?" + query).list(t) {
			fmt.Fprint(&list, row["OrderNumber"])
			assert.Nil(t, row["OrderItems"])
		}
		return list.String()
	}
	for name, test := range tests {
		assert.Equal(t, test.want, names(test.query), name)
	}
	assert.NotNil(t, f.get("/api/Order/List?IncludeOrderItems=true").list(t)[0]["OrderItems"])
	f.Turn(func(k *Knobs) { k.SinceExclusive = true })
	assert.Equal(t, "YXD", names("SinceDate=2026-06-01T12:00:00"))
	f.Turn(func(k *Knobs) { k.DayGranularDates = true })
	assert.Equal(t, "YXDCBA", names("SinceDate=2026-06-01T12:00:00"))
}

func TestSearchingOrders(t *testing.T) {
	f := newTenant(t)
	f.AdjustStock("RED", f.main, 100)
	id := f.createID("UNL-100", map[string]any{"ExternalOrderReference": "guid-1"})
	f.createID("UNL-1001", map[string]any{"ExternalOrderReference": "guid-2"})
	f.createID("UNL-100", map[string]any{"ClientId": f.other, "ExternalOrderReference": "x-UNL-100"})
	f.Despatch(id, "TRK-1")
	count := func(query string) int { return len(f.get("/api/Order/Search?" + query).list(t)) }
	assert.Equal(t, 3, count("OrderNumber=unl-100"), "any part, any case, any client")
	assert.Equal(t, 2, count("OrderNumber=UNL-100&exactMatch=true"))
	assert.Equal(t, 1, count("OrderNumber=guid-1&exactMatch=true"), "the reference matches too")
	assert.Equal(t, 1, count("OrderNumber=trk-1&exactMatch=true"), "and the tracking number")
	assert.Equal(t, 0, count("OrderNumber=none"))
	assert.Equal(t, 3, count("OrderNumber=UNL-100&ClientId=3"), "there is no filter by client")
	rows := f.get("/api/Order/Search?OrderNumber=UNL&exactMatch=false&includeOrderItems=true").list(t)
	assert.Nil(t, rows[0]["OrderItems"], "items come with an exact match only")
	assert.Equal(t, f.other, intOf(t, rows[0]["ClientId"]), "newest first")
	assert.NotNil(t, f.get("/api/Order/Search?OrderNumber=UNL-1001&exactMatch=true&includeOrderItems=true").list(t)[0]["OrderItems"])

	f.Turn(func(k *Knobs) { k.SearchNumberOnly = true })
	assert.Equal(t, 0, count("OrderNumber=guid-1&exactMatch=true"))
	f.Turn(func(k *Knobs) { k.SearchNumberOnly, k.SearchPrefix = false, true })
	assert.Equal(t, 0, count("OrderNumber=100"))
	f.Turn(func(k *Knobs) { k.SearchPrefix, k.SearchLimit = false, 2 })
	assert.Equal(t, 2, count("OrderNumber=UNL"))
	f.Turn(func(k *Knobs) { k.SearchNotFound, k.SearchNullStatus = true, true })
	assert.Equal(t, 404, f.get("/api/Order/Search?OrderNumber=none").status)
	rows = f.get("/api/Order/Search?OrderNumber=UNL").list(t)
	assert.Nil(t, rows[0]["OrderStatusId"])
	assert.Nil(t, rows[0]["CourierServiceName"])

	assert.Equal(t, id, intOf(t, f.get(fmt.Sprintf("/api/Order/GetOrderId?orderNumber=unl-100&clientId=%d", f.demo)).object(t)["OrderId"]))
	assert.Equal(t, 404, f.get(fmt.Sprintf("/api/Order/GetOrderId?orderNumber=UNL-100&warehouseId=%d", f.north)).status)
	assert.Equal(t, 400, f.get("/api/Order/GetOrderId?orderNumber=UNL-100&clientId=x").status)
	assert.Equal(t, id, intOf(t, f.get("/api/Order/TrackingNumberSearch?TrackingNumber=TRK-1").object(t)["ID"]))
	assert.Equal(t, 404, f.get("/api/Order/TrackingNumberSearch?TrackingNumber=TRK").status)
}

func TestOrderReference(t *testing.T) {
	f := newTenant(t)
	statuses := f.get("/api/Order/Statuses").list(t)
	require.Len(t, statuses, 23)
	for _, s := range statuses {
		assert.Equal(t, shipped(intOf(t, s["ID"])), s["ExternalName"] == "DESPATCHED")
	}
	countries := f.get("/api/RefData/Countries").list(t)
	require.Len(t, countries, 253)
	for _, c := range countries {
		assert.NotEmpty(t, c["Code"])
		assert.NotEmpty(t, c["Code3"])
		assert.Equal(t, strings.ToUpper(fmt.Sprint(c["Name"])), c["Name"])
	}
	assert.True(t, slices.ContainsFunc(f.get("/api/RefData/Currencies").list(t), func(c map[string]any) bool { return c["Code"] == "GBP" }))
	assert.Len(t, f.get("/api/Order/Channels").list(t), 3)
	assert.Len(t, f.get("/api/Courier/Services").list(t), 2)
	assert.Len(t, f.get("/api/Courier/Services/12/ExternalNames").list(t), 2)
	assert.Equal(t, 404, f.get("/api/Courier/Services/99").status)
	w := f.get("/api/Warehouse").list(t)
	assert.Equal(t, 3, intOf(t, w[0]["ID"]))
	assert.Nil(t, w[1]["Code"])
}
