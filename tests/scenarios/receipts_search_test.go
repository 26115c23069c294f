package scenarios

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

var (
	receiptSeeds = flag.Int("receipt.seeds", 15, "how many random purchase orders are receipted partly by hand")
	receiptSeed  = flag.Uint64("receipt.seed", 1, "the first seed of these")
)

// TestReceiptsOfWhichAPersonMakesSomeAtRandom: whatever a person receipts of a purchase
// order, however it is split, and whenever the ledger is lost: nothing is receipted twice,
// and what came and is not receipted is told.
func TestReceiptsOfWhichAPersonMakesSomeAtRandom(t *testing.T) {
	t.Parallel()
	for n := range *receiptSeeds {
		seed := *receiptSeed + uint64(n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			chance := rand.New(rand.NewPCG(seed, 0))
			policy := []string{"error", "increase_order", "cap"}[chance.IntN(3)]
			world.Bubble(t, receipts(map[string]any{overOption: policy}), func(t *testing.T, w *world.World) {
				r := &receiving{t: t, w: w, chance: chance, hand: map[string]int{}}
				r.does("policy %s", policy)
				r.run()
			})
		})
	}
}

// receiving is a purchase order that comes in pieces.
type receiving struct {
	t      *testing.T
	w      *world.World
	chance *rand.Rand
	hand   map[string]int // what a person receipted, by SKU
	did    []string
	told   bool // in a ledger that was lost
	early  bool // a person receipted what had not come yet
}

func (r *receiving) does(format string, args ...any) {
	r.did = append(r.did, fmt.Sprintf(format, args...))
}

func (r *receiving) runs(streams ...string) {
	<-time.After(afterwards)
	r.w.Once(r.t, streams...)
}

// settle lets what waits have its time.
func (r *receiving) settle() {
	for range 4 {
		r.runs(importing, receipting)
		<-time.After(time.Hour)
	}
}

func (r *receiving) run() {
	keeps := r.chance.IntN(3) == 0
	r.does("keeps %v", keeps)
	r.w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ReceiptKeepsOrder = keeps })
	skus := []string{"MUG-BLUE", "MUG-BLUE", "MUG-RED"}
	addPurchase(r.w, "PO-1", func(o *unleashedsim.PurchaseSpec) {
		o.Lines = nil
		for range 1 + r.chance.IntN(3) {
			o.Lines = append(o.Lines, unleashedsim.LineSpec{SKU: skus[r.chance.IntN(len(skus))], Quantity: fmt.Sprint(2 + r.chance.IntN(5)), Price: "3"})
		}
		r.does("%v", o.Lines)
	})
	r.w.Once(r.t, importing, receipting)
	for range 2 + r.chance.IntN(5) {
		switch r.chance.IntN(7) {
		case 0, 1:
			r.book()
		case 2, 3:
			r.receipt()
		case 4:
			r.does("import and receipts")
			r.runs(importing, receipting)
		case 5:
			r.does("receipts")
			r.runs(receipting)
		case 6:
			later := time.Duration(r.chance.IntN(2)) * 24 * time.Hour
			r.does("receipts, lost %s later", later)
			r.runs(receipting)
			r.runs(receipting)
			r.told = r.told || len(r.w.DeadLetters(r.t)) > 0
			<-time.After(later)
			r.w.LoseLedger(r.t)
			r.runs(importing, receipting)
		}
	}
	r.book()
	r.settle()
	r.check("end")
	for _, a := range r.w.Mintsoft.ASNs() {
		if a.ASNStatusID == mintsoftsim.ASNBookedIn || a.ASNStatusID == mintsoftsim.ASNDiscrepancy {
			r.w.Mintsoft.CompleteASN(a.ID)
		}
	}
	r.settle()
	r.check("again")
}

// book books an ASN in: what is expected, less or more.
func (r *receiving) book() {
	open := openASNs(r.w)
	if len(open) == 0 {
		return
	}
	a := open[r.chance.IntN(len(open))]
	var goods []mintsoftsim.Received
	change := r.chance.IntN(4) - 2
	if r.early { // what a person receipted of it comes
		change = max(change, 0)
	}
	if change != 0 && a.Items[0].QuantityExpected+change > 0 {
		goods = append(goods, came(a.Items[0].SKU, a.Items[0].QuantityExpected+change))
		for _, i := range a.Items[1:] {
			goods = append(goods, came(i.SKU, i.QuantityExpected))
		}
	}
	r.does("books in %s %v", text(a.POReference), goods)
	r.w.Mintsoft.BookIn(a.ID, goods...)
}

// receipt is what a person does: of one SKU, what came and is not receipted, or of what is
// to come.
func (r *receiving) receipt() {
	booked, receipted := r.sums()
	for _, o := range familyOf(r.w, "PO-1") {
		if slices.Contains([]string{"Receipted", "Complete", "Completed", "Deleted"}, o.OrderStatus) {
			continue
		}
		l := o.PurchaseOrderLines[r.chance.IntN(len(o.PurchaseOrderLines))]
		sku := l.Product.ProductCode
		n := int(l.OrderQuantity.Decimal.Sub(l.ReceiptQuantity.Decimal).IntPart())
		if booked[sku] > 0 {
			n = min(n, booked[sku]-receipted[sku])
		}
		if n <= 0 || r.lines(o, sku) > 1 {
			continue
		}
		n = 1 + r.chance.IntN(n)
		r.does("by hand %s %d x %s", o.OrderNumber, n, sku)
		r.w.Unleashed.ReceiptPurchase(o.OrderNumber, map[string]string{sku: fmt.Sprint(n)})
		r.hand[sku] += n
		r.early = r.early || booked[sku] == 0
		return
	}
}

func (r *receiving) lines(o unleashedsim.PurchaseOrder, sku string) (n int) {
	for _, l := range o.PurchaseOrderLines {
		if l.Product.ProductCode == sku {
			n++
		}
	}
	return n
}

func (r *receiving) sums() (booked, receipted map[string]int) {
	booked, receipted = map[string]int{}, map[string]int{}
	for _, a := range r.w.Mintsoft.ASNs() {
		for _, i := range a.Items {
			booked[i.SKU] += i.QuantityBooked
		}
	}
	for _, o := range familyOf(r.w, "PO-1") {
		for _, l := range o.PurchaseOrderLines {
			receipted[l.Product.ProductCode] += int(l.ReceiptQuantity.Decimal.IntPart())
		}
	}
	return booked, receipted
}

func (r *receiving) check(when string) {
	booked, receipted := r.sums()
	for sku := range booked {
		switch told := r.told || len(r.w.DeadLetters(r.t)) > 0 || len(r.w.Logged("needs a look", "PO-1")) > 0; {
		case receipted[sku] > max(booked[sku], r.hand[sku]):
			assert.Fail(r.t, "receipted twice", "%s: %s: %d came, %d by hand, %d receipted\n%v\n%s", when, sku, booked[sku], r.hand[sku], receipted[sku], r.did, received(r.w, "PO-1"))
		case receipted[sku] < booked[sku] && !told:
			assert.Fail(r.t, "lost", "%s: %s: %d came, %d by hand, %d receipted\n%v\n%s", when, sku, booked[sku], r.hand[sku], receipted[sku], r.did, received(r.w, "PO-1"))
		}
	}
}
