package mintsoftsim

import "maps"

// assign copies the members of a partial request into a record. What was not sent
// stays; the knobs say what null and an empty string do.
func (t *Twin) assign(fields map[string]any, d document) {
	for name := range maps.Keys(d) {
		target, known := fields[name]
		if !known {
			continue
		}
		switch value := d[name].(type) {
		case nil:
			if t.knobs.NullClears {
				t.set(target, document{}, name)
			}
		case string:
			if value != "" || t.knobs.EmptyClears {
				t.set(target, d, name)
			}
		default:
			t.set(target, d, name)
		}
	}
}

func (t *Twin) set(target any, d document, name string) {
	switch target := target.(type) {
	case *string:
		*target = d.str(name)
	case **string:
		*target = d.text(name)
	case *int:
		*target = d.int(name)
	case **int:
		*target = d.optionalInt(name)
	case *bool:
		*target = d.bool(name)
	case *Number:
		*target = d.amount(name)
	case **Number:
		*target = d.number(name)
	case *Date:
		*target = d.date(name, t.options.Zone)
	default:
		panic("mintsoftsim: assign cannot set " + name)
	}
}

// optional is nil for an empty text.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// read is the text behind an optional one.
func read(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
