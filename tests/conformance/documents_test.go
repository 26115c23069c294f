package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/mintleash/mintleash/plugins/connection"
)

// page is one document for readers.
type page struct{ path, text string }

func pages(t *testing.T) []page {
	t.Helper()
	paths := []string{}
	top, err := filepath.Glob(filepath.Join(root, "*.md"))
	require.NoError(t, err)
	for _, path := range top {
		paths = append(paths, filepath.Base(path))
	}
	for _, folder := range folders {
		for _, path := range filesBelow(t, folder) {
			if filepath.Ext(path) == ".md" {
				paths = append(paths, path)
			}
		}
	}
	var found []page
	for _, path := range paths {
		raw, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		found = append(found, page{path: path, text: string(raw)})
	}
	require.NotEmpty(t, found)
	return found
}

// block is a fenced part of a page.
type block struct{ language, text string }

var fence = regexp.MustCompile("(?ms)^```(\\w*)[^\n]*\n(.*?)^```")

func (p page) blocks() []block {
	var found []block
	for _, match := range fence.FindAllStringSubmatch(p.text, -1) {
		found = append(found, block{language: match[1], text: match[2]})
	}
	return found
}

// prose is the page without its fenced parts.
func (p page) prose() string { return fence.ReplaceAllString(p.text, "") }

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are what a link to a heading of the page may name.
func (p page) anchors() []string {
	var found []string
	for _, match := range heading.FindAllStringSubmatch(p.prose(), -1) {
		found = append(found, strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-"))
	}
	return found
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	all := map[string]page{}
	for _, p := range pages(t) {
		all[p.path] = p
	}
	for _, p := range all {
		for _, match := range link.FindAllStringSubmatch(p.prose(), -1) {
			if strings.Contains(match[1], "://") || strings.HasPrefix(match[1], "mailto:") {
				continue
			}
			target, anchor, _ := strings.Cut(match[1], "#")
			path := p.path
			if target != "" {
				path = filepath.Join(filepath.Dir(p.path), target)
				_, err := os.Stat(filepath.Join(root, path))
				assert.NoError(t, err, "%s links to %s", p.path, match[1])
			}
			if other, isPage := all[path]; isPage && anchor != "" {
				assert.Contains(t, other.anchors(), anchor, "%s links to %s", p.path, match[1])
			}
		}
	}
}

func TestEveryExampleInADocumentIsRight(t *testing.T) {
	for _, p := range pages(t) {
		for _, b := range p.blocks() {
			if b.language != "yaml" {
				continue
			}
			var parsed map[string]any
			require.NoError(t, yaml.Unmarshal([]byte(b.text), &parsed), "%s:\n%s", p.path, b.text)
			switch {
			case parsed["connections"] != nil:
				path := filepath.Join(t.TempDir(), "connections.yaml")
				require.NoError(t, os.WriteFile(path, []byte(b.text), 0o600))
				_, err := connection.Load(path, func(string) (string, bool) { return "example", true })
				assert.NoError(t, err, "%s:\n%s", p.path, b.text)
			case parsed["input"] != nil || parsed["pipeline"] != nil || parsed["output"] != nil || parsed["cache_resources"] != nil:
				assert.Empty(t, lint(t, b.text), "%s:\n%s", p.path, b.text)
			}
		}
	}
}

// workshop is where the binary is built.
var workshop string

func TestMain(m *testing.M) {
	var err error
	if workshop, err = os.MkdirTemp("", "mintleash-conformance"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(workshop)
	os.Exit(code)
}

// binary builds the product once.
var binary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(workshop, "mintleash")
	build := exec.Command("go", "build", "-trimpath", "-o", path, "./cmd/mintleash")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the binary: %w\n%s", err, out)
	}
	return filepath.Abs(path)
})

// run runs the binary at the top of the repository and answers what it printed.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	path, err := binary()
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), path, args...)
	command.Dir = root
	command.Env = append(os.Environ(), "UNLEASHED_API_ID=lint", "UNLEASHED_API_KEY=lint", "MINTSOFT_API_KEY=lint")
	out, err := command.CombinedOutput()
	return string(out), err
}

var (
	span    = regexp.MustCompile("`([^`\n]+)`")
	command = regexp.MustCompile(`^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\./)?(?:bin/)?mintleash((?: +\S+)*)`)
	goal    = regexp.MustCompile(`^(?:\$ )?make ([a-z-]+)`)
	flag    = regexp.MustCompile(`^--?([a-z][a-z-]*)`)
	subword = regexp.MustCompile(`^[a-z]+$`)
)

// typed are the command lines that a page shows.
func (p page) typed() []string {
	var found []string
	for _, match := range span.FindAllStringSubmatch(p.prose(), -1) {
		found = append(found, match[1])
	}
	for _, b := range p.blocks() {
		if b.language == "" || b.language == "sh" || b.language == "console" || b.language == "bash" || b.language == "text" {
			for line := range strings.SplitSeq(b.text, "\n") {
				found = append(found, strings.TrimSpace(line))
			}
		}
	}
	return found
}

func TestEveryCommandInADocumentExists(t *testing.T) {
	helps := map[string]string{}
	help := func(words ...string) string {
		key := strings.Join(words, " ")
		if _, known := helps[key]; !known {
			helps[key], _ = run(t, append(slices.Clone(words), "--help")...)
		}
		return helps[key]
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	for _, p := range pages(t) {
		for _, line := range p.typed() {
			if match := goal.FindStringSubmatch(line); match != nil {
				assert.Regexp(t, `(?m)^`+match[1]+`:`, string(makefile), "%s: %s", p.path, line)
			}
			match := command.FindStringSubmatch(line)
			if match == nil {
				continue
			}
			words := strings.Fields(match[1])
			if len(words) == 0 || !subword.MatchString(words[0]) {
				continue
			}
			assert.Regexp(t, `(?m)^ +`+words[0]+`\b`, help(), "%s: %s", p.path, line)
			if words[0] == "docs" {
				continue // hidden: for those who work on the repository
			}
			for _, word := range words[1:] {
				if match := flag.FindStringSubmatch(word); match != nil {
					pages := help(words[0])
					if len(words) > 1 && subword.MatchString(words[1]) {
						pages += help(words[0], words[1])
					}
					assert.Regexp(t, `(?:^|[\s,])--?`+match[1]+`\b`, pages+help(), "%s: %s", p.path, line)
				}
			}
		}
	}
}

func TestTheServiceFileIsTheEnginesToo(t *testing.T) {
	out, err := run(t, "lint", "config/service.yaml")
	require.NoError(t, err, out)
	out, err = run(t, "-c", "config/service.yaml", "echo")
	require.NoError(t, err, out)
	assert.Contains(t, out, "strict: true")
	out, err = run(t, "streams", "-o", "config/service.yaml", "--no-api", "tests/no-such-folder")
	assert.Error(t, err)
	assert.Contains(t, out, "no-such-folder", "the file is accepted, only the streams are missing")
}
