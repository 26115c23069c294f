package unleashedsim

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// problem is a refusal.
type problem struct {
	status int
	field  string
	text   string
	// bare leaves the body empty, as a refused signature does.
	bare   bool
	header http.Header
}

// Error implements error.
func (p *problem) Error() string {
	if p.field != "" {
		return p.field + ": " + p.text
	}
	return p.text
}

// invalid refuses a member of a body or a filter.
func invalid(field, format string, args ...any) error {
	return &problem{status: http.StatusBadRequest, field: field, text: fmt.Sprintf(format, args...)}
}

// refused refuses what a document cannot do as it stands.
func refused(format string, args ...any) error {
	return &problem{status: http.StatusBadRequest, text: fmt.Sprintf(format, args...)}
}

func missing(kind string, key any) error {
	return &problem{status: http.StatusNotFound, text: fmt.Sprintf("There is no %s %v.", kind, key)}
}

// body writes a refusal in one of the shapes that were seen.
func (p *problem) body(shape ErrorShape) []byte {
	if p.bare {
		return nil
	}
	type item struct {
		Field, Description string
		ErrorCode          int
	}
	var shaped any
	switch shape {
	case ItemsShape:
		shaped = struct{ Items []item }{[]item{{Field: p.field, Description: p.text}}}
	case MessageShape:
		shaped = struct{ Message string }{p.Error()}
	default:
		shaped = struct {
			Description      string
			DebugInformation *string
		}{Description: p.Error()}
	}
	raw, err := json.Marshal(shaped)
	if err != nil {
		panic(err) // texts always marshal
	}
	return raw
}
