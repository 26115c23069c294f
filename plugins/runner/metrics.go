package runner

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

const (
	metricsType = "mintleash_shared"
	labelStream = "stream"
)

// Metrics is one Prometheus registry for all streams of the process, each
// metric with the label `stream`, and the calls to both services.
type Metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	latency  *prometheus.HistogramVec

	mut      sync.Mutex
	counters map[string]*prometheus.CounterVec
	gauges   map[string]*prometheus.GaugeVec
	timers   map[string]*prometheus.SummaryVec
}

// NewMetrics makes an empty registry.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mintleash_api_calls_total", Help: "Calls to a service, by how they ended.",
		}, []string{"system", "operation", "outcome", "retry"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mintleash_api_call_seconds", Help: "Duration of calls to a service, waiting for the limit not counted.",
		}, []string{"system", "operation"}),
		counters: map[string]*prometheus.CounterVec{}, gauges: map[string]*prometheus.GaugeVec{}, timers: map[string]*prometheus.SummaryVec{},
	}
	m.registry.MustRegister(m.calls, m.latency)
	return m
}

// Handler serves the registry.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Observe counts one call to a service.
func (m *Metrics) Observe(c apihttp.Call) {
	m.calls.WithLabelValues(c.System, c.Operation, c.Outcome, fmt.Sprint(c.Retry)).Inc()
	m.latency.WithLabelValues(c.System, c.Operation).Observe(c.Duration.Seconds())
}

// register makes the registry the metrics of one stream's environment.
func (m *Metrics) register(env *service.Environment, stream string) error {
	return env.RegisterMetricsExporter(metricsType, service.NewConfigSpec(), func(*service.ParsedConfig, *service.Logger) (service.MetricsExporter, error) {
		return &exporter{metrics: m, stream: stream}, nil
	})
}

// exporter hands one stream's metrics to the shared registry. It outlives the
// stream, so that a stream that is started again goes on counting.
type exporter struct {
	metrics *Metrics
	stream  string
}

// Close leaves the shared registry alone.
func (e *exporter) Close(context.Context) error { return nil }

func labelsOf(keys []string) []string {
	labels := []string{labelStream}
	for _, key := range keys {
		if key == labelStream {
			key = "engine_stream"
		}
		labels = append(labels, key)
	}
	return labels
}

func name(text string) string { return strings.NewReplacer(".", "_", "-", "_").Replace(text) }

// vec finds or registers a metric by its name and labels.
func vec[V prometheus.Collector](m *Metrics, known map[string]V, metric string, labels []string, build func() V) V {
	m.mut.Lock()
	defer m.mut.Unlock()
	key := metric + "|" + strings.Join(labels, "|")
	if v, exists := known[key]; exists {
		return v
	}
	v := build()
	if err := m.registry.Register(v); err != nil {
		// The same name with other labels: kept out of the registry rather than
		// taking the stream down.
		known[key] = v
		return v
	}
	known[key] = v
	return v
}

// NewCounterCtor implements service.MetricsExporter.
func (e *exporter) NewCounterCtor(metric string, keys ...string) service.MetricsExporterCounterCtor {
	labels := labelsOf(keys)
	v := vec(e.metrics, e.metrics.counters, metric, labels, func() *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name(metric)}, labels)
	})
	return func(values ...string) service.MetricsExporterCounter {
		return counter{v.WithLabelValues(slices.Concat([]string{e.stream}, values)...)}
	}
}

// NewTimerCtor implements service.MetricsExporter.
func (e *exporter) NewTimerCtor(metric string, keys ...string) service.MetricsExporterTimerCtor {
	labels := labelsOf(keys)
	v := vec(e.metrics, e.metrics.timers, metric, labels, func() *prometheus.SummaryVec {
		return prometheus.NewSummaryVec(prometheus.SummaryOpts{Name: name(metric)}, labels)
	})
	return func(values ...string) service.MetricsExporterTimer {
		return timer{v.WithLabelValues(slices.Concat([]string{e.stream}, values)...)}
	}
}

// NewGaugeCtor implements service.MetricsExporter.
func (e *exporter) NewGaugeCtor(metric string, keys ...string) service.MetricsExporterGaugeCtor {
	labels := labelsOf(keys)
	v := vec(e.metrics, e.metrics.gauges, metric, labels, func() *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name(metric)}, labels)
	})
	return func(values ...string) service.MetricsExporterGauge {
		return gauge{v.WithLabelValues(slices.Concat([]string{e.stream}, values)...)}
	}
}

type counter struct{ prometheus.Counter }

func (c counter) Incr(n int64) { c.Add(float64(n)) }

type timer struct{ prometheus.Observer }

func (t timer) Timing(nanoseconds int64) { t.Observe(time.Duration(nanoseconds).Seconds()) }

type gauge struct{ prometheus.Gauge }

func (g gauge) Set(value int64) { g.Gauge.Set(float64(value)) }
