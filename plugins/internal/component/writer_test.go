package component

import (
	"strings"
	"testing"

	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
)

func TestKeysOfWrites(t *testing.T) {
	for name, test := range map[string]struct{ output, says string }{
		"a create with a key":      {"{connection: main, operation: order.create, key: 'sales_order/${! @unleashed_id }'}", ""},
		"a step with a key":        {"{connection: main, operation: order.cancel, key: cancel/1}", ""},
		"an update without one":    {"{connection: main, operation: order.update}", ""},
		"a create without a key":   {"{connection: main, operation: order.create}", "field key: found nothing, expected a key: order.create must happen once"},
		"a step without a key":     {"{connection: main, operation: order.cancel, key: ''}", "field key: found nothing, expected a key: order.cancel must happen once"},
		"an update with a key":     {"{connection: main, operation: order.update, key: a/1}", "field key: found a key, expected none: order.update is an update, which converges"},
		"an operation unknown":     {"{connection: main, operation: order.destroy}", `field operation: found "order.destroy", expected one of`},
		"an update with a mapping": {"{connection: main, operation: order.update, key: '${! this.ID }'}", "found a key, expected none"},
	} {
		t.Run(name, func(t *testing.T) {
			conf, err := shop.OutputSpec().ParseYAML(test.output, nil)
			require.NoError(t, err)
			_, _, err = shop.NewOutput(conf, service.MockResources())
			if test.says == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, test.says)
			}
		})
	}
}

func TestCallsThatAreNoOperation(t *testing.T) {
	for name, test := range map[string]struct{ processor, says string }{
		"a read":                {"{connection: main, request: {method: GET, path: '/api/Order/{ID}', writes: false}}", ""},
		"a write with a key":    {"{connection: main, request: {method: GET, path: '/api/Order/{ID}', writes: true}, key: a/1}", ""},
		"a write without a key": {"{connection: main, request: {method: GET, path: '/api/Order/{ID}', writes: true}}", "expected a key: GET /api/Order/{ID} must happen once"},
		"both":                  {"{connection: main, operation: order.get, request: {method: GET, path: /, writes: false}}", "expected one of them, found both"},
		"neither":               {"{connection: main}", "expected one of them, found neither"},
	} {
		t.Run(name, func(t *testing.T) {
			conf, err := shop.ProcessorSpec().ParseYAML(test.processor, nil)
			require.NoError(t, err)
			_, err = shop.NewProcessor(conf, service.MockResources())
			if test.says == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, test.says)
			}
		})
	}
}

const creates = "{connection: main, operation: order.create, key: 'sales_order/${! @unleashed_id }'}"

func TestAWriteIsKeyedByTheAccountsAndTheOperation(t *testing.T) {
	o, s := newOffice(t), open(answers(`{"ID":"17","Ref":"A-1"}`))
	out := o.output(t, s.System, creates)
	msg := message(`{"OrderNumber":"A-1"}`)
	msg.MetaSetMut("notes", []any{"Comments cut", "line 2 left out"})
	require.NoError(t, out.Write(t.Context(), msg))
	require.Len(t, s.asked, 1)
	assert.JSONEq(t, `{"OrderNumber":"A-1"}`, string(s.asked[0].Body))
	assert.EqualValues(t, 1, o.counted(connection.CountCreated))

	conn, err := o.Connection("main")
	require.NoError(t, err)
	identity, err := conn.Identity(t.Context())
	require.NoError(t, err)
	intent, exists, err := o.Ledger.Intent(t.Context(), identity.Accounts+"/order.create/sales_order/guid-1")
	require.NoError(t, err)
	require.True(t, exists)
	assert.Equal(t, "done", intent.State)
	assert.Equal(t, conn.MintsoftAccount.ID(), intent.Account)
	_, exists, err = o.Ledger.LinkBySource(t.Context(), identity.Accounts, "order", "guid-1")
	require.NoError(t, err)
	assert.True(t, exists)
	events, err := o.Ledger.Events(t.Context(), "SO-1")
	require.NoError(t, err)
	assert.Equal(t, "shop order.create, read 2026-03-02 09:00:00 (Comments cut; line 2 left out)", events[0].Summary)

	require.NoError(t, out.Write(t.Context(), message(`{"OrderNumber":"A-1"}`)))
	assert.Len(t, s.asked, 1)
	assert.EqualValues(t, 1, o.counted(connection.CountSkipped))
}

