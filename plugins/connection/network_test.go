package connection

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

var (
	noQuery = unleashedapi.Query{}
	aWrite  = mintsoftapi.Call{Operation: "order.create", Method: http.MethodPut, Path: "/api/Order", Body: []byte(`{}`), Write: true}
)

// tally is a network that answers every list, a moment later, and counts.
type tally struct {
	mut             sync.Mutex
	made, now, most int
}

// RoundTrip implements http.RoundTripper.
func (n *tally) RoundTrip(r *http.Request) (*http.Response, error) {
	n.count(1)
	defer n.count(-1)
	<-time.After(time.Millisecond)
	body := `[{"ID":3,"Name":"Main","Code":"MAIN"}]`
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func (n *tally) count(by int) {
	n.mut.Lock()
	defer n.mut.Unlock()
	n.now += by
	n.made += max(by, 0)
	n.most = max(n.most, n.now)
}

// inBubble runs a test under a fake clock, on the first day of a month.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}
