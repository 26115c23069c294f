// Package component is what the plugins of both systems have in common: the
// input over a poller, the output and the processor over an operations table,
// and the metadata that ties a message to the record it was read from.
package component
