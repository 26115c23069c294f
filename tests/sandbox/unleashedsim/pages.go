package unleashedsim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const defaultPageSize = 200

// pageOf answers one page of what passes a sieve. Only its own rows are written.
func pageOf[D any](c *call, rows iter.Seq[D], s *sieve[D], write func(D) json.RawMessage) (answer, error) {
	if s.err != nil {
		return answer{}, s.err
	}
	size, err := c.pageSize()
	if err != nil {
		return answer{}, err
	}
	var kept []D
	for d := range rows {
		if s.keeps(d) {
			kept = append(kept, d)
		}
	}
	number, pages := 0, 0
	if size > 0 {
		pages = (len(kept) + size - 1) / size
		number = min(max(c.page, 1), pages)
	}
	shown := kept[max(number-1, 0)*size : min(number*size, len(kept))]
	if number > 0 && c.page > pages {
		switch c.twin.knobs.PageBeyondEnd {
		case EmptyPage:
			number, shown = c.page, nil
		case NoSuchPage:
			return answer{}, missing("page", c.page)
		}
	}
	var body bytes.Buffer
	fmt.Fprintf(&body, `{"Pagination":{"NumberOfItems":%d,"PageSize":%d,"PageNumber":%d,"NumberOfPages":%d},"Items":[`, len(kept), size, number, pages)
	join(&body, shown, write)
	body.WriteString("]}")
	return ok(body.Bytes())
}

// unpaged answers a whole list without the block about pages.
func unpaged[D any](rows iter.Seq[D], write func(D) json.RawMessage) (answer, error) {
	body := bytes.NewBufferString(`{"Items":[`)
	join(body, slices.Collect(rows), write)
	body.WriteString("]}")
	return ok(body.Bytes())
}

func join[D any](into *bytes.Buffer, rows []D, write func(D) json.RawMessage) {
	written, size := make([]json.RawMessage, len(rows)), 0
	for i, d := range rows {
		written[i] = write(d)
		size += len(written[i]) + 1
	}
	into.Grow(size + len("]}"))
	for i, raw := range written {
		if i > 0 {
			into.WriteByte(',')
		}
		into.Write(raw)
	}
}

// pageSize is what the request asks for; with 0 only the number of rows is
// answered.
func (c *call) pageSize() (int, error) {
	text := c.query.text("pageSize")
	if text == "" {
		return defaultPageSize, nil
	}
	size, err := strconv.Atoi(text)
	if err != nil || size < 0 {
		return 0, invalid("pageSize", "Expected a number, found %q.", text)
	}
	if most := c.twin.knobs.PageMax; size > most {
		if c.twin.knobs.PageOverMaxRefused {
			return 0, &problem{status: http.StatusBadRequest, field: "pageSize", text: fmt.Sprintf("At most %d are allowed.", most)}
		}
		size = most
	}
	return size, nil
}

// ordered lists rows by the column that orderBy names, when it is one of the given
// ones, or else by the list's own, "", in the direction that sort names. Rows that
// nobody asks to order stay as they are.
func ordered[D any](c *call, rows iter.Seq[D], columns map[string]func(a, b D) int) iter.Seq[D] {
	column, direction := c.query.text("orderBy"), c.query.text("sort")
	if column == "" && direction == "" {
		return rows
	}
	compare := columns[strings.ToLower(column)]
	if compare == nil {
		compare = columns[""]
	}
	descending := strings.EqualFold(direction, "desc")
	all := slices.Collect(rows)
	slices.SortStableFunc(all, func(a, b D) int {
		if descending {
			a, b = b, a
		}
		return compare(a, b)
	})
	return slices.Values(all)
}

func byTime[D any](of func(D) time.Time) func(a, b D) int {
	return func(a, b D) int { return of(a).Compare(of(b)) }
}

func byText[D any](of func(D) string) func(a, b D) int {
	return func(a, b D) int { return cmp.Compare(of(a), of(b)) }
}
