package scenarios

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

const (
	moving     = "main_warehouse_transfer_import"
	completing = "main_warehouse_transfer_completion"
	difference = "warehouse_transfer.on_difference"
)

// completions are a world in which transfers to MAIN become ASNs and are
// completed. The shop has something to send.
func completions(t *testing.T, settings map[string]any, test func(t *testing.T, w *world.World)) {
	t.Helper()
	o := purchaseOrderImport.options()
	o.Settings = map[string]any{asASNs: true}
	for key, value := range settings {
		o.Settings[key] = value
	}
	world.Bubble(t, o, func(t *testing.T, w *world.World) {
		w.Unleashed.SetStock("MUG-BLUE", "SHOP", "50", "4.10")
		w.Unleashed.SetStock("MUG-RED", "SHOP", "50", "4.10")
		test(t, w)
	})
}

// moved imports a transfer of six blue and four red mugs from the shop, and
// answers its number and the id of its ASN.
func moved(t *testing.T, w *world.World, change func(*unleashedsim.TransferSpec)) (ref string, asn int) {
	t.Helper()
	ref = addTransfer(w, "SHOP", "MAIN", func(s *unleashedsim.TransferSpec) {
		s.Lines = append(s.Lines, unleashedsim.TransferLineSpec{SKU: "MUG-RED", Quantity: "4"})
		if change != nil {
			change(s)
		}
	})
	w.Once(t, moving, completing)
	return ref, asnOf(t, w, ref).ID
}

// transfer describes a transfer as it stands.
func transfer(t *testing.T, w *world.World, ref string) string {
	t.Helper()
	r, known := w.Unleashed.TransferByNumber(ref)
	require.True(t, known, ref)
	var lines []string
	for _, l := range r.TransferDetails {
		lines = append(lines, fmt.Sprintf("%s x %s", l.TransferQuantity.Decimal, l.Product.ProductCode))
	}
	return r.TransferStatus + ": " + strings.Join(lines, " + ")
}

func TestTransferCompletion(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		adjust   bool
		came     []mintsoftsim.Received
		want     string
		reported string
	}{
		"all of it":                     {want: "Completed: 6 x MUG-BLUE + 4 x MUG-RED"},
		"less, which is held":           {came: []mintsoftsim.Received{came("MUG-BLUE", 5), came("MUG-RED", 4)}, want: "Parked: 6 x MUG-BLUE + 4 x MUG-RED", reported: "SKU MUG-BLUE: expected 6, booked in 5"},
		"more, which is held":           {came: []mintsoftsim.Received{came("MUG-BLUE", 6), came("MUG-RED", 7)}, want: "Parked: 6 x MUG-BLUE + 4 x MUG-RED", reported: "SKU MUG-RED: expected 4, booked in 7"},
		"less, which is adjusted":       {adjust: true, came: []mintsoftsim.Received{came("MUG-BLUE", 5), came("MUG-RED", 4)}, want: "Completed: 5 x MUG-BLUE + 4 x MUG-RED"},
		"more, which is adjusted":       {adjust: true, came: []mintsoftsim.Received{came("MUG-BLUE", 6), came("MUG-RED", 7)}, want: "Completed: 6 x MUG-BLUE + 7 x MUG-RED"},
		"nothing of one, adjusted":      {adjust: true, came: []mintsoftsim.Received{came("MUG-BLUE", 6)}, want: "Completed: 6 x MUG-BLUE"},
		"more of one, nothing of other": {adjust: true, came: []mintsoftsim.Received{came("MUG-RED", 6)}, want: "Completed: 6 x MUG-RED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := map[string]any{}
			if c.adjust {
				settings[difference] = "adjust"
			}
			completions(t, settings, func(t *testing.T, w *world.World) {
				ref, asn := moved(t, w, nil)
				w.Mintsoft.BookIn(asn, c.came...)
				row := w.Once(t, completing).Of(completing)
				assert.Equal(t, c.want, transfer(t, w, ref))
				assert.True(t, row.Clean(), "%+v", row)
				if c.reported != "" {
					assert.NotEmpty(t, w.Logged("needs a look", ref, c.reported))
					return
				}
				requireSameStock(t, w, "MUG-BLUE", "MUG-RED")
			})
		})
	}
}

