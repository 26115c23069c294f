package connection

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
)

// tenant is what a key sees of a Mintsoft tenant: its oldest warehouse with the post
// code, then all of them.
func tenant(c *Connection, facts ...string) ledger.Account {
	return ledger.Account{System: "mintsoft", Fingerprint: "host", Facts: append([]string{c.MintsoftAccount.ID()}, facts...)}
}

func TestTheSameTenant(t *testing.T) {
	const main, north = "3:Main", "4:North"
	for name, test := range map[string]struct {
		other, sameKey bool // another connection asks; with the key of the first
		facts          []string
		refused, same  bool
	}{
		"it is as it was":                                   {false, true, []string{"3:Main, M1", main}, false, true},
		"its only warehouse is called otherwise":            {false, true, []string{"3:Depot, M1", "3:Depot"}, false, true},
		"another key sees one of its warehouses":            {false, false, []string{"3:Main, M9", main, north}, false, true},
		"another key sees none of them":                     {false, false, []string{"3:Live, M1", "3:Live"}, true, false},
		"another connection with its key":                   {true, true, []string{"3:Depot, M1", "3:Depot", north}, false, true},
		"another connection whose key sees more":            {true, false, []string{"3:Main, M1", main, north}, false, true},
		"another connection: the first ones are only alike": {true, false, []string{"3:Main, M9", main}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			key := oneKey
			if !test.sameKey {
				key = otherKey
			}
			b := openFile(t, OpenOptions{}, pairing("a", oneID, oneKey, ""), pairing("b", oneID, key, ""), pairing("c", oneID, oneKey, ""))
			first := live(t, b, "a")
			known, err := first.sameAccount(t.Context(), tenant(first, "3:Main, M1", main), "3:Main, M1")
			require.NoError(t, err)
			c := live(t, b, "b")
			if !test.other {
				c.Name = first.Name
			}
			found, err := c.sameAccount(t.Context(), tenant(c, test.facts...), test.facts[0])
			if test.refused {
				require.ErrorContains(t, err, "the key belongs to another mintsoft account")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.same, known == found)
			again, err := c.sameAccount(t.Context(), tenant(c, test.facts...), test.facts[0])
			require.NoError(t, err)
			assert.Equal(t, found, again)
		})
	}
	t.Run("a ledger that knows no keys yet keeps what it has", func(t *testing.T) {
		b := openFile(t, OpenOptions{}, pairing("a", oneID, oneKey, ""))
		require.NoError(t, b.Ledger.Commit(t.Context(), func(tx *ledger.Tx) error {
			return tx.PutAccount(ledger.Account{System: "mintsoft", Slot: "a", Fingerprint: "host", Identity: "kept", Facts: []string{main, north}})
		}))
		for _, called := range []string{"a", "renamed"} {
			c := live(t, b, "a")
			c.Name = called
			found, err := c.sameAccount(t.Context(), tenant(c, "3:Main, M1", main, north, "5:New"), "3:Main, M1")
			require.NoError(t, err)
			assert.Equal(t, "kept", found, called)
		}
	})
}

func TestTheClientOfAPair(t *testing.T) {
	b := openFile(t, OpenOptions{}, pairing("a", oneID, oneKey, ""))
	c := live(t, b, "a")
	pair := func(warehouse, client, own int) Identity {
		t.Helper()
		found, err := c.pair(t.Context(), "u", "m", facts{Warehouse: warehouse, Client: client, Own: own})
		require.NoError(t, err)
		return found
	}
	connect := func(i Identity) {
		_, err := c.connectedAt(t.Context(), i.Pair)
		require.NoError(t, err)
	}
	named := pair(3, 12, 0)
	assert.Equal(t, named, pair(3, 0, 12), "whoever's key it is")
	assert.NotEqual(t, named.Accounts, pair(3, 13, 0).Accounts)
	assert.Equal(t, named.Accounts, pair(4, 12, 0).Accounts)

	nameless := pair(3, 0, 0)
	assert.NotEqual(t, named, nameless)
	connect(nameless)
	assert.Equal(t, nameless, pair(3, 0, 12), "what was written before its client was known is not forgotten")
	assert.Equal(t, nameless, pair(3, 12, 0))
	assert.Equal(t, nameless.Accounts, pair(4, 12, 0).Accounts, "nor is another warehouse of it another client")
	assert.NotEqual(t, nameless.Accounts, pair(3, 13, 0).Accounts, "no other client has it")

	connect(pair(5, 0, 0))
	connect(pair(5, 14, 0))
	assert.NotEqual(t, nameless.Accounts, pair(5, 14, 0).Accounts)
}
