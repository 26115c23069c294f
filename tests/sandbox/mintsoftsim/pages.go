package mintsoftsim

import (
	"net/http"
	"slices"
	"strconv"
)

// page cuts one page out of rows that are counted, then read by index. A page past
// the end is empty.
func (t *Twin) page(c *call, maximum int) (from, limit int, err error) {
	number, size := "PageNo", "Limit"
	if c.op.has("pageNo") {
		number, size = "pageNo", "limit"
	}
	n, limit := c.int(number), c.int(size)
	if n < 1 {
		return 0, 0, &failure{status: http.StatusInternalServerError, message: anException}
	}
	if limit < 1 {
		limit, _ = strconv.Atoi(c.defaultOf(size))
	}
	if limit > maximum {
		if c.op.Path == "/api/ASN/List" || !t.knobs.LimitClamps {
			return 0, 0, &failure{status: http.StatusBadRequest, message: invalidRequest, state: map[string][]string{size: {"the maximum is " + strconv.Itoa(maximum)}}}
		}
		limit = maximum
	}
	return (n - 1) * limit, limit, nil
}

func (o *operation) has(name string) bool {
	return slices.ContainsFunc(o.Query, func(p parameter) bool { return p.Name == name })
}

// views are rows as an answer shows them; they are never null.
func views[R, S any](rows []R, show func(R) S) []S {
	list := make([]S, len(rows))
	for i, row := range rows {
		list[i] = show(row)
	}
	return list
}

// window is a page of the rows that each yields: those that pass a filter, in
// their order.
func window[T any](from, limit int, each func(yield func(T) bool)) []T {
	rows := make([]T, 0, min(limit, 100))
	each(func(row T) bool {
		if from > 0 {
			from--
			return true
		}
		rows = append(rows, row)
		return len(rows) < limit
	})
	return rows
}
