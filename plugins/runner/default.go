package runner

import (
	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// GCPercent is what a process that syncs gives to debug.SetGCPercent: it trades
// memory, of which a sync needs little, for processor time.
const GCPercent = 400

// OpenByDefault says how the engine's own commands open the connection file.
func OpenByDefault(open func() (*connection.Book, error)) { component.SetDefault(open) }

// DrainDefault tells the streams of the engine's own commands to stop waiting.
func DrainDefault() { component.DrainDefault() }
