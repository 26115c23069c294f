package apihttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestClassify(t *testing.T) {
	tests := map[string]struct {
		attempt attempt
		want    Outcome
	}{
		"read answered":                         {attempt{Sent: true, Status: 200}, Delivered},
		"write answered":                        {attempt{Write: true, Sent: true, Status: 201}, Delivered},
		"no content":                            {attempt{Write: true, Sent: true, Status: 204}, Delivered},
		"refused in a 200":                      {attempt{Write: true, Sent: true, Status: 200, Refused: true}, Rejected},
		"exists in a 200":                       {attempt{Write: true, Sent: true, Status: 200, Refused: true, Exists: true}, AlreadyThere},
		"exists in a 400":                       {attempt{Write: true, Sent: true, Status: 400, Exists: true}, AlreadyThere},
		"a 500 that says exists":                {attempt{Write: true, Sent: true, Status: 500, Exists: true}, Unknown},
		"write answered, body lost":             {attempt{Write: true, Sent: true, Status: 200, Err: io.ErrUnexpectedEOF}, Unknown},
		"read answered, body lost":              {attempt{Sent: true, Status: 200, Err: io.ErrUnexpectedEOF}, Transient},
		"read too large":                        {attempt{Sent: true, Status: 200, Err: ErrTooLarge}, Rejected},
		"read answered by a gateway's page":     {attempt{Sent: true, Status: 404, Err: ErrPage}, Transient},
		"write answered by a gateway's page":    {attempt{Write: true, Sent: true, Status: 404, Err: ErrPage}, Unknown},
		"write answered too largely":            {attempt{Write: true, Sent: true, Status: 200, Err: ErrTooLarge}, Unknown},
		"read not sent":                         {attempt{Err: io.EOF}, Transient},
		"read reset":                            {attempt{Sent: true, Err: io.EOF}, Transient},
		"read timed out":                        {attempt{Sent: true, Err: ErrTimeout}, Transient},
		"write not sent":                        {attempt{Write: true, Err: io.EOF}, Transient},
		"write reset":                           {attempt{Write: true, Sent: true, Err: io.EOF}, Unknown},
		"write timed out":                       {attempt{Write: true, Sent: true, Err: ErrTimeout}, Unknown},
		"credentials not to be had":             {attempt{Write: true, Err: fmt.Errorf("login: %w", ErrCredentials)}, Rejected},
		"quota used up":                         {attempt{Err: ErrQuota}, Throttled},
		"throttled read":                        {attempt{Sent: true, Status: 429}, Throttled},
		"throttled write":                       {attempt{Write: true, Sent: true, Status: 429}, Throttled},
		"throttled, body lost":                  {attempt{Write: true, Sent: true, Status: 429, Err: io.EOF}, Throttled},
		"unauthorised":                          {attempt{Write: true, Sent: true, Status: 401}, Rejected},
		"forbidden":                             {attempt{Sent: true, Status: 403}, Rejected},
		"forbidden that says exists":            {attempt{Write: true, Sent: true, Status: 403, Exists: true}, Rejected},
		"read request timeout":                  {attempt{Sent: true, Status: 408}, Transient},
		"write request timeout":                 {attempt{Write: true, Sent: true, Status: 408}, Unknown},
		"read unavailable":                      {attempt{Sent: true, Status: 503}, Transient},
		"write unavailable":                     {attempt{Write: true, Sent: true, Status: 503}, Unknown},
		"write to an origin that is down":       {attempt{Write: true, Sent: true, Status: 521}, Transient},
		"write to an origin that fell silent":   {attempt{Write: true, Sent: true, Status: 524}, Unknown},
		"redirected elsewhere keeping the verb": {attempt{Write: true, Sent: true, Status: 308}, Transient},
		"redirected after a write":              {attempt{Write: true, Sent: true, Status: 302}, Unknown},
		"redirected read":                       {attempt{Sent: true, Status: 302}, Transient},
	}
	for _, status := range []int{500, 502, 504, 520, 599} {
		tests[fmt.Sprint("read ", status)] = struct {
			attempt attempt
			want    Outcome
		}{attempt{Sent: true, Status: status}, Transient}
		tests[fmt.Sprint("write ", status)] = struct {
			attempt attempt
			want    Outcome
		}{attempt{Write: true, Sent: true, Status: status}, Unknown}
	}
	for _, status := range []int{400, 404, 405, 409, 410, 413, 415, 422, 451} {
		for _, write := range []bool{true, false} {
			tests[fmt.Sprint(status, " write=", write)] = struct {
				attempt attempt
				want    Outcome
			}{attempt{Write: write, Sent: true, Status: status}, Rejected}
		}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, classify(test.attempt), "%+v", test.attempt)
		})
	}
}

