package unleashedapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

// refusal is what an answer that is no success says.
type refusal struct {
	message string
	exists  bool
}

// answerText is the union of the bodies that were seen on refusals: Description
// with DebugInformation, a list of Items by field, and Web API's Message.
type answerText struct {
	Description      string
	DebugInformation json.RawMessage
	Message          string
	Items            []struct {
		Field, Description string
		ErrorCode          json.RawMessage
	}
}

// readRefusal reads the service's words. A body of another shape is kept as text,
// except HTML: a gateway's page says nothing about the record.
func readRefusal(header http.Header, body []byte) (refusal, []apihttp.FieldError) {
	var answer answerText
	if err := json.Unmarshal(body, &answer); err != nil {
		var text string
		if json.Unmarshal(body, &text) != nil {
			text = apihttp.PlainText(header, body)
		}
		return refusal{message: text, exists: saysExists(text)}, nil
	}
	var said []string
	say := func(text string) {
		if text = strings.TrimSpace(text); text != "" {
			said = append(said, text)
		}
	}
	say(answer.Description)
	say(answer.Message)
	var fields []apihttp.FieldError
	for _, item := range answer.Items {
		field := apihttp.FieldError{Field: item.Field, Message: item.Description}
		// A number here, but nothing depends on it: any other type is no reason to
		// lose the rest.
		_ = json.Unmarshal(item.ErrorCode, &field.Code)
		fields = append(fields, field)
		say(strings.TrimPrefix(item.Field+": "+item.Description, ": "))
	}
	if len(said) == 0 {
		var debug string
		if json.Unmarshal(answer.DebugInformation, &debug) == nil {
			say(debug)
		}
	}
	if len(said) == 0 {
		say(apihttp.PlainText(header, bytes.TrimSpace(body)))
	}
	message := strings.Join(said, "; ")
	return refusal{message: message, exists: saysExists(message)}, fields
}

// saysExists finds refusals that may mean "done before". The texts are assumed;
// the caller looks at the record before believing one.
func saysExists(message string) bool {
	message = strings.ToLower(message)
	for _, fragment := range []string{
		"already exist", "already been", "already complete", "already deleted", "already receipted", "already dispatched",
	} {
		if strings.Contains(message, fragment) {
			return true
		}
	}
	return false
}

// explain adds to an error what only this service's client knows.
func explain(err error, fields []apihttp.FieldError) error {
	var e *apihttp.Error
	if !errors.As(err, &e) {
		return err
	}
	e.Fields = fields
	// What a blocked account is answered is not documented: 403 is assumed, and
	// told from a bad signature by its words.
	if e.Status == http.StatusForbidden && strings.Contains(strings.ToLower(e.Message), "quota") {
		e.Err, e.Outcome = apihttp.ErrQuota, apihttp.Throttled
	}
	return err
}
