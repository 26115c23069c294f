package connection

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestVariablesAreFilledIn(t *testing.T) {
	for name, test := range map[string]struct {
		scalar, want string
		names, unset []string
		open         bool
	}{
		"none":                     {scalar: "plain $5 {x}", want: "plain $5 {x}"},
		"one":                      {scalar: "${FREQUENCY}", want: "45m", names: []string{"FREQUENCY"}},
		"with a default unused":    {scalar: "${FREQUENCY:1h}", want: "45m", names: []string{"FREQUENCY"}},
		"a default":                {scalar: "${NOBODY:1h}", want: "1h", names: []string{"NOBODY"}},
		"an empty default":         {scalar: "${NOBODY:}", want: "", names: []string{"NOBODY"}},
		"a default with colons":    {scalar: "${NOBODY:http://h:1}", want: "http://h:1", names: []string{"NOBODY"}},
		"empty gives way":          {scalar: "${EMPTY:1h}", want: "1h", names: []string{"EMPTY"}},
		"empty stays":              {scalar: "a${EMPTY}b", want: "ab", names: []string{"EMPTY"}},
		"two":                      {scalar: "${FREQUENCY}/${RATE}", want: "45m/0.5", names: []string{"FREQUENCY", "RATE"}},
		"unset":                    {scalar: "${NOBODY}", names: []string{"NOBODY"}, unset: []string{"NOBODY"}},
		"once only":                {scalar: "${LOOKS}", want: "${UNLEASHED_API_KEY}", names: []string{"LOOKS"}},
		"no end":                   {scalar: "${NOBODY", want: "${NOBODY", open: true},
		"no name":                  {scalar: "${}", want: "${}", open: true},
		"a name that none has":     {scalar: "${A-B}", want: "${A-B}", open: true},
		"one inside another's end": {scalar: "${NOBODY:${RATE}}", want: "${NOBODY:0.5}", names: []string{"RATE"}, open: true},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, expansion{text: test.want, names: test.names, unset: test.unset, open: test.open}, expand(test.scalar, lookup))
		})
	}
}

func TestVariablesGiveAnyType(t *testing.T) {
	for name, q := range map[string]string{"quoted": `"`, "unquoted": ""} {
		t.Run(name, func(t *testing.T) {
			file := parse(t, withLines(
				"general:", "  frequency: "+q+"${FREQUENCY}"+q, "  import_orders: "+q+"${OFF}"+q, "  stock_sync_guard: "+q+"${GUARD:35}"+q,
				"  order_status_to_import: ["+`"${STATUS:Placed}"`+"]", "active: "+q+"${ON:true}"+q))
			general := file.Connections[0].General
			assert.Equal(t, Duration(45*time.Minute), general.Frequency)
			assert.False(t, general.ImportOrders)
			assert.Equal(t, 35, general.StockSyncGuard)
			assert.Equal(t, []string{"Placed"}, general.OrderStatusToImport)
			assert.True(t, file.Connections[0].Active)
		})
	}
}

// TestAValueCannotChangeTheStructure: a credential may hold what YAML would take
// for a comment, a key or a variable.
func TestAValueCannotChangeTheStructure(t *testing.T) {
	file := parse(t, smallest)
	assert.Equal(t, secretKey, file.Connections[0].Unleashed.APIKey.Reveal())
}
