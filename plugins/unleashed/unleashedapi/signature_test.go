package unleashedapi

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const testKey = "SimOnlyKey0123456789abcdefGHIJKLmnopQRSTuvwxyz+/NotARealKey=="

func TestSignature(t *testing.T) {
	tests := map[string]struct {
		query           Query
		text, wire, sig string
	}{
		"none": {NewQuery(), "", "", "08BzxZMI4rgZNIpicd0LF0r2O9PXG7xvJfEi/EuHfkQ="},
		"one":  {NewQuery("customerCode", "ACME"), "customerCode=ACME", "customerCode=ACME", "RNVTobNUnCjQWX7QQkDKXwqW0movgzUkX+p6fMWpygI="},
		"several": {
			NewQuery("orderStatus", "Placed,Backordered", "modifiedSince", "2026-03-01T08:30:00").With("pageSize", "200"),
			"orderStatus=Placed,Backordered&modifiedSince=2026-03-01T08:30:00&pageSize=200",
			"orderStatus=Placed,Backordered&modifiedSince=2026-03-01T08:30:00&pageSize=200",
			"PZEN5LXlLgfveA3uHaZ5GMWM4/Kg47l1U2tku/dhPQk=",
		},
		"at sign and space": {
			NewQuery("contactEmail", "jo@example.test", "customerName", "Blue Hill"),
			"contactEmail=jo@example.test&customerName=Blue Hill", "contactEmail=jo@example.test&customerName=Blue%20Hill",
			"SGdR3U1H9Zhu3aZwCMVOi6+Pu2A8MB+yuVbbHGKA4f0=",
		},
		"not ASCII": {NewQuery("productCode", "CAFÉ-1"), "productCode=CAFÉ-1", "productCode=CAF%C3%89-1", "FiIsYiSqsVTZL6PWggsjALW5O0wYQT0u+rV9m6uBxoc="},
		"colons":    {NewQuery("modifiedSince", "2026-03-01T08:30:00"), "modifiedSince=2026-03-01T08:30:00", "modifiedSince=2026-03-01T08:30:00", "gQTK3jdykUm2Ueogyq2WUpOGUaufxD6Rx7gUfVXl4uE="},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.text, test.query.Text())
			assert.Equal(t, test.wire, test.query.Wire())
			assert.Equal(t, test.sig, Signature(testKey, test.query.Text()))
		})
	}
}

func TestWireEscapesWhatEndsAValue(t *testing.T) {
	assert.Equal(t, "a=1%262%3D3%2B4%235%256%3B7%228", NewQuery("a", `1&2=3+4#5%6;7"8`).Wire())
	assert.Equal(t, "a=x:y,z@(w)'/~", NewQuery("a", "x:y,z@(w)'/~").Wire())
	assert.Equal(t, "a=", NewQuery("a").Wire(), "a key without a value")
}

func TestWithLeavesTheQueryAlone(t *testing.T) {
	base := NewQuery("a", "1")
	first, second := base.With("b", "2"), base.With("c", "3")
	assert.Equal(t, "a=1", base.Text())
	assert.Equal(t, "a=1&b=2", first.Text())
	assert.Equal(t, "a=1&c=3", second.Text())
}

func FuzzQuery(f *testing.F) {
	f.Add("customerName", "Blue Hill", "productCode", "A&B=C+D%20#É;")
	f.Add("", "", "\x00", "\xff")
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2 string) {
		q := NewQuery(k1, v1, k2, v2)
		wire := q.Wire()
		text, err := url.PathUnescape(wire)
		require.NoError(t, err)
		assert.Equal(t, q.Text(), text, "the service signs what it decodes")
		if strings.ContainsFunc(wire, func(r rune) bool { return r <= ' ' || r > '~' || r == '#' }) {
			t.Fatalf("%q cannot stand in a request line", wire)
		}
		values, err := url.ParseQuery(wire)
		require.NoError(t, err)
		if k1 != k2 {
			assert.Equal(t, v1, values.Get(k1))
			assert.Equal(t, v2, values.Get(k2))
		} else {
			assert.Equal(t, []string{v1, v2}, values[k1])
		}
	})
}
