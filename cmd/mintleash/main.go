// Command mintleash is the engine with the plugins for Unleashed and Mintsoft,
// and the commands that run, inspect and repair the syncs between them.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"github.com/redpanda-data/benthos/v4/public/service"

	// The engine's own components. Further ones are one import each, such as
	// _ "github.com/redpanda-data/connect/v4/public/components/kafka".
	_ "github.com/redpanda-data/benthos/v4/public/components/io"
	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	_ "github.com/redpanda-data/connect/v4/public/components/otlp"
	_ "github.com/redpanda-data/connect/v4/public/components/prometheus"
	_ "github.com/redpanda-data/connect/v4/public/components/sql/base"

	// The database drivers of the engine's SQL components.
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	_ "github.com/mintleash/mintleash/plugins"
	"github.com/mintleash/mintleash/plugins/runner"
)

// Set by the build.
var (
	version   = "dev"
	dateBuilt = "unknown"
)

func main() {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(runner.GCPercent)
	}
	ctx := context.Background()
	options := []service.CLIOptFunc{
		service.CLIOptSetBinaryName("mintleash"),
		service.CLIOptSetProductName("mintleash"),
		service.CLIOptSetVersion(version, dateBuilt),
	}
	ours := explainUsage(commands())
	args, err := withEnvironment(os.Args, ours)
	if err != nil {
		_ = badConfig(err)
		os.Exit(exitBadConfig)
	}
	options = append(options, service.CLIOptSetArgs(flagsFirst(args, ours)...))
	for _, command := range ours {
		options = append(options, service.CLIOptAddCommand(command))
	}
	options = append(options, prepareEngine(args[1:])...)
	service.RunCLI(ctx, options...)
}
