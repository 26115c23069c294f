package main

import "github.com/urfave/cli/v2"

// commands are ours; the engine adds its own.
func commands() []*cli.Command {
	return []*cli.Command{
		syncCommand(), sandboxCommand(), doctorCommand(), deadLettersCommand(), traceCommand(), triggerCommand(), releaseCommand(), stateCommand(), webhooksCommand(), docsCommand(),
	}
}

// Exit codes.
const (
	exitTrouble   = 1 // something was parked, dead-lettered, failed or not found
	exitBadConfig = 2 // nothing was started
)
