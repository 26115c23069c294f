package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// shelf is an opened connection file with what components of a stream see of it.
type shelf struct {
	book *connection.Book
	res  *service.Resources
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	file, err := connection.Parse("c.yaml", fmt.Appendf(nil, `
ledger: sqlite:%s
connections:
  - name: main
    unleashed: {base_url: http://127.0.0.1:1, api_id: id, api_key: key, warehouse_code: MAIN}
    mintsoft: {base_url: http://127.0.0.1:2, api_key: key, warehouse: MAIN}
`, filepath.Join(t.TempDir(), "ledger.db")), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	s := &shelf{res: service.MockResources()}
	s.book, err = connection.Open(t.Context(), file, connection.OpenOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.book.Close()) })
	component.Attach(s.res, s.book)
	return s
}

func (s *shelf) cache(t *testing.T, yaml string) service.Cache {
	t.Helper()
	conf, err := cacheSpec().ParseYAML(yaml, nil)
	require.NoError(t, err)
	c, err := newCache(conf, s.res)
	require.NoError(t, err)
	return c
}

func TestCache(t *testing.T) {
	s := newShelf(t)
	c := s.cache(t, "store: lookups")
	_, err := c.Get(t.Context(), "a")
	require.ErrorIs(t, err, service.ErrKeyNotFound)
	require.NoError(t, c.Add(t.Context(), "a", []byte("1"), nil))
	require.ErrorIs(t, c.Add(t.Context(), "a", []byte("2"), nil), service.ErrKeyAlreadyExists)
	require.NoError(t, c.Set(t.Context(), "b", nil, nil))

	for key, value := range map[string]string{"a": "1", "b": ""} {
		found, err := s.cache(t, "store: lookups").Get(t.Context(), key)
		require.NoError(t, err, "those that name the same store share it")
		assert.Equal(t, value, string(found))
	}
	_, err = s.cache(t, "store: customers").Get(t.Context(), "a")
	require.ErrorIs(t, err, service.ErrKeyNotFound)

	require.NoError(t, c.Delete(t.Context(), "a"))
	require.NoError(t, c.Delete(t.Context(), "a"))
	_, err = c.Get(t.Context(), "a")
	require.ErrorIs(t, err, service.ErrKeyNotFound)
}

func TestHowLongACacheKeepsItems(t *testing.T) {
	hour, none := time.Hour, time.Duration(0)
	for name, test := range map[string]struct {
		fields string
		ttl    *time.Duration
		after  time.Duration
		kept   bool
	}{
		"for good":                          {"store: a", nil, 1000 * time.Hour, true},
		"as long as the component says":     {"{store: a, ttl: 2h}", nil, 2*time.Hour - time.Minute, true},
		"no longer than the component says": {"{store: a, ttl: 2h}", nil, 2*time.Hour + time.Minute, false},
		"the writer says less":              {"{store: a, ttl: 2h}", &hour, time.Hour + time.Minute, false},
		"the writer says more":              {"{store: a, ttl: 1m}", &hour, time.Hour - time.Minute, true},
		"the writer says for good":          {"{store: a, ttl: 1m}", &none, time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			for how, write := range map[string]func(service.Cache, context.Context, string, []byte, *time.Duration) error{
				"set": service.Cache.Set, "add": service.Cache.Add,
			} {
				t.Run(how, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						c := newShelf(t).cache(t, test.fields)
						require.NoError(t, write(c, t.Context(), "k", []byte("v"), test.ttl))
						<-time.After(test.after)
						_, err := c.Get(t.Context(), "k")
						if test.kept {
							require.NoError(t, err)
							assert.ErrorIs(t, c.Add(t.Context(), "k", []byte("w"), nil), service.ErrKeyAlreadyExists)
							return
						}
						require.ErrorIs(t, err, service.ErrKeyNotFound)
						assert.NoError(t, c.Add(t.Context(), "k", []byte("w"), nil), "what is gone makes room")
					})
				})
			}
		})
	}
}

var customer = component.Source{
	Connection: "main", Stream: "main_customer_sync", Pipeline: "customer_sync",
	Record: ledger.Record{System: "unleashed", Resource: "Customers", ID: "guid-1", Ref: "ACME"},
}

func (s *shelf) keep(t *testing.T, content string) error {
	t.Helper()
	conf, err := outputSpec().ParseYAML(`{store: customers, key: '${! this.Guid.or("") }', also: ['code/${! this.Code }', 'name/${! this.Name }']}`, nil)
	require.NoError(t, err)
	out, _, err := newOutput(conf, s.res)
	require.NoError(t, err)
	msg := service.NewMessage([]byte(content))
	component.Stamp(msg, nil, customer)
	return out.Write(t.Context(), msg)
}

func (s *shelf) stored(t *testing.T, key string) string {
	t.Helper()
	value, _, err := s.book.Ledger.Get(t.Context(), "customers", key)
	require.NoError(t, err)
	return string(value)
}

func TestARecordIsWrittenWhenItChanged(t *testing.T) {
	s := newShelf(t)
	const first, second = `{"Guid":"g","Code":"ACME"}`, `{"Guid":"g","Code":"ACME","Phone":"1"}`
	for _, content := range []string{first, first, second} {
		require.NoError(t, s.keep(t, content))
	}
	assert.Equal(t, second, s.stored(t, "g"))
	assert.Equal(t, second, s.stored(t, "code/ACME"), "under its other key too")
	assert.Empty(t, s.stored(t, "name/null"), "a key that lacks a part is left out")
	state := s.book.Flow("main", "customer_sync").State()
	assert.EqualValues(t, 1, state.Counts[connection.CountCreated])
	assert.EqualValues(t, 1, state.Counts[connection.CountUpdated])
	assert.Equal(t, map[string]int64{"nothing changed": 1}, state.Skips)
}

func TestARecordWithoutAKeyIsADeadLetterThatALaterOneCloses(t *testing.T) {
	s := newShelf(t)
	require.NoError(t, s.keep(t, `{"Code":"ACME"}`))
	open := ledger.DeadLetterFilter{State: []string{ledger.StateOpen}}
	letters, err := s.book.Ledger.DeadLetters(t.Context(), open)
	require.NoError(t, err)
	require.Len(t, letters, 1)
	assert.Equal(t, []string{"unmappable", "ledger", "customers"}, []string{letters[0].Class, letters[0].System, letters[0].Operation})
	assert.Contains(t, letters[0].Reason, "is empty")
	assert.JSONEq(t, `{"Code":"ACME"}`, string(letters[0].Detail))
	assert.Empty(t, s.stored(t, "code/ACME"))

	require.NoError(t, s.keep(t, `{"Guid":"g","Code":"ACME"}`))
	letters, err = s.book.Ledger.DeadLetters(t.Context(), open)
	require.NoError(t, err)
	assert.Empty(t, letters)
}

func TestARecordThatNobodyReadIsPutBack(t *testing.T) {
	s := newShelf(t)
	conf, err := outputSpec().ParseYAML("{store: customers, key: a}", nil)
	require.NoError(t, err)
	out, _, err := newOutput(conf, s.res)
	require.NoError(t, err)
	assert.ErrorContains(t, out.Write(t.Context(), service.NewMessage([]byte(`{}`))), "put the `settings` processor before it")
	assert.Empty(t, s.stored(t, "a"))
}
