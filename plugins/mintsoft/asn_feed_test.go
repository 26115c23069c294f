package mintsoft

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
)

// asnPages is a list of ASNs that answers the pages it was given, one for each
// request, and notes what it was asked.
type asnPages struct {
	pages [][]any
	asked []string
}

// RoundTrip implements http.RoundTripper.
func (a *asnPages) RoundTrip(r *http.Request) (*http.Response, error) {
	q := r.URL.Query()
	a.asked = append(a.asked, strings.TrimSpace(fmt.Sprintf("%s %s%s", q.Get("PageNo"), q.Get("SinceLastUpdated"), strings.Replace(q.Get("BookedInStartInterval"), "2026", "booked 2026", 1))))
	page := []any{}
	if len(a.pages) > 0 {
		page, a.pages = a.pages[0], a.pages[1:]
	}
	raw, err := json.Marshal(page)
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(raw))), Request: r,
	}, err
}

// theASN is one that changed, was booked in and whose item changed at some minute
// after nine; empty is never.
func theASN(id int, changed, bookedIn, item string) any {
	at := func(minute string) any {
		if minute == "" {
			return nil
		}
		return "2026-03-02T09:" + minute + ":00"
	}
	return map[string]any{"ID": id, "POReference": strconv.Itoa(id), "LastUpdated": at(changed), "BookedInDate": at(bookedIn), "Items": []any{map[string]any{"LastUpdated": at(item)}}}
}

// strange books an ASN in on a day of another form.
func strange(asn any) any {
	asn.(map[string]any)["BookedInDate"] = "02-March-2026 09:40"
	return asn
}

// asnsRead are the ASNs that a run reads, each with the minute of its version.
func asnsRead(t *testing.T, list *asnPages, since time.Time, limit int) []string {
	t.Helper()
	file, err := connection.Parse("test.yaml", fmt.Appendf(nil, `
ledger: sqlite:%s
connections:
  - name: main
    unleashed: {api_id: a, api_key: b, warehouse_code: MAIN}
    mintsoft: {api_key: c, warehouse: MAIN, requests_per_second: 1000}
`, filepath.Join(t.TempDir(), "ledger.db")), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	book, err := connection.Open(t.Context(), file, connection.OpenOptions{Transport: list})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, book.Close()) })
	c, err := book.Connection("main")
	require.NoError(t, err)
	for _, r := range resources {
		if r.Name != "ASNs" {
			continue
		}
		source, err := r.Open(c, nil, limit)
		require.NoError(t, err)
		var read []string
		for number := 1; ; number++ {
			page, err := source.Page(t.Context(), since, number)
			require.NoError(t, err)
			for _, item := range page.Items {
				read = append(read, item.ID+" "+item.Modified.Format("04"))
			}
			if page.Last {
				return read
			}
		}
	}
	require.Fail(t, "there is no list of ASNs")
	return nil
}

func TestASNFeed(t *testing.T) {
	since := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	const changed, bookedIn = "2026-03-02T09:30:00", "booked 2026-03-01T09:30:00"
	for name, c := range map[string]struct {
		pages [][]any
		full  bool
		read  []string
		asked []string
	}{
		"what changed, then what was booked in": {
			pages: [][]any{{theASN(1, "31", "", "31")}, {theASN(2, "10", "40", "10")}},
			read:  []string{"1 31", "2 40"}, asked: []string{"1 " + changed, "1 " + bookedIn},
		},
		"the latest moment is its version": {
			pages: [][]any{{theASN(1, "31", "32", "33"), theASN(2, "31", "35", "")}, {}},
			read:  []string{"1 33", "2 35"}, asked: []string{"1 " + changed, "1 " + bookedIn},
		},
		"what was booked in before is known": {
			pages: [][]any{{}, {theASN(1, "10", "20", "29"), theASN(2, "10", "20", "30")}},
			read:  []string{"2 30"}, asked: []string{"1 " + changed, "1 " + bookedIn},
		},
		"what was booked in on a day that nobody can read is new": {
			pages: [][]any{{}, {strange(theASN(1, "10", "", "10"))}},
			read:  []string{"1 00"}, asked: []string{"1 " + changed, "1 " + bookedIn},
		},
		"all of it needs no second look": {
			pages: [][]any{{theASN(1, "10", "20", "10")}}, full: true,
			read: []string{"1 20"}, asked: []string{"1"},
		},
		"several pages are read until every row was seen twice": {
			pages: [][]any{
				{theASN(1, "31", "", ""), theASN(2, "31", "", "")}, {theASN(2, "31", "", "")}, // 3 has slipped
				{theASN(3, "31", "", ""), theASN(1, "31", "", "")}, {theASN(2, "31", "", "")},
				{theASN(2, "31", "", ""), theASN(1, "31", "", "")}, {theASN(3, "31", "", "")},
				{},
			},
			read: []string{"1 31", "2 31", "2 31", "3 31", "1 31", "2 31", "2 31", "1 31", "3 31"},
			asked: []string{
				"1 " + changed, "2 " + changed, "1 " + changed, "2 " + changed, "1 " + changed, "2 " + changed, "1 " + bookedIn,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				list, from, limit := &asnPages{pages: c.pages}, since, 3
				if c.full {
					from = time.Time{}
				}
				if len(c.pages) > 2 {
					limit = 2
				}
				assert.Equal(t, c.read, asnsRead(t, list, from, limit))
				assert.Equal(t, c.asked, list.asked)
			})
		})
	}
}
