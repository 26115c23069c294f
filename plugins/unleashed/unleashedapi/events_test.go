package unleashedapi

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	eventKey = "SimWebhookSignatureKey-not-real-001"
	// The bodies of the reference, with data as text and as an object.
	textEvent   = `{"subscriptionId":"0b6a7c1e-5d1f-4c55-9c0e-3d1b6f0f9a11","eventNotificationId":"7d0e7c52-2f0b-4d3e-9f3c-0c2b7f6f3d21","eventType":"salesorder.updated","createdOn":"2026-03-01T08:30:00Z","data":"{\"salesOrderGuid\":\"e2f0a1b4-6c8d-4e1a-8f2b-1c3d5e7f9a0b\"}"}`
	objectEvent = `{"subscriptionId":"0b6a7c1e-5d1f-4c55-9c0e-3d1b6f0f9a11","eventNotificationId":"7d0e7c52-2f0b-4d3e-9f3c-0c2b7f6f3d22","eventType":"product.updated","createdOn":"2026-03-01T08:31:00Z","data":{"productGuid":"3c1e5a77-1b2c-4d3e-8f90-a1b2c3d4e5f6"}}`
)

func TestVerifyEvent(t *testing.T) {
	signed := time.Unix(1772353800, 0)
	const signature = "vlDa8pnj+WeScwWglGaAvcTU8+3/TmEJnOzk0+b0iVs="
	sign := func(timestamp string) string { return Signature(eventKey, timestamp+"."+textEvent) }
	tests := map[string]struct {
		key, timestamp, signature, body string
		now                             time.Time
		want                            error
	}{
		"the first vector":                 {eventKey, "1772353800", signature, textEvent, signed, nil},
		"the second vector":                {eventKey, "1772353860", "q8QIA2OCPnr9Gv/o5INy5Ba9mEqb+8OiWaB4BUiZA24=", objectEvent, signed, nil},
		"five minutes later":               {eventKey, "1772353800", signature, textEvent, signed.Add(5 * time.Minute), nil},
		"five minutes before":              {eventKey, "1772353800", signature, textEvent, signed.Add(-5 * time.Minute), nil},
		"milliseconds":                     {eventKey, "1772353800123", sign("1772353800123"), textEvent, signed, nil},
		"a date":                           {eventKey, "2026-03-01T08:30:00Z", sign("2026-03-01T08:30:00Z"), textEvent, signed, nil},
		"a date with an offset":            {eventKey, "2026-03-01T09:30:00.5+01:00", sign("2026-03-01T09:30:00.5+01:00"), textEvent, signed, nil},
		"a date without a zone":            {eventKey, "2026-03-01T08:30:00", sign("2026-03-01T08:30:00"), textEvent, signed, nil},
		"later than five minutes":          {eventKey, "1772353800", signature, textEvent, signed.Add(5*time.Minute + 1), ErrStale},
		"earlier than five minutes":        {eventKey, "1772353800", signature, textEvent, signed.Add(-5*time.Minute - 1), ErrStale},
		"milliseconds that are long past":  {eventKey, "1000000000000", sign("1000000000000"), textEvent, signed, ErrStale},
		"signed, but for no time":          {eventKey, "soon", sign("soon"), textEvent, signed, ErrStale},
		"a time that overflows":            {eventKey, "-9223372036854775808", sign("-9223372036854775808"), textEvent, signed, ErrStale},
		"one byte of the body differs":     {eventKey, "1772353800", signature, textEvent + " ", signed, errForged},
		"another time than was signed":     {eventKey, "1772353801", signature, textEvent, signed, errForged},
		"another key":                      {eventKey + "2", "1772353800", signature, textEvent, signed, errForged},
		"a signature in another case":      {eventKey, "1772353800", strings.ToLower(signature), textEvent, signed, errForged},
		"no signature":                     {eventKey, "1772353800", "", textEvent, signed, ErrUnsigned},
		"no timestamp":                     {eventKey, "", signature, textEvent, signed, ErrUnsigned},
		"a signature under an empty key":   {"", "1772353800", Signature("", "1772353800."+textEvent), textEvent, signed, ErrUnsigned},
		"stale and forged tells of forged": {eventKey, "1", signature, textEvent, signed, errForged},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := VerifyEvent(test.key, test.timestamp, test.signature, []byte(test.body), test.now, 5*time.Minute)
			if test.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, test.want)
			assert.NotContains(t, err.Error(), eventKey)
		})
	}
}

