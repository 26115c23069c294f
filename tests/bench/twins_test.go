package bench

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/runner"
	"github.com/mintleash/mintleash/tests/sandbox"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

const (
	envOrders  = "MINTLEASH_BENCH_ORDERS"
	envLatency = "MINTLEASH_BENCH_LATENCY"
	envStock   = "MINTLEASH_BENCH_STOCK" // products that both services have a hundred of
)

// TestMain lets the test binary start itself again as the simulated services:
// what they use of memory and processor is not what is measured.
func TestMain(m *testing.M) {
	if os.Getenv(envOrders) == "" {
		debug.SetGCPercent(runner.GCPercent) // as the program does
		code := m.Run()
		printTable(os.Stdout)
		os.Exit(code)
	}
	if err := serveTwins(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// addresses is where the twins of another process are found.
type addresses struct{ Unleashed, Mintsoft, Control string }

// standing is what the twins saw and hold.
type standing struct {
	UnleashedCalls, MintsoftCalls, Orders int
	// Adjusted are the lines of the stock adjustments that are not the seed's.
	Adjusted int
	// Digest stands for number, lines, quantities and prices of all orders.
	Digest     string
	Violations []string
}

func (s standing) calls() int { return s.UnleashedCalls + s.MintsoftCalls }

// serveTwins is the other process: it tells where the twins are and goes on until
// its input ends.
func serveTwins(in io.Reader, out io.Writer) error {
	orders, err := strconv.Atoi(os.Getenv(envOrders))
	if err != nil {
		return fmt.Errorf("reading the number of orders: %w", err)
	}
	latency, err := time.ParseDuration(os.Getenv(envLatency))
	if err != nil {
		return fmt.Errorf("reading the latency: %w", err)
	}
	twins, err := sandbox.New(sandbox.Options{Products: 25, Latency: latency})
	if err != nil {
		return err
	}
	seed(twins, orders)
	if products, err := strconv.Atoi(os.Getenv(envStock)); err == nil {
		seedStock(twins, products)
	}
	if err := twins.Start("127.0.0.1:0", "127.0.0.1:0"); err != nil {
		return err
	}
	defer twins.Close()
	twins.Unleashed.Journal.KeepCounts()
	twins.Mintsoft.Journal.KeepCounts()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening for questions about the twins: %w", err)
	}
	control := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n, err := strconv.Atoi(r.URL.Query().Get("sell")); err == nil {
			sellStock(twins, n)
		}
		_ = json.NewEncoder(w).Encode(standingOf(twins))
	})}
	go func() { _ = control.Serve(listener) }()
	defer control.Close()
	if err := json.NewEncoder(out).Encode(addresses{
		Unleashed: twins.Unleashed.URL(), Mintsoft: twins.Mintsoft.URL(), Control: "http://" + listener.Addr().String(),
	}); err != nil {
		return fmt.Errorf("telling where the twins are: %w", err)
	}
	_, err = io.Copy(io.Discard, in)
	return err
}

func standingOf(twins *sandbox.Sandbox) standing {
	var lines []string
	orders := twins.Mintsoft.Orders()
	for _, o := range orders {
		line := o.OrderNumber
		for _, item := range o.OrderItems {
			line += fmt.Sprintf(" %s*%v@%v", item.SKU, item.Quantity, item.Price)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	adjusted := 0
	for _, a := range twins.Unleashed.StockAdjustments() {
		if a.AdjustmentReason == "Mintsoft" {
			adjusted += len(a.StockAdjustmentLines)
		}
	}
	return standing{
		Adjusted:       adjusted,
		UnleashedCalls: twins.Unleashed.Journal.Count("*", "*"), MintsoftCalls: twins.Mintsoft.Journal.Count("*", "*"),
		Orders: len(orders), Digest: hex.EncodeToString(sum[:8]), Violations: twins.Mintsoft.Violations(),
	}
}

// seed adds plain orders that are all wanted, and the products that Mintsoft
// would have from an earlier run, so that nothing is skipped, refused or parked.
func seed(twins *sandbox.Sandbox, orders int) {
	known := map[string]bool{}
	client := 0
	for _, p := range twins.Mintsoft.Products() {
		known[p.SKU], client = true, p.ClientID
	}
	var skus []string
	for _, p := range twins.Unleashed.Products() {
		if p.NeverDiminishing || p.Obsolete || p.IsBatchTracked || p.IsSerialized {
			continue
		}
		skus = append(skus, p.ProductCode)
		if !known[p.ProductCode] {
			twins.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: client, SKU: p.ProductCode, Name: p.ProductDescription})
		}
	}
	customers := twins.Unleashed.Customers()
	for i := range orders {
		spec := unleashedsim.OrderSpec{
			Status: unleashedsim.Placed, Customer: customers[i%len(customers)].CustomerCode, Warehouse: "MAIN", CustomerRef: fmt.Sprintf("PO-%d", i),
			Delivery: unleashedsim.Delivered{Name: "Sam Shopper", Street: "9 Elm Grove", City: "Harrogate", Region: "North Yorkshire", Country: "United Kingdom", PostCode: "HG1 2AA"},
		}
		for k := range 1 + i%4 {
			spec.Lines = append(spec.Lines, unleashedsim.LineSpec{SKU: skus[(i+5*k)%len(skus)], Quantity: strconv.Itoa(1 + (i+k)%3), Price: "9.95"})
		}
		twins.Unleashed.AddOrder(spec)
	}
}

// twins are the simulated services in a process of their own.
type twins struct{ addresses }

// startTwins starts them with so many orders; they end with the test.
func startTwins(tb testing.TB, orders int, latency time.Duration, more ...string) (t twins, stop func()) {
	tb.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(append(os.Environ(), envOrders+"="+strconv.Itoa(orders), envLatency+"="+latency.String()), more...)
	child.Stderr = os.Stderr
	hold, err := child.StdinPipe()
	require.NoError(tb, err)
	out, err := child.StdoutPipe()
	require.NoError(tb, err)
	require.NoError(tb, child.Start())
	stop = func() {
		_ = hold.Close()
		require.NoError(tb, child.Wait())
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	require.NoError(tb, err)
	require.NoError(tb, json.Unmarshal(line, &t.addresses))
	return t, stop
}

// standing asks what the twins saw and hold.
func (t twins) standing(tb testing.TB) (s standing) {
	tb.Helper()
	response, err := http.Get(t.Control)
	require.NoError(tb, err)
	defer response.Body.Close()
	require.NoError(tb, json.NewDecoder(response.Body).Decode(&s))
	return s
}
