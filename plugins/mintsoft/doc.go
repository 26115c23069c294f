// Package mintsoft holds the engine's components for Mintsoft: the polling
// input, the output and the processor named `mintsoft`. What the API can do is
// the table in operations.go, what can be listed the one in resources.go; the
// client itself is in mintsoftapi.
package mintsoft