func TestWhatCannotBeSentIsFiledAndAcknowledged(t *testing.T) {
	for name, test := range map[string]struct{ output, content, reason string }{
		"an empty part in the key":    {"{connection: main, operation: order.create, key: 'a/${! @nothing.or(\"\") }'}", `{"OrderNumber":"A-1"}`, `a part of the key "a/" is empty`},
		"null in the key":             {"{connection: main, operation: order.create, key: 'a/${! @nothing }'}", `{"OrderNumber":"A-1"}`, `a part of the key "a/null" is empty`},
		"a key that cannot be made":   {"{connection: main, operation: order.create, key: 'a/${! this.Nothing.uppercase() }'}", `{"OrderNumber":"A-1"}`, "expected string value"},
		"arguments that are a list":   {creates, `[1]`, "order.create: found []interface {}, expected an object of arguments"},
		"an argument without a value": {creates, `{"OrderNumber":""}`, "order.create: the argument OrderNumber has no value"},
		"a target without an id":      {"{connection: main, operation: order.update}", `{"Comments":"x"}`, "order.update: the argument ID has no value"},
	} {
		t.Run(name, func(t *testing.T) {
			o, s := newOffice(t), open(answers(`{}`))
			require.NoError(t, o.output(t, s.System, test.output).Write(t.Context(), message(test.content)))
			assert.Empty(t, s.asked)
			letters := o.letters(t)
			require.Len(t, letters, 1)
			assert.Equal(t, ledger.ClassUnmappable, letters[0].Class)
			assert.Equal(t, source.Record, letters[0].Record)
			assert.Contains(t, letters[0].Reason, test.reason)
			assert.EqualValues(t, 1, o.counted(connection.CountDeadLettered))
			assert.Contains(t, o.log.String(), "level=WARN")
		})
	}
}

func TestAWriteOfAMessageThatNobodyMadeIsPutBack(t *testing.T) {
	o, s := newOffice(t), open(answers(`{}`))
	err := o.output(t, s.System, creates).Write(t.Context(), service.NewMessage([]byte(`{"OrderNumber":"A-1"}`)))
	assert.ErrorContains(t, err, "put the `settings` processor before it")
	assert.Empty(t, s.asked)
}

func TestARefusedWriteIsFiledOrParkedAndAcknowledged(t *testing.T) {
	on := "'${! @settings.general.sync_new_products }'"
	for name, test := range map[string]struct {
		output, refusal string
		parked          int
		reason          string
	}{
		"a refusal for good":                  {creates, "no", 0, "shop order: refused: no; look at A-1"},
		"one that may mend itself":            {"{connection: main, operation: order.create, key: a/1, park: {wait_for: product_sync, enabled: " + on + "}}", "no B", 1, ""},
		"one that won't, although others may": {"{connection: main, operation: order.create, key: a/1, park: {wait_for: product_sync}}", "no C", 0, "shop order: refused: no C; look at A-1"},
		"one that may, where nothing is parked": {"{connection: main, operation: order.create, key: a/1, park: {wait_for: product_sync, enabled: 'false'}}", "no B", 0,
			"shop order: refused: no B; look at A-1"},
		"one that may, of a flow without parking": {creates, "no B", 0, "shop order: refused: no B; look at A-1"},
	} {
		t.Run(name, func(t *testing.T) {
			o, s := newOffice(t), open(fails(apihttp.Rejected, test.refusal))
			require.NoError(t, o.output(t, s.System, test.output).Write(t.Context(), message(`{"OrderNumber":"A-1","SKU":"B"}`)))
			assert.Len(t, o.parked(t), test.parked)
			assert.EqualValues(t, test.parked, o.counted(connection.CountParked))
			letters := o.letters(t)
			if test.parked > 0 {
				assert.Empty(t, letters)
				assert.Equal(t, "product_sync", o.parked(t)[0].WaitFor)
				assert.NotContains(t, o.log.String(), "parked", "it is tried again within seconds")
				return
			}
			require.Len(t, letters, 1)
			assert.Equal(t, []string{ledger.ClassRejected, "shop", "order.create", test.reason}, []string{letters[0].Class, letters[0].System, letters[0].Operation, letters[0].Reason})
		})
	}
}

func TestADryRunOfAWriteIsPlanned(t *testing.T) {
	o := newOffice(t, func(o *connection.OpenOptions) { o.DryRun = true })
	s := open(answers(`{}`))
	require.NoError(t, o.output(t, s.System, creates).Write(t.Context(), message(`{"OrderNumber":"A-1"}`)))
	require.NoError(t, o.output(t, s.System, creates).Write(t.Context(), message(`[]`)))
	assert.Empty(t, s.asked)
	require.Len(t, o.Planned(), 1)
	assert.Equal(t, "order.create", o.Planned()[0].Operation)
	assert.Empty(t, o.letters(t), "what would be refused is counted and not filed")
	assert.EqualValues(t, 1, o.counted(connection.CountDeadLettered))
}

