package component

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
)

func TestTheClassOfAnErrorSurvivesWhatIsPutAroundIt(t *testing.T) {
	plain := errors.New("no country")
	for name, test := range map[string]struct{ text, class, unmarked string }{
		"as it was marked":       {Classed(ledger.ClassUnmappable, plain).Error(), ledger.ClassUnmappable, "no country"},
		"inside a branch":        {fmt.Errorf("branch: %w", Classed(ledger.ClassRejected, plain)).Error(), ledger.ClassRejected, "branch: no country"},
		"marked twice":           {Classed(ledger.ClassPoison, Classed(ledger.ClassPoison, plain)).Error(), ledger.ClassPoison, "no country"},
		"not marked":             {"no country", "", "no country"},
		"brackets that are none": {"[rejected]no [unknown] country", "", "[rejected]no [unknown] country"},
	} {
		t.Run(name, func(t *testing.T) {
			class, unmarked := ClassOf(test.text)
			assert.Equal(t, test.class, class)
			assert.Equal(t, test.unmarked, unmarked)
		})
	}
	assert.ErrorIs(t, Classed(ledger.ClassRejected, plain), plain)
}

func TestKnownClasses(t *testing.T) {
	for class, known := range map[string]bool{"rejected": true, "unmappable": true, "poison": true, "ambiguous": true, "": false, "transient": false, "Rejected": false} {
		assert.Equal(t, known, KnownClass(class), class)
	}
}

var letter = ledger.DeadLetter{Class: ledger.ClassRejected, System: "unleashed", Operation: "map_order", Reason: "no country"}

// left is what earlier failures of the record left behind.
func left(t *testing.T, o *office) {
	t.Helper()
	o.commit(t, func(tx *ledger.Tx) error {
		if _, err := tx.FileDeadLetter(ledger.DeadLetter{Connection: "main", Stream: source.Stream, Record: source.Record, Class: ledger.ClassRejected, System: "shop", Operation: "order.create"}); err != nil {
			return err
		}
		return tx.Park(ledger.Parked{Connection: "main", Stream: source.Stream, Record: source.Record, Operation: "order.create", WaitFor: "product_sync", Until: time.Now().Add(time.Hour)})
	})
}

func TestRefusing(t *testing.T) {
	o := newOffice(t)
	left(t, o)
	require.NoError(t, Refuse(t.Context(), o.Book, o.flow(), source, letter))
	assert.Len(t, o.letters(t), 2, "the write that failed before has its own")
	assert.Empty(t, o.parked(t))
	assert.Equal(t, []string{"dead-lettered"}, o.happened(t))
	assert.EqualValues(t, 1, o.counted(connection.CountDeadLettered))
	assert.Contains(t, o.log.String(), `reason="no country"`)
}

func TestNothingIsFiledOnceTheProcessIsStopping(t *testing.T) {
	o := newOffice(t)
	o.Drain()
	require.ErrorIs(t, Refuse(t.Context(), o.Book, o.flow(), source, letter), delivery.ErrStopped)
	require.ErrorIs(t, Park(t.Context(), o.Book, o.flow(), source, Parking{WaitFor: "product_sync", Within: time.Hour, Reason: "wait"}), delivery.ErrStopped)
	assert.Empty(t, o.letters(t))
	assert.Empty(t, o.parked(t))
	assert.Empty(t, o.happened(t))
	assert.Zero(t, o.counted(connection.CountDeadLettered))
}

func TestADryRunCountsAndFilesNothing(t *testing.T) {
	o := newOffice(t, func(o *connection.OpenOptions) { o.DryRun = true })
	require.NoError(t, Refuse(t.Context(), o.Book, o.flow(), source, letter))
	require.NoError(t, Skip(t.Context(), o.Book, o.flow(), source, "status Deleted"))
	assert.Empty(t, o.letters(t))
	assert.Empty(t, o.happened(t))
	assert.EqualValues(t, 1, o.counted(connection.CountDeadLettered))
	assert.EqualValues(t, 1, o.counted(connection.CountSkipped))
}

func TestSkippingEndsWhatFailuresLeftBehind(t *testing.T) {
	o := newOffice(t)
	left(t, o)
	require.NoError(t, Skip(t.Context(), o.Book, o.flow(), source, "status Deleted is not imported"))
	assert.Empty(t, o.letters(t))
	assert.Empty(t, o.parked(t))
	assert.Equal(t, []string{"skipped"}, o.happened(t))
	assert.Equal(t, map[string]int64{"status Deleted is not imported": 1}, o.flow().State().Skips)
}

// One record may lead to writes on several targets. What a message says of one of
// them neither closes nor forgets what is known of the others.
func TestPartsOfARecordAreKeptApart(t *testing.T) {
	part := func(name string) Source {
		s := source
		s.Part = name
		return s
	}
	o := newOffice(t)
	left(t, o)
	for _, name := range []string{"Orders/1", "Orders/2", "Orders/2"} {
		require.NoError(t, Refuse(t.Context(), o.Book, o.flow(), part(name), letter))
	}
	assert.Len(t, o.parked(t), 1, "another part may wait")
	attempts := func() (n []int) {
		for _, l := range o.letters(t) {
			n = append(n, l.Attempts)
		}
		return n
	}
	assert.ElementsMatch(t, []int{1, 1, 2}, attempts())
	o.commit(t, func(tx *ledger.Tx) error {
		for _, slot := range []string{"order.cancel Orders/2", "order.cancel Orders/22", "order.cancel More Orders/1"} {
			_, err := tx.FileDeadLetter(ledger.DeadLetter{Connection: "main", Stream: source.Stream, Record: source.Record, Class: ledger.ClassRejected, System: "shop", Operation: "order.cancel", Slot: slot})
			if err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(t, Skip(t.Context(), o.Book, o.flow(), part("Orders/2"), "it is there"))
	assert.Len(t, o.letters(t), 4, "what failed of the part, before and in its writes, is over")
	assert.Len(t, o.parked(t), 1)
	require.NoError(t, Skip(t.Context(), o.Book, o.flow(), source, "none of it is wanted"))
	assert.Empty(t, o.letters(t))
	assert.Empty(t, o.parked(t))
}
