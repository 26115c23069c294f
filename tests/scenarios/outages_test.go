package scenarios

import (
	"net/http"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

const (
	// outage is longer than everything that is retried within a call, and longer than
	// what makes a record poison.
	outage = 40 * time.Minute
	// recovery is how long a flow may take until it notices that all is well again.
	recovery = 3 * time.Minute
)

// both is a world with two connections between different accounts.
func (f flow) both() world.Options {
	o := f.options()
	o.Connections = []world.Connection{{Name: world.Main}, {Name: "other", Accounts: 1}}
	return o
}

// other is the same world as the second connection sees it.
func other(w *world.World) *world.World { return w.Seen(1) }

// gatewaysPage is what a gateway answers by itself.
func gatewaysPage(status int) twin.Fault {
	return twin.Fault{Path: "*", Status: status, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: "<!DOCTYPE html><title>We'll be back soon</title>"}
}

// breakDown is an outage in all its forms, one after the other, which together last longer
// than any alone has to.
func breakDown(service *twin.Server) {
	for _, form := range []twin.Fault{
		{Path: "*", Status: http.StatusServiceUnavailable}, {Path: "*", CloseBefore: true}, gatewaysPage(404), gatewaysPage(200), {Path: "*", Status: 200},
		{Path: "*", Status: 200, Body: `{"Items":[{"Guid":"`}, {Path: "*", Status: 200, Body: `{"Message":"An error has occurred."}`},
	} {
		service.Faults.Clear()
		service.Faults.Add(form)
		<-time.After(outage / 6)
	}
}

// systems are the services that a flow talks to.
func (f flow) systems() []string {
	if f.target == "" {
		return []string{f.source}
	}
	return []string{f.source, f.target}
}

func TestOutageIsWaitedFor(t *testing.T) {
	t.Parallel()
	eachFlow(t, nil, func(t *testing.T, f flow) {
		for _, system := range f.systems() {
			t.Run("of "+system, func(t *testing.T) {
				world.Bubble(t, f.both(), func(t *testing.T, w *world.World) {
					w.Set("general.frequency", "5m")
					w.Set("customer_sync.interval", "5m")
					running := w.Forever(t, "*_"+f.pipeline)
					<-time.After(time.Minute)
					before := f.several(t, w, 1, 3)
					there := f.several(t, other(w), 101, 2)
					breakDown(w.Twin(system))

					assert.Empty(t, w.DeadLetters(t), "an outage is no dead letter")
					for _, ref := range before {
						assert.Empty(t, f.stands(t, w, ref))
					}
					f.requireDelivered(t, other(w), there...)
					assert.GreaterOrEqual(t, other(w).Twin(f.source).Journal.Count("GET", f.list), 8, "the other connection is not delayed")

					w.Twin(system).Faults.Clear()
					<-time.After(recovery)
					f.requireDelivered(t, w, before...)

					after := f.several(t, w, 4, 2)
					<-time.After(6 * time.Minute)
					f.requireDelivered(t, w, after...)
					running.Stop(t)
					assert.Empty(t, w.DeadLetters(t))
				})
			})
		}
	})
}

// TestAGatewaysPageDoesNotSayThatARecordIsGone, though its status does.
func TestAGatewaysPageDoesNotSayThatARecordIsGone(t *testing.T) {
	t.Parallel()
	t.Run("an order that is to be cancelled", func(t *testing.T) {
		t.Parallel()
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			ref := orderImport.put(t, w, 1)
			orderImport.run(t, w)
			<-time.After(afterwards)
			orderImport.remove(w, ref)
			w.Mintsoft.Faults.Add(gatewaysPage(404))
			w.Forever(t, orderImport.stream())
			<-time.After(outage)
			assert.Empty(t, w.DeadLetters(t))
			w.Mintsoft.Faults.Clear()
			<-time.After(recovery)
			assert.Equal(t, []string{orderImport.removed(ref)}, orderImport.stands(t, w, ref))
		})
	})
	t.Run("an ASN that no ledger knows", func(t *testing.T) {
		t.Parallel()
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			ref := purchaseOrderImport.put(t, w, 1)
			purchaseOrderImport.run(t, w)
			w.LoseLedger(t)
			fault := gatewaysPage(404)
			fault.Path, fault.Times = "/api/ASN/"+strconv.Itoa(asnOf(t, w, ref).ID), 1
			w.Mintsoft.Faults.Add(fault)
			purchaseOrderImport.run(t, w)
			purchaseOrderImport.requireDelivered(t, w, ref)
			assert.Equal(t, 1, purchaseOrderImport.created(w))
		})
	})
}

func TestStopInTheMiddleOfAnOutage(t *testing.T) {
	t.Parallel()
	eachFlow(t, nil, func(t *testing.T, f flow) {
		for _, system := range f.systems() {
			t.Run("of "+system, func(t *testing.T) {
				world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
					f.settle(t, w)
					refs := f.several(t, w, 1, 3)
					w.Twin(system).Faults.Add(twin.Fault{Path: "*", Status: http.StatusServiceUnavailable})
					running := w.Forever(t, f.stream())
					<-time.After(17 * time.Minute)
					asked := time.Now()
					running.Book.Drain()
					took := running.Stop(t)
					assert.LessOrEqual(t, took, 1500*time.Millisecond, "what is under way has a second, nothing else takes time")
					assert.LessOrEqual(t, time.Since(asked), 1500*time.Millisecond)
					assert.Empty(t, w.DeadLetters(t))
					assert.Empty(t, w.Parked(t, f.pipeline))

					w.Twin(system).Faults.Clear()
					f.run(t, w)
					f.requireDelivered(t, w, refs...)
				})
			})
		}
	})
}

