package mintsoftsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestManyAtOnce(t *testing.T) {
	f := newTenant(t, func(k *Knobs) { k.InvoiceAfter = 0 })
	f.AdjustStock("RED", f.main, 1000)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 10 {
				number := fmt.Sprintf("W-%d-%d", worker, i)
				id := f.createID(number)
				f.get("/api/Order/List?IncludeOrderItems=true&Limit=20")
				f.get("/api/Order/Search?OrderNumber=" + number)
				f.get("/api/Product/Inventory/Bulk")
				if i%2 == 0 {
					f.Despatch(id, number)
				} else {
					f.must("GET", fmt.Sprintf("/api/Order/%d/Cancel", id), nil)
				}
				assert.NotEmpty(t, f.Orders())
				f.Turn(func(k *Knobs) { k.SearchLimit = 5 + i })
			}
		})
	}
	// Only one of those who create the same order wins.
	won := make([]bool, 16)
	for worker := range won {
		wg.Go(func() {
			won[worker] = f.call("PUT", "/api/Order", f.order("SAME")).list(t)[0]["Success"] == true
		})
	}
	wg.Wait()
	winners := 0
	for _, w := range won {
		if w {
			winners++
		}
	}
	assert.Equal(t, 1, winners)
	assert.Len(t, f.Orders(), 81)
	f.checkBooks()
	assert.Empty(t, f.Violations())
}

func TestSeedingManyOrders(t *testing.T) {
	f := newTenant(t)
	f.AdjustStock("RED", f.main, 100000)
	at := f.clock.now().Add(-10000 * time.Minute)
	for i := range 10000 {
		f.AddOrder(OrderSpec{
			Number: fmt.Sprintf("S-%05d", i), Reference: fmt.Sprintf("ref-%05d", i), At: at.Add(time.Duration(i) * time.Minute), Country: "DE",
			NameValues: map[string]string{"unleashed": "sales_order"}, Items: []ItemSpec{{SKU: "RED", Quantity: 2, Price: decimal.NewFromInt(4)}},
		})
	}
	assert.Len(t, f.get("/api/Order/List?SortOldestFirst=true&PageNo=100&IncludeOrderItems=true").list(t), 100)
	assert.Len(t, f.get("/api/Order/List?SortOldestFirst=true&PageNo=100&SinceLastUpdated=2026-05-30").list(t), 0)
	o, exists := f.OrderByNumber("S-00000")
	require.True(t, exists)
	assert.True(t, o.OrderDate.Equal(at), "orders can be old")
	assert.Equal(t, "sales_order", read(o.OrderNameValues[0].Value))
	f.checkBooks()
}

// TestEveryOperationThatReadsAnswersInFull calls each read on a tenant that has one
// of everything; the answers are compared with the vendor's document.
func TestEveryOperationThatReadsAnswersInFull(t *testing.T) {
	f := newTenant(t)
	f.AddBundle(Product{ClientID: f.demo, SKU: "SET"}, map[string]int{"RED": 1})
	f.AdjustStock("RED", f.main, 10)
	order := f.AddOrder(OrderSpec{Number: "A-1", Items: []ItemSpec{{SKU: "RED", Quantity: 2}}, More: map[string]string{"RecipientType": "Business", "Tags": "x"}})
	f.ScanAll(order.ID)
	part := f.Split(order.ID, map[string]int{"RED": 1})
	f.Despatch(part, "T-1")
	asn := f.AddASN(ASNSpec{Reference: "PO-1", Items: []ASNItemSpec{{SKU: "RED", Quantity: 2, SourceLineID: "l"}}})
	f.BookIn(asn.ID)
	f.AddLocation(f.main, "A-01", 3)
	returned := f.AddReturn(part, map[string]int{"RED": 1}, false)
	f.must("PUT", "/api/Product/Suppliers", map[string]any{"ClientId": f.demo, "Name": "Acme"})
	transfer := intOf(t, f.must("PUT", "/api/WarehouseTransfer", map[string]any{
		"ClientId": f.demo, "SourceWarehouseId": f.main, "DestinationWarehouseId": f.north, "Items": []any{item("RED", 1)},
	}).object(t)["ID"])
	ids := map[string]int{"Order": order.ID, "ASN": asn.ID, "Product": 501, "Return": returned, "WarehouseTransfer": transfer, "Warehouse": f.main, "Courier": 12}
	const query = "?IncludeOrderItems=true&IncludeASNItems=true&IncludeReturnItems=true&IncludeWarehouseTransferItems=true&Breakdown=true&OrderNumber=A-1&SKU=RED" +
		"&TrackingNumber=T-1&FromDate=2026-01-01&ToDate=2027-01-01&WarehouseId=3&LastUpdatedSince=2026-01-01&Search=R&Barcode=RED&Location=A-01&IncludeDetails=true"
	for name := range handlers {
		op := readOperation(name)
		if op.writes || op.Method != "GET" {
			continue
		}
		path := op.Path
		for resource, id := range ids {
			if len(path) > 5+len(resource) && path[5:5+len(resource)+1] == resource+"/" {
				path = fill(path, id)
			}
		}
		if op.Path == "/api/Product/{id}/Bundle" {
			set, _ := f.Product("SET")
			path = fill(op.Path, set.ID)
		}
		a := f.call("GET", path+query, nil)
		assert.Equal(t, 200, a.status, "%s: %s", path, a.raw)
		assert.True(t, f.conformed[name])
	}
	assert.Greater(t, len(f.conformed), 50)
}

