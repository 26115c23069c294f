package unleashedsim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"net/http"
	"regexp"
	"strings"
)

// clientType is company/app in lower case, one word each.
var clientType = regexp.MustCompile(`^[a-z0-9_.-]+/[a-z0-9_.-]+$`)

// authenticate checks the headers that every request must carry.
func (t *Twin) authenticate(r *http.Request) error {
	if !t.signed(r) {
		return &problem{status: http.StatusForbidden, bare: true}
	}
	if status := t.knobs.ClientTypeMissing; status != 0 && !clientType.MatchString(r.Header.Get("client-type")) {
		return &problem{status: status, field: "client-type", text: "The header must name the integration as company/app in lower case."}
	}
	for _, name := range []string{"Content-Type", "Accept"} {
		kind, _, err := mime.ParseMediaType(strings.Split(r.Header.Get(name), ",")[0])
		if err != nil || kind != "application/json" {
			return invalid(name, "The header must say application/json.")
		}
	}
	return nil
}

func (t *Twin) signed(r *http.Request) bool {
	if r.Header.Get("api-auth-id") != t.id {
		return false
	}
	given := []byte(r.Header.Get("api-auth-signature"))
	matches := func(text string) bool {
		return hmac.Equal(given, []byte(signature(t.key, text)))
	}
	raw := r.URL.RawQuery
	switch t.knobs.SignatureMode {
	case SignRaw:
		return matches(raw)
	case SignEither:
		return matches(raw) || matches(decodePercent(raw))
	}
	return matches(decodePercent(raw))
}

// signature is base64 of HMAC-SHA256 under the key as it is written.
func signature(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// decodePercent decodes %XX and nothing else: a plus sign stays one, and what is
// no escape stays as it is.
func decodePercent(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			high, low := hexValue(text[i+1]), hexValue(text[i+2])
			if high >= 0 && low >= 0 {
				b.WriteByte(byte(high<<4 | low))
				i += 2
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// hexValue is -1 for what is no hexadecimal digit.
func hexValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
