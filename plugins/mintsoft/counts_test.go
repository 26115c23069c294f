package mintsoft

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestACountIsAWholeNumberOrNotKnown(t *testing.T) {
	for written, want := range map[string]any{
		"3": int64(3), "3.0": int64(3), `"3"`: int64(3), "-2": int64(-2), "0": int64(0), "1e2": int64(100),
		"null": nil, "3.5": nil, `""`: nil, `"many"`: nil, "{}": nil, "true": nil, "1e999999999": nil, "1e-999999999": nil, "9223372036854775808": nil,
	} {
		got := counted(7)
		require.NoError(t, json.Unmarshal([]byte(written), &got), written)
		assert.Equal(t, want, got.value(), written)
	}
	assert.Equal(t, counted(5), counted(2).plus(counted(3)))
	assert.Nil(t, counted(2).plus(count{}).value())
	assert.Equal(t, counted(-1), counted(2).less(counted(3)))
	assert.Nil(t, count{}.less(counted(3)).value())
}
