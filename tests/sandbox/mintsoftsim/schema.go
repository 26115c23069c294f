package mintsoftsim

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

//go:embed schema.json
var schemaFile []byte

// schema is what the vendor's document says about requests and answers.
type schema struct {
	Operations []*operation
	Models     map[string]*model
}

// operation is one verb on one route.
type operation struct {
	Method, Path string
	Query        []parameter
	Body         string // a model, "[model]" for an array, empty for none
	BodyName     string // what ModelState calls the body
	Answer       string // of a 200, in the same notation
	Forbids      bool   // 403 is documented; elsewhere a wrong role is answered 401
	segments     []string
	writes       bool
}

func (o *operation) name() string { return o.Method + " " + o.Path }

type parameter struct {
	Name, Type, Default string
	Required            bool
	Enum                []int64
}

type model struct {
	Required   []string
	Properties map[string]property
	folded     map[string]string // lower case to canonical
	limited    []string          // those with a maximum length, in order
}

type property struct {
	Type             string // int, num, str, dt, bool, object, a model, or one of them in brackets
	MaxLength        int
	Minimum, Maximum *decimal.Decimal
	Enum             []int64
	Pattern          string
	ReadOnly         bool
	pattern          *regexp.Regexp
}

// readSchema parses the embedded extract once; a broken one is a mistake of the
// build.
var readSchema = sync.OnceValue(func() *schema {
	var s schema
	if err := json.Unmarshal(schemaFile, &s); err != nil {
		panic(fmt.Errorf("reading schema.json: %w", err))
	}
	for _, o := range s.Operations {
		o.segments = strings.Split(strings.ToLower(strings.Trim(o.Path, "/")), "/")
		o.writes = o.Method != "GET" && o.Path != "/api/Auth" || slices.Contains(writingReads, o.Path)
	}
	for _, m := range s.Models {
		m.folded = make(map[string]string, len(m.Properties))
		for name, p := range m.Properties {
			m.folded[strings.ToLower(name)] = name
			if p.MaxLength > 0 {
				m.limited = append(m.limited, name)
			}
			if p.Pattern != "" {
				p.pattern = regexp.MustCompile(p.Pattern)
				m.Properties[name] = p
			}
		}
		slices.Sort(m.limited)
	}
	return &s
})

// writingReads are the GETs that change data.
var writingReads = []string{
	"/api/Order/{id}/Cancel", "/api/Order/{id}/CancelNoStock", "/api/Order/{id}/MarkDespatched", "/api/Order/{id}/MarkPrinted",
	"/api/Order/{id}/UpdateNumberOfParcels", "/api/Order/{id}/MarkAwaitingPayment", "/api/Order/{id}/MarkPaymentReceived",
	"/api/Order/{id}/MarkAwaitingConfirmation", "/api/Order/{id}/MarkConfirmed", "/api/Order/{id}/MarkPackAndHold",
	"/api/Order/{id}/MarkReleasePackAndHold", "/api/Order/{id}/Documents/{DocumentId}/MarkPrinted", "/api/ASN/{id}/Confirm",
	"/api/ASN/{id}/BookIn", "/api/ASN/{id}/BookInPartial", "/api/ASN/{id}/PartBook", "/api/ASN/{id}/MarkAwaitingPutAway",
	"/api/ASN/{id}/MarkPutAwayComplete", "/api/WarehouseTransfer/{id}/Confirm", "/api/WarehouseTransfer/{id}/Cancel",
}

// binding collects what is wrong with one request.
type binding struct {
	state map[string][]string // as ModelState: what refuses the request
	notes []string            // what the service lets pass
}

func (b *binding) refuse(path, format string, args ...any) {
	if b.state == nil {
		b.state = map[string][]string{}
	}
	b.state[path] = append(b.state[path], fmt.Sprintf(format, args...))
}

func (b *binding) note(path, format string, args ...any) {
	b.notes = append(b.notes, path+": "+fmt.Sprintf(format, args...))
}

// bind checks a decoded value against a type of the schema and answers it with
// canonical names. Null stands for "not given".
func (s *schema) bind(b *binding, path, kind string, value any) any {
	if value == nil {
		return nil
	}
	if inner, isArray := strings.CutPrefix(kind, "["); isArray {
		items, ok := value.([]any)
		if !ok {
			b.refuse(path, "expected an array")
			return nil
		}
		bound := make([]any, len(items))
		for i, item := range items {
			bound[i] = s.bind(b, fmt.Sprintf("%s[%d]", path, i), strings.TrimSuffix(inner, "]"), item)
		}
		return bound
	}
	if m, isModel := s.Models[kind]; isModel {
		return s.bindModel(b, path, m, value)
	}
	if wrong := mismatch(kind, value); wrong != "" {
		b.refuse(path, "%s", wrong)
		return nil
	}
	return value
}

func (s *schema) bindModel(b *binding, path string, m *model, value any) any {
	fields, ok := value.(map[string]any)
	if !ok {
		b.refuse(path, "expected an object")
		return nil
	}
	bound := make(document, len(fields))
	for given, value := range fields {
		where := path + "." + given
		name, known := m.folded[strings.ToLower(given)]
		if !known {
			b.refuse(where, "the model has no such property")
			continue
		}
		if name != given {
			b.note(where, "the property is spelt %s", name)
		}
		if _, twice := bound[name]; twice {
			b.refuse(where, "the property is given twice")
			continue
		}
		p := m.Properties[name]
		bound[name] = s.bind(b, where, p.Type, value)
		if bound[name] != nil {
			p.check(b, where, bound[name])
		}
	}
	return bound
}

// check applies the limits of a property to a value of its type.
func (p property) check(b *binding, path string, value any) {
	switch value := value.(type) {
	case string:
		if p.MaxLength > 0 && utf8.RuneCountInString(value) > p.MaxLength {
			b.refuse(path, "the field must be a string with a maximum length of %d", p.MaxLength)
		}
		if p.pattern != nil && !p.pattern.MatchString(value) {
			b.refuse(path, "the field must match %s", p.Pattern)
		}
	case json.Number:
		number, err := decimal.NewFromString(value.String())
		if err != nil {
			b.refuse(path, "not a number")
			return
		}
		if p.Minimum != nil && number.LessThan(*p.Minimum) || p.Maximum != nil && number.GreaterThan(*p.Maximum) {
			b.refuse(path, "the field must be between %s and %s", p.Minimum, p.Maximum)
		}
		if len(p.Enum) > 0 && !slices.Contains(p.Enum, number.IntPart()) {
			b.refuse(path, "expected one of %v", p.Enum)
		}
	}
}

// mismatch says what is wrong with a scalar.
func mismatch(kind string, value any) string {
	switch kind {
	case "str", "dt":
		text, ok := value.(string)
		if !ok {
			return "expected a string"
		}
		if kind == "dt" && !isDate(text) {
			return "expected an ISO 8601 date"
		}
	case "bool":
		if _, ok := value.(bool); !ok {
			return "expected true or false"
		}
	case "int", "num":
		text, ok := value.(json.Number)
		if !ok {
			return "expected a number"
		}
		if kind == "int" && !isInt32(text.String()) {
			return "expected a whole number of 32 bits"
		}
	}
	return ""
}
