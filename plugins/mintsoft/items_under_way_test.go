package mintsoft

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
)

// TestALostAnswerAboutAnItem: the repeat waits until that request is over, however long
// those before it took, and goes on from there.
func TestALostAnswerAboutAnItem(t *testing.T) {
	for lost := 1; lost <= 3; lost++ {
		t.Run(fmt.Sprint("of request ", lost), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &oneOrder{loses: lost, slow: 25 * time.Second}
				f.has(1, "a", "MUG", 2)
				f.has(2, "b", "BOWL", 1)
				c := connectTo(t, f)
				wanted := []any{wantItem("a", "MUG", 3), wantItem("c", "LID", 1)}
				_, err := setAll(t.Context(), c, wanted...)
				require.Error(t, err)
				require.Equal(t, apihttp.Unknown, apihttp.OutcomeOf(err))
				asked := time.Now()
				_, err = setAll(t.Context(), c, wanted...)
				require.NoError(t, err)
				rest := time.Duration(3-lost) * f.slow
				assert.InDelta(t, (delivery.Deadline - f.slow + rest).Seconds(), time.Since(asked).Seconds(), 0.1)
				assert.ElementsMatch(t, []string{"3 x MUG", "1 x LID"}, f.stands())
				assert.Len(t, f.writes, 3, "nothing is done twice")
				asked = time.Now()
				_, err = setAll(t.Context(), c, wantItem("a", "MUG", 4), wantItem("c", "LID", 1))
				require.NoError(t, err)
				assert.InDelta(t, f.slow.Seconds(), time.Since(asked).Seconds(), 0.1, "what was answered is not waited for")
			})
		})
	}
}
