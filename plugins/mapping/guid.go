package mapping

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/redpanda-data/benthos/v4/public/bloblang"
)

// guids is the namespace of the GUIDs that mappings make.
var guids = uuid.MustParse("0f8c2f0a-3a55-5d53-9a37-6c1f0a7f5e11")

func init() {
	bloblang.MustRegisterFunctionV2("deterministic_guid",
		bloblang.NewPluginSpec().Category(category).Static().Variadic().
			Description("A GUID (UUIDv5) that is the same for the same parts, so that a record which is created again after a lost answer is found. Parts are texts and numbers; a part that is null or blank is an error, since two records would share the GUID. Put what identifies the account first.").
			Example("", `root.Guid = deterministic_guid("sales_order", this.ID)`,
				[2]string{`{"ID":20451}`, `{"Guid":"58ccdd5e-8c5a-51e4-9714-c51052512f96"}`}),
		func(args *bloblang.ParsedParams) (bloblang.Function, error) {
			values := args.AsSlice()
			if len(values) == 0 {
				return nil, errors.New("deterministic_guid: expected at least one part")
			}
			parts := make([]string, len(values))
			for i, v := range values {
				part, err := guidPart(v)
				if err != nil {
					return nil, fmt.Errorf("deterministic_guid: part %d: %w", i+1, err)
				}
				parts[i] = part
			}
			return func() (any, error) { return deterministicGUID(parts...), nil }, nil
		})
}

func guidPart(v any) (string, error) {
	if text, isText := v.(string); isText {
		if strings.TrimSpace(text) == "" {
			return "", mismatch("a part that is not blank", v)
		}
		return text, nil
	}
	d, err := required(v, nil)
	return d.String(), err
}

// deterministicGUID writes each part with its length, so that no two lists of
// parts read the same.
func deterministicGUID(parts ...string) string {
	var name strings.Builder
	for _, part := range parts {
		fmt.Fprintf(&name, "%d:%s", len(part), part)
	}
	return uuid.NewSHA1(guids, []byte(name.String())).String()
}
