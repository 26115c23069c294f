package conformance

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// walk lists the components of a pipeline as the engine sees them.
func (p pipeline) walk(t *testing.T) []*service.WalkedComponent {
	t.Helper()
	builder := service.GlobalEnvironment().NewStreamBuilder()
	builder.SetEnvVarLookupFunc(noEnvironment)
	require.NoError(t, builder.SetYAML(p.text))
	var found []*service.WalkedComponent
	require.NoError(t, builder.WalkComponents(func(w *service.WalkedComponent) error {
		found = append(found, w)
		return nil
	}))
	return found
}

// noEnvironment lets a pipeline be built as it stands, but for the connection.
func noEnvironment(name string) (string, bool) { return "main", name == "CONNECTION" }

func TestEveryPipelineLints(t *testing.T) {
	eachPipeline(t, func(t *testing.T, p pipeline) {
		for _, l := range lint(t, p.text) {
			t.Errorf("%s: %s", p.path, l.Error())
		}
	})
}

func TestEveryPipelineBuildsStrictAndNot(t *testing.T) {
	eachPipeline(t, func(t *testing.T, p pipeline) {
		for _, strict := range []bool{true, false} {
			builder := service.GlobalEnvironment().NewStreamBuilder()
			builder.SetEnvVarLookupFunc(noEnvironment)
			builder.SetStrict(strict)
			require.NoError(t, builder.SetYAML(p.text), "strict: %v", strict)
			_, err := builder.Build()
			require.NoError(t, err, "strict: %v", strict)
		}
	})
}

// labelForm is one or more lower-case words; it begins with a verb, which only a
// reader can tell.
var labelForm = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)

func TestEveryLabelSaysWhatItsStepDoes(t *testing.T) {
	eachPipeline(t, func(t *testing.T, p pipeline) {
		seen := map[string]bool{}
		for _, c := range p.walk(t) {
			if c.Label == "" {
				continue // the linter knows which components need one
			}
			assert.Regexp(t, labelForm, c.Label)
			assert.NotEqual(t, c.Name, c.Label, "the label of a component is what it does, not what it is")
			assert.False(t, seen[c.Label], "label %s stands twice", c.Label)
			seen[c.Label] = true
		}
		var file struct {
			Input struct {
				Label string `yaml:"label"`
			} `yaml:"input"`
		}
		require.NoError(t, p.document.Decode(&file))
		assert.Equal(t, p.name, file.Input.Label, "cursor, dead letters and metrics are kept under the input's label")
	})
}

func TestEveryPipelineHasItsTestsBesideIt(t *testing.T) {
	eachPipeline(t, func(t *testing.T, p pipeline) {
		raw, err := os.ReadFile(strings.TrimSuffix(p.path, ".yaml") + testSuffix)
		require.NoError(t, err)
		assert.Contains(t, string(raw), "target_processors:")
	})
	files, err := filepath.Glob(filepath.Join(root, "pipelines", "*"+testSuffix))
	require.NoError(t, err)
	for _, path := range files {
		assert.FileExists(t, strings.TrimSuffix(path, testSuffix)+".yaml", "tests of a pipeline that is gone")
	}
}

func TestNothingIsLostInAPipeline(t *testing.T) {
	eachPipeline(t, func(t *testing.T, p pipeline) {
		files, writes, loses := false, false, ""
		for _, c := range p.walk(t) {
			files = files || c.ComponentType == "output" && c.Name == "dead_letter"
			writes = writes || c.ComponentType == "processor" && writesOf(t, c)
			if c.ComponentType == "output" && slices.Contains([]string{"drop", "drop_on", "reject"}, c.Name) {
				loses = c.Label
			}
		}
		assert.True(t, files, "expected an output dead_letter for what cannot be mapped")
		if loses != "" {
			// A processor that wrote has counted its message, which may end then.
			assert.True(t, writes, "output %s loses what dead_letter or skip would account for", loses)
		}
		for _, m := range p.mappings() {
			for _, place := range drops(m.value) {
				t.Errorf("%s:%d: %s: use the processor skip, which counts and says why", p.path, m.line, place)
			}
			for _, place := range swallows(m.value) {
				t.Errorf("%s:%d: %s: say what a missing value means", p.path, m.line, place)
			}
		}
	})
}

func TestMoneyAndQuantitiesStayDecimal(t *testing.T) {
	eachPipeline(t, func(t *testing.T, p pipeline) {
		for _, m := range p.mappings() {
			for _, place := range floats(m.value) {
				t.Errorf("%s:%d: %s: Bloblang's arithmetic is float, use the decimal_ methods", p.path, m.line, place)
			}
		}
	})
}

var (
	secretKey   = regexp.MustCompile(`(?i)(api_?key|api_?id|secret|password|token|authorization|credential)`)
	fromOutside = regexp.MustCompile(`^\$\{[A-Z_]+(:[^}]*)?\}$`)
	// secretForm is a GUID, a long run without spaces that mixes letters and
	// digits, or an address with a password in it.
	secretForm = regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|://[^/\s:]+:[^/\s@]+@|\bBearer\s+\S+`)
	longRun    = regexp.MustCompile(`[A-Za-z0-9+/_-]{28,}={0,2}`)
)

func looksSecret(text string) bool {
	if secretForm.MatchString(text) {
		return true
	}
	return slices.ContainsFunc(longRun.FindAllString(text, -1), func(run string) bool {
		return strings.ContainsAny(run, "0123456789") && strings.ContainsAny(run, "abcdefghijklmnopqrstuvwxyz") && !strings.ContainsAny(run, "_/")
	})
}

func TestNoPipelineHoldsACredential(t *testing.T) {
	for text, secret := range map[string]bool{
		"3f2504e0-4f89-11d3-9a0c-0305e82c3301": true, "https://user:hunter2@host/": true, "Bearer abc": true, "q7Zk2Lm9Xc4Vb8Nn1Aa5Ss6Dd3Ff0Gg": true,
		"cancel_sales_order/${! @unleashed_id }/${! this.ID }": false, "Parked,Placed,Backordered,Completed,Deleted": false, "ExternalOrderReference": false,
	} {
		require.Equal(t, secret, looksSecret(text), text)
	}
	eachPipeline(t, func(t *testing.T, p pipeline) {
		for _, s := range scalars(p.document) {
			if secretKey.MatchString(s.key) {
				assert.Regexp(t, fromOutside, s.value, "%s:%d: %s", p.path, s.line, s.key)
			}
			assert.False(t, looksSecret(s.value), "%s:%d: %s looks like a credential", p.path, s.line, s.key)
		}
	})
}
