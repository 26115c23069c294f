package bench

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

const (
	pageSize = 200
	// underWay is how many orders are between their first commit and their last,
	// as many as the product's output takes by default. Fewer of them call.
	underWay = 64
)

// bare is the least that imports orders safely: no engine, no mapping language, no
// retries, no rules that can be edited.
type bare struct {
	twins
	http   *http.Client
	calls  *semaphore.Weighted // to Mintsoft, at the same time
	ledger *ledger.Ledger

	client, warehouse int
	products          map[string]bool            // by GUID: whether it has stock
	dispatched        map[string]decimal.Decimal // by order and line number
	customers         sync.Map                   // GUID to func() (customer, error), which asks once
}

// salesOrder is what the loop reads of an order.
type salesOrder struct {
	Guid, OrderNumber, OrderStatus, CustomerRef                       string
	Warehouse                                                         struct{ WarehouseCode string }
	Customer                                                          struct{ Guid, CustomerCode, CustomerName string }
	Currency                                                          struct{ CurrencyCode string }
	DeliveryName, DeliveryStreetAddress, DeliveryCity, DeliveryRegion string
	DeliveryPostCode, DeliveryCountry                                 string
	TaxTotal                                                          decimal.Decimal
	SalesOrderLines                                                   []salesOrderLine
}

type salesOrderLine struct {
	Guid                                                       string
	LineNumber                                                 int
	Product                                                    struct{ Guid, ProductCode string }
	OrderQuantity, UnitPrice, DiscountRate, LineTotal, LineTax decimal.Decimal
}

type customer struct {
	ContactFirstName, ContactLastName, Email, PhoneNumber, MobileNumber, GSTVATNumber string
}

// list is a page of Unleashed.
type list[T any] struct {
	Pagination struct{ NumberOfPages int }
	Items      []T
}

// loop imports every order with so many calls in flight.
func loop(tb testing.TB, t twins, orders, inFlight int) {
	tb.Helper()
	store, err := ledger.Open(tb.Context(), "sqlite:"+filepath.Join(tb.TempDir(), "ledger.db"), ledger.Options{})
	require.NoError(tb, err)
	defer func() { require.NoError(tb, store.Close()) }()
	b := &bare{
		twins: t, ledger: store, calls: semaphore.NewWeighted(int64(inFlight)),
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: inFlight}, Timeout: time.Minute},
	}
	defer b.http.CloseIdleConnections()
	require.NoError(tb, b.prepare(tb.Context()))
	created, err := b.importAll(tb.Context())
	require.NoError(tb, err)
	require.Equal(tb, orders, created)
}

// prepare makes the look-ups that are needed once.
func (b *bare) prepare(ctx context.Context) error {
	var warehouses []struct {
		ID   int
		Code string
	}
	if err := b.mintsoft(ctx, http.MethodGet, "/api/Warehouse", nil, &warehouses); err != nil {
		return err
	}
	for _, w := range warehouses {
		if w.Code == "MAIN" {
			b.warehouse = w.ID
		}
	}
	var ours list[struct{ WarehouseCode string }]
	if err := b.unleashed(ctx, "/Warehouses", "includeObsolete=true&pageSize=1000", &ours); err != nil {
		return err
	}
	var clients []struct {
		ID        int
		ShortName string
	}
	if err := b.mintsoft(ctx, http.MethodGet, "/api/Client?PageNo=1&Limit=100", nil, &clients); err != nil {
		return err
	}
	for _, c := range clients {
		if c.ShortName == "DEMO" {
			b.client = c.ID
		}
	}
	b.products, b.dispatched = map[string]bool{}, map[string]decimal.Decimal{}
	var products list[struct {
		Guid             string
		NeverDiminishing bool
	}]
	if err := b.unleashed(ctx, "/Products/1", "includeObsolete=true&pageSize=200", &products); err != nil {
		return err
	}
	for _, p := range products.Items {
		b.products[p.Guid] = !p.NeverDiminishing
	}
	var shipments list[struct {
		OrderNumber, ShipmentStatus string
		SalesShipmentLines          []struct {
			SalesOrderLineNumber int
			ShipmentQty          decimal.Decimal
		}
	}]
	if err := b.unleashed(ctx, "/SalesShipments/1", "pageSize=200", &shipments); err != nil {
		return err
	}
	for _, s := range shipments.Items {
		for _, line := range s.SalesShipmentLines {
			if key := fmt.Sprintf("%s/%d", s.OrderNumber, line.SalesOrderLineNumber); s.ShipmentStatus == "Dispatched" {
				b.dispatched[key] = b.dispatched[key].Add(line.ShipmentQty)
			}
		}
	}
	return nil
}

