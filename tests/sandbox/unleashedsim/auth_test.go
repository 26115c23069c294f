package unleashedsim

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestSignatureVectors(t *testing.T) {
	for _, c := range []struct{ query, signature string }{
		{"", "08BzxZMI4rgZNIpicd0LF0r2O9PXG7xvJfEi/EuHfkQ="},
		{"customerCode=ACME", "RNVTobNUnCjQWX7QQkDKXwqW0movgzUkX+p6fMWpygI="},
		{"contactEmail=jo%40example.test&customerName=Blue%20Hill", "SGdR3U1H9Zhu3aZwCMVOi6+Pu2A8MB+yuVbbHGKA4f0="},
		{"productCode=CAF%C3%89-1", "FiIsYiSqsVTZL6PWggsjALW5O0wYQT0u+rV9m6uBxoc="},
		{"modifiedSince=2026-03-01T08:30:00", "gQTK3jdykUm2Ueogyq2WUpOGUaufxD6Rx7gUfVXl4uE="},
	} {
		w := newWorld(t)
		given := w.send(http.MethodGet, "/Customers", c.query, "", func(r *http.Request) { r.Header.Set("api-auth-signature", c.signature) })
		assert.Equal(t, http.StatusOK, given.status, c.query)
	}
}

func TestSignatureModes(t *testing.T) {
	const (
		query   = "modifiedSince=2026-03-01T08%3A30%3A00"
		encoded = "sxldlNgJ8Zcs7Dfl+LeU9QecpfT4945zn4caApjs5fw="
		decoded = "gQTK3jdykUm2Ueogyq2WUpOGUaufxD6Rx7gUfVXl4uE="
	)
	for _, c := range []struct {
		mode      SignatureMode
		signature string
		status    int
	}{
		{SignDecoded, decoded, 200}, {SignDecoded, encoded, 403},
		{SignRaw, decoded, 403}, {SignRaw, encoded, 200},
		{SignEither, decoded, 200}, {SignEither, encoded, 200}, {SignEither, "x", 403},
	} {
		w := newWorld(t, func(k *Knobs) { k.SignatureMode = c.mode })
		given := w.send(http.MethodGet, "/Customers", query, "", func(r *http.Request) { r.Header.Set("api-auth-signature", c.signature) })
		assert.Equal(t, c.status, given.status, "%s %s", c.mode, c.signature)
		if c.status == 403 {
			assert.Empty(t, given.raw, "a refused signature has no body")
		}
	}
}

func TestRefusedHeaders(t *testing.T) {
	for name, c := range map[string]struct {
		header, value string
		knobs         func(*Knobs)
		status        int
	}{
		"a wrong id is forbidden":                    {"api-auth-id", "someone-else", nil, 403},
		"a missing id is forbidden":                  {"api-auth-id", "", nil, 403},
		"a missing signature is forbidden":           {"api-auth-signature", "", nil, 403},
		"a missing client type is refused":           {"client-type", "", nil, 400},
		"a client type of one word is refused":       {"client-type", "mintleash", nil, 400},
		"a client type in upper case is refused":     {"client-type", "Mintleash/Sync", nil, 400},
		"a missing client type may be forbidden":     {"client-type", "", func(k *Knobs) { k.ClientTypeMissing = 403 }, 403},
		"a missing client type may be accepted":      {"client-type", "", func(k *Knobs) { k.ClientTypeMissing = 0 }, 200},
		"a missing Content-Type is refused on GET":   {"Content-Type", "", nil, 400},
		"a missing Accept is refused":                {"Accept", "", nil, 400},
		"XML is refused":                             {"Accept", "application/xml", nil, 400},
		"a charset behind the Content-Type is taken": {"Content-Type", "application/json; charset=utf-8", nil, 200},
	} {
		t.Run(name, func(t *testing.T) {
			turn := c.knobs
			if turn == nil {
				turn = func(*Knobs) {}
			}
			w := newWorld(t, turn)
			given := w.send(http.MethodGet, "/Customers", "", "", func(r *http.Request) {
				r.Header.Del(c.header)
				if c.value != "" {
					r.Header.Set(c.header, c.value)
				}
			})
			assert.Equal(t, c.status, given.status, given.raw)
		})
	}
}

func TestQuotaBlocksUntilTheMonthEnds(t *testing.T) {
	for status, retry := range map[int]bool{403: false, 429: true} {
		w := newWorld(t, func(k *Knobs) { k.MonthlyQuota, k.QuotaStatus = 3, status })
		for range 3 {
			assert.Equal(t, 200, w.get("/Customers", "").status)
		}
		blocked := w.get("/Customers", "")
		assert.Equal(t, status, blocked.status)
		assert.Contains(t, blocked.at("Description"), "quota")
		assert.Equal(t, retry, blocked.header.Get("Retry-After") != "")
		assert.Equal(t, 3, w.Calls(), "a blocked call does not count")
		w.clock.pass(31 * 24 * time.Hour)
		assert.Equal(t, 200, w.get("/Customers", "").status, "the first of the month is free again")
		assert.Equal(t, 1, w.Calls())
	}
}

func TestThrottle(t *testing.T) {
	w := newWorld(t, func(k *Knobs) { k.ThrottlePerSecond = 2 })
	assert.Equal(t, 200, w.get("/Customers", "").status)
	assert.Equal(t, 200, w.get("/Customers", "").status)
	throttled := w.get("/Customers", "")
	assert.Equal(t, 429, throttled.status)
	assert.Equal(t, "1", throttled.header.Get("Retry-After"))
	w.clock.pass(time.Second)
	assert.Equal(t, 200, w.get("/Customers", "").status)
}

func TestRoutes(t *testing.T) {
	w := newWorld(t)
	for path, status := range map[string]int{
		"/customers": 200, "/CUSTOMERS/page/1": 200, "/Nothing": 404, "/Customers/x": 404, "/Suppliers": 200,
		"/PaymentTerms": 200, "/Companies": 200, "/StockOnHand": 200, "/WarehouseStockTransfers/TX-1": 404,
	} {
		assert.Equal(t, status, w.get(path, "").status, path)
	}
	assert.Equal(t, 405, w.send(http.MethodPut, "/Products/"+orderGUID, "", "{}").status, "products are not PUT")
	assert.Equal(t, 405, w.send(http.MethodPost, "/Warehouses", "", "{}").status)
	assert.Equal(t, 405, w.send(http.MethodPost, "/Suppliers", "", "{}").status)
	assert.Equal(t, 405, w.send(http.MethodDelete, "/Products/"+orderGUID, "", "").status)
	for _, resource := range []string{"SalesShipments", "WarehouseStockTransfers", "Assemblies"} {
		assert.Equal(t, 405, w.send(http.MethodPost, "/"+resource+"/"+orderGUID, "", "{}").status, "the GUID of a new one is in its body: %s", resource)
	}
}

func TestErrorShapes(t *testing.T) {
	for shape, member := range map[ErrorShape]string{DescriptionShape: "Description", ItemsShape: "Items", MessageShape: "Message"} {
		w := newWorld(t, func(k *Knobs) { k.ErrorShape = shape })
		given := w.send(http.MethodPost, "/Customers", "", `{"CustomerName":"Nameless"}`)
		assert.Equal(t, 400, given.status)
		assert.Contains(t, given.body, member)
		assert.Contains(t, given.raw, "CustomerCode")
	}
}
