// Package twin is what both simulated services have in common and what has
// nothing to do with either: the journal of requests, scripted faults, actions
// between two requests, a clock, and a server on loopback or in memory.
package twin
