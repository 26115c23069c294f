package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/twin"
)

// seededOrders fill the list of orders with every kind of the seed.
const seededOrders = 60

// blow is a moment at which the process is killed: when a service has received a
// request of it and has not answered yet.
type blow struct {
	service      string // unleashed or mintsoft
	method, path string
	nth          int
	// lost: the service never acts on the request. Otherwise it does, though nobody
	// is there any more to hear the answer.
	lost bool
}

func (h *house) server(name string) *twin.Server {
	if name == "unleashed" {
		return h.Unleashed.Server
	}
	return h.Mintsoft.Server
}

// strike runs everything once and kills the process at a moment. It says whether
// that moment came.
func (h *house) strike(b blow) bool {
	server := h.server(b.service)
	victim := make(chan *process, 1)
	server.Faults.Before(b.method, b.path, b.nth, func() {
		p := <-victim
		p.kill()
		victim <- p
	})
	if b.lost {
		server.Faults.Add(twin.Fault{Method: b.method, Path: b.path, Skip: b.nth - 1, Times: 1, CloseBefore: true})
	}
	p := h.start("sync", "--once")
	victim <- p
	p.wait()
	server.Faults.Clear()
	return !p.cmd.ProcessState.Exited()
}

// at makes a blow of each number.
func at(service, method, path string, lost bool, numbers ...int) []blow {
	var blows []blow
	for _, n := range numbers {
		blows = append(blows, blow{service: service, method: method, path: path, nth: n, lost: lost})
	}
	return blows
}

// drawn makes blows by chance. The seed is printed when the test fails;
// MINTLEASH_TEST_SEED repeats it.
func drawn(t *testing.T, n int) []blow {
	seed := uint64(time.Now().UnixNano())
	if given := os.Getenv("MINTLEASH_TEST_SEED"); given != "" {
		var err error
		seed, err = strconv.ParseUint(given, 10, 64)
		require.NoError(t, err)
	}
	t.Logf("MINTLEASH_TEST_SEED=%d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	var blows []blow
	for range n {
		b := blow{service: "mintsoft", method: "*", path: "*", nth: 1 + chance.IntN(20), lost: chance.IntN(2) == 0}
		if chance.IntN(4) == 0 {
			b.service, b.nth = "unleashed", 1+chance.IntN(3)
		}
		blows = append(blows, b)
	}
	return blows
}

func TestKill(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		blows func(*testing.T) []blow
		raced bool
	}{
		{"at any request to Mintsoft", func(*testing.T) []blow {
			return at("mintsoft", "*", "*", false, 1, 4, 9, 21)
		}, false},
		{"at any request to Unleashed", func(*testing.T) []blow { return at("unleashed", "*", "*", false, 1, 2, 3) }, false},
		{"at a create that is done all the same", func(*testing.T) []blow {
			return at("mintsoft", "PUT", "/api/Order", false, 1, 3, 9)
		}, false},
		{"at a create that never arrives", func(*testing.T) []blow {
			return at("mintsoft", "PUT", "/api/Order", true, 1, 3, 9)
		}, false},
		{"at moments drawn by lot", func(t *testing.T) []blow { return drawn(t, 3) }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, seededOrders)
			if test.raced {
				h.raced()
			}
			for _, b := range test.blows(t) {
				require.True(t, h.strike(b), "the moment never came: %+v", b)
			}
			finished := h.run("sync", "--once")
			assert.Contains(t, []int{0, 1}, finished.code(), "%s", finished)
			h.everyOrderOnce(seededOrders)
			h.onlyTheRefused()
			for _, p := range h.Mintsoft.Products() {
				assert.NotEmpty(t, p.EAN, "%s was left half done", p.SKU)
			}

			h.Mintsoft.Journal.Reset()
			again := h.run("sync", "--once")
			assert.Equal(t, 0, again.code(), "%s", again)
			assert.Empty(t, h.Mintsoft.Journal.Writes(), "nothing is left to do")
		})
	}
}

// TestLostAnswer has no killing in it: the connection is closed after the order
// was made, so that the process lives on and has to find out.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 20)
	h.Mintsoft.Faults.Add(twin.Fault{Method: "PUT", Path: "/api/Order", Skip: 2, Times: 5, CloseAfter: true})
	h.Mintsoft.Faults.Add(twin.Fault{Method: "PUT", Path: "/api/Order", Skip: 2, Times: 2, Garble: true})
	h.must(0, "sync", "--once")
	h.everyOrderOnce(20)
	assert.Empty(t, h.deadLetters())
	for _, number := range []string{orderNumber(1), orderNumber(2)} {
		assert.Contains(t, h.must(0, "trace", number), fmt.Sprintf("linked  unleashed %s", number))
	}
}
