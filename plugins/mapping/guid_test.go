package mapping

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDeterministicGUIDIsAVersion5UUID(t *testing.T) {
	id, err := uuid.Parse(deterministicGUID("sales_order", "20451"))
	require.NoError(t, err)
	assert.Equal(t, uuid.Version(5), id.Version())
}

func TestDeterministicGUIDTellsListsOfPartsApart(t *testing.T) {
	seen := map[string][]string{}
	for _, parts := range [][]string{{"a", "b"}, {"ab"}, {"a", "b", ""}, {"b", "a"}, {"1:ab"}, {"a1:b"}, {"a\x00b"}} {
		id := deterministicGUID(parts...)
		assert.NotContains(t, seen, id, "%q and %q have the same", parts, seen[id])
		seen[id] = parts
	}
}

func TestDeterministicGUIDReadsANumberAsItsValue(t *testing.T) {
	const same = `root.same = deterministic_guid("order", this.a) == deterministic_guid("order", this.b)`
	answers(t, same, `{"a":20451,"b":"20451"}`, `{"same":true}`)
	answers(t, same, `{"a":20451.0,"b":20451}`, `{"same":true}`)
	answers(t, same, `{"a":20451,"b":20452}`, `{"same":false}`)
}

func TestDeterministicGUIDRefusesPartsThatSayNothing(t *testing.T) {
	for name, c := range map[string]struct{ mapping, reason string }{
		"null":      {`root.v = deterministic_guid("order", this.none)`, "part 2: expected a number, found null"},
		"blank":     {`root.v = deterministic_guid(" ", "order")`, "part 1: expected a part that is not blank"},
		"an object": {`root.v = deterministic_guid("order", this)`, "part 2: expected a number, found {}"},
		"no part":   {`root.v = deterministic_guid()`, "expected at least one part"},
	} {
		t.Run(name, func(t *testing.T) { refuses(t, c.mapping, `{}`, c.reason) })
	}
}
