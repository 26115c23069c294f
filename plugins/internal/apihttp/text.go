package apihttp

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
)

// PlainText is an answer's text, at most 2 KB, where a person can read it: a page
// of HTML is not what the service said about the record.
func PlainText(header http.Header, body []byte) string {
	if isPage(header, body) {
		return ""
	}
	return strings.TrimSpace(clip(string(body[:min(len(body), maxMessage)]), maxMessage))
}

// isPage says whether an answer is a page of HTML. An empty one is not, whatever its
// type is said to be.
func isPage(header http.Header, body []byte) bool {
	body = bytes.TrimSpace(body)
	return bytes.HasPrefix(body, []byte("<")) || len(body) > 0 && strings.Contains(header.Get("Content-Type"), "html")
}

// wordsOfErrors are the members of an error of ASP.NET, and of one of Unleashed.
var wordsOfErrors = []string{"Message", "MessageDetail", "ExceptionMessage", "ExceptionType", "StackTrace", "InnerException", "ModelState", "Description", "DebugInformation"}

// Readable says what keeps the body of an answer that says success from being
// understood: it is no JSON, or nothing but the words of an error. An empty one is
// readable.
func Readable(body []byte) error {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return nil
	case !json.Valid(body):
		return errors.New("the answer is not JSON")
	case body[0] != '{':
		return nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || len(members) == 0 {
		return err
	}
	for name := range members {
		if !slices.Contains(wordsOfErrors, name) {
			return nil
		}
	}
	return errors.New("the answer is the text of an error")
}

// isDialError tells a failure to connect from a failure after connecting, for
// transports that report no trace.
func isDialError(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
