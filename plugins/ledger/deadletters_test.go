package ledger

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func letter(n string) DeadLetter {
	return DeadLetter{
		Connection: "main", Stream: "main_orders", Record: order(n), Class: "rejected", System: "mintsoft", Operation: "order.create",
		Reason: "SKU is unknown", Detail: json.RawMessage(`{"SKU":"A"}`), FirstAt: noon, LastAt: noon,
	}
}

func file(t *testing.T, l *Ledger, d DeadLetter) (id string) {
	write(t, l, func(tx *Tx) (err error) {
		id, err = tx.FileDeadLetter(d)
		return err
	})
	return id
}

func move(t *testing.T, l *Ledger, id, state string) {
	write(t, l, func(tx *Tx) error { return tx.SetDeadLetterState(id, state) })
}

func (l *Ledger) letter(t *testing.T, id string) DeadLetter {
	d, exists, err := l.DeadLetter(t.Context(), id)
	require.NoError(t, err)
	require.True(t, exists)
	return d
}

func TestFileDeadLetter(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, _ := opened(t, address)
		id := file(t, l, letter("1"))
		assert.Regexp(t, "^[0-9a-hjkmnp-tv-z]{8}$", id, "an id can be typed")
		expected := letter("1")
		expected.ID, expected.State, expected.Attempts = id, StateOpen, 1
		assert.Equal(t, expected, l.letter(t, id))

		again := letter("1")
		again.Class, again.Reason, again.Detail, again.FirstAt, again.LastAt = "poison", "it alone fails", nil, noon.Add(time.Hour), noon.Add(time.Hour)
		for _, state := range []string{StateOpen, StateReplaying} {
			move(t, l, id, state)
			assert.Equal(t, id, file(t, l, again), "one that is %s is refreshed", state)
		}
		expected.Class, expected.Reason, expected.Detail, expected.LastAt, expected.Attempts = "poison", "it alone fails", nil, noon.Add(time.Hour), 3
		assert.Equal(t, expected, l.letter(t, id))

		for _, state := range []string{StateClosed, StateDiscarded} {
			move(t, l, id, state)
			next := file(t, l, letter("1"))
			assert.NotEqual(t, id, next, "one that is %s stays as it is", state)
			id = next
		}
		other := letter("1")
		other.Stream = "second_orders"
		assert.NotEqual(t, id, file(t, l, other), "another stream has its own")
	})
}

func TestCloseDeadLetters(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, _ := opened(t, address)
		discarded := file(t, l, letter("1"))
		move(t, l, discarded, StateDiscarded)
		one, two := file(t, l, letter("1")), file(t, l, letter("2"))
		move(t, l, one, StateReplaying)
		for _, expected := range []int64{1, 0} {
			write(t, l, func(tx *Tx) error {
				closed, err := tx.CloseDeadLetters("main_orders", Record{System: "unleashed", Resource: "SalesOrders", ID: "guid-1"})
				assert.Equal(t, expected, closed)
				return err
			})
		}
		assert.Equal(t, StateClosed, l.letter(t, one).State)
		assert.Equal(t, StateOpen, l.letter(t, two).State)
		assert.Equal(t, StateDiscarded, l.letter(t, discarded).State)
		err := l.Commit(t.Context(), func(tx *Tx) error { return tx.SetDeadLetterState("nothere1", StateClosed) })
		assert.EqualError(t, err, "nothere1: no dead letter with this id")
	})
}

func TestCloseDeadLettersOfAPart(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, _ := opened(t, address)
		ids := map[string]string{}
		for slot, system := range map[string]string{
			"": "unleashed", "Orders/Ä 1": "unleashed", "order.create Orders/Ä 1": "mintsoft", "order.create Orders/Ä 11": "mintsoft", "Orders/2": "unleashed", "order.create": "mintsoft",
		} {
			d := letter("1")
			d.System, d.Slot = system, slot
			ids[slot] = file(t, l, d)
		}
		require.Len(t, ids, 6)
		write(t, l, func(tx *Tx) error {
			closed, err := tx.CloseDeadLettersOf("main_orders", order("1"), "Orders/Ä 1")
			assert.EqualValues(t, 3, closed)
			return err
		})
		for slot, state := range map[string]string{
			"": StateClosed, "Orders/Ä 1": StateClosed, "order.create Orders/Ä 1": StateClosed, "order.create Orders/Ä 11": StateOpen, "Orders/2": StateOpen, "order.create": StateOpen,
		} {
			assert.Equal(t, state, l.letter(t, ids[slot]).State, "slot %q", slot)
		}
	})
}

