package connection

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const exampleHead = `# yaml-language-server: $schema=connections.schema.json
#
# Copy this file to config/connections.yaml. Every key but name, credentials and
# warehouses may be left out and then has the value shown here.
#
# ${NAME} and ${NAME:default} are read from the environment, also from .env.

`

// Example is a connection file with every key, its default, and what it does.
func Example() []byte {
	var b bytes.Buffer
	b.WriteString(exampleHead)
	writeExample(&b, fileKeys, "", "")
	return b.Bytes()
}

// writeExample writes keys at an indent; first stands in place of the indent
// before the first key, for items of a list.
func writeExample(b *bytes.Buffer, keys []key, indent, first string) {
	lines, width := make([]string, len(keys)), 0
	for i, k := range keys {
		lines[i] = indent + k.name + ":" + sampleOf(k)
		if i == 0 && first != "" {
			lines[i] = first + strings.TrimPrefix(lines[i], indent)
		}
		if k.keys == nil {
			width = max(width, utf8.RuneCountInString(lines[i]))
		}
	}
	for i, k := range keys {
		if k.keys != nil {
			fmt.Fprintf(b, "%s  # %s\n", lines[i], k.about)
			if k.many {
				writeExample(b, k.keys, indent+"    ", indent+"  - ")
			} else {
				writeExample(b, k.keys, indent+"  ", "")
			}
			continue
		}
		fmt.Fprintf(b, "%s%s  # %s\n", lines[i], strings.Repeat(" ", width-utf8.RuneCountInString(lines[i])), remark(k))
	}
}

// shownWords is how many words of a choice fit into a remark.
const shownWords = 8

// remark is what the example file says about a key: its choice, and what it does.
func remark(k key) string {
	if n := len(k.takes.words); n == 0 || n > shownWords {
		return k.about
	}
	return strings.Join(k.takes.words, " | ") + ": " + k.about
}

// sampleOf writes the value that the example file has for a key.
func sampleOf(k key) string {
	switch {
	case k.keys != nil:
		return ""
	case k.list:
		return " [" + strings.Join(k.presets, ", ") + "]"
	case k.sample != "":
		return " " + written(k, k.sample)
	default:
		return " " + written(k, k.preset)
	}
}

// written quotes what YAML could take for something else.
func written(k key, value string) string {
	isText := slices.Contains(k.takes.tags, "!!str")
	if isText && (value == "" || strings.HasPrefix(value, "$") || value[0] >= '0' && value[0] <= '9' && strings.Contains(value, ":")) {
		return strconv.Quote(value)
	}
	return value
}

// EnvExample is a .env file with the variables of the example.
func EnvExample() []byte {
	var b bytes.Buffer
	b.WriteString("# Copy this file to .env, which stays out of version control. A value with\n# spaces or quotes goes in quotes.\n")
	writeVariables(&b, fileKeys, "")
	return b.Bytes()
}

func writeVariables(b *bytes.Buffer, keys []key, path string) {
	for _, k := range keys {
		for _, match := range variable.FindAllStringSubmatch(k.sample, -1) {
			fmt.Fprintf(b, "\n# %s: %s\n%s=\n", join(path, k.name), k.about, match[1])
		}
		if k.many {
			writeVariables(b, k.keys, path)
			continue
		}
		writeVariables(b, k.keys, join(path, k.name))
	}
}
