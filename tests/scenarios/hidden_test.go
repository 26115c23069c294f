package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// A record may be answered as missing for some seconds after an event about it. It is
// not gone by that.
func TestARecordThatIsNotShownForAMomentIsNotGone(t *testing.T) {
	t.Parallel()
	touch := func(t *testing.T, w *world.World) {
		w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) { o.Comments = "thanks" })
		w.Unleashed.DeliverWebhooks(t.Context())
	}
	for name, test := range map[string]func(t *testing.T, w *world.World, id int){
		"when its despatch is judged": func(t *testing.T, w *world.World, id int) {
			w.Mintsoft.Despatch(id, "TRK-1")
			touch(t, w)
			w.Once(t, "main_order_despatch")
			requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")
		},
		"when it is completed": func(t *testing.T, w *world.World, id int) {
			w.Mintsoft.Despatch(id, "TRK-1")
			running := w.Forever(t, "main_order_despatch")
			for range 80 { // events are told as they happen
				<-time.After(50 * time.Millisecond)
				w.Unleashed.DeliverWebhooks(t.Context())
			}
			<-time.After(2 * time.Hour)
			running.Stop(t)
			requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")
		},
		"when its edit is compared": func(t *testing.T, w *world.World, id int) {
			w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": 5})
			touch(t, w)
			w.Once(t, "main_order_update")
			assert.Equal(t, "5 x MUG-BLUE at 10", ordered(w, "SO-1")[0])
		},
		"when its stock is compared": func(t *testing.T, w *world.World, id int) {
			w.Mintsoft.Despatch(id, "TRK-1")
			touch(t, w)
			counted(t, w)
			assert.Equal(t, "240", onHand(w, "MUG-BLUE"))
			w.Once(t, "main_order_despatch")
			<-time.After(time.Hour)
			counted(t, w)
			assert.Equal(t, "238", onHand(w, "MUG-BLUE"))
			assert.Empty(t, adjusted(w))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settledStock(t, world.Options{Settings: map[string]any{
				"general.use_webhooks": true, "unleashed.webhook_signature_key": webhookOther, "general.in_flight_order_update": true, "general.stock_sync_guard": 100,
			}}, func(t *testing.T, w *world.World) {
				subscribe(t, w)
				addOrder(w, "SO-1", nil)
				w.Once(t, "main_order_import", "main_order_update")
				<-time.After(time.Minute)
				w.Unleashed.DeliverWebhooks(t.Context())
				<-time.After(time.Hour)
				o, _ := w.Mintsoft.OrderByNumber("SO-1")
				test(t, w, o.ID)
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}
