package unleashedapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

// Page is one page of a list, of records as they were sent or as Records decodes them.
type Page[T any] struct {
	Items []T
	// Number is the page's number by the service, 0 for an empty list. Pages and
	// Count are the totals of the whole list when the page was made.
	Number, Pages, Count int
	Date                 time.Time // the service's clock, zero when it does not tell
}

type pagination struct {
	NumberOfItems, PageSize, PageNumber, NumberOfPages int
}

type list[T any] struct {
	Pagination *pagination
	Items      *[]T
	// Subscriptions is what the list of webhooks may call its items; assumed.
	Subscriptions *[]T
}

// List reads one page of a resource ("SalesOrders"), counted from 1. A pageSize
// of 0 leaves the size to the service (200); the greatest is 1000 by most sources and 500 by
// one.
//
// The service answers a page past the end with the last page again (seen in
// practice); such items are left out, so Items is empty there. Stop by Pages. A
// list that is not paged, with or without an envelope, is one page.
func (c *Client) List(ctx context.Context, resource string, q Query, page, pageSize int) (*Page[json.RawMessage], error) {
	return listed[json.RawMessage](ctx, c, resource, q, page, pageSize)
}

// Records is List with its records decoded as Decode does it, each read once.
func (c *Client) Records(ctx context.Context, resource string, q Query, page, pageSize int) (*Page[any], error) {
	got, err := listed[any](ctx, c, resource, q, page, pageSize)
	if err != nil {
		return nil, err
	}
	rewriteDates(got.Items)
	return got, nil
}

func listed[T any](ctx context.Context, c *Client, resource string, q Query, page, pageSize int) (*Page[T], error) {
	path := "/" + resource
	if page > 1 {
		path += "/" + strconv.Itoa(page)
	}
	if pageSize > 0 {
		q = q.With("pageSize", strconv.Itoa(pageSize))
	}
	var got *Page[T]
	res, err := c.Call(ctx, Call{
		Operation: kind(resource) + ".list", Method: http.MethodGet, Path: path, Query: q,
		read: func(res *apihttp.Response) (err error) {
			got, err = readPage[T](res.Body)
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	got.Date = res.Date
	if page > max(got.Pages, 1) {
		got.Items = nil
	}
	return got, nil
}

func readPage[T any](body []byte) (*Page[T], error) {
	if body = bytes.TrimSpace(body); len(body) == 0 {
		return nil, errors.New("the answer is empty")
	}
	if body[0] == '[' {
		var items []T
		if err := decode(body, &items); err != nil {
			return nil, fmt.Errorf("decoding a list: %w", err)
		}
		return whole(items), nil
	}
	var l list[T]
	if err := decode(body, &l); err != nil {
		return nil, fmt.Errorf("decoding a list: %w", err)
	}
	items := l.Items
	if items == nil {
		items = l.Subscriptions
	}
	switch {
	case l.Pagination != nil:
		p := &Page[T]{Number: l.Pagination.PageNumber, Pages: l.Pagination.NumberOfPages, Count: l.Pagination.NumberOfItems}
		if items != nil {
			p.Items = *items
		}
		return p, nil
	case items != nil:
		return whole(*items), nil
	}
	return nil, errors.New("the answer is not a list")
}

// whole is a list that comes in one piece.
func whole[T any](items []T) *Page[T] {
	return &Page[T]{Items: items, Number: 1, Pages: 1, Count: len(items)}
}

// Get reads one record by its id. A record that does not exist is an error for
// which errors.Is(err, apihttp.ErrNotFound) holds.
func (c *Client) Get(ctx context.Context, resource, id string, q Query) (json.RawMessage, error) {
	call := Call{Operation: kind(resource) + ".get", Method: http.MethodGet, Path: "/" + resource + "/" + url.PathEscape(id), Query: q}
	if strings.TrimSpace(id) == "" {
		// Without an id the same address is the list.
		return nil, &apihttp.Error{System: "unleashed", Operation: call.Operation, Method: call.Method, Path: call.Path,
			Outcome: apihttp.Rejected, Message: "the id is empty"}
	}
	res, err := c.Record(ctx, call)
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// Record makes a call that is answered with one record, which is the body then. It fails
// as Get does where there is none.
func (c *Client) Record(ctx context.Context, call Call) (*apihttp.Response, error) {
	var record json.RawMessage
	call.read = func(res *apihttp.Response) (err error) {
		if res.Status != http.StatusNoContent {
			record, err = readRecord(res.Body)
		}
		return err
	}
	res, err := c.Call(ctx, call)
	switch {
	case err != nil:
		return nil, err
	case record == nil:
		return nil, c.http.Missing(apihttp.Request{Operation: call.Operation, Method: call.Method, Path: call.Path}, res)
	}
	res.Body = record
	return res, nil
}

// readRecord accepts the bare record, and the envelope of a list with one; nil where the
// body says that there is none.
func readRecord(body []byte) (json.RawMessage, error) {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return nil, errors.New("the answer is empty")
	case bytes.Equal(body, []byte("null")):
		return nil, nil
	}
	if err := apihttp.Readable(body); err != nil {
		return nil, err
	}
	var envelope list[json.RawMessage]
	isList := body[0] == '['
	if body[0] == '{' && json.Unmarshal(body, &envelope) == nil {
		isList = envelope.Items != nil
	}
	if !isList {
		if body[0] != '{' {
			return nil, errors.New("the answer is not a record")
		}
		return body, nil
	}
	page, err := readPage[json.RawMessage](body)
	if err != nil || len(page.Items) == 0 {
		return nil, err
	}
	return page.Items[0], nil
}

// kind is the resource without ids, so that an operation has one name.
func kind(resource string) string {
	name, _, _ := strings.Cut(resource, "/")
	return name
}
