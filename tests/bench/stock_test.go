package bench

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/runner"
	"github.com/mintleash/mintleash/tests/sandbox"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

// stockMemory is what a stock run may hold, in MB.
const stockMemory = 300

// seedStock adds products that both services have a hundred of.
func seedStock(twins *sandbox.Sandbox, n int) {
	blue, _ := twins.Mintsoft.Product("MUG-BLUE")
	for i := range n {
		sku := fmt.Sprintf("STOCK-%05d", i)
		twins.Unleashed.AddProduct(unleashedsim.Product{ProductCode: sku, ProductDescription: sku, DefaultPurchasePrice: unleashedsim.Number("2.5")})
		twins.Unleashed.SetStock(sku, "MAIN", "100", "2.50")
		twins.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: blue.ClientID, SKU: sku, Name: sku})
	}
	if n > 0 {
		<-time.After(twins.Mintsoft.Knobs().ProductVisibleAfter)
	}
	for i := range n {
		twins.Mintsoft.AdjustStock(fmt.Sprintf("STOCK-%05d", i), warehouseOf(twins), 100)
	}
}

// sellStock takes one of some products, spread over all of them.
func sellStock(twins *sandbox.Sandbox, n int) {
	all := 0
	for _, p := range twins.Mintsoft.Products() {
		if len(p.SKU) == len("STOCK-00000") && p.SKU[:6] == "STOCK-" {
			all++
		}
	}
	for i := range n {
		twins.Mintsoft.AdjustStock(fmt.Sprintf("STOCK-%05d", i*(all/n)), warehouseOf(twins), -1)
	}
}

func warehouseOf(twins *sandbox.Sandbox) int {
	for id := range 20 {
		if twins.Mintsoft.Stock("MUG-BLUE", id).ID != 0 {
			return id
		}
	}
	return 0
}

// sell changes the stock of some products, and answers what stands then.
func (t twins) sell(tb testing.TB, n int) (s standing) {
	tb.Helper()
	response, err := http.Get(t.Control + "?sell=" + strconv.Itoa(n))
	require.NoError(tb, err)
	defer response.Body.Close()
	require.NoError(tb, json.NewDecoder(response.Body).Decode(&s))
	return s
}

// stockRun is one run of the stock sync, with what it cost.
func stockRun(tb testing.TB, folder string, t twins) (calls [2]int, peak uint64, took time.Duration) {
	tb.Helper()
	path := filepath.Join(folder, "connections.yaml")
	require.NoError(tb, os.WriteFile(path, connections(t, filepath.Join(folder, "ledger.db"), 8), 0o600))
	file, err := connection.Load(path, os.LookupEnv)
	require.NoError(tb, err)
	log := slog.New(slog.DiscardHandler)
	before := t.standing(tb)
	runtime.GC()
	highest := watchHeap()
	began := time.Now()
	book, err := connection.Open(tb.Context(), file, connection.OpenOptions{Once: true, Log: log})
	require.NoError(tb, err)
	defer func() { require.NoError(tb, book.Close()) }()
	streams, err := runner.Streams(tb.Context(), book, filepath.Join("..", "..", "pipelines"))
	require.NoError(tb, err)
	streams, err = runner.Only(streams, []string{"main_stock_sync"})
	require.NoError(tb, err)
	for _, row := range (&runner.Runner{Book: book, Log: log}).Once(tb.Context(), streams, 5*time.Minute) {
		require.Equal(tb, "delivered", row.State, row.Error)
		require.Zero(tb, row.DeadLettered)
	}
	after := t.standing(tb)
	return [2]int{after.UnleashedCalls - before.UnleashedCalls, after.MintsoftCalls - before.MintsoftCalls}, highest(), time.Since(began)
}

// full asks for a run that compares everything.
func full(tb testing.TB, folder string) {
	tb.Helper()
	l, err := ledger.Open(tb.Context(), "sqlite:"+filepath.Join(folder, "ledger.db"), ledger.Options{})
	require.NoError(tb, err)
	require.NoError(tb, l.Commit(tb.Context(), func(tx *ledger.Tx) error {
		return tx.AddTrigger(ledger.Trigger{Stream: "main_stock_sync", Full: true})
	}))
	require.NoError(tb, l.Close())
}

func TestAStockRunCostsItsPagesAndItsDifferences(t *testing.T) {
	const skus, changed = 20_000, 200
	twins, stop := startTwins(t, 0, 0, envStock+"="+strconv.Itoa(skus))
	defer stop()
	folder := t.TempDir()
	report := func(what string, calls [2]int, peak uint64, took time.Duration) {
		t.Logf("%s: %d calls to Unleashed, %d to Mintsoft, %d MB, %s", what, calls[0], calls[1], peak>>20, took.Round(time.Millisecond))
		assert.Less(t, peak>>20, uint64(stockMemory))
	}
	calls, peak, took := stockRun(t, folder, twins)
	report("the first run", calls, peak, took)
	pages := skus/500 + 1
	assert.LessOrEqual(t, calls[1], pages+8, "Mintsoft: its pages and the empty one behind them, who we are, the bundles, and what left or came")
	assert.LessOrEqual(t, calls[0], skus/500+2, "Unleashed: all pages, and whether our warehouse is there")

	twins.sell(t, changed)
	calls, peak, took = stockRun(t, folder, twins)
	report("1 % changed", calls, peak, took)
	assert.LessOrEqual(t, calls[1], pages+7, "Mintsoft: at most the pages of its list, a second look, an empty page behind each, and what left or came")
	assert.Equal(t, changed/50+1, calls[0], "Unleashed: a look for each 50, and one write for 200")
	assert.Equal(t, changed, twins.standing(t).Adjusted)

	twins.sell(t, changed)
	full(t, folder)
	calls, peak, took = stockRun(t, folder, twins)
	report("1 % changed, in a full run", calls, peak, took)
	assert.LessOrEqual(t, calls[0], skus/500+2)
	assert.Equal(t, 2*changed, twins.standing(t).Adjusted)
}
