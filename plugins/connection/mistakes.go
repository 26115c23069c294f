package connection

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Mistake is one thing that is wrong with a connection file.
type Mistake struct {
	File string
	Line int    // counted from 1; 0 when it is not known
	Key  string // "connections[0].general.frequency"; empty for the file as a whole
	What string // what was found and what was expected, never a credential's value
}

// String writes the mistake on one line: file, line, key, what was found, what
// was expected.
func (m Mistake) String() string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d", m.Line)
	}
	b.WriteString(": ")
	if m.Key != "" {
		b.WriteString(m.Key + ": ")
	}
	b.WriteString(m.What)
	return b.String()
}

// Mistakes are all that is wrong with a connection file, in the order of its
// lines.
type Mistakes []Mistake

// Error writes one line for each mistake.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, mistake := range m {
		lines[i] = mistake.String()
	}
	return strings.Join(lines, "\n")
}

func (m Mistakes) sort() {
	slices.SortStableFunc(m, func(a, b Mistake) int { return a.Line - b.Line })
}

// shape tells what a node is without quoting it: where a mapping is expected,
// anything may stand, also a credential.
func shape(node *yaml.Node) string {
	switch {
	case isNothing(node):
		return "nothing"
	case node.Kind == yaml.MappingNode:
		return "a mapping"
	case node.Kind == yaml.SequenceNode:
		return "a list"
	default:
		return "a single value"
	}
}

const shownLength = 60

// quoted tells a value in so far as it cannot be a credential: one that came out
// of the environment, or an address with a user or a query, may be.
func quoted(node *yaml.Node, k key, e expansion) string {
	switch {
	case node.Kind != yaml.ScalarNode || node.ShortTag() == "!!null":
		return shape(node)
	case e.text == "":
		return "nothing"
	case len(e.names) > 0:
		return "a value from ${" + e.names[0] + "}"
	case k.secret || strings.ContainsAny(e.text, "@?"):
		return "a value"
	}
	shown := short(e.text)
	if slices.Contains([]string{"!!int", "!!float", "!!bool"}, node.ShortTag()) {
		return shown
	}
	return strconv.Quote(shown)
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,60}$`)

// printable keeps a key that a file made up on its line.
func printable(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	return strconv.Quote(short(name))
}

func short(text string) string {
	if utf8.RuneCountInString(text) <= shownLength {
		return text
	}
	return string([]rune(text)[:shownLength]) + "…"
}

// meant tells what an unknown key was probably meant to be: a key of this
// section, or one that belongs to another.
func meant(name string, keys []key) string {
	if near, exists := nearest(name, names(keys)); exists {
		return "did you mean " + near + "?"
	}
	if homes := homesOf(name, fileKeys, ""); len(homes) > 0 {
		return "it belongs to " + strings.Join(homes, " or ")
	}
	return "expected one of " + strings.Join(names(keys), ", ")
}

// homesOf finds the sections that have a key.
func homesOf(name string, keys []key, home string) []string {
	var homes []string
	for _, k := range keys {
		if k.name == name && home != "" {
			homes = append(homes, home)
		}
		homes = append(homes, homesOf(name, k.keys, k.name)...)
	}
	return homes
}

// nearest finds the name that a person most likely meant; nothing when none is
// near.
func nearest(written string, names []string) (string, bool) {
	best, least := "", max(2, len(written)/3)+1
	for _, name := range names {
		if d := editDistance(strings.ToLower(written), name); d < least && d < len(name) {
			best, least = name, d
		}
	}
	return best, best != ""
}

// editDistance counts the letters to insert, drop or replace.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
