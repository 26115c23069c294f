package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

const (
	// callsAnOrder is what an order may cost: its write, and its share of pages and
	// look-ups.
	callsAnOrder = 1.05
	// memory is what an import of any size may hold, in MB.
	memory = 200
)

// BenchmarkFirstImport imports 10,000 orders by the product and by the bare loop in
// turn, so that both see the same machine.
func BenchmarkFirstImport(b *testing.B) {
	const orders = 10_000
	for _, c := range []struct {
		latency  time.Duration
		inFlight int
	}{{0, 16}, {50 * time.Millisecond, 16}} {
		b.Run(fmt.Sprintf("latency=%s", c.latency), func(b *testing.B) {
			result := comparison{latency: c.latency, inFlight: c.inFlight}
			for range b.N {
				result.bare.add(measure(b, loop, orders, c.inFlight, c.latency))
				result.product.add(measure(b, product, orders, c.inFlight, c.latency))
				result.product.add(measure(b, product, orders, c.inFlight, c.latency))
				result.bare.add(measure(b, loop, orders, c.inFlight, c.latency))
			}
			assert.Equal(b, result.bare.digest, result.product.digest, "both made the same orders")
			keep(result)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(result.bare.perSecond(), "bare-orders/s")
			b.ReportMetric(result.product.perSecond(), "orders/s")
			b.ReportMetric(result.ratio(), "ratio")
			b.ReportMetric(result.product.perOrder(), "calls/order")
			b.ReportMetric(result.product.megabytes(), "peak-MB")
		})
	}
}

func TestAnImportCostsLittleMoreThanItsWrites(t *testing.T) {
	const orders = 1000
	byProduct := measure(t, product, orders, 16, 0)
	byLoop := measure(t, loop, orders, 16, 0)
	assert.Equal(t, byLoop.digest, byProduct.digest, "both made the same orders")
	assert.LessOrEqual(t, byProduct.perOrder(), callsAnOrder)
	assert.Less(t, byProduct.megabytes(), float64(memory))
	t.Logf("product: %.0f orders/s, %.4f calls an order, %.0f MB; bare loop: %.0f orders/s, %.4f calls an order",
		byProduct.perSecond(), byProduct.perOrder(), byProduct.megabytes(), byLoop.perSecond(), byLoop.perOrder())
}
