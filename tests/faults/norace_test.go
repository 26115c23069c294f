//go:build !race

package faults

import "time"

// The binary is built as it is shipped, and has to stop in the time that is
// promised.
const (
	underRace   = false
	stopsWithin = 2 * time.Second
)
