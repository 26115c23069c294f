package conformance

import (
	"encoding/json"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/mintsoft"
	"github.com/mintleash/mintleash/plugins/unleashed"
)

// route is one verb on one path as Mintsoft's API description has it.
type route struct {
	Method, Path string
	Query        []struct{ Name string }
	Body         string
}

// routes are those of the extract that the simulated Mintsoft checks requests
// against.
func routes(t *testing.T) []route {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "tests", "sandbox", "mintsoftsim", "schema.json"))
	require.NoError(t, err)
	var schema struct{ Operations []route }
	require.NoError(t, json.Unmarshal(raw, &schema))
	require.NotEmpty(t, schema.Operations)
	return schema.Operations
}

var placeholder = regexp.MustCompile(`\{[^}]*\}|%[a-z]`)

// shape is a path without the names of its ids.
func shape(path string) string {
	return strings.ToLower(strings.TrimSuffix(placeholder.ReplaceAllString(path, "{}"), "/"))
}

// writingReads are the GETs by which Mintsoft changes data, by the last segment
// of their path.
var writingReads = map[string][]string{
	"/api/order/{}/": {
		"cancel", "cancelnostock", "markdespatched", "markprinted", "updatenumberofparcels", "markawaitingpayment", "markpaymentreceived",
		"markawaitingconfirmation", "markconfirmed", "markpackandhold", "markreleasepackandhold", "documents/{}/markprinted",
	},
	"/api/asn/{}/":               {"confirm", "bookin", "bookinpartial", "partbook", "markawaitingputaway", "markputawaycomplete"},
	"/api/warehousetransfer/{}/": {"confirm", "cancel"},
}

// writes says whether a call to Mintsoft changes data.
func writes(method, path string) bool {
	if method != "GET" {
		return true
	}
	for prefix, steps := range writingReads {
		if step, below := strings.CutPrefix(shape(path), prefix); below && slices.Contains(steps, step) {
			return true
		}
	}
	return false
}

func TestMintsoftOperationsAreRoutesOfTheVendor(t *testing.T) {
	known := routes(t)
	for _, op := range mintsoft.System.Operations {
		t.Run(op.Name, func(t *testing.T) {
			if op.Method == "" {
				require.NotNil(t, op.Look, "an operation is a call or a look-up")
				assert.False(t, op.Write, "a look-up does not write")
				return
			}
			assert.Equal(t, writes(op.Method, op.Path), op.Write, "whether %s %s changes data", op.Method, op.Path)
			i := slices.IndexFunc(known, func(r route) bool { return r.Method == op.Method && shape(r.Path) == shape(op.Path) })
			require.GreaterOrEqual(t, i, 0, "%s %s is no route of the vendor", op.Method, op.Path)
			for _, name := range op.Query {
				assert.True(t, slices.ContainsFunc(known[i].Query, func(p struct{ Name string }) bool { return strings.EqualFold(p.Name, name) }),
					"%s is no query parameter of %s %s", name, op.Method, op.Path)
			}
		})
	}
}

// unleashedWrites are the routes of Unleashed that change data; all else is read
// with GET.
var unleashedWrites = []string{
	"post /customers/{}", "post /products/{}", "post /products/obsolete/{}", "post /salesorders/{}", "put /salesorders/{}", "delete /salesorders/{}",
	"delete /salesorders/lines/{}", "post /salesorders/{}/complete", "post /salesshipments", "put /salesshipments/{}", "post /salesshipments/{}",
	"delete /salesshipments/{}", "delete /salesshipments/lines/{}", "post /stockadjustments/{}", "post /purchaseorders/{}", "put /purchaseorders/{}",
	"post /purchaseorders/{}/lines", "put /purchaseorders/{}/lines/{}", "delete /purchaseorders/{}/lines/{}", "post /purchaseorders/{}/receipt",
	"post /purchaseorders/{}/complete", "put /warehousestocktransfers/{}", "post /warehousestocktransfers/{}/lines",
	"put /warehousestocktransfers/{}/lines/{}", "delete /warehousestocktransfers/{}/lines/{}", "post /warehousestocktransfers/{}/complete",
	"post /assemblies/{}/complete", "put /assemblies/{}",
}

func TestUnleashedOperationsAreRoutesOfTheVendor(t *testing.T) {
	for _, op := range unleashed.System.Operations {
		t.Run(op.Name, func(t *testing.T) {
			if op.Method == "" {
				require.NotNil(t, op.Look, "an operation is a call or a look-up")
				assert.False(t, op.Write, "a look-up does not write")
				return
			}
			assert.Equal(t, op.Method != "GET", op.Write, "a GET reads, everything else writes")
			if op.Write {
				assert.Contains(t, unleashedWrites, strings.ToLower(op.Method)+" "+shape(op.Path))
			}
		})
	}
}

func TestEveryOperationSaysHowItEnds(t *testing.T) {
	seen := map[string]bool{}
	for _, system := range []struct {
		name       string
		operations int
		check      func(t *testing.T, i int) (name string)
	}{
		{"mintsoft", len(mintsoft.System.Operations), func(t *testing.T, i int) string {
			op := mintsoft.System.Operations[i]
			assert.NotEmpty(t, op.Summary)
			assert.NotEmpty(t, op.Success, "how the answer says that it was done")
			assert.Equal(t, op.Find != nil, op.Found != "", "Find in words")
			return op.Name
		}},
		{"unleashed", len(unleashed.System.Operations), func(t *testing.T, i int) string {
			op := unleashed.System.Operations[i]
			assert.NotEmpty(t, op.Summary)
			assert.NotEmpty(t, op.Success, "how the answer says that it was done")
			assert.Equal(t, op.Find != nil, op.Found != "", "Find in words")
			return op.Name
		}},
	} {
		for i := range system.operations {
			name := system.name + " " + system.check(t, i)
			assert.False(t, seen[name], "%s stands twice", name)
			seen[name] = true
		}
	}
}

// writesOf says whether a component of a pipeline is a write to a service.
func writesOf(t *testing.T, c *service.WalkedComponent) bool {
	t.Helper()
	config, err := c.ConfigAny()
	require.NoError(t, err)
	fields, isObject := at(config, []string{c.Name})
	if !isObject {
		return false
	}
	name, _ := at(fields, []string{"operation"})
	switch c.Name {
	case "mintsoft":
		for _, op := range mintsoft.System.Operations {
			if op.Name == name {
				return op.Write
			}
		}
	case "unleashed":
		for _, op := range unleashed.System.Operations {
			if op.Name == name {
				return op.Write
			}
		}
	}
	return false
}

func TestEveryMintsoftPathInTheCodeIsTheVendors(t *testing.T) {
	known := routes(t)
	for _, file := range sources(t, "plugins/mintsoft") {
		if file.isTest {
			continue
		}
		ast.Inspect(file.syntax, func(n ast.Node) bool {
			literal, isLiteral := n.(*ast.BasicLit)
			if !isLiteral || literal.Kind != token.STRING {
				return true
			}
			path, err := strconv.Unquote(literal.Value)
			if err != nil || !strings.HasPrefix(path, "/api/") || path == "/api/" {
				return true
			}
			if strings.HasSuffix(path, "/") {
				path += "{}" // an id is appended
			}
			assert.True(t, slices.ContainsFunc(known, func(r route) bool { return shape(r.Path) == shape(path) }),
				"%s: %s is no route of the vendor", file.position(literal.Pos()), path)
			return true
		})
	}
}
