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

// TestALostAnswerAboutAnItem: the repeat waits until the request is over, and goes on from
// there.
func TestALostAnswerAboutAnItem(t *testing.T) {
	for lost := 1; lost <= 3; lost++ {
		t.Run(fmt.Sprint("of request ", lost), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &oneOrder{loses: lost}
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
				assert.InDelta(t, delivery.Deadline.Seconds(), time.Since(asked).Seconds(), 0.1)
				assert.ElementsMatch(t, []string{"3 x MUG", "1 x LID"}, f.stands())
				assert.Len(t, f.writes, 3, "nothing is done twice")
				asked = time.Now()
				_, err = setAll(t.Context(), c, wantItem("a", "MUG", 4), wantItem("c", "LID", 1))
				require.NoError(t, err)
				assert.Less(t, time.Since(asked), time.Second, "what was answered is not waited for")
			})
		})
	}
}
