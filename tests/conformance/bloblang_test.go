package conformance

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// word is one of a mapping. Line ends are words too.
type word struct {
	kind byte // i identifier, n number, s text, p punctuation, l line end
	text string
	line int
}

// pattern splits a mapping; comments and blanks are left out.
var pattern = regexp.MustCompile(`(?s)"""(?:.*?)"""|"(?:\\.|[^"\\])*"|#[^\n]*|\n|[ \t\r]+|\d+(?:\.\d+)?|[$@]?[A-Za-z_]\w*|[$@]|->|=>|==|!=|<=|>=|&&|\|\||.`)

func wordsOf(mapping string) []word {
	var words []word
	line := 1
	for _, found := range pattern.FindAllString(mapping, -1) {
		first, kind := found[0], byte('p')
		switch {
		case first == '#' || strings.TrimLeft(found, " \t\r") == "":
			continue
		case first == '\n':
			kind = 'l'
		case first == '"':
			kind = 's'
		case first >= '0' && first <= '9':
			kind = 'n'
		case first == '$' || first == '@' || first == '_' || first >= 'A' && first <= 'Z' || first >= 'a' && first <= 'z':
			kind = 'i'
		}
		words = append(words, word{kind: kind, text: found, line: line})
		line += strings.Count(found, "\n")
	}
	return words
}

func opens(t word) bool  { return t.kind == 'p' && strings.Contains("([{", t.text) }
func closes(t word) bool { return t.kind == 'p' && strings.Contains(")]}", t.text) }

// matching is the index of the bracket that belongs to the one at i, in a
// direction; the end of the words when there is none.
func matching(ts []word, i, step int) int {
	depth := 0
	for ; i >= 0 && i < len(ts); i += step {
		if opens(ts[i]) {
			depth++
		} else if closes(ts[i]) {
			depth--
		}
		if depth == 0 {
			return i
		}
	}
	return i
}

// before is the operand that ends just before i: a name or a bracket with all
// fields and methods on it.
func before(ts []word, i int) []word {
	start := i
	for start > 0 {
		start--
		if closes(ts[start]) {
			start = max(matching(ts, start, -1), 0)
			if start > 0 && ts[start].text == "(" && ts[start-1].kind == 'i' {
				start-- // the method or function that is called
			}
		}
		if start < 2 || ts[start-1].text != "." {
			break
		}
		start--
	}
	return ts[start:i]
}

// after is the operand that begins at i.
func after(ts []word, i int) []word {
	end := i
	for end < len(ts) {
		if opens(ts[end]) {
			end = matching(ts, end, 1)
		}
		end++
		if end < len(ts) && ts[end].text == "(" && ts[end-1].kind == 'i' {
			end = matching(ts, end, 1) + 1
		}
		if end >= len(ts) || ts[end].text != "." {
			break
		}
		end++
	}
	return ts[i:min(end, len(ts))]
}

// worth are the names of fields that hold money, quantities or other decimals.
var worth = regexp.MustCompile(`(?i)(price|total|tax|vat|cost|amount|quantity|qty|charge|discount|rate|weight)$`)

// making are methods that turn an exact number into a float.
var making = []string{"number", "float64", "float32", "round", "ceil", "floor", "abs", "sum", "min", "max", "pow", "log"}

// exact says whether an operand is a decimal: it names one, or it is what one of
// our own methods answers.
func exact(operand []word, variables map[string]bool) bool {
	for len(operand) > 1 && operand[0].text == "(" && matching(operand, 0, 1) == len(operand)-1 {
		operand = operand[1 : len(operand)-1]
	}
	worthy, depth := false, 0
	for i, t := range operand {
		if opens(t) {
			depth++
		} else if closes(t) {
			depth--
		}
		if t.kind != 'i' || depth > 0 {
			continue
		}
		called := i+1 < len(operand) && operand[i+1].text == "("
		switch name := strings.TrimLeft(t.text, "$@"); {
		case t.text == "decimal_compare" || t.text == "decimal_is_whole" || called && slices.Contains([]string{"string", "format", "length", "type", "index_of"}, name):
			worthy = false
		case strings.HasPrefix(t.text, "decimal_"), !called && worth.MatchString(name), variables[t.text]:
			worthy = true
		}
	}
	return worthy
}

