package mintsoftsim

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

// document is an object of a request, checked and with canonical names.
type document map[string]any

// integer is a whole number as a request holds it.
func integer(n int) json.Number { return json.Number(strconv.Itoa(n)) }

func documents(value any) []document {
	items, _ := value.([]any)
	list := make([]document, 0, len(items))
	for _, item := range items {
		if d, ok := item.(document); ok {
			list = append(list, d)
		}
	}
	return list
}

// text is a string, nil when it is absent or null.
func (d document) text(name string) *string {
	if s, ok := d[name].(string); ok {
		return &s
	}
	return nil
}

// str is a string, empty when it is absent or null.
func (d document) str(name string) string {
	s, _ := d[name].(string)
	return s
}

// int is a whole number, 0 when it is absent or null.
func (d document) int(name string) int {
	n, _ := d[name].(json.Number)
	i, _ := n.Int64()
	return int(i)
}

func (d document) optionalInt(name string) *int {
	if _, ok := d[name].(json.Number); !ok {
		return nil
	}
	n := d.int(name)
	return &n
}

// number is an amount, nil when it is absent or null.
func (d document) number(name string) *Number {
	n, ok := d[name].(json.Number)
	if !ok {
		return nil
	}
	amount, err := decimal.NewFromString(n.String())
	if err != nil {
		return nil
	}
	return number(amount)
}

// amount is a number, zero when it is absent or null.
func (d document) amount(name string) Number { return Number{orZero(d.number(name))} }

func (d document) bool(name string) bool {
	yes, _ := d[name].(bool)
	return yes
}

func (d document) date(name string, zone *time.Location) Date {
	at, _ := parseDate(d.str(name), zone)
	return at
}

func (d document) sub(name string) document {
	sub, _ := d[name].(document)
	return sub
}

func (d document) list(name string) []document { return documents(d[name]) }
