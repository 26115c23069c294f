package apihttp

import (
	"errors"
	"net"
	"net/http"
	"strings"
)

// PlainText is an answer's text, at most 2 KB, where a person can read it: a page
// of HTML is not what the service said about the record.
func PlainText(header http.Header, body []byte) string {
	text := strings.TrimSpace(clip(string(body[:min(len(body), maxMessage)]), maxMessage))
	if strings.HasPrefix(text, "<") || strings.Contains(header.Get("Content-Type"), "html") {
		return ""
	}
	return text
}

// isDialError tells a failure to connect from a failure after connecting, for
// transports that report no trace.
func isDialError(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
