package bench

import (
	"fmt"
	"io"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// importer is one of the two ways to import.
type importer func(tb testing.TB, t twins, orders, inFlight int)

// measured is what imports cost.
type measured struct {
	took          time.Duration
	orders, calls int
	peak          uint64 // bytes of live heap
	digest        string
}

func (m measured) perSecond() float64 { return float64(m.orders) / m.took.Seconds() }
func (m measured) perOrder() float64  { return float64(m.calls) / float64(m.orders) }
func (m measured) megabytes() float64 { return float64(m.peak) / (1 << 20) }

func (m *measured) add(other measured) {
	m.took += other.took
	m.orders += other.orders
	m.calls += other.calls
	m.peak = max(m.peak, other.peak)
	m.digest = other.digest
}

// measure imports once, from twins that nobody has asked before.
func measure(tb testing.TB, with importer, orders, inFlight int, latency time.Duration) measured {
	tb.Helper()
	t, stop := startTwins(tb, orders, latency)
	defer stop()
	runtime.GC()
	peak := watchHeap()
	began := time.Now()
	with(tb, t, orders, inFlight)
	m := measured{took: time.Since(began), orders: orders, peak: peak()}
	s := t.standing(tb)
	m.calls, m.digest = s.calls(), s.Digest
	require.Equal(tb, orders, s.Orders, "every order is there once")
	assert.Empty(tb, s.Violations)
	return m
}

// sampleEvery is how often the heap is looked at.
const sampleEvery = 10 * time.Millisecond

// watchHeap samples the heap until the answer, its greatest size, is asked for.
func watchHeap() (peak func() uint64) {
	done := make(chan struct{})
	var watching sync.WaitGroup
	var most uint64
	watching.Go(func() {
		ticker := time.NewTicker(sampleEvery)
		defer ticker.Stop()
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	})
	return func() uint64 {
		close(done)
		watching.Wait()
		return most
	}
}

// comparison is one row of the table.
type comparison struct {
	latency       time.Duration
	inFlight      int
	bare, product measured
}

func (c comparison) ratio() float64 { return c.product.perSecond() / c.bare.perSecond() }

var (
	compared    []comparison
	comparisons sync.Mutex
)

func keep(c comparison) {
	comparisons.Lock()
	defer comparisons.Unlock()
	compared = append(compared, c)
}

// printTable shows what was compared, once everything has run.
func printTable(to io.Writer) {
	comparisons.Lock()
	defer comparisons.Unlock()
	if len(compared) == 0 {
		return
	}
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "latency\tin flight\torders\tbare orders/s\tproduct orders/s\tratio\tcalls/order bare\tproduct\tpeak heap bare\tproduct\t")
	for _, c := range compared {
		fmt.Fprintf(table, "%s\t%d\t%d\t%.0f\t%.0f\t%.2f\t%.4f\t%.4f\t%.0f MB\t%.0f MB\t\n", c.latency, c.inFlight, c.product.orders,
			c.bare.perSecond(), c.product.perSecond(), c.ratio(), c.bare.perOrder(), c.product.perOrder(), c.bare.megabytes(), c.product.megabytes())
	}
	_ = table.Flush()
}
