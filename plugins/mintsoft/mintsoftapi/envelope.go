package mintsoftapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

// Envelope says how an answer's body tells success from refusal. The service
// refuses by business rules under HTTP 200, with Success:false and a message.
type Envelope int

// The ways to read a body.
const (
	// EnvelopeAuto judges a body that looks like a result: an object with a
	// boolean Success, or an array with such objects. Records and bare values are
	// no results.
	EnvelopeAuto Envelope = iota
	// EnvelopeRequired expects a result; an answer without one is Unknown for a
	// write.
	EnvelopeRequired
	// EnvelopeNone takes the HTTP status alone.
	EnvelopeNone
)

// verdict is what an answer says about success.
type verdict struct {
	envelope bool // there is a result
	refused  bool
	exists   bool
	message  string
	fields   []apihttp.FieldError
}

// result is the union of the service's results: ToolkitResult, NewOrderResult,
// NewProductResult and BulkStockUpdateResult
// (https://api.mintsoft.co.uk/swagger/ui/index). Its members are decoded one by
// one: an unexpected type of one must not hide a Success:false.
type result struct {
	Success, Message, WarningMessage, SKU, OrderNumber json.RawMessage
}

// succeeded reads Success; known is false when the row is no result.
func (r result) succeeded() (ok, known bool) {
	switch strings.ToLower(strings.Trim(string(r.Success), `"`)) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// complaint is what ASP.NET says when it refuses by status.
type complaint struct {
	Message, ExceptionMessage, ModelState json.RawMessage
}

// judge reads an answer of any status.
func judge(e Envelope, status int, header http.Header, body []byte) verdict {
	body = bytes.TrimSpace(body)
	var v verdict
	if e != EnvelopeNone {
		v = judgeResult(body)
	}
	if status < 300 || v.refused {
		return v
	}
	v.refused = true
	v.message, v.fields = complaintText(header, body)
	v.exists = saysExists(v.message)
	return v
}

// HasResult says whether a body is a result of the service, which says Success.
func HasResult(body []byte) bool { return judgeResult(bytes.TrimSpace(body)).envelope }

func judgeResult(body []byte) verdict {
	// A page of a hundred orders is decoded once, by the caller.
	if !bytes.Contains(body, []byte("uccess")) || len(body) == 0 {
		return verdict{}
	}
	var results []result
	switch body[0] {
	case '{':
		var one result
		if json.Unmarshal(body, &one) != nil {
			return verdict{}
		}
		results = []result{one}
	case '[':
		var rows []json.RawMessage
		if json.Unmarshal(body, &rows) != nil {
			return verdict{}
		}
		for _, row := range rows {
			var one result
			if json.Unmarshal(row, &one) == nil {
				results = append(results, one)
			}
		}
	}
	return sum(results)
}

// sum joins the rows of a result: one refused row refuses the call, and it exists
// already only when every refused row says so.
func sum(results []result) verdict {
	v := verdict{exists: true}
	var messages []string
	for _, r := range results {
		ok, known := r.succeeded()
		v.envelope = v.envelope || known
		if ok || !known {
			continue
		}
		v.refused = true
		reason := text(r.Message)
		if warning := text(r.WarningMessage); warning != "" && !strings.Contains(reason, warning) {
			reason = strings.TrimSpace(reason + " (" + warning + ")")
		}
		if reason == "" {
			reason = "refused without a reason"
		}
		v.exists = v.exists && saysExists(reason)
		name := or(r.SKU, r.OrderNumber)
		if len(results) > 1 && name != "" {
			v.fields = append(v.fields, apihttp.FieldError{Field: name, Message: reason})
			if !strings.Contains(reason, name) {
				reason = name + ": " + reason
			}
		}
		if !slices.Contains(messages, reason) {
			messages = append(messages, reason)
		}
	}
	v.exists = v.exists && v.refused
	v.message = strings.Join(messages, "; ")
	return v
}
