package scenarios

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// booksInPart books some of what an ASN expects, with more to come.
func booksInPart(w *world.World, asn int, quantity int) {
	w.Mintsoft.ConfirmASN(asn)
	w.Mintsoft.Receive(asn, came("MUG-BLUE", quantity))
	w.Mintsoft.PartBook(asn)
}

// TestWhatHasTheNumberOfADocumentThatIsPosted has other orders and ASNs with the id of
// one that we posted: of another tenant in the same ledger, and of the other kind.
func TestWhatHasTheNumberOfADocumentThatIsPosted(t *testing.T) {
	t.Parallel()
	tenants := func(t *testing.T, o world.Options, test func(t *testing.T, w, other *world.World)) {
		o.Connections = []world.Connection{{Name: world.Main}, {Name: "other", Accounts: 1}}
		world.Bubble(t, o, func(t *testing.T, w *world.World) {
			for range 2 {
				w.Once(t)
				<-time.After(time.Hour)
			}
			test(t, w, w.Seen(1))
		})
	}
	t.Run("an order of another tenant", func(t *testing.T) {
		t.Parallel()
		tenants(t, openDocument{}.options(), func(t *testing.T, w, other *world.World) {
			a, b := addOrder(w, "SO-1", nil), addOrder(other, "SO-2", nil)
			w.Once(t, "*_order_import")
			one, _ := w.Mintsoft.OrderByNumber(a)
			two, _ := other.Mintsoft.OrderByNumber(b)
			require.Equal(t, one.ID, two.ID)
			<-time.After(time.Minute)
			w.Mintsoft.Despatch(one.ID, "T-1")
			w.Once(t, "main_order_despatch")
			require.Equal(t, "238", onHand(w, "MUG-BLUE"))
			other.Mintsoft.Despatch(two.ID, "T-2")
			w.Once(t, "other_stock_sync")
			assert.Empty(t, adjusted(other), "SO-2 is not posted")
			w.Once(t, "other_order_despatch")
			assert.Equal(t, "238", onHand(other, "MUG-BLUE"))
		})
	})
	t.Run("an ASN of another tenant", func(t *testing.T) {
		t.Parallel()
		tenants(t, receipts(nil), func(t *testing.T, w, other *world.World) {
			addPurchase(w, "PO-1", nil)
			addPurchase(other, "PO-2", nil)
			w.Once(t, "*_purchase_order_import")
			one, two := asnOf(t, w, "PO-1").ID, asnOf(t, other, "PO-2").ID
			require.Equal(t, one, two)
			w.Mintsoft.BookIn(one)
			w.Once(t, "main_purchase_order_receipt")
			require.Equal(t, "250", onHand(w, "MUG-BLUE"))
			booksInPart(other, two, 4)
			w.Once(t, "other_stock_sync")
			assert.Equal(t, "240", onHand(other, "MUG-BLUE"), "PO-2 is not posted")
			other.Mintsoft.BookIn(two, came("MUG-BLUE", 6))
			w.Once(t, "other_purchase_order_receipt")
			assert.Equal(t, "250", onHand(other, "MUG-BLUE"))
		})
	})
	t.Run("an ASN, and an order that was posted", func(t *testing.T) {
		t.Parallel()
		settledStock(t, receipts(nil), func(t *testing.T, w *world.World) {
			asn := expecting(t, w, "PO-1", nil)
			accounts, _, _ := strings.Cut(w.Intents(t, "PO-1")[0].Key, "/")
			w.Ask(t, func(tx *ledger.Tx) error {
				return tx.PutIntent(ledger.Intent{
					Key: accounts + "/sales_order.complete/complete_order/of-last-year", Connection: world.Main, Stream: "main_order_despatch",
					System: "unleashed", Operation: "sales_order.complete", State: "done",
					Record: ledger.Record{System: "mintsoft", Resource: "Orders", ID: fmt.Sprint(asn), Ref: "SO-OLD"},
				})
			})
			<-time.After(time.Minute)
			booksInPart(w, asn, 4)
			counted(t, w)
			assert.Equal(t, "240", onHand(w, "MUG-BLUE"))
		})
	})
}

