package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// withEnvironment reads the files that the engine's flag for them names, and takes it out
// of the arguments: the engine's own reader knows other quotes, and shows the line that it
// stumbles over. Our commands read theirs when they begin.
func withEnvironment(args []string, ours []*cli.Command) ([]string, error) {
	if len(args) < 2 || slices.ContainsFunc(ours, func(c *cli.Command) bool { return c.HasName(args[1]) }) {
		return args, nil
	}
	var rest, files []string
	for i := 0; i < len(args); i++ {
		name, value, joined := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		switch {
		case args[i] == "--":
			rest, i = append(rest, args[i:]...), len(args)
		case !strings.HasPrefix(args[i], "-") || name != flagEnv && name != flagEnvShort:
			rest = append(rest, args[i])
		case joined:
			files = append(files, strings.Split(value, ",")...)
		case i+1 == len(args):
			return nil, fmt.Errorf("the flag %s: found nothing, expected a file", args[i])
		default:
			i++
			files = append(files, strings.Split(args[i], ",")...)
		}
	}
	if len(files) == 0 {
		return args, nil
	}
	environmentGiven = true
	return rest, environment(files)
}

// environmentGiven says that the environment was read before the command began.
var environmentGiven bool

// environment reads the files with environment variables. What is set already
// wins.
func environment(files []string) error {
	if len(files) == 0 {
		if environmentGiven {
			return nil
		}
		if _, err := os.Stat(".env"); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		files = []string{".env"}
	}
	var mistakes []error
	ours := map[string]bool{} // the last line counts
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("reading the environment file: %w", err))
			continue
		}
		variables, wrong := parseEnvironment(file, raw)
		mistakes = append(mistakes, wrong...)
		for _, v := range variables {
			if _, set := os.LookupEnv(v.name); set && !ours[v.name] {
				continue
			}
			ours[v.name] = true
			if err := os.Setenv(v.name, v.value); err != nil {
				mistakes = append(mistakes, fmt.Errorf("%s: setting %s: %w", file, v.name, err))
			}
		}
	}
	return errors.Join(mistakes...)
}

type variable struct{ name, value string }

var assignment = regexp.MustCompile(`^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$`)

// parseEnvironment reads lines NAME=value. A value with spaces or quotes stands in
// single quotes, which keep it as it is, or in double quotes, where \" \\ \n and \t
// mean what they say; a comment may follow. Mistakes name file, line and variable, and
// never a value.
func parseEnvironment(file string, raw []byte) (variables []variable, mistakes []error) {
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	lines.Buffer(nil, len(raw)+1)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		match := assignment.FindStringSubmatch(line)
		if match == nil {
			mistakes = append(mistakes, fmt.Errorf("%s:%d: expected a line NAME=value", file, number))
			continue
		}
		value, err := valueOf(match[2])
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s:%d: %s: %w", file, number, match[1], err))
			continue
		}
		variables = append(variables, variable{match[1], value})
	}
	return variables, mistakes
}

var (
	errQuote  = errors.New("the closing quote is missing")
	errSpaces = errors.New("expected quotes around a value with spaces or quotes in it")
	errBehind = errors.New("expected nothing but a comment behind the closing quote")
)

func valueOf(text string) (string, error) {
	var value, rest string
	switch {
	case strings.HasPrefix(text, "'"):
		inside, behind, closed := strings.Cut(text[1:], "'")
		if !closed {
			return "", errQuote
		}
		value, rest = inside, behind
	case strings.HasPrefix(text, `"`):
		inside, behind, err := unquote(text[1:])
		if err != nil {
			return "", err
		}
		value, rest = inside, behind
	default:
		if i := strings.Index(text, " #"); i >= 0 || strings.HasPrefix(text, "#") {
			text = text[:max(i, 0)]
		}
		if text = strings.TrimSpace(text); strings.ContainsAny(text, " \t'\"") {
			return "", errSpaces
		}
		return text, nil
	}
	if rest = strings.TrimSpace(rest); rest != "" && !strings.HasPrefix(rest, "#") {
		return "", errBehind
	}
	return value, nil
}

// unquote reads up to the closing double quote.
func unquote(text string) (inside, behind string, err error) {
	var value strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return value.String(), text[i+1:], nil
		case c == '\\' && i+1 < len(text) && strings.IndexByte(`"\nt`, text[i+1]) >= 0:
			i++
			value.WriteByte(map[byte]byte{'n': '\n', 't': '\t', '"': '"', '\\': '\\'}[text[i]])
		default:
			value.WriteByte(c)
		}
	}
	return "", "", errQuote
}
