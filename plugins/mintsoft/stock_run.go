package mintsoft

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// stockOperations read the stock, and what moved it.
var stockOperations = []component.Operation{
	{
		Name: "stock.levels", Summary: "Answers the rows of stock, as the resource `Stock` has them, of the list `SKUs`, of everything that changed `Since`, or of `All`.",
		Required: []string{"WarehouseId"}, Look: lookLevels, Success: bareAnswer,
	},
	{
		Name: "stock.documents", Summary: "Answers the documents that moved stock and may not be posted in the other system: orders that left (`direction` out; foreign ones too with `Exports`; numbers begin with `OrdersPrefix`) and ASNs that were booked in (in), each with `sources`, `records` and `quantities` by SKU; those of an order that came back or was cancelled are `taken_back`, and what a person gave up is `given_up`. What changed since the last look is read, and all that is not settled is kept.",
		Required: []string{"WarehouseId"}, Look: lookDocuments, Success: bareAnswer,
	},
	{
		Name: "stock.remember", Summary: "Keeps how much of each of the `Documents` is `open`, was received `before` and is posted of what was `taken_back`, whether it is `unsure` that it will be posted, or `given_up`, forgets those that are `settled`, and answers the SKUs of those that changed `Since`. `At` is the run's moment.",
		Required: []string{"At"}, Look: lookRemember, Success: "no call is made",
	},
	{
		Name: "stock.left_over", Summary: "Answers which `SKUs` earlier runs of this flow left as dead letters, and with `everything` whether a whole run was.",
		Look: lookLeftOver, Success: "no call is made",
	},
	stockSet,
}

// wholeStock is the id of a run's message, and of what becomes of it as a whole;
// each SKU is a record with its own.
const wholeStock = "*"

// stockResource sums a run up in one message: numbers of different moments must not
// be compared with each other.
var stockResource = component.Resource{
	Name:    "Stock",
	Summary: "One message for each run: its id `run`, `taken_at`, `since` (null: everything), how many `skus` the whole stock has, and `rows` with what is counted of each SKU that changed. The query names `ClientId`, `WarehouseId`, and with `Breakdown` and `Bundles` whether lots and bundles are wanted.",
	Open: func(c *connection.Connection, query map[string]any, pageSize int) (polling.Source, error) {
		if pageSize != 0 {
			return nil, fmt.Errorf("field page_size: found %d, expected none for Stock", pageSize)
		}
		q := stockQueryOf(query)
		if q.warehouse == "" {
			return nil, fmt.Errorf("field query: found no WarehouseId, expected one for Stock")
		}
		return &stockSource{conn: c, query: q}, nil
	},
}

type stockSource struct {
	conn  *connection.Connection
	query stockQuery
	seen  map[string]string
}

// Recall is told what earlier runs compared, as it stood then.
func (s *stockSource) Recall(seen map[string]string) { s.seen = seen }

// Page reads all of it, so there is only one.
func (s *stockSource) Page(ctx context.Context, since time.Time, _ int) (polling.Page, error) {
	read, err := readStock(ctx, s.conn, s.query, since, "")
	if err != nil {
		return polling.Page{}, err
	}
	versions := read.versions()
	read.drop(func(sku string) bool {
		version := polling.Version(versions[sku])
		return version != "" && s.seen[sku] == version
	})
	if err := withBundles(ctx, s.conn, s.query, read, since.IsZero()); err != nil {
		return polling.Page{}, err
	}
	item := run(read, since, wholeStock, "stock")
	item.Versions = versions
	item.Body.(map[string]any)["skus"], err = s.known(ctx, len(read.rows), since.IsZero())
	return polling.Page{Count: -1, Last: true, Date: read.takenAt, Items: []polling.Item{item}}, err
}

// known is how many SKUs the whole stock has: as many as were read when all of it was
// read last.
func (s *stockSource) known(ctx context.Context, n int, all bool) (int, error) {
	identity, err := s.conn.Identity(ctx)
	if err != nil {
		return 0, err
	}
	store, key := s.conn.Book().Ledger, "count/"+identity.Pair
	raw, exists, err := store.Get(ctx, stockStore, key)
	if err != nil {
		return 0, err
	}
	if exists && !all {
		return strconv.Atoi(string(raw))
	}
	if !all {
		return n, nil
	}
	return n, store.CommitFor(ctx, s.conn.Name, func(tx *ledger.Tx) error { return tx.Set(stockStore, key, []byte(strconv.Itoa(n)), 0) })
}