func TestAPurchaseOrderWithAnotherNumberIsNotGone(t *testing.T) {
	t.Parallel()
	settledStock(t, receipts(nil), func(t *testing.T, w *world.World) {
		asn := expecting(t, w, "PO-1", nil)
		w.Unleashed.EditPurchase("PO-1", func(p *unleashedsim.PurchaseOrder) { p.OrderNumber = "PO-1-ACME" })
		<-time.After(time.Minute)
		booksInPart(w, asn, 4)
		counted(t, w)
		assert.Equal(t, "240", onHand(w, "MUG-BLUE"), "nothing of it is receipted")
		w.Mintsoft.BookIn(asn, came("MUG-BLUE", 6))
		ran(t, w)
		assert.Equal(t, "PO-1-ACME Receipted: 10/10 MUG-BLUE", received(w, "PO-1-ACME"))
		counted(t, w)
		assert.Equal(t, "250", onHand(w, "MUG-BLUE"))
		assert.Empty(t, adjusted(w))
	})
}

// TestWhatIsReceivedOfAnEditedPurchaseOrder has orders of ten mugs, of which four are
// receipted before their import or not, and something happens to them each day. Unleashed
// has what it had and what a person receipted: nothing is adjusted.
func TestWhatIsReceivedOfAnEditedPurchaseOrder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		early bool
		days  string
		want  string
	}{
		"a line is lowered":                                 {days: "order 6, book 5", want: "240"},
		"a line is lowered, and what came is receipted":     {days: "order 6, book 5, receipt 5, book 1", want: "245"},
		"a line is lowered once some is receipted":          {days: "book 4, receipt 4, order 6, book 1", want: "244"},
		"a line is raised":                                  {days: "order 15, book 4", want: "240"},
		"a line is raised, and what came is receipted":      {days: "order 15, book 4, receipt 4, book 6, receipt 6", want: "250"},
		"a line is raised once some is booked in":           {days: "book 4, order 15, receipt 4, book 2", want: "244"},
		"the warehouse expects more":                        {days: "expect 14, book 5", want: "240"},
		"the warehouse expects more, and some is receipted": {days: "expect 14, book 5, receipt 5, book 2", want: "245"},
		"the warehouse expects less, and some is receipted": {days: "expect 6, book 4, receipt 4, book 2", want: "244"},
		"some had been receipted before":                    {early: true, days: "book 3, receipt 3, book 2", want: "247"},
		"some had been, and the line is raised":             {early: true, days: "book 3, receipt 3, order 12, book 2", want: "247"},
		"some had been, and the ledger is lost":             {early: true, days: "book 3, receipt 3, lose 1, book 2", want: "247"},
	} {
		for _, keeps := range []bool{false, true} { // what a receipt leaves goes to an order with a suffix, or stays
			t.Run(fmt.Sprint(name, map[bool]string{true: ", in one order"}[keeps]), func(t *testing.T) {
				t.Parallel()
				o := openDocument{settings: map[string]any{"purchase_order_import.enabled": true}}.options()
				settledStock(t, o, func(t *testing.T, w *world.World) {
					w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ReceiptKeepsOrder = keeps })
					number, splits := addPurchase(w, "PO-1", nil), 0
					receipt := func(quantity int) {
						w.Unleashed.ReceiptPurchase(number, map[string]string{"MUG-BLUE": fmt.Sprint(quantity)})
						if !keeps {
							splits++
							number = fmt.Sprintf("PO-1/%d", splits)
						}
					}
					if c.early {
						receipt(4)
						move(t, w, "MUG-BLUE", 4)
					}
					w.Once(t, importing)
					asn := asnOf(t, w, number).ID
					w.Mintsoft.ConfirmASN(asn)
					for day := range strings.SplitSeq(c.days, ", ") {
						<-time.After(24 * time.Hour)
						what, many, _ := strings.Cut(day, " ")
						quantity, _ := strconv.Atoi(many)
						switch what {
						case "order":
							w.Unleashed.EditPurchase(number, func(p *unleashedsim.PurchaseOrder) { p.PurchaseOrderLines[0].OrderQuantity.Set(many) })
						case "expect":
							w.Mintsoft.EditASN(asn, map[string]int{"MUG-BLUE": quantity})
						case "book":
							w.Mintsoft.Receive(asn, came("MUG-BLUE", quantity))
							w.Mintsoft.PartBook(asn)
						case "receipt":
							receipt(quantity)
						case "lose":
							w.LoseLedger(t)
						}
						counted(t, w)
					}
					assert.Equal(t, c.want, onHand(w, "MUG-BLUE"))
					assert.Empty(t, adjusted(w))
				})
			})
		}
	}
}