// TestClassifyWholeSpace states what must hold whatever comes back.
func TestClassifyWholeSpace(t *testing.T) {
	bools := []bool{false, true}
	errs := []error{nil, io.EOF, ErrTimeout, ErrTooLarge, ErrPage, context.Canceled, ErrQuota, ErrCredentials}
	for status := range 600 {
		for _, err := range errs {
			for bits := range 16 {
				a := attempt{
					Write: bools[bits&1], Sent: bools[bits>>1&1], Refused: bools[bits>>2&1],
					Exists: bools[bits>>3&1], Status: status, Err: err,
				}
				got := classify(a)
				fine := status >= 200 && status < 300 && err == nil && !a.Refused && !a.Exists
				if fine != (got == Delivered) {
					t.Fatalf("delivered means a 2xx that was read and does not refuse: %+v gave %s", a, got)
				}
				if got == Unknown && !a.Write {
					t.Fatalf("a read is never unknown: %+v", a)
				}
				account := errors.Is(err, ErrQuota) || errors.Is(err, ErrCredentials)
				if a.Write && a.Sent && status == 0 && !account && got != Unknown {
					t.Fatalf("a write without an answer is unknown: %+v gave %s", a, got)
				}
				if a.Write && status >= 500 && !account && got != Unknown && !notForwarded(status) {
					t.Fatalf("a write with a server error is unknown: %+v gave %s", a, got)
				}
				if got == AlreadyThere && !a.Exists {
					t.Fatalf("already there must be said: %+v", a)
				}
			}
		}
	}
}

func TestReadable(t *testing.T) {
	for body, readable := range map[string]bool{
		"": true, "null": true, "7": true, `"key"`: true, "[]": true, "{}": true, `{"ID":1,"Message":"fine"}`: true, `[{"Message":"x"}]`: true,
		"<html>": false, `{"ID":`: false, "{} {}": false, `{"Message":"An error has occurred."}`: false, `{"Description":"x","DebugInformation":null}`: false,
	} {
		assert.Equal(t, readable, Readable([]byte(body)) == nil, body)
	}
}

func TestOutcomeOf(t *testing.T) {
	assert.Equal(t, Delivered, OutcomeOf(nil))
	assert.Equal(t, Throttled, OutcomeOf(fmt.Errorf("reading: %w", &Error{Outcome: Throttled})))
	assert.Equal(t, Transient, OutcomeOf(context.Canceled))
	assert.Equal(t, Transient, OutcomeOf(context.DeadlineExceeded))
	assert.Equal(t, Throttled, OutcomeOf(ErrQuota))
	assert.Equal(t, Rejected, OutcomeOf(fmt.Errorf("x: %w", ErrCredentials)))
	assert.Equal(t, Unknown, OutcomeOf(errors.New("something else")))
}

func TestOutcomeString(t *testing.T) {
	seen := map[string]bool{}
	for o := Delivered; o <= Unknown; o++ {
		assert.False(t, seen[o.String()], "%s names two outcomes", o)
		seen[o.String()] = true
	}
}

func TestErrorText(t *testing.T) {
	tests := map[string]struct {
		err  Error
		want string
	}{
		"refused in a 200": {
			Error{System: "mintsoft", Operation: "order.create", Status: 200, Outcome: Rejected, Message: "Order Number already exists"},
			"mintsoft order.create: refused (HTTP 200): Order Number already exists",
		},
		"not found": {
			Error{System: "unleashed", Operation: "SalesOrders.get", Status: 404, Outcome: Rejected, Err: ErrNotFound},
			"unleashed SalesOrders.get: refused (HTTP 404): not found",
		},
		"no answer": {
			Error{System: "mintsoft", Operation: "order.create", Outcome: Unknown, Err: ErrTimeout},
			"mintsoft order.create: perhaps done, the answer is lost: no answer in time",
		},
		"key": {
			Error{System: "mintsoft", Operation: "order.list", Path: "/api/Order/List", Status: 401, Outcome: Rejected, Err: ErrCredentials, Message: "expired"},
			"mintsoft order.list: refused (HTTP 401): the service refuses these credentials: expired; check the keys under mintsoft in the connection file, and whether their user may do this",
		},
		"a setting that does not fit": {
			Error{System: "unleashed", Operation: "bind", Outcome: Rejected, Err: ErrCredentials, Message: `unleashed.warehouse_code: found "X"`},
			`unleashed bind: refused: the service refuses these credentials: unleashed.warehouse_code: found "X"`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, test.err.Error()) })
	}
}

func TestClip(t *testing.T) {
	assert.Equal(t, "é", clip("éé", 3), "never cuts inside a character")
	assert.Equal(t, "ab", clip("ab", 3))
	assert.Equal(t, "\uFFFDa", clip("\xffa", 10), "invalid text is replaced")
}
