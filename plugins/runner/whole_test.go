package runner

import (
	"testing"
	"time"

	_ "github.com/redpanda-data/benthos/v4/public/components/io"
	"github.com/stretchr/testify/assert"
)

// An editor or a copy that stopped before `output:` leaves a file that is valid YAML and
// that the linter accepts. The engine then writes what was read to standard output and
// acknowledges it.
func TestAnEditWithoutAnOutputIsNotTakenOver(t *testing.T) {
	y := newYard(t, mainConnection, map[string]string{"own": says("old", "1s")})
	stop := y.forever(t)
	defer stop()
	assert.Eventually(t, func() bool { return len(arrived()) > 0 }, 10*time.Second, 10*time.Millisecond)
	y.edit(t, "own", "input: { generate: { interval: 1s, mapping: 'root = \"an order that nobody gets\"' } }\npipeline:\n  processors: []\n")
	assert.Eventually(t, func() bool { return y.logged("the one before goes on") == 1 }, 8*time.Second, 10*time.Millisecond, "the edit was taken over")
	arrived()
	assert.Eventually(t, func() bool { return len(arrived()) > 0 }, 5*time.Second, 10*time.Millisecond, "what is read goes to stdout and is acknowledged")
}

func TestAPipelineWithoutAnOutputIsFoundBeforeAnythingStarts(t *testing.T) {
	y := newYard(t, mainConnection, map[string]string{"own": "input: { generate: { count: 1, interval: '', mapping: 'root = \"an order\"' } }\n"})
	assert.Error(t, y.Check(y.streams(t)))
}
