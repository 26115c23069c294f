package unleashedapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// Signature signs the text of a query, without "?" and not escaped: base64 of
// HMAC-SHA256 under the API key as it is written (it looks like base64 but is not
// decoded). Path, verb and body are not signed
// (https://apidocs.unleashedsoftware.com/AuthenticationHelp).
func Signature(apiKey, query string) string {
	mac := hmac.New(sha256.New, []byte(apiKey))
	mac.Write([]byte(query))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Query is an ordered list of filters. The zero Query is empty.
type Query struct{ pairs []pair }

type pair struct{ key, value string }

// NewQuery makes a query of keys and values in turn, none of them escaped. A key
// without a value gets an empty one.
func NewQuery(keysAndValues ...string) Query {
	q := Query{pairs: make([]pair, 0, (len(keysAndValues)+1)/2)}
	for i := 0; i < len(keysAndValues); i += 2 {
		p := pair{key: keysAndValues[i]}
		if i+1 < len(keysAndValues) {
			p.value = keysAndValues[i+1]
		}
		q.pairs = append(q.pairs, p)
	}
	return q
}

// With is the query with one more filter at its end; q itself stays as it is.
func (q Query) With(key, value string) Query {
	pairs := make([]pair, 0, len(q.pairs)+1)
	return Query{pairs: append(append(pairs, q.pairs...), pair{key, value})}
}

// Text is what is signed: the filters as they read, nothing escaped.
func (q Query) Text() string { return q.join(func(s string) string { return s }) }

// Wire is what is sent: Text with only those characters escaped that cannot
// stand in a URI's query or would end a value. The service verifies the signature
// over the decoded query (seen in practice), and colons, commas and at signs that
// are needlessly escaped were answered 403.
func (q Query) Wire() string { return q.join(escape) }

func (q Query) join(write func(string) string) string {
	var b strings.Builder
	for i, p := range q.pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(write(p.key))
		b.WriteByte('=')
		b.WriteString(write(p.value))
	}
	return b.String()
}

const hexDigits = "0123456789ABCDEF"

func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; stays(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return b.String()
}

// stays says whether a byte is sent as it is.
func stays(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("-._~:,@/()'!$*?", c) >= 0
}