// importAll reads page after page while workers send what was read.
func (b *bare) importAll(ctx context.Context) (created int, err error) {
	group, ctx := errgroup.WithContext(ctx)
	read := make(chan salesOrder, pageSize)
	group.Go(func() error {
		defer close(read)
		for number := 1; ; number++ {
			var page list[salesOrder]
			query := "orderStatus=Parked,Placed,Backordered,Completed,Deleted&pageSize=200&warehouseCode=MAIN"
			if err := b.unleashed(ctx, "/SalesOrders/"+strconv.Itoa(number), query, &page); err != nil {
				return err
			}
			for _, o := range page.Items {
				select {
				case read <- o:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			if number >= page.Pagination.NumberOfPages {
				return nil
			}
		}
	})
	var mut sync.Mutex
	for range underWay {
		group.Go(func() error {
			for o := range read {
				if err := b.deliver(ctx, o); err != nil {
					return fmt.Errorf("importing %s: %w", o.OrderNumber, err)
				}
				mut.Lock()
				created++
				mut.Unlock()
			}
			return nil
		})
	}
	return created, group.Wait()
}

// deliver makes the intent durable, creates the order, and makes its outcome
// durable: the same rows that the product writes.
func (b *bare) deliver(ctx context.Context, o salesOrder) error {
	if o.Warehouse.WarehouseCode != "MAIN" || o.OrderStatus != "Placed" {
		return nil
	}
	who, err := b.customer(ctx, o.Customer.Guid)
	if err != nil {
		return err
	}
	body, err := json.Marshal(b.order(o, who))
	if err != nil {
		return err
	}
	now, sum := time.Now(), sha256.Sum256(body)
	record := ledger.Record{System: "unleashed", Resource: "SalesOrders", ID: o.Guid, Ref: o.OrderNumber}
	intent := ledger.Intent{
		Key: "sales_order/" + o.Guid, Account: "bare", Connection: "main", Stream: "bare", System: "mintsoft", Operation: "order.create",
		Record: record, RequestHash: base64.StdEncoding.EncodeToString(sum[:16]), State: "intended", Attempts: 1, FirstAt: now, UpdatedAt: now,
	}
	event := ledger.Event{At: now, Connection: "main", Stream: "bare", Record: record, Kind: "sent", Summary: "mintsoft order.create", Detail: body}
	if err := b.ledger.Commit(ctx, func(tx *ledger.Tx) error { return errors.Join(tx.PutIntent(intent), tx.AddEvent(event)) }); err != nil {
		return err
	}
	var results []struct {
		Success bool
		Message string
		OrderID int `json:"OrderId"`
	}
	if err := b.mintsoft(ctx, http.MethodPut, "/api/Order", body, &results); err != nil {
		return err
	}
	if len(results) != 1 || !results[0].Success {
		return fmt.Errorf("refused: %+v", results)
	}
	intent.State, intent.TargetID, intent.TargetRef, intent.UpdatedAt = "done", strconv.Itoa(results[0].OrderID), o.OrderNumber, time.Now()
	event.Kind, event.At, event.Detail = "created", intent.UpdatedAt, nil
	link := ledger.Link{
		Connection: "main", Pair: "bare", Kind: "order", SourceSystem: "unleashed", SourceID: o.Guid, SourceRef: o.OrderNumber,
		TargetSystem: "mintsoft", TargetID: intent.TargetID, TargetRef: intent.TargetRef, UpdatedAt: intent.UpdatedAt,
	}
	return b.ledger.Commit(ctx, func(tx *ledger.Tx) error {
		return errors.Join(tx.PutIntent(intent), tx.PutLink(link), tx.AddEvent(event))
	})
}

// order is what Mintsoft is sent.
func (b *bare) order(o salesOrder, who customer) map[string]any {
	var items []map[string]any
	value := decimal.Zero
	for _, line := range o.SalesOrderLines {
		open := line.OrderQuantity.Sub(b.dispatched[fmt.Sprintf("%s/%d", o.OrderNumber, line.LineNumber)])
		if !b.products[line.Product.Guid] || !open.IsPositive() {
			continue
		}
		value = value.Add(line.LineTotal)
		items = append(items, map[string]any{
			"SKU": line.Product.ProductCode, "Quantity": json.Number(open.String()),
			"UnitPrice":    json.Number(line.UnitPrice.Mul(decimal.NewFromInt(1).Sub(line.DiscountRate)).String()),
			"UnitPriceVat": json.Number(line.LineTax.DivRound(line.OrderQuantity, 4).String()),
			"OrderItemNameValues": []map[string]any{
				{"Name": "unleashed_line", "Value": line.Guid}, {"Name": "LineNumber", "Value": strconv.Itoa(line.LineNumber)},
			},
		})
	}
	first := who.ContactFirstName
	if first == "" {
		first = o.DeliveryName
	}
	order := map[string]any{
		"OrderNumber": o.OrderNumber, "ExternalOrderReference": o.Guid, "ClientId": b.client, "WarehouseId": b.warehouse,
		"FirstName": first, "CompanyName": o.DeliveryName, "Address1": o.DeliveryStreetAddress, "Town": o.DeliveryCity, "County": o.DeliveryRegion,
		"PostCode": o.DeliveryPostCode, "Country": "GB", "CourierService": "AUTO", "Channel": "Unleashed", "Currency": o.Currency.CurrencyCode,
		"OrderValue": json.Number(value.String()), "TotalVat": json.Number(o.TaxTotal.String()), "ShippingTotalExVat": 0, "ShippingTotalVat": 0,
		"OrderNameValues": []map[string]any{
			{"Name": "unleashed", "Value": "sales_order"}, {"Name": "CustomerRef", "Value": o.CustomerRef}, {"Name": "CustomerCode", "Value": o.Customer.CustomerCode},
		},
		"OrderItems": items,
	}
	for name, value := range map[string]string{"LastName": who.ContactLastName, "Email": who.Email, "Phone": who.PhoneNumber, "Mobile": who.MobileNumber, "VATNumber": who.GSTVATNumber} {
		if value != "" {
			order[name] = value
		}
	}
	return order
}

// customer asks for a customer the first time that one is needed.
func (b *bare) customer(ctx context.Context, guid string) (customer, error) {
	ask, _ := b.customers.LoadOrStore(guid, sync.OnceValues(func() (c customer, err error) {
		return c, b.unleashed(ctx, "/Customers/"+guid, "", &c)
	}))
	return ask.(func() (customer, error))()
}

func (b *bare) unleashed(ctx context.Context, path, query string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.Unleashed+path+"?"+query, nil)
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, []byte(unleashedsim.DefaultAPIKey))
	mac.Write([]byte(query))
	request.Header.Set("api-auth-id", unleashedsim.DefaultAPIID)
	request.Header.Set("api-auth-signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	request.Header.Set("client-type", "mintleash/bench")
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	return b.send(request, into)
}

func (b *bare) mintsoft(ctx context.Context, method, path string, body []byte, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, b.Mintsoft+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if err := b.calls.Acquire(ctx, 1); err != nil {
		return err
	}
	defer b.calls.Release(1)
	request.Header.Set("ms-apikey", mintsoftsim.AdminKey)
	request.Header.Set("Content-Type", "application/json")
	return b.send(request, into)
}

func (b *bare) send(request *http.Request, into any) error {
	response, err := b.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: status %d: %.200s", request.Method, request.URL.Path, response.StatusCode, answer)
	}
	return json.Unmarshal(answer, into)
}