// Fetch counts one SKU again for a replay; for one of the whole it counts what
// changed this moment, and the flow looks at what was left undone.
func (s *stockSource) Fetch(ctx context.Context, id string) (polling.Item, error) {
	if id == wholeStock {
		now := s.conn.Book().Options.Now()
		read, err := readStock(ctx, s.conn, s.query, now, "")
		return run(read, now, id, "stock"), err
	}
	read, err := oneSKU(ctx, s.conn, s.query, id)
	return run(read, s.conn.Book().Options.Now(), id, id), err
}

func run(read *stock, since time.Time, id, ref string) polling.Item {
	if read == nil {
		return polling.Item{}
	}
	body := map[string]any{"run": uuid.NewString(), "taken_at": read.takenAt.UTC().Format(time.RFC3339Nano), "since": nil, "skus": 0, "rows": read.messages()}
	if !since.IsZero() {
		body["since"] = since.UTC().Format(time.RFC3339Nano)
	}
	return polling.Item{ID: id, Ref: ref, Body: body, Holds: len(read.rows)}
}

// askEach is how many SKUs are asked for one by one; of more the whole list is
// read, which costs no more calls.
const askEach = 40

// lookLevels answers the rows of a list of SKUs, of everything that changed Since, or
// of All. An SKU that Mintsoft never had in stock has none.
func lookLevels(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	if err := component.WaitOut(ctx, c, stockSet.Name); err != nil {
		return nil, err
	}
	q := stockQueryOf(args)
	asked := component.Texts(args["SKUs"])
	since, err := instant(args["Since"])
	if err != nil {
		return nil, err
	}
	rows := []any{}
	if !since.IsZero() {
		read, err := readStock(ctx, c, q, earlyEnough(since, c), "")
		if err != nil {
			return nil, err
		}
		rows = read.messages()
	}
	if all, _ := args["All"].(bool); all || len(asked) > askEach {
		read, err := readStock(ctx, c, q, time.Time{}, "")
		if err != nil {
			return nil, err
		}
		if err := withBundles(ctx, c, q, read, all); err != nil {
			return nil, err
		}
		if !all {
			read.drop(func(sku string) bool { return !slices.Contains(asked, sku) })
		}
		return append(rows, read.messages()...), nil
	}
	for _, sku := range asked {
		read, err := oneSKU(ctx, c, q, sku)
		if err != nil {
			return nil, err
		}
		rows = append(rows, read.messages()...)
	}
	return rows, nil
}

// oneSKU reads an SKU. A bundle may have a row of its own, which counts nothing.
func oneSKU(ctx context.Context, c *connection.Connection, q stockQuery, sku string) (*stock, error) {
	read, err := readStock(ctx, c, q, time.Time{}, sku)
	if err != nil {
		return nil, err
	}
	known, err := knownBundles(ctx, c)
	if err != nil {
		return nil, err
	}
	read.drop(func(sku string) bool { return slices.Contains(known.SKUs, sku) })
	if len(read.rows) == 0 && q.bundles {
		read.rows, err = readBundles(ctx, c, q, sku)
	}
	return read, err
}

// instant reads a moment as this package writes it; null is none.
func instant(value any) (time.Time, error) {
	if value == nil || value == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(value))
	if err != nil {
		return time.Time{}, fmt.Errorf("found %v, expected a moment such as 2026-01-31T00:00:00Z", value)
	}
	return at, nil
}

// lookLeftOver answers what earlier runs of this flow could not finish: the SKUs
// with a dead letter, and whether a whole run has one. A message about one SKU has
// nothing to do with the others.
func lookLeftOver(ctx context.Context, c *connection.Connection, s component.Source, _ map[string]any) (any, error) {
	skus, everything := []any{}, false
	answer := func() any { return map[string]any{"SKUs": skus, "everything": everything} }
	if s.Record.ID != wholeStock {
		return answer(), nil
	}
	letters, err := c.Book().Ledger.DeadLetters(ctx, ledger.DeadLetterFilter{Stream: s.Stream, State: []string{ledger.StateOpen, ledger.StateReplaying}})
	if err != nil {
		return nil, err
	}
	for _, letter := range letters {
		if letter.Record.ID == wholeStock {
			everything = true
		} else if !slices.Contains(skus, any(letter.Record.ID)) {
			skus = append(skus, letter.Record.ID)
		}
	}
	return answer(), nil
}
