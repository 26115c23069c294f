package scenarios

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

var (
	handSeeds = flag.Int("hand.seeds", 20, "how many random orders leave in parts that a person posts some of")
	handSeed  = flag.Uint64("hand.seed", 1, "the first seed of these")
)

// handing is a random order of which parts leave, some of them posted by a person and
// some by us, while the ledger may be lost.
type handing struct {
	t      *testing.T
	w      *world.World
	chance *rand.Rand
	orders []string // of Unleashed
	did    []string
	told   bool // there were dead letters in a ledger that was lost
}

// TestPartsThatAPersonPostsAtRandom: whatever a person posts of what left, and whenever the
// ledger is lost: nothing is posted twice, and what is not posted is told.
func TestPartsThatAPersonPostsAtRandom(t *testing.T) {
	t.Parallel()
	for n := range *handSeeds {
		seed := *handSeed + uint64(n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			despatching(t, nil, func(t *testing.T, w *world.World) {
				h := &handing{t: t, w: w, chance: rand.New(rand.NewPCG(seed, 0)), orders: []string{"SO-1"}}
				h.run()
			})
		})
	}
}

func (h *handing) does(format string, args ...any) {
	h.did = append(h.did, fmt.Sprintf(format, args...))
}

// settle lets what waits for another part have its time.
func (h *handing) settle() {
	for range 4 {
		despatch(h.t, h.w)
		<-time.After(time.Hour)
	}
}

// turn turns knobs of the services.
func (h *handing) turn() {
	silent, nameless, lockstep, slow := h.chance.IntN(3) == 0, h.chance.IntN(5) == 0, h.chance.IntN(3) == 0, h.chance.IntN(3) == 0
	h.does("silent %v nameless %v lockstep %v slow %v", silent, nameless, lockstep, slow)
	h.w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ShipmentCommentsDropped = silent })
	h.w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.PartsLoseNameValues = nameless })
	if lockstep {
		h.w.Mintsoft.Server.Faults.Add(twin.Fault{Method: "GET", Path: "/api/Order/*", Delay: time.Second, Times: 1000})
	}
	if slow {
		for path, delay := range map[string]time.Duration{"/SalesShipments/*": 2 * time.Second, "/SalesOrders/*": 3 * time.Second} {
			h.w.Unleashed.Server.Faults.Add(twin.Fault{Method: "*", Path: path, Delay: delay, Times: 1000})
		}
	}
}

func (h *handing) lose() {
	h.told = h.told || len(h.w.DeadLetters(h.t)) > 0
	h.w.LoseLedger(h.t)
	h.w.Once(h.t, "main_order_despatch")
}

func (h *handing) order(number string, skus ...string) int {
	var lines []unleashedsim.LineSpec
	for range 1 + h.chance.IntN(3) {
		lines = append(lines, line(skus[h.chance.IntN(len(skus))], fmt.Sprint(1+h.chance.IntN(4))))
	}
	h.does("%s %v", number, lines)
	return pickable(h.t, h.w, number, lines...)
}

func (h *handing) run() {
	h.turn()
	skus := []string{"MUG-BLUE", "MUG-BLUE", "MUG-RED"}
	if h.chance.IntN(5) == 0 {
		h.w.Mintsoft.AddBundle(mintsoftsim.Product{ClientID: demo(h.w), SKU: "GIFTSET", Name: "GIFTSET"}, map[string]int{"MUG-BLUE": 2, "BOX-S": 1})
		skus = append(skus, "GIFTSET")
	}
	id := h.order("SO-1", skus...)
	switch h.chance.IntN(4) {
	case 0:
		h.orders = append(h.orders, "SO-2")
		h.w.Mintsoft.Merge(id, h.order("SO-2", "PLATE-26", "MUG-RED", "PLATE-26"))
	case 1:
		h.does("web")
		h.w.Mintsoft.Merge(id, h.w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{Number: "WEB-1", Reference: "shop WEB-1", Items: []mintsoftsim.ItemSpec{{SKU: "BOX-S", Quantity: 1 + h.chance.IntN(3)}}}).ID)
	}
	if h.chance.IntN(3) == 0 {
		h.unname(id)
	}
	if h.chance.IntN(4) == 0 {
		h.does("one is open")
		h.w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "1"}}})
	}
	parts := []int{id}
	for range h.chance.IntN(3) {
		if part := h.split(id); part != 0 {
			parts = append(parts, part)
		}
	}
	h.chance.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	for _, part := range parts {
		tracking := [][]string{{"T-1"}, {"T-1"}, {"T-2"}, {"T-1", "T-2"}}[h.chance.IntN(4)]
		h.does("leaves %d %v: %s", part, tracking, h.items(part))
		h.w.Mintsoft.Despatch(part, tracking...)
		if h.chance.IntN(5) < 2 {
			h.post(part, tracking[h.chance.IntN(len(tracking))])
		}
		lost := h.chance.IntN(5)
		if lost == 1 || h.chance.IntN(3) > 0 { // what left before is not looked at by a new ledger
			h.does("run")
			despatch(h.t, h.w)
		}
		switch lost {
		case 0:
			h.does("lost")
			h.lose()
		case 1:
			h.does("lost a day later")
			h.settle()
			<-time.After(24 * time.Hour)
			h.lose()
		}
	}
	h.does("end")
	h.settle()
	h.check(parts)
	for _, part := range parts {
		h.w.Mintsoft.EditOrder(part, func(o *mintsoftsim.Order) { o.Comments = nil })
	}
	h.does("again")
	h.settle()
	h.check(parts)
}

