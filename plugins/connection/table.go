package connection

import (
	"bytes"
	"fmt"
	"strings"
)

// Table lists every key for the reference: what it takes, its default and what it
// does. The keys of `connections` are those of one entry.
func Table() string {
	var b bytes.Buffer
	b.WriteString("| key | takes | default | does |\n|---|---|---|---|\n")
	writeTable(&b, fileKeys, "")
	return b.String()
}

func writeTable(b *bytes.Buffer, keys []key, path string) {
	for _, k := range keys {
		at := join(path, k.name)
		switch {
		case k.many:
			fmt.Fprintf(b, "| `%s` | a list | required | %s |\n", at, cell(k.about))
			writeTable(b, k.keys, "")
		case k.keys != nil:
			fmt.Fprintf(b, "| **`%s`** | | | %s |\n", at, cell(k.about))
			writeTable(b, k.keys, at)
		default:
			takes, preset := k.takes.expected, "`"+written(k, k.preset)+"`"
			if k.list {
				takes, preset = "a list, each item "+takes, "`"+sampleOf(k)[1:]+"`"
			}
			if k.required {
				preset = "required"
			}
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", at, cell(takes), preset, cell(k.about))
		}
	}
}

// cell keeps a text from being taken for markup.
func cell(text string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;", "|", "\\|").Replace(text)
}