func TestThrottlingIsWaitedFor(t *testing.T) {
	t.Parallel()
	eachFlow(t, nil, func(t *testing.T, f flow) {
		for _, system := range f.systems() {
			t.Run("by "+system, func(t *testing.T) {
				world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
					f.settle(t, w)
					refs := f.several(t, w, 1, 3)
					wait := http.Header{"Retry-After": {"90"}}
					w.Twin(system).Faults.Add(twin.Fault{Path: "*", Status: http.StatusTooManyRequests, Header: wait, Times: 1})
					began := time.Now()
					row := f.run(t, w).Of(f.pipeline)
					assert.GreaterOrEqual(t, time.Since(began), 90*time.Second)
					assert.Less(t, time.Since(began), 3*time.Minute)
					assert.True(t, row.Clean(), "%+v", row)
					f.requireDelivered(t, w, refs...)
				})
			})
		}
	})
}

// TestRecordThatAloneCannotBeReadIsPoison has more customers that cannot be read than
// this machine has processors.
func TestRecordThatAloneCannotBeReadIsPoison(t *testing.T) {
	t.Parallel()
	world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
		var broken []string
		for n := range min(runtime.GOMAXPROCS(0)+1, 7) {
			customer := w.Unleashed.AddCustomer(unleashedsim.Customer{CustomerCode: numbered("ODD", n), CustomerName: "Odd"})
			broken = append(broken, addOrder(w, numbered("SO-ODD", n), func(o *unleashedsim.OrderSpec) { o.Customer = numbered("ODD", n) }))
			fault := []twin.Fault{{Status: 500}, gatewaysPage(404), gatewaysPage(200)}[n%3]
			fault.Path = "/Customers/" + customer.Guid.String()
			w.Unleashed.Faults.Add(fault)
		}
		others := orderImport.several(t, w, 1, 3)
		running := w.Forever(t, orderImport.stream())
		<-time.After(time.Minute)
		orderImport.requireDelivered(t, w, others...)
		<-time.After(13 * time.Minute)
		assert.Empty(t, w.DeadLetters(t), "not yet")
		assert.NotEmpty(t, w.Logged("waiting for the service", broken[0]))

		<-time.After(5 * time.Minute)
		for n, ref := range broken {
			letter := letterOf(t, w, ref)
			assert.Equal(t, []string{"poison", "unleashed"}, []string{letter.Class, letter.System})
			assert.Contains(t, letter.Reason, []string{"HTTP 500", "HTTP 404): a page of HTML", "HTTP 200): the answer is not JSON"}[n%3])
		}
		// The flow goes on without them.
		next := orderImport.put(t, w, 4)
		<-time.After(20 * time.Minute)
		orderImport.requireDelivered(t, w, next)
		running.Stop(t)

		w.Unleashed.Faults.Clear()
		w.Replay(t)
		for _, ref := range broken {
			assert.Len(t, orderImport.stands(t, w, ref), 1)
		}
		assert.Empty(t, w.DeadLetters(t))
	})
}

func TestRecordThatAloneFailsIsPoison(t *testing.T) {
	t.Parallel()
	eachFlow(t, func(f flow) bool { return writesToService(f) && !f.nameless }, func(t *testing.T, f flow) {
		world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
			f.settle(t, w)
			refs := f.several(t, w, 1, 3)
			w.Break(refs[1], http.StatusInternalServerError)
			running := w.Forever(t, f.stream())
			<-time.After(time.Minute)
			f.requireDelivered(t, w, refs[0], refs[2])

			<-time.After(13 * time.Minute)
			assert.Empty(t, w.DeadLetters(t), "not yet")
			<-time.After(5 * time.Minute) // a try may take a minute, and be a minute from the last
			letter := letterOf(t, w, refs[1])
			assert.Equal(t, "poison", letter.Class)
			assert.Equal(t, f.target, letter.System)
			assert.Contains(t, letter.Reason, "HTTP 500")

			// The flow goes on without it.
			next := f.put(t, w, 4)
			<-time.After(20 * time.Minute)
			f.requireDelivered(t, w, next)
			running.Stop(t)
			require.Empty(t, f.stands(t, w, refs[1]))

			w.Mend(refs[1])
			w.Replay(t)
			f.requireDelivered(t, w, refs...)
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}

// TestAnswerThatIsDatedAhead bears a time at which nothing has changed yet.
func TestAnswerThatIsDatedAhead(t *testing.T) {
	t.Parallel()
	world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
		w.Once(t, orderImport.stream())
		<-time.After(time.Hour)
		tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(http.TimeFormat)
		w.Unleashed.Faults.Add(twin.Fault{Method: "GET", Path: "/SalesOrders", Times: 1, Status: http.StatusOK,
			Header: http.Header{"Content-Type": {"application/json"}, "Date": {tomorrow}},
			Body:   `{"Pagination":{"NumberOfItems":0,"PageSize":200,"PageNumber":0,"NumberOfPages":0},"Items":[]}`})
		w.Once(t, orderImport.stream())
		assert.Len(t, w.Logged("clock is ahead", "system=unleashed"), 1)
		<-time.After(15 * time.Minute)
		ref := orderImport.put(t, w, 1)
		<-time.After(15 * time.Minute)
		w.Once(t, orderImport.stream())
		orderImport.requireDelivered(t, w, ref)
	})
}
