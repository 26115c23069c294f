package unleashedsim

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func seedOrders(w *world, n int) {
	for i := range n {
		w.AddOrder(OrderSpec{Number: fmt.Sprintf("SO-%05d", i), Status: Placed, Customer: "HARBOUR01", Warehouse: "MAIN", Lines: []LineSpec{{SKU: "MUG", Quantity: "2"}, {SKU: "TEA"}}})
	}
}

func TestEveryOrderIsOnOnePage(t *testing.T) {
	w := newWorld(t)
	w.Journal.KeepCounts()
	seedOrders(w, 1000)
	seen := map[string]bool{}
	for page := 1; page <= 5; page++ {
		for _, number := range w.get(fmt.Sprintf("/SalesOrders/%d", page), "").column("OrderNumber") {
			require.False(t, seen[number])
			seen[number] = true
		}
	}
	assert.Len(t, seen, 1000)
	assert.Equal(t, 5, w.Journal.Count(http.MethodGet, "/SalesOrders/*"))
}

func TestConcurrentUse(t *testing.T) {
	w := newWorld(t)
	seedOrders(w, 50)
	w.SetStock("MUG", "MAIN", "1000", "4")
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := worker; i < 50; i += 4 {
				number := fmt.Sprintf("SO-%05d", i)
				o, _ := w.OrderByNumber(number)
				w.get("/SalesOrders/1", "pageSize=20")
				w.AddShipment(ShipmentSpec{Order: number, Status: Dispatched, Lines: []ShipmentLineSpec{{Line: 1, Quantity: "1"}}})
				w.must(http.MethodPost, "/SalesOrders/"+o.Guid.String()+"/Complete", "", "")
				w.get("/StockOnHand", "")
				w.Turn(func(k *Knobs) { k.ShippingCompanyAsObject = !k.ShippingCompanyAsObject })
				for _, s := range w.Shipments() {
					assert.Equal(t, Dispatched, s.ShipmentStatus)
				}
			}
		})
	}
	group.Wait()
	assert.Equal(t, "900", w.Stock("MUG", "MAIN").OnHand.String())
	assert.Len(t, w.Invoices(), 50)
}

func BenchmarkSeed10000Orders(b *testing.B) {
	for b.Loop() {
		seedOrders(benchWorld(b), 10_000)
	}
}

func BenchmarkGetOrder(b *testing.B) {
	w := benchWorld(b)
	seedOrders(w, 20_000)
	o, _ := w.OrderByNumber("SO-00100")
	for b.Loop() {
		benchGet(b, w, "/SalesOrders/"+o.Guid.String())
	}
}

func BenchmarkPageOf200InChange(b *testing.B) {
	w := benchWorld(b)
	seedOrders(w, 20_000)
	for b.Loop() {
		w.SetStatus("SO-00100", Parked)
		benchGet(b, w, "/SalesOrders/7")
	}
}

func benchWorld(b *testing.B) *world {
	t := New(Options{})
	t.Journal.KeepCounts()
	t.AddWarehouse(Warehouse{WarehouseCode: "MAIN", WarehouseName: "Main"})
	t.AddCustomer(Customer{CustomerCode: "HARBOUR01", CustomerName: "Harbour"})
	t.AddProduct(Product{ProductCode: "MUG", ProductDescription: "Mug", DefaultSellPrice: Number("10")})
	t.AddProduct(Product{ProductCode: "TEA", ProductDescription: "Tea", DefaultSellPrice: Number("3")})
	return &world{Twin: t}
}

func benchGet(b *testing.B, w *world, path string) {
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://unleashed.test"+path, nil)
	require.NoError(b, err)
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Accept": "application/json", "client-type": "mintleash/sync",
		"api-auth-id": DefaultAPIID, "api-auth-signature": signature(DefaultAPIKey, ""),
	} {
		request.Header.Set(name, value)
	}
	response, err := w.RoundTripper().RoundTrip(request)
	require.NoError(b, err)
	require.Equal(b, http.StatusOK, response.StatusCode)
	require.NoError(b, response.Body.Close())
}
