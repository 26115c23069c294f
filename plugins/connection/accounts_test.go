package connection

import (
	"slices"
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

// none says of each identity that nothing ran under it.
func none(string) (bool, error) { return false, nil }

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
			known, err := first.sameAccount(t.Context(), tenant(first, "3:Main, M1", main), none, "3:Main, M1")
			require.NoError(t, err)
			c := live(t, b, "b")
			if !test.other {
				c.Name = first.Name
			}
			found, err := c.sameAccount(t.Context(), tenant(c, test.facts...), none, test.facts[0])
			if test.refused {
				require.ErrorContains(t, err, "the key belongs to another mintsoft account")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.same, known == found)
			again, err := c.sameAccount(t.Context(), tenant(c, test.facts...), none, test.facts[0])
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
			found, err := c.sameAccount(t.Context(), tenant(c, "3:Main, M1", main, north, "5:New"), none, "3:Main, M1")
			require.NoError(t, err)
			assert.Equal(t, "kept", found, called)
		}
	})
}

// A connection that was made after a warehouse was added may know its tenant, in an older
// ledger, by an identity of its own.
func TestAConnectionThatIsCalledOtherwiseKeepsItsIdentity(t *testing.T) {
	const key = "the key"
	for name, known := range map[string][2][]string{
		"its key is known":        {{key, "3:Main"}, {key, "3:Main", "4:North"}},
		"its key is not":          {{"3:Main"}, {"3:Main", "4:North"}},
		"only the other's key is": {{key, "3:Main"}, {"3:Main", "4:North"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := openFile(t, OpenOptions{}, pairing("a", oneID, oneKey, ""), pairing("renamed", oneID, oneKey, ""))
			c := live(t, b, "renamed")
			require.NoError(t, b.Ledger.Commit(t.Context(), func(tx *ledger.Tx) error {
				for i, slot := range []string{"a", "b"} {
					facts := slices.Clone(known[i])
					if facts[0] == key {
						facts[0] = c.MintsoftAccount.ID()
					}
					require.NoError(t, tx.PutAccount(ledger.Account{System: "mintsoft", Slot: slot, Fingerprint: "host", Identity: "of " + slot, Facts: facts}))
				}
				return nil
			}))
			found, err := c.sameAccount(t.Context(), tenant(c, "3:Main, M1", "3:Main", "4:North"), func(identity string) (bool, error) { return identity == "of b", nil }, "3:Main, M1")
			require.NoError(t, err)
			assert.Equal(t, "of b", found)
		})
	}
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

	connect(pair(6, 15, 0))
	connect(pair(7, 0, 0))
	before := pair(6, 15, 0)
	assert.Equal(t, pair(7, 15, 0).Accounts, before.Accounts, "what another client has been is not taken")
	assert.Equal(t, before, pair(6, 15, 0))
}

// Two connections of one client in a ledger that knew no clients of keys: one names the
// client, the other has the client's own key. Each goes on with what it has written.
func TestAPairThatRanKeepsItsName(t *testing.T) {
	b := openFile(t, OpenOptions{}, pairing("a", oneID, oneKey, ""), pairing("b", oneID, otherKey, ""), pairing("c", oneID, oneKey, ""))
	require.NoError(t, b.Ledger.Commit(t.Context(), func(tx *ledger.Tx) error {
		for name, warehouse := range map[string]string{"a": "3", "b": "4", "c": "5"} {
			c := live(t, b, name)
			require.NoError(t, tx.Set(factsStore, "mintsoft/"+c.MintsoftAccount.ID()+"/"+fingerprint(c.Config.Mintsoft.Warehouse, ""), []byte(`{"warehouse":`+warehouse+`,"own":12,"first":"3:Main"}`), 0))
		}
		return nil
	}))
	pair := func(name string, warehouse, client, own int) Identity {
		t.Helper()
		found, err := live(t, b, name).pair(t.Context(), "u", "m", facts{Warehouse: warehouse, Client: client, Own: own})
		require.NoError(t, err)
		return found
	}
	a, other := pair("a", 3, 12, 0), pair("b", 4, 0, 0)
	for _, i := range []Identity{a, other} {
		_, err := live(t, b, "a").connectedAt(t.Context(), i.Pair)
		require.NoError(t, err)
	}
	for range 2 {
		assert.Equal(t, a, pair("a", 3, 12, 0))
		assert.Equal(t, other, pair("b", 4, 0, 12))
		assert.Equal(t, a.Accounts, pair("c", 5, 12, 0).Accounts, "a new one does as those do that are written alike")
	}
}
