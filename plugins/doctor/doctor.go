// Package doctor checks a connection against both services before anything is
// synced. It reads and never writes.
package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
)

// Levels of a finding.
const (
	OK      = "ok"
	Warning = "warning"
	Failed  = "failed"
	Unknown = "unknown" // it cannot be checked from here
)

// Finding is the outcome of one check.
type Finding struct {
	Connection string `json:"connection"`
	Level      string `json:"level"`
	Subject    string `json:"subject"`
	Found      string `json:"found"`
	Mend       string `json:"mend,omitempty"`
}

// within bounds the checks of one connection.
const within = 2 * time.Minute

// Examine runs every check of a connection. Checks that need an answer which
// did not come are left out: its failure is reported instead.
func Examine(ctx context.Context, conn *connection.Connection) []Finding {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	d := &doctor{conn: conn, now: conn.Book().Options.Now}
	d.unleashed(ctx)
	d.mintsoft(ctx)
	d.inbound(ctx)
	d.exports(ctx)
	d.settings()
	d.webhooks(ctx)
	return d.findings
}

// doctor collects the findings of one connection.
type doctor struct {
	conn     *connection.Connection
	now      func() time.Time
	findings []Finding

	deliveryMethods []string // of Unleashed
	channels        []string // of Mintsoft, nil when they could not be read
}

func (d *doctor) say(level, subject, mend, found string, args ...any) {
	if len(args) > 0 {
		found = fmt.Sprintf(found, args...)
	}
	d.findings = append(d.findings, Finding{Connection: d.conn.Name, Level: level, Subject: subject, Found: found, Mend: mend})
}
