package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/world"
)

// TestAnEditTurnsAStreamOn that was off when the sync began.
func TestAnEditTurnsAStreamOn(t *testing.T) {
	t.Parallel()
	world.Bubble(t, world.Options{Seed: small, Settings: map[string]any{"general.frequency": "1m"}}, func(t *testing.T, w *world.World) {
		w.Edit(t, "order_import", "enabled: ${! @settings.general.import_orders }", "enabled: false")
		running := w.Forever(t, "main_order_import")
		<-time.After(2 * time.Minute)
		assert.Empty(t, w.Calls("unleashed"))
		w.Edit(t, "order_import", "enabled: false", "enabled: ${WANTED:true}")
		addOrder(w, "SO-1", nil)
		<-time.After(3 * time.Minute)
		_, exists := w.Mintsoft.OrderByNumber("SO-1")
		assert.True(t, exists)
		running.Stop(t)
	})
}

// TestAnEditUnderARunningSync: one that cannot run is put aside, and the pipeline before
// it goes on.
func TestAnEditUnderARunningSync(t *testing.T) {
	t.Parallel()
	const (
		resource = "    resource: SalesOrders\n"
		interval = "interval: ${! @settings.general.frequency }"
		code     = `root.orderStatus = "Parked,Placed,Backordered,Completed,Deleted"`
		enabled  = "enabled: ${! @settings.general.import_orders }"
	)
	for name, c := range map[string]struct {
		from, to string
		arrives  bool
		says     string
	}{
		"an interval that is none":     {interval, "interval: whenever", true, "field input.interval: parsing interval"},
		"a query that fails":           {code, `root.orderStatus = throw("no idea")`, true, "field input.query:"},
		"a setting that is misspelt":   {enabled, "enabled: ${! @settings.general.import_ordrs }", true, "is a setting misspelt?"},
		"another page size is fine":    {resource, resource + "    page_size: 3\n", true, "the pipeline was edited and is started again"},
		"what is turned off is silent": {enabled, "enabled: false", false, "the pipeline was edited and is off"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, world.Options{Seed: small, Settings: map[string]any{"general.frequency": "1m"}}, func(t *testing.T, w *world.World) {
				w.Edit(t, "order_import", resource, resource) // a folder of its own
				running := w.Forever(t, "main_order_import")
				<-time.After(2 * time.Minute)
				w.Edit(t, "order_import", c.from, c.to)
				<-time.After(time.Minute)
				addOrder(w, "SO-1", nil)
				<-time.After(3 * time.Minute)
				_, exists := w.Mintsoft.OrderByNumber("SO-1")
				assert.Equal(t, c.arrives, exists)
				assert.Len(t, w.Logged(c.says), 1)

				w.Edit(t, "order_import", c.to, c.from)
				addOrder(w, "SO-2", nil)
				<-time.After(3 * time.Minute)
				_, exists = w.Mintsoft.OrderByNumber("SO-2")
				assert.True(t, exists)
				running.Stop(t)
			})
		})
	}
}