// completed is a run of the completions that wants nothing to be filed.
func completed(t *testing.T, w *world.World) {
	t.Helper()
	row := w.Once(t, completing).Of(completing)
	require.True(t, row.Clean(), "%+v", row)
}

// completionsSent is how often Unleashed was asked to complete a transfer.
func completionsSent(w *world.World) int {
	return w.Unleashed.Journal.Count("POST", "/WarehouseStockTransfers/*/Complete")
}

const both = "Completed: 6 x MUG-BLUE + 4 x MUG-RED"

func TestTransferCompletionByOthers(t *testing.T) {
	t.Parallel()
	t.Run("one that was completed by hand is done", func(t *testing.T) {
		completions(t, nil, func(t *testing.T, w *world.World) {
			ref, asn := moved(t, w, nil)
			w.Mintsoft.BookIn(asn)
			w.Unleashed.CompleteTransfer(ref)
			w.Forget()
			completed(t, w)
			assert.Empty(t, w.Writes("unleashed"))
			assert.Contains(t, skipReason(t, w, ref), "transfer "+ref+" is completed already")
			requireSameStock(t, w, "MUG-BLUE", "MUG-RED")
		})
	})
	t.Run("one that was deleted is reported", func(t *testing.T) {
		completions(t, nil, func(t *testing.T, w *world.World) {
			ref, asn := moved(t, w, nil)
			w.Unleashed.DeleteTransfer(ref)
			w.Mintsoft.BookIn(asn)
			w.Forget()
			completed(t, w)
			assert.Empty(t, w.Writes("unleashed"))
			assert.NotEmpty(t, w.Logged("needs a look", ref, "was deleted in Unleashed, and its goods were booked in"))
		})
	})
	t.Run("one that is held is completed once a person corrected it, in Unleashed", func(t *testing.T) {
		completions(t, nil, func(t *testing.T, w *world.World) {
			ref, asn := moved(t, w, nil)
			w.Mintsoft.BookIn(asn, came("MUG-BLUE", 5), came("MUG-RED", 4))
			completed(t, w)
			assert.Zero(t, completionsSent(w))
			w.Unleashed.EditTransfer(ref, func(r *unleashedsim.Transfer) { r.TransferDetails[0].TransferQuantity.Set("5") })
			w.Mintsoft.CompleteASN(asn)
			completed(t, w)
			assert.Equal(t, "Completed: 5 x MUG-BLUE + 4 x MUG-RED", transfer(t, w, ref))
			requireSameStock(t, w, "MUG-BLUE", "MUG-RED")
		})
	})
	for _, policy := range []string{"hold", "adjust"} {
		t.Run("nothing came, or what is no line of it did: held with "+policy, func(t *testing.T) {
			completions(t, map[string]any{difference: policy}, func(t *testing.T, w *world.World) {
				w.Once(t, completing)
				ref := addTransfer(w, "SHOP", "MAIN", nil)
				r, _ := w.Unleashed.TransferByNumber(ref)
				a := w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: demo(w), Reference: ref, Items: []mintsoftsim.ASNItemSpec{
					{SKU: "MUG-BLUE", Quantity: 6, SourceLineID: r.TransferDetails[0].Guid.String()}, {SKU: "MUG-RED", Quantity: 4},
				}})
				w.Mintsoft.BookIn(a.ID, came("MUG-RED", 4))
				w.Forget()
				completed(t, w)
				assert.Empty(t, w.Writes("unleashed"))
				assert.NotEmpty(t, w.Logged("needs a look", ref, "SKU MUG-BLUE: expected 6, booked in 0; SKU MUG-RED: expected 0, booked in 4"))
			})
		})
	}
	t.Run("what the source does not have is refused in the words of Unleashed", func(t *testing.T) {
		completions(t, nil, func(t *testing.T, w *world.World) {
			ref, asn := moved(t, w, nil)
			w.Unleashed.SetStock("MUG-BLUE", "SHOP", "2", "4.10")
			w.Mintsoft.BookIn(asn)
			w.Once(t, completing)
			letter := letterOf(t, w, ref)
			assert.Equal(t, "rejected", letter.Class)
			assert.Contains(t, letter.Reason, "Product MUG-BLUE: 2 on hand in warehouse SHOP, 6 needed.")
			w.Unleashed.SetStock("MUG-BLUE", "SHOP", "20", "4.10")
			w.Replay(t)
			assert.Equal(t, both, transfer(t, w, ref))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}

func TestTransfersOfOthersAreLeftAlone(t *testing.T) {
	t.Parallel()
	t.Run("an equal number is no reason", func(t *testing.T) {
		completions(t, nil, func(t *testing.T, w *world.World) {
			w.Once(t, completing)
			ref := addTransfer(w, "SHOP", "MAIN", nil)
			byHand := w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: demo(w), Reference: ref, Items: []mintsoftsim.ASNItemSpec{{SKU: "MUG-BLUE", Quantity: 6}}})
			w.Mintsoft.BookIn(byHand.ID)
			w.Forget()
			completed(t, w)
			assert.Empty(t, w.Writes("unleashed"))
			assert.Contains(t, skipReason(t, w, ref), "it carries no line of transfer "+ref)
		})
	})
	t.Run("without a link the lines that it carries are one, and so is a number of digits or slashes", func(t *testing.T) {
		for _, number := range []string{"", "31", "TX/31"} {
			t.Run(number, func(t *testing.T) {
				completions(t, nil, func(t *testing.T, w *world.World) {
					ref, asn := moved(t, w, nil)
					if number != "" {
						w.Mintsoft.DeleteASN(asn)
						w.Unleashed.EditTransfer(ref, func(r *unleashedsim.Transfer) { r.TransferOrderNumber = number })
						r, _ := w.Unleashed.TransferByNumber(number)
						ref = number
						a := w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: demo(w), Reference: number, Items: []mintsoftsim.ASNItemSpec{
							{SKU: "MUG-BLUE", Quantity: 6, SourceLineID: r.TransferDetails[0].Guid.String()}, {SKU: "MUG-RED", Quantity: 4, SourceLineID: r.TransferDetails[1].Guid.String()},
						}})
						asn = a.ID
					}
					w.LoseLedger(t)
					w.Once(t, completing)
					w.Mintsoft.BookIn(asn)
					completed(t, w)
					assert.Equal(t, both, transfer(t, w, ref))
				})
			})
		}
	})
	t.Run("ASNs of purchase orders and people are not of a transfer", func(t *testing.T) {
		completions(t, map[string]any{"purchase_order_import.enabled": true}, func(t *testing.T, w *world.World) {
			refs := []string{addPurchase(w, "PO-1", nil), addPurchase(w, "PO-2/1", nil), "HAND-1"}
			w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: demo(w), Reference: "HAND-1", Items: []mintsoftsim.ASNItemSpec{{SKU: "MUG-BLUE", Quantity: 1}}})
			w.Once(t, importing, completing)
			for _, ref := range refs {
				w.Mintsoft.BookIn(asnOf(t, w, ref).ID)
			}
			w.Forget()
			completed(t, w)
			assert.Empty(t, w.Writes("unleashed"))
			for _, ref := range refs {
				assert.Contains(t, skipReason(t, w, ref), "there is no transfer "+ref)
			}
		})
	})
	t.Run("of two connections the one at the destination completes it", func(t *testing.T) {
		world.Bubble(t, between(t), func(t *testing.T, w *world.World) {
			out := addTransfer(w, "MAIN", "SHOP", nil)
			w.Unleashed.SetStock("MUG-BLUE", "SHOP", "50", "4.10")
			back := addTransfer(w, "SHOP", "MAIN", nil)
			flows := []string{"*_warehouse_transfer_import", "*_warehouse_transfer_completion"}
			w.Once(t, flows...)
			w.Mintsoft.BookIn(asnOf(t, w, out).ID)
			w.Mintsoft.BookIn(asnOf(t, w, back).ID)
			rows := w.Once(t, flows...)
			for _, stream := range []string{completing, "shop_warehouse_transfer_completion"} {
				assert.EqualValues(t, 1, rows.Of(stream).Updated, stream)
			}
			assert.Equal(t, "Completed: 6 x MUG-BLUE", transfer(t, w, out))
			assert.Equal(t, "Completed: 6 x MUG-BLUE", transfer(t, w, back))
			assert.Equal(t, 2, completionsSent(w))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("one that now goes elsewhere is not completed here", func(t *testing.T) {
		completions(t, nil, func(t *testing.T, w *world.World) {
			w.Unleashed.AddWarehouse(unleashedsim.Warehouse{WarehouseCode: "FAIR", WarehouseName: "Trade fair"})
			ref, asn := moved(t, w, nil)
			w.Unleashed.EditTransfer(ref, func(r *unleashedsim.Transfer) {
				r.DestinationWarehouse = &unleashedsim.Warehouse{WarehouseCode: "FAIR"}
			})
			w.Mintsoft.BookIn(asn)
			w.Forget()
			completed(t, w)
			assert.Empty(t, w.Writes("unleashed"))
			assert.Contains(t, skipReason(t, w, ref), "goes to warehouse FAIR")
			assert.NotEmpty(t, w.Logged("needs a look", ref), "its goods are in this warehouse")
		})
	})
}

func TestTransfersAreCompletedOnce(t *testing.T) {
	t.Parallel()
	for lost, fault := range map[string]twin.Fault{"is lost": {CloseAfter: true}, "cannot be read": {Garble: true}} {
		t.Run("when the answer "+lost, func(t *testing.T) {
			t.Parallel()
			completions(t, nil, func(t *testing.T, w *world.World) {
				ref, asn := moved(t, w, nil)
				w.Mintsoft.BookIn(asn)
				fault.Method, fault.Path, fault.Times = "POST", "/WarehouseStockTransfers/*/Complete", 1
				w.Unleashed.Faults.Add(fault)
				completed(t, w)
				assert.Equal(t, both, transfer(t, w, ref))
				assert.Equal(t, 1, completionsSent(w))
				requireSameStock(t, w, "MUG-BLUE", "MUG-RED")
			})
		})
	}
	t.Run("when the process dies while Unleashed acts, or the ledger is lost", func(t *testing.T) {
		completions(t, nil, func(t *testing.T, w *world.World) {
			ref, asn := moved(t, w, nil)
			w.Mintsoft.BookIn(asn)
			var left map[string]string
			w.Unleashed.Faults.Before("POST", "/WarehouseStockTransfers/*/Complete", 1, func() { left = w.LedgerFiles(t) })
			completed(t, w)
			w.Killed(t, left)
			completed(t, w)
			w.LoseLedger(t)
			w.Once(t, completing)
			w.Mintsoft.CompleteASN(asn)
			completed(t, w)
			assert.Equal(t, both, transfer(t, w, ref))
			assert.Equal(t, 1, completionsSent(w))
			requireSameStock(t, w, "MUG-BLUE", "MUG-RED")
		})
	})
	for call, path := range map[string]string{"PUT": "/WarehouseStockTransfers/*/Lines/*", "DELETE": "/WarehouseStockTransfers/*/Lines/*", "POST": "/WarehouseStockTransfers/*/Complete"} {
		for name, fault := range map[string]twin.Fault{"is lost": {CloseAfter: true}, "was never asked for": {CloseBefore: true}} {
			t.Run("adjusted, when the answer of "+call+" "+name, func(t *testing.T) {
				t.Parallel()
				completions(t, map[string]any{difference: "adjust"}, func(t *testing.T, w *world.World) {
					ref, asn := moved(t, w, nil)
					w.Mintsoft.BookIn(asn, came("MUG-BLUE", 5))
					fault.Method, fault.Path, fault.Times = call, path, 1
					w.Unleashed.Faults.Add(fault)
					completed(t, w)
					assert.Equal(t, "Completed: 5 x MUG-BLUE", transfer(t, w, ref))
					requireSameStock(t, w, "MUG-BLUE", "MUG-RED")
				})
			})
		}
	}
	t.Run("adjusted, when the process dies between the lines and the completion", func(t *testing.T) {
		completions(t, map[string]any{difference: "adjust"}, func(t *testing.T, w *world.World) {
			ref, asn := moved(t, w, nil)
			w.Mintsoft.BookIn(asn, came("MUG-BLUE", 5))
			w.Unleashed.Faults.Add(twin.Fault{Method: "POST", Path: "/WarehouseStockTransfers/*/Complete", Status: 400, Body: `{"Description":"Not now."}`, Times: 1})
			w.Once(t, completing)
			assert.Equal(t, "Parked: 5 x MUG-BLUE", transfer(t, w, ref))
			assert.Contains(t, letterOf(t, w, ref).Reason, "Not now.")
			w.Replay(t)
			assert.Equal(t, "Completed: 5 x MUG-BLUE", transfer(t, w, ref))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}
