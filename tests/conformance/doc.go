// Package conformance checks what every component, pipeline, operation, option
// and room must satisfy. The tests find their subjects by walking the engine's
// registry, the folders and the syntax trees, so that something new is covered
// from its first day.
package conformance
