package doctor

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
)

// noon is the time of both services.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// well is how both services answer when nothing is wrong; an answer that begins
// with a digit is a status.
var well = map[string]string{
	"/Warehouses":                           `{"Items":[{"WarehouseCode":"MAIN","AddressLine1":"1 Road","PostCode":"AB1","Country":"GB"},{"WarehouseCode":"NORTH"}]}`,
	"/DeliveryMethods":                      `{"Items":[{"Name":"Standard"},{"Name":"Old","Obsolete":true}]}`,
	"/webhooks/subscriptions":               `{"Items":[]}`,
	"/api/Warehouse":                        `[{"ID":3,"Name":"Main","Code":"M1","Active":true}]`,
	"/api/Client":                           `[{"ID":7,"ShortName":"DEMO","Name":"Demo Ltd"}]`,
	"/api/Order/Channels":                   `[{"Name":"Unleashed"}]`,
	"/api/Courier/Services":                 `[{"ID":1,"Name":"Royal Mail"},{"ID":2,"Name":"DPD"}]`,
	"/api/Courier/Services/1/ExternalNames": `[]`,
	"/api/Courier/Services/2/ExternalNames": `[{"Name":"Standard"}]`,
	"/api/Product/Suppliers":                `[{"Name":"Clay Co"}]`,
	"/Suppliers":                            `{"Items":[{"SupplierName":"Clay Co"}]}`,
	"/api/WarehouseTransfer/List":           `[]`,
	"/api/ASN/GoodsInTypes":                 `[{"Name":"Carton"},{"Name":"Pallet"}]`,
}

type services map[string]string

// RoundTrip implements http.RoundTripper.
func (s services) RoundTrip(r *http.Request) (*http.Response, error) {
	body, exists := s[r.URL.Path]
	if !exists {
		body = well[r.URL.Path]
	}
	status := http.StatusOK
	if body == "" {
		body = "404"
	}
	if body[0] >= '0' && body[0] <= '9' {
		if _, err := fmt.Sscan(body, &status); err != nil {
			return nil, err
		}
	}
	header := http.Header{"Date": {noon.Format(http.TimeFormat)}}
	return &http.Response{StatusCode: status, Header: header, Request: r, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// examine checks a connection; its settings are lines of the connection file.
func examine(t *testing.T, answers services, now time.Time, unleashed, mintsoft, settings string) []Finding {
	t.Helper()
	if mintsoft == "" {
		mintsoft = "warehouse: Main"
	}
	file, err := connection.Parse("c.yaml", fmt.Appendf(nil, `
ledger: sqlite:%s
webhooks: {address: "%s"}
connections:
  - name: main
    unleashed: {base_url: http://127.0.0.1:1, api_id: s3cr3t, api_key: s3cr3t, warehouse_code: MAIN, requests_per_second: 50%s}
    mintsoft: {base_url: http://127.0.0.1:2, api_key: s3cr3t, requests_per_second: 50, %s}
%s`, filepath.Join(t.TempDir(), "ledger.db"), "127.0.0.1:8090", unleashed, mintsoft, settings), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	book, err := connection.Open(t.Context(), file, connection.OpenOptions{Transport: answers, Now: func() time.Time { return now }})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, book.Close()) })
	conn, err := book.Connection("main")
	require.NoError(t, err)
	return Examine(t.Context(), conn)
}

// about are the findings on one subject, as a person reads them.
func about(findings []Finding, subject string) string {
	var lines []string
	for _, f := range findings {
		if f.Subject == subject {
			lines = append(lines, strings.TrimSuffix(f.Level+": "+f.Found+" | "+f.Mend, " | "))
		}
	}
	return strings.Join(lines, "\n")
}