func readOperation(name string) *operation {
	for _, o := range readSchema().Operations {
		if o.name() == name {
			return o
		}
	}
	return nil
}

// fill puts an id into a path; a location is the first of the tenant.
func fill(path string, id int) string {
	for _, name := range []string{"{id}", "{WarehouseId}", "{warehouseId}"} {
		path = replaceOnce(path, name, fmt.Sprint(id))
	}
	return replaceOnce(path, "{LocationId}", "41")
}

func replaceOnce(text, old, fresh string) string {
	return string(bytes.Replace([]byte(text), []byte(old), []byte(fresh), 1))
}

func BenchmarkCreateOrder(b *testing.B) {
	twin := New(Options{})
	client := twin.AddClient(Client{ShortName: "DEMO", HoldingPolicy: PlaceOnBackOrder})
	warehouse := twin.AddWarehouse(Warehouse{Name: "Main"})
	twin.AddChannel(client.ID, "Web")
	twin.AddCourier("Next day", "")
	twin.AddProduct(Product{ClientID: client.ID, SKU: "RED"})
	twin.AdjustStock("RED", warehouse.ID, 1<<30)
	twin.Journal.KeepCounts()
	for i := 0; b.Loop(); i++ {
		body, err := json.Marshal(map[string]any{
			"ClientId": client.ID, "WarehouseId": warehouse.ID, "OrderNumber": fmt.Sprint(i), "FirstName": "A", "Address1": "1", "PostCode": "1", "Country": "GB",
			"CourierService": "AUTO", "OrderItems": []any{item("RED", 1)},
		})
		require.NoError(b, err)
		req, err := http.NewRequestWithContext(b.Context(), "PUT", "https://api.mintsoft.co.uk/api/Order", bytes.NewReader(body))
		require.NoError(b, err)
		req.Header.Set("ms-apikey", AdminKey)
		res, err := twin.RoundTripper().RoundTrip(req)
		require.NoError(b, err)
		require.Equal(b, 200, res.StatusCode)
	}
}

func BenchmarkListOrders(b *testing.B) {
	twin := New(Options{})
	client := twin.AddClient(Client{ShortName: "DEMO", HoldingPolicy: PlaceOnBackOrder})
	warehouse := twin.AddWarehouse(Warehouse{Name: "Main"})
	twin.AddChannel(client.ID, "Web")
	twin.AddCourier("Next day", "")
	twin.AddProduct(Product{ClientID: client.ID, SKU: "RED"})
	twin.AdjustStock("RED", warehouse.ID, 1<<30)
	for i := range 20000 {
		twin.AddOrder(OrderSpec{Number: fmt.Sprint(i), Items: []ItemSpec{{SKU: "RED", Quantity: 1}}})
	}
	twin.Journal.KeepCounts()
	for i := 0; b.Loop(); i++ {
		address := fmt.Sprintf("https://api.mintsoft.co.uk/api/Order/List?SortOldestFirst=true&IncludeOrderItems=true&PageNo=%d", 1+i%200)
		req, err := http.NewRequestWithContext(b.Context(), "GET", address, http.NoBody)
		require.NoError(b, err)
		req.Header.Set("ms-apikey", AdminKey)
		res, err := twin.RoundTripper().RoundTrip(req)
		require.NoError(b, err)
		require.Equal(b, 200, res.StatusCode)
	}
}