func TestDeadLetters(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, _ := opened(t, address)
		later := letter("2")
		later.FirstAt = noon.Add(time.Minute)
		two, one := file(t, l, later), file(t, l, letter("1"))
		other := letter("3")
		other.Stream, other.FirstAt = "main_products", noon.Add(time.Hour)
		three := file(t, l, other)
		move(t, l, one, StateReplaying)
		for name, c := range map[string]struct {
			filter   DeadLetterFilter
			expected []string
		}{
			"everything, the oldest first": {DeadLetterFilter{}, []string{one, two, three}},
			"of a stream":                  {DeadLetterFilter{Stream: "main_orders"}, []string{one, two}},
			"in a state":                   {DeadLetterFilter{State: []string{StateOpen}}, []string{two, three}},
			"in one of two states":         {DeadLetterFilter{State: []string{StateOpen, StateReplaying}, Stream: "main_orders"}, []string{one, two}},
			"with ids":                     {DeadLetterFilter{IDs: []string{three, one, "nothere1"}}, []string{one, three}},
			"with an id in another state":  {DeadLetterFilter{IDs: []string{one}, State: []string{StateOpen}}, nil},
		} {
			letters, err := l.DeadLetters(t.Context(), c.filter)
			require.NoError(t, err)
			var ids []string
			for _, d := range letters {
				ids = append(ids, d.ID)
			}
			assert.Equal(t, c.expected, ids, name)
		}
	})
}

func TestRedeliveries(t *testing.T) {
	parkedFor := func(n string) Parked {
		return Parked{Connection: "main", Stream: "main_orders", Record: order(n), WaitFor: "product_sync", Reason: "no product", Since: noon, Until: noon.Add(24 * time.Hour)}
	}
	due := func(t *testing.T, l *Ledger, at time.Time) []Redelivery {
		found, err := l.Redeliveries(t.Context(), "main_orders", at)
		require.NoError(t, err)
		return found
	}
	park := func(t *testing.T, l *Ledger, p Parked) {
		write(t, l, func(tx *Tx) error { return tx.Park(p) })
	}
	release := func(t *testing.T, l *Ledger) (n int64) {
		write(t, l, func(tx *Tx) (err error) {
			n, err = tx.ReleaseParked("product_sync", noon)
			return err
		})
		return n
	}
	for name, test := range map[string]func(t *testing.T, l *Ledger){
		"one whose time was over when it was delivered again is settled, and what was parked anew stays": func(t *testing.T, l *Ledger) {
			park(t, l, parkedFor("1"))
			later := noon.Add(25 * time.Hour)
			require.Len(t, due(t, l, later), 1)
			anew := parkedFor("1")
			anew.Operation, anew.Until = "anew", later.Add(time.Hour)
			park(t, l, anew)
			write(t, l, func(tx *Tx) error { return tx.SettleRedelivery("main_orders", order("1"), later) })
			assert.Empty(t, due(t, l, later))
			assert.Len(t, due(t, l, later.Add(2*time.Hour)), 1)
		},
		"a parked record is due once its pipeline has run, until it is parked again": func(t *testing.T, l *Ledger) {
			park(t, l, parkedFor("1"))
			assert.Empty(t, due(t, l, noon))
			assert.EqualValues(t, 1, release(t, l))
			assert.Zero(t, release(t, l), "it is due already")
			assert.Equal(t, []Redelivery{{Record: order("1"), DueAt: noon}}, due(t, l, noon))

			again := parkedFor("1")
			again.Since, again.Reason = noon.Add(time.Hour), "still none"
			park(t, l, again)
			assert.Empty(t, due(t, l, noon), "it is not tried again in a loop")
			item, exists, err := l.ParkedItem(t.Context(), "main_orders", Record{System: "unleashed", Resource: "SalesOrders", ID: "guid-1"}, "")
			require.NoError(t, err)
			assert.True(t, exists)
			again.Since = noon
			assert.Equal(t, again, item, "it waits since it was parked first")
			items, err := l.ParkedItems(t.Context(), "main_orders")
			require.NoError(t, err)
			assert.Equal(t, []Parked{item}, items)
		},
		"one whose time is over is tried at once, or when it is due within moments": func(t *testing.T, l *Ledger) {
			park(t, l, parkedFor("1"))
			over := noon.Add(24 * time.Hour)
			assert.Equal(t, []Redelivery{{Record: order("1")}}, due(t, l, over))
			released := parkedFor("1")
			released.DueAt = over.Add(5 * time.Second)
			park(t, l, released)
			assert.Equal(t, []Redelivery{{Record: order("1"), DueAt: released.DueAt}}, due(t, l, over))
			assert.Equal(t, []Redelivery{{Record: order("1")}}, due(t, l, released.DueAt))
		},
		"another pipeline releases nothing": func(t *testing.T, l *Ledger) {
			p := parkedFor("1")
			p.WaitFor = "customer_sync"
			park(t, l, p)
			assert.Zero(t, release(t, l))
			assert.Empty(t, due(t, l, noon))
		},
		"a record whose time is over is due a last time": func(t *testing.T, l *Ledger) {
			park(t, l, parkedFor("1"))
			assert.Empty(t, due(t, l, noon.Add(24*time.Hour-1)))
			assert.Equal(t, []Redelivery{{Record: order("1")}}, due(t, l, noon.Add(24*time.Hour)))
		},
		"a record that is to be tried again by itself is answered shortly before": func(t *testing.T, l *Ledger) {
			p := parkedFor("1")
			p.DueAt = noon.Add(time.Minute)
			park(t, l, p)
			assert.Empty(t, due(t, l, p.DueAt.Add(-Soon-1)))
			expected := []Redelivery{{Record: order("1"), DueAt: p.DueAt}}
			assert.Equal(t, expected, due(t, l, p.DueAt.Add(-Soon)))
			assert.Equal(t, expected, due(t, l, p.DueAt.Add(time.Hour)))

			assert.EqualValues(t, 1, release(t, l), "its pipeline runs before that")
			assert.Equal(t, []Redelivery{{Record: order("1"), DueAt: noon}}, due(t, l, noon))
		},
		"a record that is not parked any more is not due": func(t *testing.T, l *Ledger) {
			park(t, l, parkedFor("1"))
			park(t, l, parkedFor("2"))
			release(t, l)
			write(t, l, func(tx *Tx) error { return tx.Unpark("main_orders", order("1")) })
			assert.Equal(t, []Redelivery{{Record: order("2"), DueAt: noon}}, due(t, l, noon))
		},
		"a dead letter is due while it is replayed": func(t *testing.T, l *Ledger) {
			id := file(t, l, letter("1"))
			assert.Empty(t, due(t, l, noon))
			move(t, l, id, StateReplaying)
			assert.Equal(t, []Redelivery{{Record: order("1"), DeadLetterID: id}}, due(t, l, noon))
			assert.Equal(t, id, file(t, l, letter("1")), "it failed again")
			assert.Empty(t, due(t, l, noon))
		},
		"a dead letter whose replay is parked is open again and says so": func(t *testing.T, l *Ledger) {
			id := file(t, l, letter("1"))
			move(t, l, id, StateReplaying)
			park(t, l, parkedFor("1"))
			assert.Empty(t, due(t, l, noon))
			assert.Equal(t, StateOpen, l.letter(t, id).State)
			assert.Equal(t, "parked until product_sync has run: no product", l.letter(t, id).Reason)
		},
		"a record that is parked and replayed is due once": func(t *testing.T, l *Ledger) {
			park(t, l, parkedFor("1"))
			release(t, l)
			id := file(t, l, letter("1"))
			move(t, l, id, StateReplaying)
			assert.Equal(t, []Redelivery{{Record: order("1"), DeadLetterID: id}}, due(t, l, noon))
		},
		"another stream's are not due here": func(t *testing.T, l *Ledger) {
			p := parkedFor("1")
			p.Stream = "second_orders"
			park(t, l, p)
			release(t, l)
			assert.Empty(t, due(t, l, noon))
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, address string) {
				l, _ := opened(t, address)
				test(t, l)
			})
		})
	}
}

