// Package polling reads what changed in a service and moves a cursor only when
// everything that was read has been delivered.
//
// One run takes the time by the service's own clock, freezes its query, pages
// to the end and emits each record once for each version of it. When the last
// acknowledgement of the run is in and the pages were complete, the cursor is
// written. A crash anywhere therefore repeats, and never skips.
//
// The package knows neither an API nor the engine: a Source says how a page is
// read, a Store where the cursor lives.
package polling
