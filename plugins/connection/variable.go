package connection

import (
	"regexp"
	"strings"
)

// variable is ${NAME} or ${NAME:default}; the default holds no braces.
var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)(:[^{}]*)?\}`)

// expansion is a scalar with its variables filled in.
type expansion struct {
	text  string
	names []string // the variables that it held
	unset []string // those without value and default
	open  bool     // "${" is there and is no variable
}

// expand fills in the variables of a scalar. It happens after parsing, so that no
// value can change the file's structure, and once: a value that looks like a
// variable stays as it is. An empty variable gives way to a default.
func expand(scalar string, lookup func(string) (string, bool)) expansion {
	var e expansion
	e.open = strings.Contains(variable.ReplaceAllString(scalar, ""), "${")
	e.text = variable.ReplaceAllStringFunc(scalar, func(found string) string {
		match := variable.FindStringSubmatch(found)
		name, fallback := match[1], strings.TrimPrefix(match[2], ":")
		e.names = append(e.names, name)
		value, exists := lookup(name)
		switch {
		case match[2] != "" && value == "":
			return fallback
		case !exists:
			e.unset = append(e.unset, name)
		}
		return value
	})
	return e
}
