package mintsoftsim

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStepsOfAnOrder(t *testing.T) {
	const hold, release = "/MarkAwaitingPayment", "/MarkPaymentReceived"
	tests := map[string]struct {
		steps  []string // after a "!" the step is refused
		status int
	}{
		"printed":                   {[]string{"GET /MarkPrinted?Comment=hello"}, StatusPrinted},
		"printed once":              {[]string{"GET /MarkPrinted", "!GET /MarkPrinted"}, StatusPrinted},
		"cancelled":                 {[]string{"GET /Cancel"}, StatusCancelled},
		"cancelled once":            {[]string{"GET /Cancel", "!GET /Cancel"}, StatusCancelled},
		"cancelled, no stock":       {[]string{"GET /CancelNoStock"}, StatusCancelled},
		"despatched":                {[]string{"GET /MarkDespatched?TrackingNumber=T1"}, StatusDespatched},
		"despatched once":           {[]string{"GET /MarkDespatched", "!GET /MarkDespatched"}, StatusDespatched},
		"despatched, not cancelled": {[]string{"GET /MarkDespatched", "!GET /Cancel"}, StatusDespatched},
		"unpaid":                    {[]string{"GET " + hold}, StatusAwaitingPayment},
		"unpaid is not despatched":  {[]string{"GET " + hold, "!GET /MarkDespatched"}, StatusAwaitingPayment},
		"paid":                      {[]string{"GET " + hold, "GET " + release}, StatusNew},
		"paid, but never unpaid":    {[]string{"!GET " + release}, StatusNew},
		"unconfirmed":               {[]string{"GET /MarkAwaitingConfirmation", "GET /MarkConfirmed"}, StatusNew},
		"held twice":                {[]string{"GET " + hold, "GET /MarkAwaitingConfirmation", "GET /MarkConfirmed"}, StatusNew},
		"fraud":                     {[]string{"POST /MarkFraudRisk"}, StatusFraudRisk},
		"no fraud":                  {[]string{"POST /MarkFraudRisk", "POST /MarkFraudRiskAccepted"}, StatusNew},
		"packed and held":           {[]string{"GET /MarkPrinted", "GET /MarkPackAndHold?ReleaseDate=2026-07-01"}, StatusPackAndHold},
		"released where it was":     {[]string{"GET /MarkPrinted", "GET /MarkPackAndHold?ReleaseDate=2026-07-01", "GET /MarkReleasePackAndHold"}, StatusPrinted},
		"parcels":                   {[]string{"GET /UpdateNumberOfParcels?NumberOfParcels=3", "!GET /UpdateNumberOfParcels?NumberOfParcels=0"}, StatusNew},
		"printed is not edited":     {[]string{"GET /MarkPrinted", "!GET " + hold}, StatusPrinted},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newTenant(t)
			f.AdjustStock("RED", f.main, 10)
			id := f.createID("A-1")
			for _, step := range test.steps {
				method, path, _ := cut(step)
				before := f.read(id)["LastUpdated"]
				f.clock.advance(time.Minute)
				if step[0] == '!' {
					assert.NotEmpty(t, f.refused(method, fmt.Sprintf("/api/Order/%d%s", id, path), nil))
					assert.Equal(t, before, f.read(id)["LastUpdated"], "what is refused changes nothing")
					continue
				}
				f.must(method, fmt.Sprintf("/api/Order/%d%s", id, path), nil)
				assert.NotEqual(t, before, f.read(id)["LastUpdated"])
			}
			assert.Equal(t, test.status, f.status(id))
			f.checkBooks()
			assert.Equal(t, 404, f.get("/api/Order/1/Cancel").status)
		})
	}
}

// cut reads "!GET /Cancel".
func cut(step string) (method, path string, refused bool) {
	if step[0] == '!' {
		method, path, _ = cut(step[1:])
		return method, path, true
	}
	_, err := fmt.Sscanf(step, "%s %s", &method, &path)
	return method, path, err != nil
}

