package mapping

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/redpanda-data/benthos/v4/public/bloblang"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// run maps a document as a pipeline would: numbers are kept as they are written
// on the way in, and the answer is what would go out.
func run(t *testing.T, mapping, document string) (string, error) {
	t.Helper()
	executor, err := bloblang.Parse(mapping)
	if err != nil {
		return "", err
	}
	message, err := service.NewMessage([]byte(document)).BloblangQuery(executor)
	if err != nil {
		return "", err
	}
	body, err := message.AsBytes()
	return string(body), err
}

// answers checks what a mapping makes of a document, to the character: an equal
// number that is written differently has lost something.
func answers(t *testing.T, mapping, document, expected string) {
	t.Helper()
	actual, err := run(t, mapping, document)
	require.NoError(t, err)
	assert.Equal(t, expected, actual)
}

// refuses checks that a mapping fails and that the error says why.
func refuses(t *testing.T, mapping, document, reason string) {
	t.Helper()
	_, err := run(t, mapping, document)
	assert.ErrorContains(t, err, reason)
}

func TestEveryExampleIsTrue(t *testing.T) {
	list := entries()
	require.NotEmpty(t, list)
	for _, e := range list {
		t.Run(e.call, func(t *testing.T) {
			require.NotEmpty(t, e.examples, "expected an example")
			assert.NotEmpty(t, e.description)
			for _, example := range e.examples {
				require.NotEmpty(t, example.Results)
				for _, result := range example.Results {
					require.True(t, json.Valid([]byte(result[0])))
					answers(t, example.Mapping, result[0], result[1])
				}
			}
		})
	}
}

func TestEveryParameterIsDescribed(t *testing.T) {
	bloblang.GlobalEnvironment().WalkMethods(func(name string, view *bloblang.MethodView) {
		data := view.TemplateData()
		if len(data.Categories) == 0 || data.Categories[0].Category != category {
			return
		}
		for _, parameter := range data.Params.Definitions {
			assert.NotEmpty(t, parameter.Description, "%s: parameter %s", name, parameter.Name)
		}
	})
}

func TestReadmeShowsEveryMethod(t *testing.T) {
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, rest, opened := strings.Cut(string(page), "<!-- functions -->")
	shown, _, closed := strings.Cut(rest, "<!-- /functions -->")
	require.True(t, opened && closed, "expected the markers of the generated part")
	assert.Equal(t, strings.TrimSpace(Table()), strings.TrimSpace(shown), "the table is stale: run `make docs`")
}
