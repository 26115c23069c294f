//go:build !race

package faults

// underRace says whether the tests themselves run with the race detector.
const underRace = false
