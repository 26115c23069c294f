package component

import (
	"fmt"
	"strings"
)

// Table lists the operations as the documentation shows them.
func (s *System) Table(writesOnly bool) string {
	var b strings.Builder
	b.WriteString("| operation | call | does | once | success | found again |\n|---|---|---|---|---|---|\n")
	for _, op := range s.Operations {
		if writesOnly && !op.Write {
			continue
		}
		call := "a look-up over several calls"
		if op.Method != "" {
			call = "`" + op.Method + " " + op.Path + "`"
		}
		once := "read"
		if op.Write {
			once = op.Kind.String()
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", op.Name, call, op.Summary, once, op.Success, dash(op.Found))
	}
	return b.String()
}

// ResourceTable lists the resources as the documentation shows them.
func (s *System) ResourceTable() string {
	var b strings.Builder
	b.WriteString("| resource | messages |\n|---|---|\n")
	for _, r := range s.Resources {
		fmt.Fprintf(&b, "| `%s` | %s |\n", r.Name, r.Summary)
	}
	return b.String()
}

func dash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}
