// Package plugins is what this distribution adds to the engine.
package plugins

import (
	_ "github.com/mintleash/mintleash/plugins/await"      // processor await
	_ "github.com/mintleash/mintleash/plugins/deadletter" // output dead_letter
	_ "github.com/mintleash/mintleash/plugins/mapping"    // Bloblang functions
	_ "github.com/mintleash/mintleash/plugins/mintsoft"   // input, processor and output mintsoft
	_ "github.com/mintleash/mintleash/plugins/park"       // processor park
	_ "github.com/mintleash/mintleash/plugins/settings"   // processor settings
	_ "github.com/mintleash/mintleash/plugins/skip"       // processor skip
	_ "github.com/mintleash/mintleash/plugins/store"      // cache and output ledger
	_ "github.com/mintleash/mintleash/plugins/trigger"    // output trigger
	_ "github.com/mintleash/mintleash/plugins/unleashed"  // input, processor and output unleashed, input unleashed_webhook
)
