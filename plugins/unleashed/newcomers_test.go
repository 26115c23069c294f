package unleashed

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestNewcomers(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	n := &newcomers{known: map[string]newcomer{}}
	assert.Equal(t, "g-1", n.guidOf(now, "g-1", []string{"email/a", "name/nell/m1"}))
	assert.Equal(t, "g-1", n.guidOf(now, "g-2", []string{"email/b", "name/nell/m1"}), "by name and post code")
	assert.Equal(t, "g-1", n.guidOf(now, "g-3", []string{"email/a", "name/bo/m2"}), "by e-mail")
	assert.Equal(t, "g-4", n.guidOf(now, "g-4", []string{"email/b"}), "the customer that is made has the first address only")
	assert.Equal(t, "g-5", n.guidOf(now, "g-5", nil))

	later := now.Add(beingMade + time.Second)
	assert.Equal(t, "g-6", n.guidOf(later, "g-6", []string{"name/nell/m1"}))
	assert.Len(t, n.known, 1, "what is old is forgotten")
}