func TestAWriteOfAProcessorLeavesItsOutcome(t *testing.T) {
	for name, test := range map[string]struct {
		answer  func(int, Request) (string, error)
		content string
	}{
		"done":    {answers(`{"ID":"17","Ref":"A-1"}`), `{"id":"17","ref":"A-1","outcome":"created"}`},
		"refused": {fails(apihttp.Rejected, "no"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			o, s := newOffice(t), open(test.answer)
			batch, err := o.processor(t, s.System, creates).Process(t.Context(), message(`{"OrderNumber":"A-1"}`))
			require.NoError(t, err)
			if test.content == "" {
				assert.Empty(t, batch, "what is filed goes no further")
				assert.Len(t, o.letters(t), 1)
				return
			}
			require.Len(t, batch, 1)
			raw, err := batch[0].AsBytes()
			require.NoError(t, err)
			assert.JSONEq(t, test.content, string(raw))
			_, stillOurs := SourceOf(batch[0])
			assert.True(t, stillOurs)
		})
	}
}

func TestASuccessClosesWhatTheMessageLeftBehind(t *testing.T) {
	o, s := newOffice(t), open(fails(apihttp.Rejected, "no"))
	out := o.output(t, s.System, creates)
	require.NoError(t, out.Write(t.Context(), message(`{"OrderNumber":"A-1"}`)))
	o.commit(t, func(tx *ledger.Tx) error { return tx.SetDeadLetterState(o.letters(t)[0].ID, ledger.StateReplaying) })
	s.answer = answers(`{"ID":"17"}`)
	require.NoError(t, out.Write(t.Context(), message(`{"OrderNumber":"A-1"}`)))
	assert.Empty(t, o.letters(t))
}

// counts is a shop that counts its goods, and refuses every count that names one of
// some SKUs.
func counts(refused ...string) *counter {
	c := open(func(_ int, r Request) (string, error) {
		for _, sku := range refused {
			if strings.Contains(string(r.Body), `"`+sku+`"`) {
				return "", failure(apihttp.Rejected, "no such product: "+sku)
			}
		}
		return `{}`, nil
	})
	c.Operations = []Operation{{
		Name: "stock.set", Method: "POST", Path: "/api/Stock", Write: true, Kind: delivery.Now, Aside: []string{"Was"},
		Parts: func(source ledger.Record, args map[string]any) (parts []delivery.Part) {
			for _, sku := range args["SKUs"].([]any) {
				source.ID, source.Ref = sku.(string), sku.(string)
				parts = append(parts, delivery.Part{Record: source, Before: args["Was"], After: 2})
			}
			return parts
		},
		Halve: func(args map[string]any) (first, second map[string]any) {
			skus := args["SKUs"].([]any)
			half := func(of []any) map[string]any { return map[string]any{"SKUs": of, "Was": args["Was"]} }
			return half(skus[:len(skus)/2]), half(skus[len(skus)/2:])
		},
	}}
	return c
}

func TestARefusedWriteOfManyIsHalvedUntilTheBadOneStandsAlone(t *testing.T) {
	o, c := newOffice(t), counts("C", "F")
	out := o.output(t, c.System, "connection: main\noperation: stock.set\nkey: run-1/1")
	require.NoError(t, out.Write(t.Context(), message(`{"SKUs":["A","B","C","D","E","F","G","H"],"Was":1}`)))
	var refused []string
	for _, letter := range o.letters(t) {
		refused = append(refused, letter.Record.Ref+": "+letter.Reason)
	}
	assert.Equal(t, []string{"C: shop order: refused: no such product: C", "F: shop order: refused: no such product: F"}, refused)
	assert.EqualValues(t, 4, o.counted(connection.CountCreated), "AB, D, E, GH")
	assert.EqualValues(t, 2, o.counted(connection.CountDeadLettered))
	for _, r := range c.asked {
		assert.NotContains(t, string(r.Body), "Was", "what is for us is not sent")
	}
	assert.Len(t, c.asked, 11)
	events, err := o.Ledger.Events(t.Context(), "D")
	require.NoError(t, err)
	require.Len(t, events, 2)
	assert.Equal(t, []string{"sent", "created"}, []string{events[0].Kind, events[1].Kind})
}

func TestWhatIsDroppedIsPutBack(t *testing.T) {
	o := newOffice(t)
	c := counts()
	c.answer = fails(apihttp.Transient, "down")
	out := o.output(t, c.System, "connection: main\noperation: stock.set\nkey: run-1/1")
	err := out.Write(t.Context(), message(`{"SKUs":["A","B"],"Was":1}`))
	require.ErrorIs(t, err, delivery.ErrDropped)
	assert.Len(t, c.asked, 1)
	assert.Empty(t, o.letters(t))
}
