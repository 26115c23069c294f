package mintsoftapi

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMentionsProduct(t *testing.T) {
	skus := []string{"MUG-1", "É/2", "", "  "}
	for message, want := range map[string]bool{
		"Unknown SKU":                         true,
		"Could not find mug-1":                true,
		"Product not found":                   true,
		"ProductId 0 is invalid":              true,
		"No match for é/2.":                   true,
		"No match for (MUG-1)":                true,
		"No match for MUG-10":                 false,
		"No match for XMUG-1":                 false,
		"No match for MUG-1-BLUE":             false,
		"Order Number already exists":         false,
		"CourierService could not be matched": false,
		"Not enough stock available of MUG-1": false,
		"Production is closed":                false,
		"":                                    false,
	} {
		assert.Equal(t, want, MentionsProduct(message, skus), message)
	}
	assert.True(t, MentionsProduct("MUG-10 or MUG-1", skus), "a later match counts")
}

func TestMentionsCourier(t *testing.T) {
	for message, want := range map[string]bool{
		"CourierService could not be matched": true,
		"Unknown courier":                     true,
		"Unknown SKU":                         false,
		"":                                    false,
	} {
		assert.Equal(t, want, MentionsCourier(message), message)
	}
}
