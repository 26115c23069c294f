package ledger

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// arguments are values as both databases store them: times as nanoseconds since
// 1970 (0 for none), truth as 0 and 1, and text without the bytes that
// PostgreSQL refuses.
func arguments(values []any) ([]any, error) {
	stored := make([]any, len(values))
	for i, value := range values {
		switch v := value.(type) {
		case time.Time:
			stored[i] = nanos(v)
		case string:
			stored[i] = clean(v)
		case json.RawMessage:
			stored[i] = clean(document(v))
		case bool:
			stored[i] = int64(0)
			if v {
				stored[i] = int64(1)
			}
		case []byte:
			stored[i] = v
			if v == nil {
				stored[i] = []byte{} // nothing is a value too, not the lack of one
			}
		case int:
			stored[i] = int64(v)
		case driver.Valuer:
			encoded, err := v.Value()
			if err != nil {
				return nil, err
			}
			stored[i] = encoded
		default:
			stored[i] = value
		}
	}
	return stored, nil
}

func clean(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")
}

// document is a body as it is kept. What is not JSON is kept as a JSON string,
// so that rows can always be printed as JSON.
func document(body json.RawMessage) string {
	if len(body) == 0 || json.Valid(body) {
		return string(body)
	}
	quoted, _ := json.Marshal(string(body)) // a string always encodes
	return string(quoted)
}

func nanos(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixNano()
}

// instant reads a stored time.
type instant struct{ into *time.Time }

// Scan implements sql.Scanner.
func (i instant) Scan(stored any) error {
	n, isNumber := stored.(int64)
	if !isNumber {
		return fmt.Errorf("reading a time: found %T, expected a number", stored)
	}
	*i.into = time.Time{}
	if n != 0 {
		*i.into = time.Unix(0, n).UTC()
	}
	return nil
}

// flag reads stored truth.
type flag struct{ into *bool }

// Scan implements sql.Scanner.
func (f flag) Scan(stored any) error {
	n, isNumber := stored.(int64)
	if !isNumber {
		return fmt.Errorf("reading a flag: found %T, expected a number", stored)
	}
	*f.into = n != 0
	return nil
}

// encoded is a Go value in a text column, as JSON.
type encoded struct{ value any }

// Value implements driver.Valuer.
func (e encoded) Value() (driver.Value, error) {
	raw, err := json.Marshal(e.value)
	return clean(string(raw)), err
}

// Scan implements sql.Scanner.
func (e encoded) Scan(stored any) error {
	text, isText := stored.(string)
	if !isText {
		return fmt.Errorf("reading a document: found %T, expected text", stored)
	}
	return json.Unmarshal([]byte(text), e.value)
}

// raw reads a stored body; a blank one is nil.
type raw struct{ into *json.RawMessage }

// Scan implements sql.Scanner.
func (r raw) Scan(stored any) error {
	text, isText := stored.(string)
	if !isText {
		return fmt.Errorf("reading a body: found %T, expected text", stored)
	}
	*r.into = nil
	if text != "" {
		*r.into = json.RawMessage(text)
	}
	return nil
}