func TestStockFollowsTheOrder(t *testing.T) {
	f := newTenant(t)
	f.AdjustStock("RED", f.main, 10)
	id := f.createID("A-1", items(item("RED", 4)))
	stock := f.Stock("RED", f.main)
	assert.Equal(t, [3]int{10, 4, 6}, [3]int{stock.StockLevel, stock.Allocated, stock.OnHand})
	f.Cancel(id)
	stock = f.Stock("RED", f.main)
	assert.Equal(t, [3]int{10, 0, 10}, [3]int{stock.StockLevel, stock.Allocated, stock.OnHand})
	f.Uncancel(id)
	assert.Equal(t, 4, f.Stock("RED", f.main).Allocated)
	f.clock.advance(time.Hour)
	f.must("GET", fmt.Sprintf("/api/Order/%d/MarkDespatched?TrackingNumber=TRK-1", id), nil)
	stock = f.Stock("RED", f.main)
	assert.Equal(t, [3]int{6, 0, 6}, [3]int{stock.StockLevel, stock.Allocated, stock.OnHand})

	o := f.read(id)
	assert.Equal(t, "2026-06-01T11:00:00", o["DespatchDate"])
	assert.Equal(t, "TRK-1", o["TrackingNumber"])
	assert.Equal(t, "https://track.example.test/TRK-1", o["TrackingURL"])
	assert.Equal(t, DefaultUser, o["DespatchedByUser"])
	rows := f.get(fmt.Sprintf("/api/Order/%d/Allocations", id)).list(t)
	require.Len(t, rows, 1, "what was sent stays on record")
	assert.Equal(t, true, rows[0]["Despatched"])
	assert.Equal(t, 4, intOf(t, rows[0]["Quantity"]))

	var flows []string
	for _, row := range f.Flow() {
		flows = append(flows, fmt.Sprintf("%s %d", row.Flow, row.Quantity))
	}
	assert.Equal(t, []string{"IN 10", "ALLOCATE 4", "UNALLOCATE 4", "ALLOCATE 4", "OUT 4"}, flows)
}

func TestCancellingForWantOfStock(t *testing.T) {
	for remove, want := range map[bool]int{false: 10, true: 6} {
		f := newTenant(t, func(k *Knobs) { k.CancelNoStockRemovesStock = remove })
		f.AdjustStock("RED", f.main, 10)
		id := f.createID("A-1", items(item("RED", 4)))
		f.must("GET", fmt.Sprintf("/api/Order/%d/CancelNoStock", id), nil)
		assert.Equal(t, want, f.Stock("RED", f.main).StockLevel)
		assert.Equal(t, 10-want, f.Stock("RED", f.main).Scrapped)
		assert.Equal(t, StatusCancelled, f.status(id))
		f.checkBooks()
	}
}

func TestDespatchedOrdersAreInvoiced(t *testing.T) {
	f := newTenant(t, func(k *Knobs) { k.InvoiceAfter, k.InvoiceFailsEvery = 10*time.Minute, 2 })
	f.AdjustStock("RED", f.main, 10)
	var ids []int
	for i := range 4 {
		ids = append(ids, f.createID(fmt.Sprintf("A-%d", i)))
		f.Despatch(ids[i])
	}
	before := f.read(ids[0])["LastUpdated"]
	f.clock.advance(10*time.Minute - time.Second)
	assert.Equal(t, StatusDespatched, f.status(ids[0]))
	f.clock.advance(time.Second)
	var got []int
	for _, id := range ids {
		got = append(got, f.status(id))
	}
	assert.Equal(t, []int{StatusInvoiced, StatusInvoiceFailed, StatusInvoiced, StatusInvoiceFailed}, got)
	assert.NotEqual(t, before, f.read(ids[0])["LastUpdated"])

	f.Turn(func(k *Knobs) { k.InvoiceAfter = 0 })
	id := f.createID("B-1")
	f.Despatch(id)
	assert.Equal(t, StatusInvoiced, f.status(id), "at the next request")
	f.Turn(func(k *Knobs) { k.InvoiceAfter = -1 })
	id = f.createID("B-2")
	f.Despatch(id)
	f.clock.advance(time.Hour)
	assert.Equal(t, StatusDespatched, f.status(id), "never by itself")
	f.Invoice(id, true)
	assert.Equal(t, StatusInvoiceFailed, f.status(id))
}
