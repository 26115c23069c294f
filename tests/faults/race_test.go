//go:build race

package faults

import "time"

// The binary is built with the race detector too. It is many times slower then,
// which is not what anybody runs, so that it is given more time to stop.
const (
	underRace   = true
	stopsWithin = 6 * time.Second
)
