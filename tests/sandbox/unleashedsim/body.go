package unleashedsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// read decodes the body of a request into an empty document. Members that the
// document lacks are ignored, names are compared without regard to case, and
// texts that are too long are refused.
func (c *call) read(into any) error {
	if !c.twin.knobs.EpochDatesAccepted && epochForm.Match(c.raw) {
		return refused("Dates are expected as ISO 8601, found one as /Date(…)/.")
	}
	decoder := json.NewDecoder(bytes.NewReader(c.raw))
	if c.twin.knobs.UnknownMembersRefused {
		decoder.DisallowUnknownFields()
	}
	if err := decoder.Decode(into); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return invalid(wrong.Field, "The value is a %s.", wrong.Value)
		}
		return refused("The body cannot be read: %v.", err)
	}
	return c.twin.check("", reflect.ValueOf(into).Elem())
}

// check walks a document that was read: texts have a greatest length, and business
// dates become days of the account's zone.
func (t *Twin) check(name string, value reflect.Value) error {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			return t.check(name, value.Elem())
		}
	case reflect.Slice:
		for i := range value.Len() {
			if err := t.check(name+"["+strconv.Itoa(i)+"]", value.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		if day, isDay := value.Addr().Interface().(*Day); isDay {
			day.localise(t.zone, t.knobs.DateReading)
			return nil
		}
		for i := range value.NumField() {
			field := value.Type().Field(i)
			if !field.IsExported() {
				continue
			}
			where := strings.TrimPrefix(name+"."+field.Name, ".")
			if field.Anonymous {
				where = name
			}
			if err := checkLength(where, field.Tag.Get("max"), value.Field(i)); err != nil {
				return err
			}
			if err := t.check(where, value.Field(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkLength(name, limit string, value reflect.Value) error {
	most, err := strconv.Atoi(limit)
	if err != nil || value.Kind() != reflect.String {
		return nil
	}
	if length := utf8.RuneCountInString(value.String()); length > most {
		return invalid(name, "The text has %d characters, at most %d are allowed.", length, most)
	}
	return nil
}

// keepOmitted gives an update the members that its body left out, when the
// account keeps them.
func keepOmitted[D any](c *call, next, old *D) {
	if !c.twin.knobs.OmittedKept {
		return
	}
	var named map[string]json.RawMessage
	if json.Unmarshal(c.raw, &named) != nil {
		return
	}
	given := map[string]bool{}
	for name := range named {
		given[strings.ToLower(name)] = true
	}
	to, from := reflect.ValueOf(next).Elem(), reflect.ValueOf(old).Elem()
	for i := range to.NumField() {
		field := to.Type().Field(i)
		if field.IsExported() && !field.Anonymous && !given[strings.ToLower(field.Name)] {
			to.Field(i).Set(from.Field(i))
		}
	}
}

// identify gives a new document the GUID of the path or of its body, which must
// agree, or a fresh one.
func (c *call) identify(guid *uuid.UUID) error {
	if len(c.guids) > 0 {
		if *guid != uuid.Nil && *guid != c.guids[0] {
			return invalid("Guid", "The path says %s, the body says %s.", c.guids[0], *guid)
		}
		*guid = c.guids[0]
	}
	if *guid == uuid.Nil {
		*guid = c.twin.newGUID()
	}
	return nil
}