// mentions says whether any word of an operand, arguments included, is a decimal.
func mentions(operand []word) bool {
	return slices.ContainsFunc(operand, func(t word) bool { return t.kind == 'i' && worth.MatchString(strings.TrimLeft(t.text, "$@")) })
}

// variables are those that hold decimals: `let price = this.UnitPrice`.
func variables(ts []word) map[string]bool {
	found := map[string]bool{}
	for i := range ts {
		if ts[i].text == "let" && i+3 < len(ts) && ts[i+2].text == "=" && exact(after(ts, i+3), found) {
			found["$"+ts[i+1].text] = true
		}
	}
	return found
}

// floats finds the places where a mapping does float arithmetic on decimals.
func floats(mapping string) []string {
	ts := wordsOf(mapping)
	known := variables(ts)
	var found []string
	for i, t := range ts {
		switch {
		case t.kind == 'p' && strings.Contains("+-*/%", t.text) && i > 0 && (closes(ts[i-1]) || strings.ContainsRune("ins", rune(ts[i-1].kind))):
			left, right := before(ts, i), after(ts, i+1)
			isText := t.text == "+" && (left[0].kind == 's' || len(right) > 0 && right[0].kind == 's')
			if !isText && (exact(left, known) || exact(right, known)) {
				found = append(found, fmt.Sprintf("line %d: %s %s %s", t.line, written(left), t.text, written(right)))
			}
		case t.kind == 'i' && slices.Contains(making, t.text) && i > 0 && ts[i-1].text == "." && i+1 < len(ts) && ts[i+1].text == "(":
			if operand := before(ts, i-1); exact(operand, known) || t.text == "sum" && mentions(operand) {
				found = append(found, fmt.Sprintf("line %d: %s.%s()", t.line, written(operand), t.text))
			}
		}
	}
	return found
}

func written(ts []word) string {
	var b strings.Builder
	for _, t := range ts {
		b.WriteString(t.text)
	}
	return b.String()
}

// drops finds the places where a mapping drops its message: `deleted()` that is
// not the answer of a lambda.
func drops(mapping string) []string {
	ts := wordsOf(mapping)
	var found []string
	for i, t := range ts {
		if t.text != "deleted" || i+1 >= len(ts) || ts[i+1].text != "(" {
			continue
		}
		if target := target(ts[:i]); target == "root" || target == "" {
			found = append(found, fmt.Sprintf("line %d: root = … deleted()", t.line))
		}
	}
	return found
}

// target is what the value at the end of some words is assigned to, empty for a
// mapping without assignments, "(" inside the arguments of a method.
func target(ts []word) string {
	for i := len(ts) - 1; i >= 0; i-- {
		switch {
		case closes(ts[i]):
			i = max(matching(ts, i, -1), 0)
		case ts[i].text == "(" || ts[i].text == "[":
			return "("
		case ts[i].text == "=":
			return written(before(ts, i))
		}
	}
	return ""
}

// swallows finds `.catch(null)`, which eats what a mapping should refuse.
func swallows(mapping string) []string {
	ts := wordsOf(mapping)
	var found []string
	for i := 0; i+3 < len(ts); i++ {
		if ts[i].text == "catch" && ts[i+1].text == "(" && ts[i+2].text == "null" && ts[i+3].text == ")" {
			found = append(found, fmt.Sprintf("line %d: .catch(null)", ts[i].line))
		}
	}
	return found
}

