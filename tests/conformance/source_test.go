package conformance

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// source is one Go file.
type source struct {
	path   string // from the top of the repository
	room   string // its folder
	isTest bool
	syntax *ast.File
	files  *token.FileSet
}

// position is where something stands, as an editor opens it.
func (s source) position(pos token.Pos) string {
	return fmt.Sprintf("%s:%d", s.path, s.files.Position(pos).Line)
}

// sources parses the Go files below some folders.
func sources(t *testing.T, folders ...string) []source {
	t.Helper()
	var found []source
	for _, folder := range folders {
		for _, path := range filesBelow(t, folder) {
			if filepath.Ext(path) != ".go" {
				continue
			}
			files := token.NewFileSet()
			syntax, err := parser.ParseFile(files, filepath.Join(root, path), nil, parser.ParseComments|parser.SkipObjectResolution)
			require.NoError(t, err)
			found = append(found, source{path: path, room: filepath.Dir(path), isTest: strings.HasSuffix(path, "_test.go"), syntax: syntax, files: files})
		}
	}
	require.NotEmpty(t, found)
	return found
}

// folders are where everything that we write lives.
var folders = []string{"cmd", "config", "pipelines", "plugins", "tests"}

// filesBelow lists the files below a folder, from the top of the repository.
func filesBelow(t *testing.T, folder string) []string {
	t.Helper()
	var found []string
	require.NoError(t, filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(root, path)
		found = append(found, relative)
		return err
	}))
	return found
}
