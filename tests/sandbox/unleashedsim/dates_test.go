package unleashedsim

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBusinessDatesAreMidnightInTheAccountsZone(t *testing.T) {
	const (
		summer = `"OrderDate":"\/Date(1782860400000)\/"` // 1 July 2026 in London, 30 June 23:00 in UTC
		before = `"OrderDate":"\/Date(1782774000000)\/"` // the day before
		winter = `"OrderDate":"\/Date(1772323200000)\/"` // 1 March, midnight in both
	)
	for name, c := range map[string]struct {
		sent    string
		reading DateReading
		written string
	}{
		"a day is that day":                          {"2026-07-01", DatesAreDays, summer},
		"a day with a time is that day":              {"2026-07-01T13:45:00", DatesAreDays, summer},
		"an instant with an offset is its local day": {"2026-06-30T23:00:00Z", DatesAreDays, summer},
		"UTC written as a day is the day before":     {"2026-06-30T23:00:00", DatesAreDays, before},
		"read as an instant it is the local day":     {"2026-06-30T23:00:00", DatesAreInstants, summer},
		"midnight read as an instant is that day":    {"2026-07-01T00:00:00", DatesAreInstants, summer},
		"in winter both are the same":                {"2026-03-01T00:00:00.000", DatesAreDays, winter},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(k *Knobs) { k.DateReading = c.reading })
			given := w.must(http.MethodPost, "/SalesOrders", "", strings.Replace(order, "2026-03-01T00:00:00", c.sent, 1))
			assert.Contains(t, given.raw, c.written)
		})
	}
}

func TestDatesThatCannotBeRead(t *testing.T) {
	for _, date := range []string{`"tomorrow"`, `"2026-13-01"`, `20260301`, `"01/03/2026"`} {
		w := newWorld(t)
		given := w.send(http.MethodPost, "/SalesOrders", "", strings.Replace(order, `"2026-03-01T00:00:00"`, date, 1))
		assert.Equal(t, 400, given.status, date)
	}
}

func TestDateFiltersAreUTC(t *testing.T) {
	w := newWorld(t)
	w.AddOrder(OrderSpec{Number: "JULY", Customer: "HARBOUR01", Date: "2026-07-01", Lines: []LineSpec{{SKU: "MUG"}}})
	for query, n := range map[string]int{
		"startDate=2026-06-30T23:00:00": 1, "startDate=2026-07-01": 0, "endDate=2026-07-01": 1, "endDate=2026-06-30": 0, "startDate=2026-06-30&endDate=2026-07-02": 1,
	} {
		assert.Len(t, w.get("/SalesOrders", query).column("OrderNumber"), n, query)
	}
}
