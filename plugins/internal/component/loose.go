package component

import (
	"fmt"
	"strconv"
)

// Text is a value of a document or of arguments as paths and queries carry it: a
// number that went through a mapping's arithmetic has no exponent there.
func Text(v any) string {
	if number, isFloat := v.(float64); isFloat {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// List is a list out of a document or of arguments; nil where there is none.
func List(v any) []any {
	list, _ := v.([]any)
	return list
}

// Texts are the entries of a list as texts, without those that are null.
func Texts(list any) []string {
	texts := make([]string, 0, len(List(list)))
	for _, entry := range List(list) {
		if entry != nil {
			texts = append(texts, Text(entry))
		}
	}
	return texts
}

// Objects are the objects of a list, to be changed in place.
func Objects(list any) []map[string]any {
	var objects []map[string]any
	for _, entry := range List(list) {
		if object, isObject := entry.(map[string]any); isObject {
			objects = append(objects, object)
		}
	}
	return objects
}
