package mintsoftapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// List reads one page of a list ("/api/Order/List"), counted from 1, and the
// service's clock (zero when it does not tell). The service gives no total: a page
// shorter than limit is the last. A limit of 0 leaves both parameters out, for
// lists that are not paged. Most lists take at most 100.
func (c *Client) List(ctx context.Context, path string, q url.Values, page, limit int) ([]json.RawMessage, time.Time, error) {
	return listed[json.RawMessage](ctx, c, path, q, page, limit)
}

func listed[T any](ctx context.Context, c *Client, path string, q url.Values, page, limit int) (items []T, date time.Time, err error) {
	call := Call{Operation: listName(path), Method: http.MethodGet, Path: path, Query: q}
	call.read = func(body []byte) (err error) {
		items, err = readList[T](body)
		return err
	}
	if limit > 0 {
		call.Query = url.Values{}
		maps.Copy(call.Query, q)
		// Page 0 is answered 500 (seen in practice).
		call.Query.Set("PageNo", strconv.Itoa(max(page, 1)))
		call.Query.Set("Limit", strconv.Itoa(limit))
	}
	res, err := c.Call(ctx, call)
	if err != nil {
		return nil, time.Time{}, err
	}
	return items, res.Date, nil
}

// readList accepts an array, and null for an empty one.
func readList[T any](body []byte) ([]T, error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || body[0] != '[' && !bytes.Equal(body, []byte("null")) {
		return nil, errors.New("the answer is not a list")
	}
	var items []T
	if err := json.Unmarshal(body, &items); err != nil {
		return nil, fmt.Errorf("decoding a list: %w", err)
	}
	return items, nil
}

// listName is what metrics call the list of a path: "/api/Order/List" is
// "order.list", "/api/Warehouse" is "warehouse.list".
func listName(path string) string {
	parts := strings.Split(strings.Trim(strings.TrimPrefix(path, "/api"), "/"), "/")
	kept := parts[:0]
	for _, part := range parts {
		if strings.Trim(part, "0123456789") != "" && !strings.EqualFold(part, "list") {
			kept = append(kept, strings.ToLower(part))
		}
	}
	return strings.Join(append(kept, "list"), ".")
}
