package conformance

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// isCall says whether a node calls a function of a package.
func isCall(n ast.Node, pkg, name string) (*ast.CallExpr, bool) {
	call, isCall := n.(*ast.CallExpr)
	if !isCall {
		return nil, false
	}
	selector, isSelector := call.Fun.(*ast.SelectorExpr)
	if !isSelector || selector.Sel.Name != name {
		return nil, false
	}
	of, isName := selector.X.(*ast.Ident)
	return call, isName && of.Name == pkg
}

// bubbles are the functions of a room that run what they are given under a fake
// clock.
type bubbles map[string]bool

// bubblesOf finds the functions that open a bubble and take a function for it.
func bubblesOf(files []source) bubbles {
	found := bubbles{}
	for _, file := range files {
		for _, declaration := range file.syntax.Decls {
			f, isFunction := declaration.(*ast.FuncDecl)
			if !isFunction || f.Body == nil || !takesFunction(f) {
				continue
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				found[f.Name.Name] = found[f.Name.Name] || bubbles(nil).opens(n)
				return true
			})
		}
	}
	return found
}

func takesFunction(f *ast.FuncDecl) bool {
	return slices.ContainsFunc(f.Type.Params.List, func(p *ast.Field) bool {
		_, isFunction := p.Type.(*ast.FuncType)
		return isFunction
	})
}

// opens says whether what stands in a call runs under a fake clock.
func (b bubbles) opens(n ast.Node) bool {
	_, ofTheLibrary := isCall(n, "synctest", "Test")
	_, ofTheWorld := isCall(n, "world", "Bubble")
	call, isACall := n.(*ast.CallExpr)
	if !isACall {
		return false
	}
	name, isName := call.Fun.(*ast.Ident)
	return ofTheLibrary || ofTheWorld || isName && b[name.Name]
}

// function is what a function does outside every bubble that it opens.
type function struct {
	sleeps []string // where
	calls  []string // by name
}

// outside reads a function, bubbles left out.
func (b bubbles) outside(file source, body ast.Node) function {
	var f function
	ast.Inspect(body, func(n ast.Node) bool {
		if n == nil || b.opens(n) {
			return false
		}
		call, isACall := n.(*ast.CallExpr)
		if !isACall {
			return true
		}
		if _, sleeps := isCall(n, "time", "Sleep"); sleeps {
			f.sleeps = append(f.sleeps, file.position(call.Pos()))
		}
		switch name := call.Fun.(type) {
		case *ast.Ident:
			f.calls = append(f.calls, name.Name)
		case *ast.SelectorExpr:
			f.calls = append(f.calls, name.Sel.Name)
		}
		return true
	})
	return f
}

// startsByItself are the functions that are not called by others of their
// package: all of what ships, and the tests.
var startsByItself = regexp.MustCompile(`^(Test|Benchmark|Fuzz|Example|init$|main$)`)

// sleepers are the places in one room where real time is slept away. A function
// may sleep when only bubbles call it.
func sleepers(files []source) []string {
	known, functions := bubblesOf(files), map[string][]function{}
	var roots []string
	for _, file := range files {
		for _, declaration := range file.syntax.Decls {
			f, isFunction := declaration.(*ast.FuncDecl)
			if !isFunction || f.Body == nil {
				continue
			}
			functions[f.Name.Name] = append(functions[f.Name.Name], known.outside(file, f.Body))
			if !file.isTest || startsByItself.MatchString(f.Name.Name) {
				roots = append(roots, f.Name.Name)
			}
		}
	}
	var found []string
	seen := map[string]bool{}
	for len(roots) > 0 {
		name := roots[0]
		roots = roots[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		for _, f := range functions[name] {
			found = append(found, f.sleeps...)
			roots = append(roots, f.calls...)
		}
	}
	return found
}

func TestNobodySleeps(t *testing.T) {
	rooms := map[string][]source{}
	for _, file := range sources(t, "plugins", "cmd", "tests") {
		rooms[file.room] = append(rooms[file.room], file)
	}
	for _, files := range rooms {
		for _, place := range sleepers(files) {
			t.Errorf("%s: time.Sleep outside a synctest bubble: wait for the condition", place)
		}
	}
}

func TestTheSearchForSleepers(t *testing.T) {
	for text, sleeps := range map[string]bool{
		`func TestA(t *testing.T) { time.Sleep(1) }`:                                                                                                     true,
		`func TestA(t *testing.T) { synctest.Test(t, func(t *testing.T) { time.Sleep(1) }) }`:                                                            false,
		"func TestA(t *testing.T) { synctest.Test(t, func(t *testing.T) { wait() }) }\nfunc wait() { time.Sleep(1) }":                                    false,
		"func TestA(t *testing.T) { wait() }\nfunc wait() { time.Sleep(1) }":                                                                             true,
		"func TestA(t *testing.T) { world.Bubble(t, o, func(t *testing.T) { f.wait() }) }\nfunc (f) wait() { time.Sleep(1) }":                            false,
		"func TestA(t *testing.T) { at(t, func() { time.Sleep(1) }) }\nfunc at(t *testing.T, do func()) { synctest.Test(t, func(*testing.T) { do() }) }": false,
		"func TestA(t *testing.T) { at(t, func() { time.Sleep(1) }) }\nfunc at(t *testing.T, do func()) { do() }":                                        true,
	} {
		files := token.NewFileSet()
		syntax, err := parser.ParseFile(files, "a_test.go", "package a\n"+text, parser.SkipObjectResolution)
		require.NoError(t, err)
		found := sleepers([]source{{path: "a_test.go", isTest: true, syntax: syntax, files: files}})
		assert.Equal(t, sleeps, len(found) > 0, "%s: %s", text, strings.Join(found, ", "))
	}
}
