package component

import (
	"bytes"
	"encoding/json"
)

// DecodeJSON decodes with numbers kept as they are written.
func DecodeJSON(raw []byte, into any) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// Plain turns any value into what messages carry: maps, slices and json.Number.
func Plain(v any) (any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var plain any
	return plain, DecodeJSON(raw, &plain)
}
