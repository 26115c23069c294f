// Package runner runs the pipelines of every connection as streams: once, in
// dependency order and with a summary, or until it is told to stop.
package runner
