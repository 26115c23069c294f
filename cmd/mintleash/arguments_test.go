package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFlagsFirst(t *testing.T) {
	for _, test := range []struct{ name, given, wanted string }{
		{"a flag with a value after the argument", "state rewind STREAM --to 2026-01-31", "state rewind --to 2026-01-31 STREAM"},
		{"a flag with its value attached", "state rewind STREAM --to=2026-01-31", "state rewind --to=2026-01-31 STREAM"},
		{"a flag without a value takes none", "state reset main --yes", "state reset --yes main"},
		{"flags on both sides", "trigger --full STREAM --connections c.yaml --now", "trigger --full --connections c.yaml --now STREAM"},
		{"a short flag", "trace REF -e .env", "trace -e .env REF"},
		{"several arguments keep their order", "deadletters replay a --timeout 1s b", "deadletters replay --timeout 1s a b"},
		{"what comes after two dashes is no flag", "trace -- --format", "trace -- --format"},
		{"a flag that lacks its value is left to the parser", "trace REF --format", "trace --format REF"},
		{"the engine's commands are left alone", "lint pipelines/a.yaml --deprecated", "lint pipelines/a.yaml --deprecated"},
		{"a command alone", "doctor", "doctor"},
		{"nothing", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			given := append([]string{"mintleash"}, strings.Fields(test.given)...)
			wanted := append([]string{"mintleash"}, strings.Fields(test.wanted)...)
			assert.Equal(t, wanted, flagsFirst(given, commands()))
		})
	}
}
