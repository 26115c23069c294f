//go:build race

package scenarios

// raced says that the race detector watches, which makes everything several
// times slower.
const raced = true
