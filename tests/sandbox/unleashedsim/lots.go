package unleashedsim

import (
	"cmp"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

func listBatches(c *call) (answer, error) {
	s := newSieve[*Lot](c)
	s.exact("productCode", func(l *Lot) string { return l.ProductCode })
	s.exact("warehouseCode", func(l *Lot) string { return l.WarehouseCode })
	s.part("batchNumber", func(l *Lot) string { return l.BatchNumber })
	s.from("startDate", createdOn[*Lot])
	s.to("endDate", createdOn[*Lot])
	s.from("expiryFrom", func(l *Lot) time.Time { return l.ExpiryDate.Time })
	s.to("expiryTo", func(l *Lot) time.Time { return l.ExpiryDate.Time })
	s.modifiedSince(modified[*Lot])
	s.availableOnly(func(l *Lot) bool { return l.Status == available })
	return pageOf(c, c.twin.allLots(), s, func(l *Lot) json.RawMessage { return encode(l) })
}

func getBatch(c *call) (answer, error) {
	for lot := range c.twin.allLots() {
		if lot.Guid == c.guids[0] {
			return ok(encode(lot))
		}
	}
	return answer{}, missing("batch", c.guids[0])
}

func listSerials(c *call) (answer, error) {
	s := newSieve[*Serial](c)
	s.exact("productCode", func(u *Serial) string { return u.ProductCode })
	s.exact("warehouseCode", func(u *Serial) string { return u.WarehouseCode })
	s.part("serialNumber", func(u *Serial) string { return u.Identifier })
	s.from("startDate", createdOn[*Serial])
	s.to("endDate", createdOn[*Serial])
	s.modifiedSince(modified[*Serial])
	s.availableOnly(func(u *Serial) bool { return u.Status == available })
	return pageOf(c, c.twin.allSerials(), s, func(u *Serial) json.RawMessage { return encode(u) })
}

func getSerial(c *call) (answer, error) {
	for serial := range c.twin.allSerials() {
		if serial.Guid == c.guids[0] {
			return ok(encode(serial))
		}
	}
	return answer{}, missing("serial number", c.guids[0])
}

// availableOnly leaves out what is used up, unless the caller asks for all.
func (s *sieve[D]) availableOnly(test func(D) bool) {
	given, err := s.c.query.flag("available", !s.c.twin.knobs.AllLotsListed)
	s.note(err)
	if given {
		s.add(test)
	}
}

// part looks for a part of a text, without regard to case.
func (s *sieve[D]) part(name string, of func(D) string) {
	if text := strings.ToLower(s.c.query.text(name)); text != "" {
		s.add(func(d D) bool { return strings.Contains(strings.ToLower(of(d)), text) })
	}
}

// allLots lists the batches of all places, newest first.
func (t *Twin) allLots() iter.Seq[*Lot] {
	return newestOf(t, func(p *position) map[string]*Lot { return p.lots })
}

// allSerials lists the serial numbers of all places, newest first.
func (t *Twin) allSerials() iter.Seq[*Serial] {
	return newestOf(t, func(p *position) map[string]*Serial { return p.serials })
}

func newestOf[D stamped](t *Twin, of func(*position) map[string]D) iter.Seq[D] {
	var all []D
	for _, p := range t.book.positions {
		for _, d := range of(p) {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b D) int {
		return cmp.Or(modified(b).Compare(modified(a)), cmp.Compare(a.mark().Guid.String(), b.mark().Guid.String()))
	})
	return slices.Values(all)
}

// Batches copies the batches of a product in a warehouse with what is left of
// them, by number.
func (t *Twin) Batches(sku, warehouse string) map[string]decimal.Decimal {
	t.mut.Lock()
	defer t.mut.Unlock()
	left := map[string]decimal.Decimal{}
	for lot := range t.allLots() {
		if lot.ProductCode == sku && lot.WarehouseCode == warehouse && lot.Quantity.Decimal.IsPositive() {
			left[lot.BatchNumber] = lot.Quantity.Decimal
		}
	}
	return left
}

// Serials lists the serial numbers of a product that are in a warehouse.
func (t *Twin) Serials(sku, warehouse string) []string {
	t.mut.Lock()
	defer t.mut.Unlock()
	var left []string
	for serial := range t.allSerials() {
		if serial.ProductCode == sku && serial.WarehouseCode == warehouse && serial.Status == available {
			left = append(left, serial.Identifier)
		}
	}
	slices.Sort(left)
	return left
}