// TestABundleIsPostedAsItWasOrdered: however an order shows a bundle, its components have
// left for good, and the bundle itself is in Unleashed until it is posted.
func TestABookingThatIsTakenBack(t *testing.T) {
	t.Parallel()
	for name, left := range map[string]int{"wholly": 0, "in part": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settledStock(t, world.Options{Seed: small, Settings: map[string]any{"purchase_order_import.enabled": true}}, func(t *testing.T, w *world.World) {
				addPurchase(w, "PO-1", nil)
				w.Once(t, importing)
				<-time.After(time.Minute)
				asn := asnOf(t, w, "PO-1").ID
				booksInPart(w, asn, 4)
				counted(t, w)
				require.Equal(t, "240", onHand(w, "MUG-BLUE"))
				<-time.After(time.Hour)
				w.Mintsoft.CorrectASN(asn, "MUG-BLUE", left)
				counted(t, w)
				assert.Equal(t, "240", onHand(w, "MUG-BLUE"), "what is still booked in is not posted")
			})
		})
	}
}

func TestABookingThatIsRaisedAfterItsReceipt(t *testing.T) {
	t.Parallel()
	settledStock(t, receipts(map[string]any{overOption: "error"}), func(t *testing.T, w *world.World) {
		asn := expecting(t, w, "PO-1", nil)
		<-time.After(time.Minute)
		w.Mintsoft.BookIn(asn)
		w.Once(t, receipting)
		counted(t, w)
		require.Equal(t, "250", onHand(w, "MUG-BLUE"))
		<-time.After(time.Hour)
		w.Mintsoft.CorrectASN(asn, "MUG-BLUE", 12)
		w.Once(t, receipting)
		require.Len(t, w.DeadLetters(t), 1)
		counted(t, w)
		assert.Equal(t, "250", onHand(w, "MUG-BLUE"), "two are booked in and not posted")
		<-time.After(time.Hour)
		addPurchase(w, "PO-1/1", func(o *unleashedsim.PurchaseSpec) { o.Lines[0].Quantity = "2" })
		w.Replay(t)
		for range 2 {
			<-time.After(time.Hour)
			counted(t, w)
		}
		assert.Equal(t, "252", onHand(w, "MUG-BLUE"))
	})
}

func TestAnOpenTransferWhoseLinkIsLost(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"WT-7", "WT/7"} { // the second is none that a path can hold
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			settledStock(t, world.Options{Seed: small, Settings: map[string]any{asASNs: true}}, func(t *testing.T, w *world.World) {
				w.Unleashed.SetStock("MUG-BLUE", "SHOP", "50", "4.10")
				ref := addTransfer(w, "SHOP", "MAIN", nil)
				w.Unleashed.EditTransfer(ref, func(r *unleashedsim.Transfer) { r.TransferOrderNumber = number })
				w.Once(t, "main_warehouse_transfer_import")
				<-time.After(time.Minute)
				bookIn(t, w, number)
				<-time.After(time.Hour)
				w.LoseLedger(t)
				counted(t, w)
				assert.Equal(t, "240", onHand(w, "MUG-BLUE"), "it is not completed")
			})
		})
	}
}

