package mintsoftapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

// complaintText reads the body of an answer that is no success by its status.
func complaintText(header http.Header, body []byte) (string, []apihttp.FieldError) {
	var c complaint
	if json.Unmarshal(body, &c) != nil {
		var bare string
		if json.Unmarshal(body, &bare) != nil {
			bare = apihttp.PlainText(header, body)
		}
		return bare, nil
	}
	said := []string{text(c.Message), text(c.ExceptionMessage)}
	var state map[string]json.RawMessage
	if len(c.ModelState) > 0 && json.Unmarshal(c.ModelState, &state) != nil {
		state = nil
	}
	var fields []apihttp.FieldError
	for _, field := range slices.Sorted(maps.Keys(state)) {
		var messages []string
		if json.Unmarshal(state[field], &messages) != nil {
			continue
		}
		message := strings.Join(messages, " ")
		fields = append(fields, apihttp.FieldError{Field: field, Message: message})
		said = append(said, field+": "+message)
	}
	said = slices.DeleteFunc(said, func(s string) bool { return s == "" })
	if len(said) == 0 {
		return apihttp.PlainText(header, body), nil
	}
	return strings.Join(said, "; "), fields
}

// saysExists: the only fragment of a refusal of a duplicate that was seen.
func saysExists(message string) bool {
	return strings.Contains(strings.ToLower(message), "already exist")
}

// MentionsProduct says whether a refusal is about a product of the document: it
// names one of the SKUs, or speaks of a product or SKU. A refusal for lack of
// stock is not about the product. The texts are unstable English.
func MentionsProduct(message string, skus []string) bool {
	message = strings.ToLower(message)
	for _, stock := range []string{"enough stock", "infinite stock", "insufficient stock", "available:"} {
		if strings.Contains(message, stock) {
			return false
		}
	}
	for _, word := range []string{"product", "products", "sku", "skus", "productid"} {
		if hasWord(message, word) {
			return true
		}
	}
	for _, sku := range skus {
		if sku = strings.ToLower(strings.TrimSpace(sku)); sku != "" && hasWord(message, sku) {
			return true
		}
	}
	return false
}

// MentionsCourier says whether a refusal is about the courier service.
func MentionsCourier(message string) bool {
	return strings.Contains(strings.ToLower(message), "courier")
}

// hasWord finds a word that is not part of a longer one: the SKU "A-1" is not in
// "A-10".
func hasWord(message, word string) bool {
	for from := 0; ; {
		i := strings.Index(message[from:], word)
		if i < 0 {
			return false
		}
		start := from + i
		before, _ := utf8.DecodeLastRuneInString(message[:start])
		after, _ := utf8.DecodeRuneInString(message[start+len(word):])
		if !joins(before) && !joins(after) {
			return true
		}
		_, size := utf8.DecodeRuneInString(message[start:])
		from = start + size
	}
}

// joins says whether a character makes a word longer. DecodeRune gives RuneError
// at either end of the text.
func joins(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_')
}

// text is a JSON string, empty for anything else.
func text(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return strings.TrimSpace(s)
}

func or(texts ...json.RawMessage) string {
	for _, raw := range texts {
		if s := text(raw); s != "" {
			return s
		}
	}
	return ""
}