func TestFindings(t *testing.T) {
	webhooks := "    general: {use_webhooks: true}\n"
	signed := ", webhook_signature_key: key"
	for name, test := range map[string]struct {
		answers                       services
		unleashed, mintsoft, settings string
		subject, finding              string // how it begins; empty for none
	}{
		"both warehouses exist":                  {nil, "", "", "", "Mintsoft warehouse", "ok: Main is Main, id 3"},
		"a warehouse by its code":                {nil, "", "warehouse: M1", "", "Mintsoft warehouse", "ok: M1 is Main, id 3"},
		"a warehouse by its id":                  {nil, "", "warehouse: '3'", "", "Mintsoft warehouse", "ok: 3 is Main, id 3"},
		"a warehouse that is misspelt":           {nil, "", "warehouse: main", "", "Mintsoft warehouse", "failed: main does not exist | set mintsoft.warehouse to the code, name or id of one of Main (code M1, id 3)"},
		"a warehouse that is not active":         {services{"/api/Warehouse": `[{"ID":3,"Name":"Main","Code":"M1","Active":false}]`}, "", "", "", "Mintsoft warehouse", "warning: Main (id 3) is not active"},
		"an obsolete warehouse of Unleashed":     {services{"/Warehouses": `{"Items":[{"WarehouseCode":"MAIN","Obsolete":true}]}`}, "", "", "", "Unleashed warehouse", "warning: MAIN is obsolete"},
		"a code in other letters":                {services{"/Warehouses": `{"Items":[{"WarehouseCode":"Main"}]}`}, "", "", "", "Unleashed warehouse", "failed: MAIN does not exist (codes are compared exactly) | set unleashed.warehouse_code to one of Main"},
		"a key that Unleashed refuses":           {services{"/Warehouses": "403"}, "", "", "", "Unleashed key", "failed: "},
		"after a refused key nothing is checked": {services{"/Warehouses": "403"}, "", "", "", "Unleashed warehouse", ""},
		"a key that Mintsoft refuses":            {services{"/api/Warehouse": "401"}, "", "", "", "Mintsoft key", "failed: "},
		"one client":                             {nil, "", "", "", "Mintsoft client", "ok: the key sees one client"},
		"several clients and none chosen":        {services{"/api/Client": `[{"ID":7},{"ID":8}]`}, "", "", "", "Mintsoft client", "failed: the key is an admin's and sees 2 clients"},
		"a client by its short name":             {nil, "", "warehouse: Main, client: DEMO", "", "Mintsoft client", "ok: DEMO is Demo Ltd, id 7"},
		"a client by its id":                     {nil, "", "warehouse: Main, client: '7'", "", "Mintsoft client", "ok: 7 is Demo Ltd, id 7"},
		"a client that is misspelt":              {nil, "", "warehouse: Main, client: demo", "", "Mintsoft client", "failed: demo does not exist"},
		"a client user's key":                    {services{"/api/Client": "403"}, "", "", "", "Mintsoft client", "ok: the key belongs to a client user"},
		"a name that a client user may not ask":  {services{"/api/Client": "403"}, "", "warehouse: Main, client: DEMO", "", "Mintsoft client", "failed: only an admin's key may look up DEMO"},
		"an id that a client user may not ask":   {services{"/api/Client": "403"}, "", "warehouse: Main, client: '7'", "", "Mintsoft client", "unknown: whether client 7 is this key's cannot be asked"},
		"a channel that is missing":              {services{"/api/Order/Channels": `[{"Name":"Web"},{"Name":"Shop"}]`}, "", "", "", "Mintsoft channel", "failed: Unleashed does not exist | create it in Mintsoft, or set mintsoft.channel to one of Web, Shop"},
		"every delivery method is mapped":        {nil, "", "", "", "Mintsoft couriers", "ok: "},
		"a delivery method that is not mapped":   {services{"/api/Courier/Services/2/ExternalNames": `[]`}, "", "", "", "Mintsoft couriers", "warning: no courier service is called, and no phrase is mapped from, Standard"},
		"delivery methods of no matter":          {services{"/api/Courier/Services/2/ExternalNames": `[]`}, "", "", "    general: {import_orders: false}\n", "Mintsoft couriers", "ok: "},
		"a courier of the file that is missing":  {nil, "", "warehouse: Main, courier_service: Pigeon", "", "Mintsoft couriers", "warning: no courier service is called, and no phrase is mapped from, Pigeon"},
		"a courier by its own name":              {nil, "", "warehouse: Main, courier_service: DPD", "", "Mintsoft couriers", "ok: "},
		"a master that is an admin":              {nil, "", "", "    general: {use_unleashed_as_stock_master: true}\n", "stock master", "unknown: stock can be set only where the warehouse has no bin locations"},
		"a master that is no admin":              {services{"/api/Client": "403"}, "", "", "    general: {use_unleashed_as_stock_master: true}\n", "stock master", "failed: setting stock in Mintsoft needs an admin's key"},
		"no master":                              {nil, "", "", "", "stock master", ""},
		"drafts would be imported":               {nil, "", "", "", "order statuses", "warning: Open includes Parked: drafts are imported too"},
		"drafts would not be imported":           {nil, "", "", "    general: {order_status_to_import: [Placed]}\n", "order statuses", ""},
		"a custom status is meant instead":       {nil, "", "", "    general: {custom_order_status_to_import: [Ready]}\n", "order statuses", ""},
		"a custom status cannot be checked":      {nil, "", "", "    general: {custom_order_status_to_import: [Ready]}\n", "custom statuses", "unknown: whether Ready exist cannot be asked by the API"},
		"completed orders":                       {nil, "", "", "    general: {order_status_to_import: [Completed]}\n", "order statuses", "warning: Completed orders have shipped by Unleashed's books"},
		"no quota is known":                      {nil, "", "", "", "Unleashed quota", "unknown: "},
		"a quota is known":                       {nil, ", monthly_quota: 10000", "", "", "Unleashed quota", ""},
		"an adjustment reason":                   {nil, "", "", "", "adjustment reason", `unknown: whether the reason "Mintsoft" exists cannot be asked`},
		"no stock sync":                          {nil, "", "", "    general: {stock_sync: false}\n", "adjustment reason", ""},
		"only half of a transfer":                {nil, "", "", "    warehouse_transfer: {import_as_orders_to_pick: true}\n", "warehouse transfers", "warning: no connection of this file imports them at their destination, so nothing completes them in Unleashed"},
		"a destination without an address":       {nil, "", "", "    warehouse_transfer: {import_as_orders_to_pick: true}\n", "Unleashed addresses", "warning: Mintsoft refuses orders without an address, and these warehouses lack a part of theirs: NORTH (AddressLine1, Country, PostCode)"},
		"our own address":                        {nil, "", "", "    assembly_import: {create_order_to_pick: true}\n", "Unleashed addresses", "ok: "},
		"the goods-in type exists":               {nil, "", "", "    purchase_order_import: {enabled: true}\n", "Mintsoft goods-in type", "ok: Carton exists"},
		"the goods-in type is missing":           {services{"/api/ASN/GoodsInTypes": `[{"Name":"Pallet"}]`}, "", "", "    purchase_order_import: {enabled: true}\n", "Mintsoft goods-in type", "failed: Carton does not exist: every ASN would be refused | set GoodsInType in the pipelines that create ASNs to one of Pallet"},
		"every supplier is known":                {nil, "", "", "    purchase_order_import: {enabled: true}\n", "suppliers", "ok: Mintsoft has every supplier of Unleashed"},
		"a supplier that Mintsoft lacks":         {services{"/Suppliers": `{"Items":[{"SupplierName":"Clay Co"},{"SupplierName":"Glass Co"}]}`}, "", "", "    purchase_order_import: {enabled: true}\n", "suppliers", "ok: ASNs carry their names as text; Mintsoft has no supplier called Glass Co"},
		"suppliers of Unleashed that may not be": {services{"/Suppliers": "403"}, "", "", "    purchase_order_import: {enabled: true}\n", "suppliers", "unknown: the suppliers of Unleashed could not be read"},
		"delivery methods that may not be read":  {services{"/DeliveryMethods": "403"}, "", "", "", "Mintsoft couriers", "unknown: which delivery methods orders carry could not be read"},
		"suppliers that may not be read":         {services{"/api/Product/Suppliers": "403"}, "", "", "    purchase_order_import: {enabled: true}\n", "suppliers", "unknown: the suppliers of Mintsoft could not be read"},
		"no purchase orders":                     {nil, "", "", "", "suppliers", ""},
		"every channel is exported":              {nil, "", "", "    order_export: {enabled: true}\n", "exported channels", "ok: all of them, which are Unleashed"},
		"a channel that is exported":             {nil, "", "", "    order_export: {enabled: true, channels: [Unleashed]}\n", "exported channels", "ok: every one"},
		"an exported channel that is missing":    {nil, "", "", "    order_export: {enabled: true, channels: [Unleashed, Shop]}\n", "exported channels", "failed: Shop: no such channel, and nothing of it is exported | set order_export.channels to names out of Unleashed"},
		"transfers that may be listed":           {nil, "", "", "    order_export: {enabled: true}\n", "Mintsoft transfers", "ok: "},
		"transfers that may not be listed":       {services{"/api/WarehouseTransfer/List": "403"}, "", "", "    order_export: {enabled: true}\n", "Mintsoft transfers", "failed: orders of Mintsoft's own transfers could not be told apart"},
		"no export":                              {nil, "", "", "", "Mintsoft transfers", ""},
		"no webhooks":                            {nil, "", "", "", "webhook subscription", ""},
		"a webhook that nobody told":             {nil, signed, "", webhooks, "webhook subscription", "warning: general.use_webhooks is on, and none of the account's 0 subscriptions leads to /webhooks/main"},
		"a webhook that is told": {services{"/webhooks/subscriptions": `{"Items":[{"subscriptionId":"1","notificationUrl":"https://a.example/webhooks/main","eventTypes":["product.created"],"status":"Active"}]}`}, signed, "", webhooks,
			"webhook subscription", "ok: https://a.example/webhooks/main is told of product.created"},
		"a webhook that is disabled": {services{"/webhooks/subscriptions": `{"Items":[{"subscriptionId":"1","notificationUrl":"https://a.example/webhooks/main","status":"Disabled"}]}`}, signed, "", webhooks,
			"webhook subscription", "warning: https://a.example/webhooks/main is Disabled"},
		"a listener behind a proxy": {nil, signed, "", webhooks, "webhook listener", "ok: 127.0.0.1:8090 is reached from this machine only"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				finding := about(examine(t, test.answers, noon, test.unleashed, test.mintsoft, test.settings), test.subject)
				if test.finding == "" {
					assert.Empty(t, finding)
					return
				}
				assert.True(t, strings.HasPrefix(finding, test.finding), finding)
			})
		})
	}
}

