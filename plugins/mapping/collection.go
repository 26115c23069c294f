package mapping

import (
	"fmt"
	"slices"

	"github.com/redpanda-data/benthos/v4/public/bloblang"
)

func init() {
	bloblang.MustRegisterMethodV2("chunks_of",
		spec("A list cut into lists of at most so many elements, in their order.").
			Param(bloblang.NewInt64Param("size").Description("How many elements a list holds at most, 1 or more.")).
			Example("", `root.calls = this.skus.chunks_of(2)`, [2]string{`{"skus":["A","B","C"]}`, `{"calls":[["A","B"],["C"]]}`}, [2]string{`{"skus":[]}`, `{"calls":[]}`}),
		func(args *bloblang.ParsedParams) (bloblang.Method, error) {
			size, err := args.GetInt64("size")
			if err != nil {
				return nil, err
			}
			if size < 1 {
				return nil, fmt.Errorf("parameter size: found %d, expected 1 or more", size)
			}
			return bloblang.ArrayMethod(func(list []any) (any, error) {
				chunks := []any{}
				for some := range slices.Chunk(list, int(size)) {
					chunks = append(chunks, some)
				}
				return chunks, nil
			}), nil
		})

	bloblang.MustRegisterMethodV2("member",
		spec("The member of an object with exactly this name, null when there is none or the object is null. Unlike `get` it takes a dot in the name for a dot: SKUs have them.").
			Param(bloblang.NewStringParam("name").Description("The name of the member.")).
			Example("", `root.stock = this.stock.member(this.sku)`,
				[2]string{`{"sku":"MUG.BLUE","stock":{"MUG.BLUE":40}}`, `{"stock":40}`}, [2]string{`{"sku":"MUG","stock":{"MUG.BLUE":40}}`, `{"stock":null}`}),
		func(args *bloblang.ParsedParams) (bloblang.Method, error) {
			name, err := args.GetString("name")
			if err != nil {
				return nil, err
			}
			return func(v any) (any, error) {
				switch object := v.(type) {
				case nil:
					return nil, nil
				case map[string]any:
					return object[name], nil
				}
				return nil, mismatch("an object", v)
			}, nil
		})
}
