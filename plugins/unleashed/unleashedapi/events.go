package unleashedapi

import (
	"bytes"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Headers that an event comes with.
const (
	HeaderEventSignature = "X-Unleashed-Signature"
	HeaderEventTimestamp = "X-Unleashed-Timestamp"
)

var (
	// ErrUnsigned: an event lacks its signature or its timestamp.
	ErrUnsigned = errors.New("the event is not signed")
	// errForged: the signature is not that of the body under our key.
	errForged = errors.New("the signature is not that of the event")
	// ErrStale: the event is signed, but for another time than now.
	ErrStale = errors.New("the event was signed at another time")
)

// VerifyEvent checks that a body was signed under a key, and not longer before or
// after now than a tolerance. The signature is that of the timestamp as it is
// written, a dot and the raw body. Comparing it takes the same time wherever it
// differs. Errors are ErrUnsigned, ErrForged and ErrStale.
func VerifyEvent(key, timestamp, signature string, body []byte, now time.Time, tolerance time.Duration) error {
	if key == "" || timestamp == "" || signature == "" {
		return ErrUnsigned
	}
	if !hmac.Equal([]byte(Signature(key, timestamp+"."+string(body))), []byte(signature)) {
		return errForged
	}
	at, err := parseTimestamp(timestamp)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStale, err)
	}
	if off := now.Sub(at).Abs(); off > tolerance {
		return fmt.Errorf("%w, %s from now", ErrStale, off.Round(time.Second))
	}
	return nil
}

// millisFrom is the least number that is taken for milliseconds: as seconds it is
// tens of thousands of years ahead.
const millisFrom = 1e12

// parseTimestamp reads seconds or milliseconds since 1970, or a date of ISO 8601.
// One without a zone is UTC.
func parseTimestamp(text string) (time.Time, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if n >= millisFrom {
			return time.UnixMilli(n), nil
		}
		return time.Unix(n, 0), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errors.New("the timestamp is no number of seconds and no date")
}

// Event is a change that the service tells of by itself. It names the record and
// does not hold it.
type Event struct {
	SubscriptionID string         `json:"subscriptionId"`
	ID             string         `json:"eventNotificationId"`
	Type           string         `json:"eventType"` // such as salesorder.deleted
	CreatedOn      string         `json:"createdOn"`
	Data           map[string]any `json:"data"`
	// GUID is that of the record; empty when the data names none.
	GUID string `json:"guid"`
}

// ParseEvent reads the body of an event. Names are taken in any case, and the data
// as an object or as text that holds one. An event needs an id and a type.
func ParseEvent(body []byte) (Event, error) {
	var envelope struct {
		SubscriptionID      string
		EventNotificationID string
		EventType           string
		CreatedOn           string
		Data                json.RawMessage
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return Event{}, errors.New("reading an event: the body is not the JSON of one")
	}
	e := Event{SubscriptionID: envelope.SubscriptionID, ID: strings.TrimSpace(envelope.EventNotificationID), Type: strings.TrimSpace(envelope.EventType), CreatedOn: envelope.CreatedOn}
	switch {
	case e.ID == "":
		return Event{}, errors.New("reading an event: eventNotificationId is missing")
	case e.Type == "":
		return Event{}, errors.New("reading an event: eventType is missing")
	}
	data := bytes.TrimSpace(envelope.Data)
	if len(data) > 0 && data[0] == '"' {
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return Event{}, errors.New("reading an event: data is no text")
		}
		data = []byte(strings.TrimSpace(text))
	}
	if len(data) > 0 {
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber()
		if err := decoder.Decode(&e.Data); err != nil || decoder.More() {
			return Event{}, errors.New("reading an event: data is no object")
		}
	}
	e.GUID = strings.ToLower(recordOf(e.Type, e.Data)) // as the lists write it
	return e, nil
}

// recordOf finds the GUID of the record: the member that is called like the
// resource, else the only one that is called a GUID.
func recordOf(eventType string, data map[string]any) string {
	resource, _, _ := strings.Cut(eventType, ".")
	var others []string
	for name, value := range data {
		guid, isText := value.(string)
		switch {
		case !isText || !strings.HasSuffix(strings.ToLower(name), "guid"):
		case strings.EqualFold(name, resource+"Guid"):
			return guid
		default:
			others = append(others, guid)
		}
	}
	if len(others) == 1 {
		return others[0]
	}
	return ""
}
