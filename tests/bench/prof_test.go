package bench

import (
	"syscall"
	"testing"
)

func cpuSeconds() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

func BenchmarkZProduct(b *testing.B) {
	for range b.N {
		c := cpuSeconds()
		m := measure(b, product, 6000, 16, 0)
		b.ReportMetric((cpuSeconds()-c)*1000/6000, "cpu-ms/order")
		b.ReportMetric(m.perSecond(), "orders/s")
	}
}

func BenchmarkZBare(b *testing.B) {
	for range b.N {
		c := cpuSeconds()
		m := measure(b, loop, 3000, 16, 0)
		b.ReportMetric((cpuSeconds()-c)*1000/3000, "cpu-ms/order")
		b.ReportMetric(m.perSecond(), "orders/s")
	}
}

func BenchmarkZSlow(b *testing.B) {
	for range b.N {
		l := measure(b, loop, 2000, 16, 50e6)
		m := measure(b, product, 2000, 16, 50e6)
		b.ReportMetric(m.perSecond(), "orders/s")
		b.ReportMetric(m.perSecond()/l.perSecond(), "ratio")
	}
}