// settingsPaths are the options that a mapping reads, as dotted paths below
// `@settings`, and what it reads in ways that cannot be followed.
func settingsPaths(mapping string) (paths []string, unclear []string) {
	ts := wordsOf(mapping)
	aliases := map[string]string{"@settings": ""}
	for i, t := range ts {
		if (t.text == "meta" || t.text == "metadata") && i+2 < len(ts) && ts[i+1].text == "(" && ts[i+2].text == `"settings"` {
			unclear = append(unclear, fmt.Sprintf("line %d: %s(\"settings\"), expected @settings", t.line, t.text))
		}
		prefix, isSettings := aliases[t.text]
		if !isSettings || i > 0 && ts[i-1].text == "." {
			continue
		}
		path := prefix
		end := i + 1
		for ; end+1 < len(ts) && ts[end].text == "." && ts[end+1].kind == 'i'; end += 2 {
			if end+2 < len(ts) && ts[end+2].text == "(" {
				if ts[end+1].text == "get" {
					unclear = append(unclear, fmt.Sprintf("line %d: .get(…) on settings, expected a path", t.line))
				}
				break
			}
			path = strings.TrimPrefix(path+"."+ts[end+1].text, ".")
		}
		if path != "" {
			paths = append(paths, path)
		}
		// `let general = @settings.general` makes another name for a section.
		if i >= 3 && ts[i-1].text == "=" && ts[i-3].text == "let" && (end >= len(ts) || ts[end].kind == 'l') {
			aliases["$"+ts[i-2].text] = path
		}
	}
	return paths, unclear
}

func TestTheScannerOfMappings(t *testing.T) {
	t.Run("sees float arithmetic on decimals", func(t *testing.T) {
		for _, mapping := range []string{
			`root.total = this.UnitPrice * this.OrderQuantity`,
			`root.total = this.lines.map_each(l -> l.LineTotal).sum()`,
			`root.net = this.LineTotal - this.LineTax`,
			`root.each = (this.LineTax.or(0)) / 2`,
			`root.open = 2 + this.OrderQuantity.or(0)`,
			"let price = this.UnitPrice\nroot.twice = $price * 2",
			`root.more = this.a.decimal_mul(this.b) + 1`,
			`root.price = this.UnitPrice.number()`,
			`root.price = this.UnitPrice.or(0).round()`,
			`root.stock = @free.quantity % 10`,
		} {
			assert.NotEmpty(t, floats(mapping), mapping)
		}
	})
	t.Run("leaves exact arithmetic, texts and counts alone", func(t *testing.T) {
		for _, mapping := range []string{
			`root.total = this.UnitPrice.decimal_mul(this.OrderQuantity)`,
			`root.note = "price " + this.UnitPrice`,
			`root.note = this.UnitPrice.string() + this.Unit`,
			`root.debt = -1`,
			`root.pages = this.lines.length() + 1`,
			`root.number = $settings.general.orders_prefix + this.OrderNumber`,
			`root.cheap = this.UnitPrice.decimal_compare(5) < 0 # price * 2`,
			`root.text = "UnitPrice * 2"`,
		} {
			assert.Empty(t, floats(mapping), mapping)
		}
	})
	t.Run("sees dropped messages, not dropped elements", func(t *testing.T) {
		for _, mapping := range []string{
			`root = deleted()`, `deleted()`, `root = if this.a == 1 { deleted() }`, "root = match {\n  this.a == 1 => deleted()\n  _ => this\n}",
			"let a = 1\nroot = if $a == 1 { deleted() } else { this }",
		} {
			assert.NotEmpty(t, drops(mapping), mapping)
		}
		for _, mapping := range []string{
			`root.a = deleted()`, `root = this.map_each(v -> if v == null { deleted() } else { v })`, `meta skip = deleted()`, `root.a = if this.b { deleted() }`,
		} {
			assert.Empty(t, drops(mapping), mapping)
		}
	})
	t.Run("sees swallowed errors", func(t *testing.T) {
		assert.NotEmpty(t, swallows(`root.a = this.b.number().catch( null )`))
		assert.Empty(t, swallows(`root.a = this.b.number().catch(throw("b is no number"))`))
	})
	t.Run("follows settings through names", func(t *testing.T) {
		paths, unclear := settingsPaths("let settings = @settings\nlet tab = $settings.general\nroot.a = $tab.orders_prefix.or(\"\") + $settings.mintsoft.channel\nmeta b = @settings.unleashed.time_zone")
		assert.Empty(t, unclear)
		assert.Subset(t, paths, []string{"general", "general.orders_prefix", "mintsoft.channel", "unleashed.time_zone"})
		for _, mapping := range []string{`root.a = metadata("settings").general`, `root.a = @settings.get("general")`} {
			_, unclear := settingsPaths(mapping)
			assert.NotEmpty(t, unclear, mapping)
		}
	})
}
