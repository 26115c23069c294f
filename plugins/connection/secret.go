package connection

import (
	"fmt"
	"io"
	"log/slog"
)

// mask stands for a secret wherever one is printed.
const mask = "***"

// Secret is a credential. However it is printed, logged or marshalled, only a
// mask shows; it is empty when the secret is. The value sits behind a pointer, so
// that not even reflection over unexported fields prints it.
type Secret struct{ value *string }

// NewSecret keeps a value.
func NewSecret(value string) Secret { return Secret{value: &value} }

// Reveal answers the value, for the client that sends it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// String answers the mask.
func (s Secret) String() string {
	if s.Reveal() == "" {
		return ""
	}
	return mask
}

// GoString answers the mask.
func (s Secret) GoString() string { return "connection.Secret(" + s.String() + ")" }

// Format writes the mask whatever the verb is: verbs for numbers would print the
// value otherwise.
func (s Secret) Format(state fmt.State, verb rune) {
	if verb == 'v' && state.Flag('#') {
		_, _ = io.WriteString(state, s.GoString())
		return
	}
	_, _ = io.WriteString(state, s.String())
}

// MarshalText answers the mask.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON answers the mask as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// MarshalYAML answers the mask.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// LogValue answers the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
