package scenarios

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/runner"
	"github.com/mintleash/mintleash/tests/sandbox"
	"github.com/mintleash/mintleash/tests/world"
)

var (
	killPoints = flag.String("kill.points", "12", `at how many moments the scenarios of the kill search are killed, "all" for every one of each`)
	killSeed   = flag.Uint64("kill.seed", 1, "the seed that draws them; 0 is another one each time")
)

// killing is a run that is killed somewhere: as things stood before it, and what people do
// once it has been made up for, to which everything has to be known that the run did.
type killing struct {
	name     string
	streams  []string // their pipelines
	settings map[string]any
	before   func(t *testing.T, w *world.World)
	after    func(t *testing.T, w *world.World)
	// meanwhile is what they do before it is started again.
	meanwhile func(t *testing.T, w *world.World)
	// shops: there is a connection for the shop too.
	shops bool
	// may is a pattern of the lines of what stands or is told that a kill may change.
	may string
}

// kill is where it is killed, and where the process that is started next is.
type kill struct {
	world.Blow
	later time.Duration // when it is started again
	again world.Blow    // Request 0: it is not
}

func (k kill) String() string {
	said := fmt.Sprintf("request %d", k.Request)
	switch {
	case k.Heard:
		said += ", answered"
	case k.Arrives:
		said += ", which arrives"
	case k.Late > 0:
		said += ", which arrives " + k.Late.String() + " later"
	}
	if k.Lives > 0 {
		said += ", " + k.Lives.String() + " later"
	}
	if k.later > soon {
		said += ", started " + k.later.String() + " later"
	}
	if k.again.Request > 0 {
		said += fmt.Sprintf(", and again at %s", kill{Blow: k.again})
	}
	return said
}

// soon is when whoever looks after a process starts it again.
const soon = time.Second

// outcome is what a run and what follows it lead to.
type outcome struct {
	calls int      // of the run
	lines []string // what stands at both services and what is told in the end
}

// TestKillSearch kills a run of each flow at some or all of its requests: in the end both
// services and the reports say what they say without a kill, and nothing is left to do.
func TestKillSearch(t *testing.T) {
	t.Parallel()
	seed := *killSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) //nolint:gosec // any will do
	}
	share := shares(t, seed)
	for i, k := range killings {
		if share[i] == 0 {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			undisturbed := k.play(t, kill{})
			require.NotZero(t, undisturbed.calls, "nothing was asked for")
			chance := rand.New(rand.NewPCG(seed, uint64(i))) //nolint:gosec // it is to be repeatable
			for _, at := range moments(chance, undisturbed.calls, share[i]) {
				t.Run(at.String(), func(t *testing.T) {
					if !assert.Empty(t, differences(undisturbed, k.play(t, at), k.may)) {
						t.Logf("repeat it with -run '%s' -kill.points %s -kill.seed %d", t.Name(), *killPoints, seed)
					}
				})
			}
		})
	}
}

// every is the share of a scenario that is killed at each request.
const every = -1

// shares are at how many moments each of the scenarios is killed.
func shares(t *testing.T, seed uint64) []int {
	t.Helper()
	share := make([]int, len(killings))
	n, err := strconv.Atoi(*killPoints)
	if *killPoints == "all" || err == nil && n == 0 {
		for i := range share {
			share[i] = every
		}
		return share
	}
	require.NoError(t, err, "-kill.points")
	order := rand.New(rand.NewPCG(seed, 0)).Perm(len(killings)) //nolint:gosec // it is to be repeatable
	for i := range n {
		share[order[i%len(order)]]++
	}
	return share
}

// blows are what becomes of a request and of the process at it. The ledger writes down what
// comes together in some milliseconds.
func blows(request int) []world.Blow {
	all := []world.Blow{{}, {Arrives: true}, {Arrives: true, Lives: time.Second}, {Late: 5 * time.Second}}
	for _, lives := range []time.Duration{0, time.Millisecond, 2 * time.Millisecond, 3 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond} {
		all = append(all, world.Blow{Arrives: true, Heard: true, Lives: lives})
	}
	for i := range all {
		all[i].Request = request
	}
	return all
}

// moments are those at which a run of so many requests is killed.
func moments(chance *rand.Rand, calls, share int) (chosen []kill) {
	draw := func(request int) world.Blow { all := blows(request); return all[chance.IntN(len(all))] }
	later := func() time.Duration { return []time.Duration{soon, soon, 3 * time.Hour}[chance.IntN(3)] }
	for request := 1; share == every && request <= calls; request++ {
		for _, blow := range blows(request) {
			chosen = append(chosen, kill{Blow: blow, later: later()})
		}
		chosen = append(chosen, kill{Blow: draw(request), later: later(), again: draw(1 + chance.IntN(calls))})
	}
	for range share {
		at := kill{Blow: draw(1 + chance.IntN(calls)), later: later()}
		if chance.IntN(4) == 0 {
			at.again = draw(1 + chance.IntN(calls))
		}
		chosen = append(chosen, at)
	}
	return chosen
}

// play builds the world of a scenario, kills its run and lets everything come to rest.
func (k killing) play(t *testing.T, at kill) (o outcome) {
	t.Helper()
	options := world.Options{Seed: sandbox.Options{Products: small.Products - 1}, Settings: k.settings}
	if k.shops {
		options.Connections = shared().Connections
	}
	world.Bubble(t, options, func(t *testing.T, w *world.World) {
		var streams []string
		for _, pipeline := range k.streams {
			streams = append(streams, "*_"+pipeline)
		}
		k.before(t, w)
		<-time.After(time.Minute)
		w.Forget()
		if at.Request == 0 {
			w.Once(t, streams...)
			o.calls = len(w.Calls("unleashed")) + len(w.Calls("mintsoft"))
		} else {
			w.Dies(t, at.Blow, streams...)
		}
		<-time.After(max(at.later, soon))
		if k.meanwhile != nil {
			k.meanwhile(t, w)
		}
		if at.again.Request > 0 {
			w.Dies(t, at.again, streams...)
			<-time.After(soon)
		}
		rest(t, w, streams)
		if k.after != nil {
			k.after(t, w)
			<-time.After(time.Minute)
			rest(t, w, streams)
		}
		o.lines = append(standing(t, w), telling(t, w)...)
	})
	return o
}

// rest runs until there is nothing to write any more, and nothing new that waits.
func rest(t *testing.T, w *world.World, streams []string) {
	t.Helper()
	for range 6 {
		w.Forget()
		rows := w.Once(t, streams...)
		<-time.After(20 * time.Minute)
		waits := slices.ContainsFunc(rows, func(r runner.Row) bool { return r.Parked > 0 })
		if len(w.Writes("unleashed"))+len(w.Writes("mintsoft")) == 0 && !waits {
			return
		}
	}
	var writes []string
	for _, system := range []string{"unleashed", "mintsoft"} {
		for _, e := range w.Writes(system) {
			writes = append(writes, fmt.Sprintf("%s %s: %s → %s", e.Method, e.Path, e.Body, e.Answer))
		}
	}
	require.Empty(t, writes, "it never came to rest")
}
