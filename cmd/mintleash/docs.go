package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/urfave/cli/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/mapping"
)

// docsCommand writes the generated parts of the repository again. It is for
// those who work on mintleash, so it is not listed.
func docsCommand() *cli.Command {
	return &cli.Command{
		Name: "docs", Hidden: true,
		Usage: "write the generated parts of the documentation",
		Action: func(c *cli.Context) error {
			files, err := documents(".")
			if err != nil {
				return trouble(err)
			}
			for path, content := range files {
				if err := os.WriteFile(path, content, 0o644); err != nil {
					return trouble(err)
				}
			}
			return nil
		},
	}
}

// rooms are the folders whose README lists components of this distribution.
var rooms = map[string][]component{
	"plugins/unleashed":  {{"input", "unleashed"}, {"input", "unleashed_webhook"}, {"processor", "unleashed"}, {"output", "unleashed"}},
	"plugins/mintsoft":   {{"input", "mintsoft"}, {"processor", "mintsoft"}, {"output", "mintsoft"}},
	"plugins/await":      {{"processor", "await"}},
	"plugins/deadletter": {{"output", "dead_letter"}},
	"plugins/settings":   {{"processor", "settings"}},
	"plugins/park":       {{"processor", "park"}},
	"plugins/skip":       {{"processor", "skip"}},
	"plugins/trigger":    {{"output", "trigger"}},
	"plugins/store":      {{"cache", "ledger"}, {"output", "ledger"}},
}

type component struct{ kind, name string }

// documents generates every generated file, by its path.
func documents(root string) (map[string][]byte, error) {
	files := map[string][]byte{
		filepath.Join(root, "config", "connections.example.yaml"): connection.Example(),
		filepath.Join(root, "config", "connections.schema.json"):  connection.Schema(),
		filepath.Join(root, "config", ".env.example"):             connection.EnvExample(),
	}
	put := func(path, marker, text string) error {
		path = filepath.Join(root, path, "README.md")
		page, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("reading the page to fill in: %w", err)
		}
		files[path], err = fillIn(page, marker, text)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
	if err := put("plugins/connection", "settings", connection.Table()); err != nil {
		return nil, err
	}
	if err := put("plugins/mapping", "functions", mapping.Table()); err != nil {
		return nil, err
	}
	for room, components := range rooms {
		var pages []string
		for _, c := range components {
			page, err := c.page()
			if err != nil {
				return nil, err
			}
			pages = append(pages, page)
		}
		if err := put(room, "reference", strings.Join(pages, "\n")); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// fillIn replaces what stands between <!-- marker --> and <!-- /marker -->.
func fillIn(page []byte, marker, text string) ([]byte, error) {
	opening, closing := "<!-- "+marker+" -->", "<!-- /"+marker+" -->"
	before, rest, opened := bytes.Cut(page, []byte(opening))
	_, after, closed := bytes.Cut(rest, []byte(closing))
	if !opened || !closed {
		return nil, fmt.Errorf("expected the lines %s and %s around the generated part", opening, closing)
	}
	return slices.Concat(before, []byte(opening+"\n\n"+strings.TrimSpace(text)+"\n\n"+closing), after), nil
}

// page is the reference of one component, out of the specification that the
// engine lints with.
func (c component) page() (string, error) {
	var data service.TemplateDataPlugin
	var err error
	take := func(name string, view *service.ConfigView) {
		if name == c.name {
			data, err = view.TemplateData()
		}
	}
	env := service.GlobalEnvironment()
	switch c.kind {
	case "input":
		env.WalkInputs(take)
	case "output":
		env.WalkOutputs(take)
	case "processor":
		env.WalkProcessors(take)
	case "cache":
		env.WalkCaches(take)
	}
	if err != nil || data.Name == "" {
		return "", fmt.Errorf("describing %s %s: %w", c.kind, c.name, err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "## %s `%s`\n\n%s\n", strings.ToUpper(c.kind[:1])+c.kind[1:], c.name, data.Summary)
	if text := strings.TrimSpace(data.Description); text != "" {
		fmt.Fprintf(&b, "\n%s\n", text)
	}
	b.WriteString("\n| field | type | default | meaning |\n|---|---|---|---|\n")
	for _, field := range data.Fields {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", field.FullName, field.Type, code(field.DefaultMarshalled), meaning(field))
	}
	for _, example := range data.Examples {
		fmt.Fprintf(&b, "\n%s. %s\n\n```yaml\n%s\n```\n", example.Title, strings.TrimSpace(example.Summary), strings.TrimSpace(example.Config))
	}
	return b.String(), nil
}

func meaning(field service.TemplateDataPluginField) string {
	text := strings.Join(strings.Fields(field.Description), " ")
	var options []string
	for _, option := range field.Options {
		options = append(options, "`"+option+"`")
	}
	for _, option := range field.AnnotatedOptions {
		options = append(options, "`"+option[0]+"`")
	}
	if len(options) > 0 {
		text += " One of " + strings.Join(options, ", ") + "."
	}
	return strings.ReplaceAll(text, "|", `\|`)
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}
