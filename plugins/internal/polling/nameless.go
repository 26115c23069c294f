package polling

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// ErrNameless is what Source.Fetch returns for a row without an id: there is nothing
// to ask the service for.
var ErrNameless = errors.New("the row has no id, so that it cannot be read by itself: mend it in the service, whose list is read again, and discard this")

const namelessPrefix = "row "

// Nameless is a row of a list that cannot be told from others, for the reason given.
// It has an id of its content, so that it is reported once.
func Nameless(ref string, row any, reason error) Item {
	content, err := json.Marshal(row)
	if err != nil {
		content = fmt.Append(nil, row)
	}
	sum := sha256.Sum256(content)
	return Item{ID: namelessPrefix + hex.EncodeToString(sum[:8]), Ref: ref, Body: row, Err: reason}
}

// IsNameless says whether an id is that of a row without one.
func IsNameless(id string) bool { return strings.HasPrefix(id, namelessPrefix) }