func TestABundleIsPostedAsItWasOrdered(t *testing.T) {
	t.Parallel()
	for _, lines := range []string{mintsoftsim.BundleLine, mintsoftsim.BundleComponents, mintsoftsim.BundleBoth} {
		for by, post := range map[string]func(t *testing.T, w *world.World, ref string){
			"order_despatch": func(t *testing.T, w *world.World, _ string) {
				require.True(t, w.Once(t, "main_order_despatch").Of("order_despatch").Clean())
			},
			"a person": func(_ *testing.T, w *world.World, ref string) {
				w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: ref, Status: unleashedsim.Dispatched, Tracking: "T-1"})
			},
		} {
			t.Run(fmt.Sprintf("shown as %s, posted by %s", lines, by), func(t *testing.T) {
				t.Parallel()
				world.Bubble(t, openDocument{}.options(), func(t *testing.T, w *world.World) {
					w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.BundleLines = lines })
					w.Mintsoft.AddBundle(mintsoftsim.Product{ClientID: demo(w), SKU: "GIFTSET", Name: "Gift set"}, map[string]int{"MUG-BLUE": 2, "BOX-S": 1})
					<-time.After(5 * time.Second)
					for range 2 {
						counted(t, w)
						<-time.After(time.Hour)
					}
					require.Equal(t, "120", onHand(w, "GIFTSET"))
					done := len(adjusted(w))
					ref := addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Lines[0].SKU = "GIFTSET"; o.Lines[0].Quantity = "3" })
					w.Once(t, "main_order_import")
					<-time.After(time.Minute)
					despatchOrder(t, w, ref)
					counted(t, w)
					assert.Equal(t, "120", onHand(w, "GIFTSET"), "nothing is posted")
					post(t, w, ref)
					for range 2 {
						<-time.After(24 * time.Hour)
						counted(t, w)
						assert.Equal(t, "117", onHand(w, "GIFTSET"))
					}
					assert.ElementsMatch(t, []string{"BOX-S 897 (556.14)", "MUG-BLUE 234 (959.4)"}, adjusted(w)[done:])
				})
			})
		}
	}
}

func TestAnOrderThatIsCancelledAfterItLeft(t *testing.T) {
	t.Parallel()
	begin := func(t *testing.T, test func(t *testing.T, w *world.World, first, second int)) {
		settledStock(t, openDocument{}.options(), func(t *testing.T, w *world.World) {
			w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.CancelFrom = append(k.CancelFrom, mintsoftsim.StatusInvoiced) })
			ref := addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Lines[0].Quantity = "10" })
			w.Once(t, "main_order_import", "main_order_despatch")
			first := w.Mintsoft.OrdersByNumber(ref)[0].ID
			second := w.Mintsoft.Split(first, map[string]int{"MUG-BLUE": 4})
			<-time.After(time.Minute)
			w.Mintsoft.Despatch(first, "T-1")
			counted(t, w)
			assert.Equal(t, "240", onHand(w, "MUG-BLUE"))
			test(t, w, first, second)
		})
	}
	t.Run("before it was posted: its goods are gone, and nobody posts that", func(t *testing.T) {
		begin(t, func(t *testing.T, w *world.World, first, second int) {
			<-time.After(time.Hour)
			w.Mintsoft.Cancel(first)
			for range 2 {
				counted(t, w)
				assert.Equal(t, "234", onHand(w, "MUG-BLUE"))
				<-time.After(time.Hour)
			}
			w.Mintsoft.Despatch(second, "T-2")
			counted(t, w)
			assert.Equal(t, "234", onHand(w, "MUG-BLUE"), "the other part is not posted")
		})
	})
	t.Run("after it was posted", func(t *testing.T) {
		begin(t, func(t *testing.T, w *world.World, first, second int) {
			w.Once(t, "main_order_despatch")
			<-time.After(time.Hour)
			counted(t, w)
			w.Mintsoft.Cancel(first)
			counted(t, w)
			w.Mintsoft.Despatch(second, "T-2")
			counted(t, w)
			assert.Equal(t, "234", onHand(w, "MUG-BLUE"), "the other part is not posted")
			w.Once(t, "main_order_despatch")
			counted(t, w)
			assert.Equal(t, "230", onHand(w, "MUG-BLUE"))
			assert.Empty(t, adjusted(w))
		})
	})
	for name, c := range map[string]struct {
		post func(t *testing.T, w *world.World)
		seen bool // a run looks before the other part leaves
	}{
		"after it was posted, which no run has seen": {
			post: func(t *testing.T, w *world.World) { w.Once(t, "main_order_despatch") }, seen: true,
		},
		"after a person posted it, and the other part leaves at once": {post: func(_ *testing.T, w *world.World) {
			w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Dispatched, Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "6"}}})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			begin(t, func(t *testing.T, w *world.World, first, second int) {
				<-time.After(time.Hour)
				c.post(t, w)
				<-time.After(time.Hour)
				w.Mintsoft.Cancel(first)
				if c.seen {
					counted(t, w)
				}
				<-time.After(time.Hour)
				w.Mintsoft.Despatch(second, "T-2")
				for range 3 {
					counted(t, w)
					assert.Equal(t, "234", onHand(w, "MUG-BLUE"), "the other part is not posted")
					<-time.After(time.Hour)
				}
				assert.Empty(t, adjusted(w))
			})
		})
	}
}