// unname replaces the items of a SKU by one that does not say its line.
func (h *handing) unname(id int) {
	o, _ := h.w.Mintsoft.Order(id)
	sku := o.OrderItems[h.chance.IntN(len(o.OrderItems))].SKU
	sum, lines := 0, 0
	for _, it := range o.OrderItems {
		if it.SKU == sku {
			sum += it.Quantity
			lines++
		}
	}
	if lines == len(o.OrderItems) {
		return
	}
	for range lines {
		h.w.Mintsoft.EditItems(id, map[string]int{sku: 0})
	}
	h.w.Mintsoft.EditItems(id, map[string]int{sku: sum})
	h.does("unnamed %s %d", sku, sum)
}

func (h *handing) split(id int) int {
	o, _ := h.w.Mintsoft.Order(id)
	goods, rest := map[string]int{}, 0
	for i, it := range o.OrderItems {
		rest += it.Quantity
		first := true
		for _, before := range o.OrderItems[:i] {
			first = first && before.SKU != it.SKU
		}
		if take := h.chance.IntN(it.Quantity + 1); first && take > 0 {
			goods[it.SKU] = take
			rest -= take
		}
	}
	if len(goods) == 0 || rest == 0 {
		return 0
	}
	part := h.w.Mintsoft.Split(id, goods)
	h.does("split %v off as %d", goods, part)
	return part
}

func (h *handing) items(id int) string {
	o, _ := h.w.Mintsoft.Order(id)
	said := ""
	for _, it := range o.OrderItems {
		said += fmt.Sprintf("%d x %s %.4s, ", it.Quantity, it.SKU, lineNamed(it))
	}
	return said
}

// post is what a person does: what left of a sales order, with the tracking number, on the
// lines that it is of, or on others of their SKUs.
func (h *handing) post(part int, tracking string) {
	o, _ := h.w.Mintsoft.Order(part)
	wrong := h.chance.IntN(3) == 0
	for _, number := range h.orders {
		up, _ := h.w.Unleashed.OrderByNumber(number)
		room, lines := map[int]int{}, map[string]int{}
		for _, l := range up.SalesOrderLines {
			room[l.LineNumber] = int(l.OrderQuantity.Decimal.IntPart())
			lines[l.Guid.String()] = l.LineNumber
		}
		for _, s := range h.w.Unleashed.ShipmentsOf(number) {
			for _, l := range s.SalesShipmentLines {
				room[l.SalesOrderLineNumber] -= int(l.ShipmentQty.Decimal.IntPart())
			}
		}
		put := map[int]int{}
		for _, it := range o.OrderItems {
			left, named := it.Quantity, lineNamed(it)
			if _, ours := lines[named]; named != "" && !ours {
				continue
			}
			// First its own line, then the others; a person who errs does it the other way.
			for _, own := range []bool{!wrong, wrong} {
				for _, l := range up.SalesOrderLines {
					if l.Product.ProductCode != it.SKU || own != (lines[named] == l.LineNumber) {
						continue
					}
					n := min(left, room[l.LineNumber])
					put[l.LineNumber] += n
					room[l.LineNumber] -= n
					left -= n
				}
			}
		}
		spec := unleashedsim.ShipmentSpec{Order: number, Status: unleashedsim.Dispatched, Tracking: tracking}
		for n := range 10 {
			if put[n] > 0 {
				spec.Lines = append(spec.Lines, unleashedsim.ShipmentLineSpec{Line: n, Quantity: fmt.Sprint(put[n])})
			}
		}
		if len(spec.Lines) > 0 {
			h.does("by hand %v", spec)
			h.w.Unleashed.AddShipment(spec)
		}
	}
}

func (h *handing) check(parts []int) {
	left, posted := map[string]int{}, map[string]int{}
	for _, part := range parts {
		o, _ := h.w.Mintsoft.Order(part)
		for _, it := range o.OrderItems {
			left[it.SKU] += it.Quantity
		}
	}
	delete(left, "BOX-S")
	for _, number := range h.orders {
		open := map[int]int{}
		for _, s := range h.w.Unleashed.ShipmentsOf(number) {
			if s.ShipmentStatus != unleashedsim.Dispatched {
				continue
			}
			for _, l := range s.SalesShipmentLines {
				posted[l.Product.ProductCode] += int(l.ShipmentQty.Decimal.IntPart())
				open[l.SalesOrderLineNumber] -= int(l.ShipmentQty.Decimal.IntPart())
			}
		}
		up, _ := h.w.Unleashed.OrderByNumber(number)
		for _, l := range up.SalesOrderLines {
			open[l.LineNumber] += int(l.OrderQuantity.Decimal.IntPart())
			assert.False(h.t, up.OrderStatus == "Completed" && open[l.LineNumber] != 0, "%s is completed, and %d of line %d have not left\n%v\n%v", number, open[l.LineNumber], l.LineNumber, h.did, h.stands())
		}
	}
	for sku := range posted {
		if posted[sku] > left[sku] {
			assert.Fail(h.t, "posted twice", "%s: %d left and %d posted\n%v\n%v", sku, left[sku], posted[sku], h.did, h.stands())
		}
	}
	for sku := range left {
		if posted[sku] < left[sku] && !h.told && len(h.w.DeadLetters(h.t)) == 0 {
			assert.Fail(h.t, "lost", "%s: %d left and %d posted\n%v\n%v", sku, left[sku], posted[sku], h.did, h.stands())
		}
	}
}

func (h *handing) stands() (stands []string) {
	for _, number := range h.orders {
		stands = append(stands, upstream(h.w, number)...)
	}
	return stands
}

// lineNamed is the line that an item says it was made from.
func lineNamed(it mintsoftsim.OrderItem) string {
	for _, v := range it.OrderItemNameValues {
		if v.Name == "unleashed_line" {
			return text(v.Value)
		}
	}
	return ""
}
