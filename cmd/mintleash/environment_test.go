package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLinesOfAnEnvironmentFile(t *testing.T) {
	for line, want := range map[string]string{
		`A=b`:                      "b",
		`A=`:                       "",
		`  A = b  `:                "b",
		`export A=b`:               "b",
		"export\tA=b":              "b",
		`A=b # why`:                "b",
		`A= # why`:                 "",
		`A=#why`:                   "",
		`A=b#c`:                    "b#c",
		`A=b=c&d`:                  "b=c&d",
		`A='b c'`:                  "b c",
		`A='b # c' # why`:          "b # c",
		`A='b\n"'`:                 `b\n"`,
		`A="b c"`:                  "b c",
		`A="b \"c\" \\ # d" # why`: `b "c" \ # d`,
		`A="b\nc\td"`:              "b\nc\td",
		`A="b\c"`:                  `b\c`,
		`A=''`:                     "",
		"A=b\r":                    "b",
	} {
		variables, mistakes := parseEnvironment("e.env", []byte("\ufeff# a comment\n\n"+line+"\nZ=1"))
		assert.Empty(t, mistakes, line)
		assert.Equal(t, []variable{{"A", want}, {"Z", "1"}}, variables, line)
	}
}

func TestTheLastLineOfAnEnvironmentFileCountsAndWhatWasSetBeforeWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.env")
	require.NoError(t, os.WriteFile(path, []byte("MINTLEASH_TEST_A=old\nMINTLEASH_TEST_B=file\nMINTLEASH_TEST_A=new\n"), 0o600))
	t.Setenv("MINTLEASH_TEST_B", "set before")
	t.Cleanup(func() { assert.NoError(t, os.Unsetenv("MINTLEASH_TEST_A")) })
	require.NoError(t, environment([]string{path}))
	assert.Equal(t, "new", os.Getenv("MINTLEASH_TEST_A"))
	assert.Equal(t, "set before", os.Getenv("MINTLEASH_TEST_B"))
}

func TestMistakesInAnEnvironmentFileNameTheLineAndNotTheValue(t *testing.T) {
	const lines = "A=secret one\nno secret\nB='secret\nC=\"secret\n1D=secret\nE='secret' more\nF=secret'\nG=good\n"
	variables, mistakes := parseEnvironment("e.env", []byte(lines))
	assert.Equal(t, []variable{{"G", "good"}}, variables)
	text := errors.Join(mistakes...).Error()
	assert.Equal(t, `e.env:1: A: expected quotes around a value with spaces or quotes in it
e.env:2: expected a line NAME=value
e.env:3: B: the closing quote is missing
e.env:4: C: the closing quote is missing
e.env:5: expected a line NAME=value
e.env:6: E: expected nothing but a comment behind the closing quote
e.env:7: F: expected quotes around a value with spaces or quotes in it`, text)
	assert.NotContains(t, text, "secret")
}

func TestTheEngineIsNotGivenTheEnvironmentFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.env")
	require.NoError(t, os.WriteFile(path, []byte("export MINTLEASH_TEST_C='a b'\n"), 0o600))
	for name, test := range map[string]struct {
		args, rest []string
		wrong      string
	}{
		"before the command":   {args: []string{"mintleash", "-e", path, "lint", "x.yaml"}, rest: []string{"mintleash", "lint", "x.yaml"}},
		"behind it":            {args: []string{"mintleash", "run", "--env-file=" + path, "x.yaml"}, rest: []string{"mintleash", "run", "x.yaml"}},
		"before one of ours":   {args: []string{"mintleash", "-e=" + path, "sync", "--once"}, rest: []string{"mintleash", "sync", "--once"}},
		"one of ours reads it": {args: []string{"mintleash", "sync", "-e", path}, rest: []string{"mintleash", "sync", "-e", path}},
		"without a file":       {args: []string{"mintleash", "run", "-e"}, wrong: "the flag -e: found nothing, expected a file"},
		"that is not there":    {args: []string{"mintleash", "-e", path + "x", "run"}, wrong: "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Cleanup(func() { environmentGiven = false; assert.NoError(t, os.Unsetenv("MINTLEASH_TEST_C")) })
			rest, err := withEnvironment(test.args, commands())
			if test.wrong != "" {
				require.ErrorContains(t, err, test.wrong)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.rest, rest)
			if name != "one of ours reads it" {
				assert.Equal(t, "a b", os.Getenv("MINTLEASH_TEST_C"))
			}
		})
	}
}
