package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves the flags of our commands in front of their arguments: the
// parser takes everything after the first argument for one, and people write
// `state rewind main_order_import --to 2026-01-31`.
func flagsFirst(args []string, ours []*cli.Command) []string {
	at := 1
	var command *cli.Command
	for at < len(args) {
		i := slices.IndexFunc(ours, func(c *cli.Command) bool { return c.HasName(args[at]) })
		if i < 0 {
			break
		}
		command, ours = ours[i], ours[i].Subcommands
		at++
	}
	if command == nil {
		return args
	}
	var flags, rest []string
	for i := at; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--":
			return slices.Concat(args[:at], flags, []string{arg}, rest, args[i+1:])
		case !strings.HasPrefix(arg, "-") || arg == "-":
			rest = append(rest, arg)
		default:
			flags = append(flags, arg)
			if takesValue(command, arg) && i+1 < len(args) {
				i++
				flags = append(flags, args[i])
			}
		}
	}
	return slices.Concat(args[:at], flags, rest)
}

// takesValue says whether the argument after a flag belongs to it.
func takesValue(command *cli.Command, arg string) bool {
	name := strings.TrimLeft(arg, "-")
	return slices.ContainsFunc(command.Flags, func(f cli.Flag) bool {
		described, ok := f.(cli.DocGenerationFlag)
		return ok && described.TakesValue() && slices.Contains(f.Names(), name)
	})
}

// explainUsage makes every command answer a flag that it does not know, or one
// with a wrong value, like any other bad configuration, and so an argument where there
// is none: a flag whose dashes were forgotten would be passed over.
func explainUsage(ours []*cli.Command, under ...string) []*cli.Command {
	for _, command := range ours {
		name := strings.Join(append(slices.Clone(under), command.Name), " ")
		command.OnUsageError = func(c *cli.Context, err error, _ bool) error {
			return badConfig(err)
		}
		switch {
		case len(command.Subcommands) > 0:
			command.Action = func(c *cli.Context) error { return oneOf(c, name, command) }
		case command.ArgsUsage == "":
			command.Action = withoutArguments(name, command.Action)
		}
		explainUsage(command.Subcommands, append(slices.Clone(under), command.Name)...)
	}
	return ours
}

// oneOf answers for a command that does nothing without one of its own.
func oneOf(c *cli.Context, name string, command *cli.Command) error {
	var names []string
	for _, sub := range command.Subcommands {
		if sub.Name != "help" {
			names = append(names, sub.Name)
		}
	}
	found := "nothing"
	if c.NArg() > 0 {
		found = c.Args().First()
	}
	return badConfig(fmt.Errorf("%s: found %s, expected one of %s", name, found, strings.Join(names, ", ")))
}

func withoutArguments(name string, action cli.ActionFunc) cli.ActionFunc {
	return func(c *cli.Context) error {
		if c.NArg() > 0 {
			return badConfig(fmt.Errorf("%s: found the argument %q, expected none", name, c.Args().First()))
		}
		return action(c)
	}
}
