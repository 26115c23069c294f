package scenarios

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/world"
)

// enveloped answers one record as a list of one, or of none.
func enveloped(t *testing.T, path string, records ...any) twin.Fault {
	t.Helper()
	body, err := json.Marshal(map[string]any{"Items": append([]any{}, records...)})
	require.NoError(t, err)
	return twin.Fault{Method: "GET", Path: path, Status: 200, Body: string(body)}
}

func TestACustomerMayComeInAnEnvelope(t *testing.T) {
	t.Parallel()
	for name, email := range map[string]string{"of one": "orders@harbour.example", "of none": "(none)"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
				c, _ := w.Unleashed.Customer("HARBOUR01")
				path := "/Customers/" + c.Guid.String()
				if email == "(none)" {
					w.Unleashed.Faults.Add(enveloped(t, path))
				} else {
					w.Unleashed.Faults.Add(enveloped(t, path, c))
				}
				addOrder(w, "SO-1", nil)
				w.Once(t, orderImport.stream())
				require.Len(t, w.Mintsoft.Orders(), 1)
				assert.Equal(t, email, text(w.Mintsoft.Orders()[0].Email))
				assert.Equal(t, email == "(none)", len(w.Stored(t, "customers", c.Guid.String())) == 0, "what is none is not kept")
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}

func TestADeletedOrderMayComeInAnEnvelope(t *testing.T) {
	t.Parallel()
	told(t, func(t *testing.T, w *world.World, _ string) {
		ref := orderImport.add(w, 1)
		w.Forever(t, "main_webhooks", orderImport.stream())
		<-time.After(time.Minute)
		deliver(t, w)
		gone := w.Unleashed.DeleteOrder(ref)
		w.Unleashed.Faults.Add(enveloped(t, "/SalesOrders/"+gone.Guid.String(), gone))
		deliver(t, w)
		assert.Equal(t, []string{orderImport.removed(ref)}, orderImport.stands(t, w, ref))
	})
}
