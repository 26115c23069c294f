// Package connection reads the connection file, explains what is wrong with it,
// and hands out the clients and settings of each connection by name.
package connection

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"gopkg.in/yaml.v3"
)

// File is a connection file that was read and found right.
type File struct {
	Path        string    `mapstructure:"path"`
	Ledger      Secret    `mapstructure:"ledger"` // an address that may hold a password
	Retention   Retention `mapstructure:"retention"`
	Webhooks    Webhooks  `mapstructure:"webhooks"`
	Connections []Config  `mapstructure:"connections"`
}

// Retention says how long the ledger keeps what holds personal data.
type Retention struct {
	Events      Duration `mapstructure:"events"`
	DeadLetters Duration `mapstructure:"dead_letters"`
}

// Webhooks says where Unleashed's events come in.
type Webhooks struct {
	Address string `mapstructure:"address"` // host:port
}

// Load reads the connection file at a path. Variables come from lookup, as
// os.LookupEnv answers them. The error wraps fs.ErrNotExist when there is no such
// file, and is Mistakes when the file is wrong.
func Load(path string, lookup func(string) (string, bool)) (*File, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the connection file: %w", err)
	}
	return Parse(path, raw, lookup)
}

// Parse reads a connection file that is in memory; path is what its mistakes call
// it. The error is Mistakes when the file is wrong.
func Parse(path string, raw []byte, lookup func(string) (string, bool)) (*File, error) {
	document, mistake := parseYAML(raw)
	if mistake != nil {
		mistake.File = path
		return nil, Mistakes{*mistake}
	}
	r := &reader{file: path, lookup: lookup, lines: map[string]int{}, wrong: map[string]bool{}}
	values := r.section(document, fileKeys, "", 1)
	values["path"] = path
	file := &File{}
	if err := decode(values, file); err != nil {
		return nil, err
	}
	r.check(file)
	if len(r.mistakes) > 0 {
		r.mistakes.sort()
		return nil, r.mistakes
	}
	return file, nil
}

// decode moves values into the structs. Both sides must know the same keys.
func decode(values map[string]any, into *File) error {
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{Result: into, ErrorUnused: true, ErrorUnset: true})
	if err != nil {
		return fmt.Errorf("preparing to decode the connection file: %w", err)
	}
	if err := decoder.Decode(values); err != nil {
		return fmt.Errorf("decoding the connection file: %w", err)
	}
	return nil
}

// parseYAML answers the only document of a YAML file; nil when the file is empty.
func parseYAML(raw []byte) (*yaml.Node, *Mistake) {
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	var document, next yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err == nil {
		if err = decoder.Decode(&next); err == nil {
			return nil, &Mistake{Line: next.Line, What: "found a second document, expected one"}
		}
	}
	if !errors.Is(err, io.EOF) {
		return nil, syntaxMistake(raw, err)
	}
	if document.Kind == yaml.DocumentNode {
		return document.Content[0], nil
	}
	return &document, nil
}

var (
	yamlLine      = regexp.MustCompile(`^yaml: line ([0-9]+): `)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
)

// syntaxMistake tells where a file stops being YAML. The parser's own words never
// quote the file, but for an alias that it doesn't know, which may well be a
// credential that begins with an asterisk.
func syntaxMistake(raw []byte, err error) *Mistake {
	what, line := strings.TrimPrefix(err.Error(), "yaml: "), 1
	if match := yamlLine.FindStringSubmatch(err.Error()); match != nil {
		what = strings.TrimPrefix(err.Error(), match[0])
		line, _ = strconv.Atoi(match[1])
	}
	last := bytes.Count(bytes.TrimRight(raw, "\n"), []byte("\n")) + 1
	switch match := unknownAnchor.FindStringSubmatch(what); {
	case match != nil:
		before, _, _ := bytes.Cut(raw, []byte("*"+match[1]))
		line, what = bytes.Count(before, []byte("\n"))+1, "found * before a name that no & defines, expected quotes around a text that begins with *"
	case strings.HasPrefix(what, "found unexpected end of stream"):
		line = last
	case strings.HasPrefix(what, "did not find expected"):
		// The parser counts these lines from 0, the scanner its own from 1.
		line++
	}
	return &Mistake{Line: min(line, last), What: "found no valid YAML: " + what}
}
