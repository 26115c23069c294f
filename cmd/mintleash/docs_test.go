package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGeneratedDocumentationIsCurrent(t *testing.T) {
	files, err := documents("../..")
	require.NoError(t, err)
	for path, want := range files {
		have, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, string(want), string(have), "%s is stale: run `make docs`", path)
	}
}
