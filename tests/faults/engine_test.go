package faults

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestEngine runs the engine's own commands with the plugins in.
func TestEngine(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 5)

	t.Run("run syncs a pipeline alone", func(t *testing.T) {
		h.env = append(h.env, "CONNECTION=main")
		h.must(0, "sync", "--once", "--only", "main_product_sync")
		p := h.start("run", "--set", "http.address=127.0.0.1:0", "pipelines/order_import.yaml")
		eventually(t, "the orders are there", func() bool { return len(h.Mintsoft.Orders()) == 5 }, p)
		p.terminate()
		h.everyOrderOnce(5)
		assert.Contains(t, h.must(0, "trace", orderNumber(1)), "main_order_import")
		// The ledger is the one that sync uses: nothing is made twice.
		h.Mintsoft.Journal.Reset()
		h.must(0, "sync", "--once")
		assert.Empty(t, h.Mintsoft.Journal.Writes())
	})

	t.Run("run that is told to stop while it starts", func(t *testing.T) {
		for range 3 {
			p := h.start("run", "--set", "http.address=127.0.0.1:0", "pipelines/order_import.yaml")
			p.says("Running main config")
			p.terminate()
		}
	})

	t.Run("run explains what is wrong with the connection file", func(t *testing.T) {
		spoilt := newHouse(t, 0)
		spoilt.edit("connections.yaml", "warehouse_code: MAIN", "warehose_code: MAIN")
		p := spoilt.run("run", "--set", "http.address=127.0.0.1:0", "pipelines/order_import.yaml")
		assert.Equal(t, 2, p.code())
		assert.Contains(t, p.stderr.String(), "connections[0].unleashed.warehose_code: unknown key, did you mean warehouse_code?")

		named := newHouse(t, 0)
		named.env = append(named.env, "CONNECTION=nope")
		p = named.run("run", "--set", "http.address=127.0.0.1:0", "pipelines/order_import.yaml")
		assert.Equal(t, 2, p.code())
		assert.Contains(t, p.stderr.String(), "nope")
	})

	t.Run("test proves the mappings, and finds a broken one", func(t *testing.T) {
		few := newHouse(t, 0)
		for _, flow := range []string{"product_sync", "order_import"} { // the big ones are proved elsewhere
			assert.NoError(t, os.Remove(few.path("pipelines/"+flow+"_benthos_test.yaml")))
		}
		assert.Contains(t, few.must(0, "test", "./pipelines/..."), "Test 'pipelines/customer_sync.yaml' succeeded")
		few.edit("pipelines/customer_sync.yaml", `"PhoneNumber", `, "")
		broken := few.run("test", "./pipelines/...")
		assert.Equal(t, 1, broken.code())
		assert.Contains(t, broken.String(), "Test 'pipelines/customer_sync.yaml' failed")
	})

	t.Run("lint knows the plugins and their rules", func(t *testing.T) {
		h.must(0, "lint", "--labels", "pipelines/customer_sync.yaml", "pipelines/product_sync.yaml", "pipelines/order_import.yaml")
		h.write("own.yaml", "input:\n  label: own\n  unleashed: { connection: main, resource: SalesOrders, page_size: 501, bogus: 1 }\noutput:\n  label: out\n  drop: {}\n")
		p := h.run("lint", "own.yaml")
		assert.Equal(t, 1, p.code())
		assert.Contains(t, p.String(), "bogus")
		assert.Contains(t, p.String(), "expected a page size from 0 to 500")
	})

	t.Run("list and create show the plugins", func(t *testing.T) {
		for kind, names := range map[string][]string{
			"inputs": {"unleashed", "mintsoft"}, "outputs": {"unleashed", "mintsoft", "dead_letter"},
			"processors": {"unleashed", "mintsoft", "settings"}, "caches": {"ledger"},
		} {
			listed := h.must(0, "list", kind)
			for _, name := range names {
				assert.Contains(t, listed, "- "+name+"\n", kind)
			}
		}
		created := h.must(0, "create", "unleashed//mintsoft")
		for _, field := range []string{"unleashed:", "mintsoft:", "resource:", "operation:", "interval: 15m"} {
			assert.Contains(t, created, field)
		}
	})

	t.Run("the version is told", func(t *testing.T) {
		assert.Contains(t, h.must(0, "--version"), "Version: ")
	})
}