func TestParseEvent(t *testing.T) {
	tests := map[string]struct{ body, id, kind, guid, err string }{
		"data as text":             {body: textEvent, id: "7d0e7c52-2f0b-4d3e-9f3c-0c2b7f6f3d21", kind: "salesorder.updated", guid: "e2f0a1b4-6c8d-4e1a-8f2b-1c3d5e7f9a0b"},
		"data as an object":        {body: objectEvent, id: "7d0e7c52-2f0b-4d3e-9f3c-0c2b7f6f3d22", kind: "product.updated", guid: "3c1e5a77-1b2c-4d3e-8f90-a1b2c3d4e5f6"},
		"names in another case":    {body: `{"EventNotificationId":"e","EVENTTYPE":"product.updated","Data":{"ProductGuid":"g"}}`, id: "e", kind: "product.updated", guid: "g"},
		"a GUID in capitals":       {body: `{"eventNotificationId":"e","eventType":"product.updated","data":{"productGuid":"3C1E5A77-1B2C"}}`, id: "e", kind: "product.updated", guid: "3c1e5a77-1b2c"},
		"several GUIDs":            {body: `{"eventNotificationId":"e","eventType":"product.updated","data":{"customerGuid":"c","productGuid":"g"}}`, id: "e", kind: "product.updated", guid: "g"},
		"one under another name":   {body: `{"eventNotificationId":"e","eventType":"product.updated","data":{"guid":"g"}}`, id: "e", kind: "product.updated", guid: "g"},
		"several, none of it":      {body: `{"eventNotificationId":"e","eventType":"product.updated","data":{"aGuid":"a","bGuid":"b"}}`, id: "e", kind: "product.updated"},
		"a GUID that is a number":  {body: `{"eventNotificationId":"e","eventType":"product.updated","data":{"productGuid":7}}`, id: "e", kind: "product.updated"},
		"no data":                  {body: `{"eventNotificationId":"e","eventType":"product.updated"}`, id: "e", kind: "product.updated"},
		"data is null":             {body: `{"eventNotificationId":"e","eventType":"product.updated","data":null}`, id: "e", kind: "product.updated"},
		"data is an empty text":    {body: `{"eventNotificationId":"e","eventType":"product.updated","data":""}`, id: "e", kind: "product.updated"},
		"no JSON":                  {body: `salesorder.updated`, err: "the body is not the JSON of one"},
		"nothing":                  {body: ``, err: "the body is not the JSON of one"},
		"a list":                   {body: `[]`, err: "the body is not the JSON of one"},
		"more than one document":   {body: objectEvent + objectEvent, err: "the body is not the JSON of one"},
		"an id that is no text":    {body: `{"eventNotificationId":1,"eventType":"product.updated"}`, err: "the body is not the JSON of one"},
		"no id":                    {body: `{"eventType":"product.updated","data":{}}`, err: "eventNotificationId is missing"},
		"a blank id":               {body: `{"eventNotificationId":" ","eventType":"product.updated"}`, err: "eventNotificationId is missing"},
		"no type":                  {body: `{"eventNotificationId":"e","data":{}}`, err: "eventType is missing"},
		"data is a number":         {body: `{"eventNotificationId":"e","eventType":"t","data":7}`, err: "data is no object"},
		"data is a list":           {body: `{"eventNotificationId":"e","eventType":"t","data":[]}`, err: "data is no object"},
		"data is text of no JSON":  {body: `{"eventNotificationId":"e","eventType":"t","data":"salesOrderGuid=1"}`, err: "data is no object"},
		"data is text of too much": {body: `{"eventNotificationId":"e","eventType":"t","data":"{} {}"}`, err: "data is no object"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			event, err := ParseEvent([]byte(test.body))
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, []string{test.id, test.kind, test.guid}, []string{event.ID, event.Type, event.GUID})
		})
	}
}

// What is taken for an event was signed over these very bytes, and can be written
// and read again.
func FuzzEvent(f *testing.F) {
	for _, body := range []string{textEvent, objectEvent, `{"eventNotificationId":"e","eventType":"t","data":"{\"aGuid\":\"\\ud800\"}"}`, `[]`, ``, `{"data":"\"{}\""}`} {
		f.Add([]byte(body), "1772353800", Signature(eventKey, "1772353800."+body))
	}
	f.Add([]byte(objectEvent), "99999999999999999999", "")
	now := time.Unix(1772353800, 0)
	f.Fuzz(func(t *testing.T, body []byte, timestamp, signature string) {
		if err := VerifyEvent(eventKey, timestamp, signature, body, now, time.Minute); err == nil {
			require.Equal(t, Signature(eventKey, timestamp+"."+string(body)), signature)
			if seconds, err := strconv.ParseInt(timestamp, 10, 64); err == nil && seconds < millisFrom {
				require.InDelta(t, 1772353800, seconds, 60)
			}
		}
		event, err := ParseEvent(body)
		if err != nil {
			return
		}
		require.NotEmpty(t, event.ID)
		require.NotEmpty(t, event.Type)
		written, err := json.Marshal(event)
		require.NoError(t, err)
		again, err := ParseEvent(written)
		require.NoError(t, err)
		require.Equal(t, []string{event.ID, event.Type}, []string{again.ID, again.Type})
	})
}
