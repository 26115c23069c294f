// Package unleashed holds the engine's components for Unleashed Software: the
// polling input, the output and the processor named `unleashed`, and the input
// `unleashed_webhook` for events that the service sends by itself. What the API
// can do is the table in operations.go, what can be listed the one in
// resources.go; the client itself is in unleashedapi.
package unleashed
