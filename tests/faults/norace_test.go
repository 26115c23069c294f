//go:build !race

package faults

// underRace says whether the tests run with the race detector; the binary is
// built with it then too.
const underRace = false