func TestClocksThatDiffer(t *testing.T) {
	for off, level := range map[time.Duration]string{0: OK, 2 * time.Minute: OK, -2 * time.Minute: OK, 3 * time.Minute: Warning, -3 * time.Minute: Warning} {
		synctest.Test(t, func(t *testing.T) {
			findings := examine(t, nil, noon.Add(off), "", "", "")
			for _, subject := range []string{"Unleashed clock", "Mintsoft clock"} {
				assert.True(t, strings.HasPrefix(about(findings, subject), level+": "), "%s: %s", off, about(findings, subject))
			}
		})
	}
}

func TestWhatIsWrongComesWithItsMendAndWithoutAnyKey(t *testing.T) {
	for _, answers := range []services{nil, {"/Warehouses": "403", "/api/Warehouse": "401"}, {"/api/Order/Channels": "500", "/api/Courier/Services": "500", "/DeliveryMethods": "500"}} {
		synctest.Test(t, func(t *testing.T) {
			for _, f := range examine(t, answers, noon, "", "", "") {
				assert.Equal(t, "main", f.Connection)
				assert.NotContains(t, f.Found+f.Mend, "s3cr3t")
				if f.Level == Failed || f.Level == Warning {
					assert.NotEmpty(t, f.Mend, f.Subject)
				}
			}
		})
	}
}
