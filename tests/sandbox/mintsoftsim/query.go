package mintsoftsim

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bindQuery checks the parameters of a request. Unknown ones are ignored, as the
// service does, and noted.
func (t *Twin) bindQuery(b *binding, c *call, given url.Values) {
	c.query = map[string]string{}
	for name, values := range given {
		i := slices.IndexFunc(c.op.Query, func(p parameter) bool { return strings.EqualFold(p.Name, name) })
		if i < 0 {
			if !t.knobs.QueryKeys || !strings.EqualFold(name, "APIKey") {
				b.note(name, "the operation has no such parameter")
			}
			continue
		}
		p := c.op.Query[i]
		if len(values) > 1 {
			b.note(name, "the parameter is given %d times", len(values))
		}
		if values[0] == "" && p.Type != "str" {
			continue // an empty parameter is not given
		}
		c.query[p.Name] = values[0]
		t.checkParameter(b, c, p, values[0])
	}
	for _, p := range c.op.Query {
		if _, sent := c.query[p.Name]; p.Required && !sent {
			b.refuse(p.Name, "the parameter is required")
		}
	}
}

// readQuery splits a query as the service does: a semicolon is part of a value.
func readQuery(raw string) url.Values {
	values := url.Values{}
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name = unescape(name); name != "" {
			values.Add(name, unescape(value))
		}
	}
	return values
}

// unescape leaves a text alone that is escaped badly.
func unescape(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return plain
}

func (t *Twin) checkParameter(b *binding, c *call, p parameter, text string) {
	switch p.Type {
	case "dt":
		if isDate(text) {
			return
		}
		// Lists are known to drop a filter that they cannot read; what a required date
		// should be then is for no list to say.
		if p.Required || t.knobs.BadDatesRefused && c.op.Path != "/api/ASN/List" {
			b.refuse(p.Name, "the value '%s' is not valid for a date", text)
			return
		}
		b.note(p.Name, "%q is no date and is ignored", text)
		delete(c.query, p.Name)
	case "bool":
		if _, err := strconv.ParseBool(text); err != nil {
			b.refuse(p.Name, "the value '%s' is not valid for a Boolean", text)
		}
	case "int":
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			b.refuse(p.Name, "the value '%s' is not valid for an Int32", text)
		} else if len(p.Enum) > 0 && !slices.Contains(p.Enum, n) {
			b.refuse(p.Name, "expected one of %v", p.Enum)
		}
	case "num":
		if wrong := mismatch("num", json.Number(text)); wrong != "" {
			b.refuse(p.Name, "%s", wrong)
		}
	}
}

// text is a parameter as it was sent.
func (c *call) text(name string) string { return c.query[name] }

// int is a numeric parameter, or its default.
func (c *call) int(name string) int {
	n, err := strconv.Atoi(c.query[name])
	if err != nil {
		n, _ = strconv.Atoi(c.defaultOf(name))
	}
	return n
}

// flag is a Boolean parameter, or its default.
func (c *call) flag(name string) bool {
	yes, err := strconv.ParseBool(c.query[name])
	if err != nil {
		return c.defaultOf(name) == "true"
	}
	return yes
}

func (c *call) defaultOf(name string) string {
	for _, p := range c.op.Query {
		if p.Name == name {
			return p.Default
		}
	}
	return ""
}

// date is a date parameter in the tenant's zone; zero when it was not sent.
func (c *call) date(name string, zone *time.Location) Date {
	at, _ := parseDate(c.query[name], zone)
	return at
}

// since makes the test for a "since" filter: with the knob, the moment itself is
// out.
func (t *Twin) since(c *call, name string) func(Date) bool {
	from := c.date(name, t.options.Zone)
	if from.IsZero() {
		return func(Date) bool { return true }
	}
	exclusive := t.knobs.SinceExclusive
	return func(at Date) bool {
		return at.After(from.Time) || !exclusive && at.Equal(from.Time)
	}
}