func TestAParkedRecordWaitsForARunAfterItsTime(t *testing.T) {
	const day = 24 * time.Hour
	over := noon.Add(day)
	for name, test := range map[string]struct {
		now, until, dueAt, waits time.Time // waits is zero when its time is over
	}{
		"before its time is over":                     {over.Add(-time.Hour), over, time.Time{}, over},
		"when no run came since":                      {over.Add(6 * time.Hour), over, time.Time{}, over.Add(7 * time.Hour)},
		"when it was to be looked at once before":     {over.Add(6 * time.Hour), over, noon.Add(5 * time.Second), over.Add(7 * time.Hour)},
		"when the run came moments ago":               {over.Add(6 * time.Hour), over, over.Add(6*time.Hour + time.Second), over.Add(7 * time.Hour)},
		"not when it is tried after a run":            {over.Add(6 * time.Hour), over, over.Add(6 * time.Hour), time.Time{}},
		"once":                                        {over.Add(7 * time.Hour), over.Add(7 * time.Hour), time.Time{}, time.Time{}},
		"until that is over, whoever released it too": {over.Add(6 * time.Hour), over.Add(7 * time.Hour), over.Add(6 * time.Hour), over.Add(7 * time.Hour)},
	} {
		until, waits := Parked{Since: noon, Until: test.until, DueAt: test.dueAt}.Waits(test.now, day)
		assert.Equal(t, !test.waits.IsZero(), waits, name)
		if waits {
			assert.Equal(t, test.waits, until, name)
		}
	}
}
