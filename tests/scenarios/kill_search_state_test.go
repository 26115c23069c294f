package scenarios

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/world"
)

// passing are members that say when or as what something was made, not what it is.
var passing = regexp.MustCompile(`^(Guid|OrderGuid|ID|(ASN|ASNItem|Order|Product|Location)Id|CreatedBy|CreatedOn|LastModifiedBy|LastModifiedOn|LastUpdated|LastUpdatedByUser|(Adjustment|Shipment|Invoice)Number)$`)

// moment is within a text what likewise passes. Of a date the day counts.
var moment = regexp.MustCompile(`/Date\(\d+\)/|T\d\d:\d\d[0-9:.]*Z?|(order |ASN |mintsoft:)\d+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}`)

// standing is what both services hold, line by line.
func standing(t *testing.T, w *world.World) []string {
	t.Helper()
	var lines []string
	say := func(name string, v any) {
		raw, err := json.Marshal(v)
		require.NoError(t, err)
		read := json.NewDecoder(bytes.NewReader(raw))
		read.UseNumber()
		var tree any
		require.NoError(t, read.Decode(&tree))
		lines = plain(append(lines, name+" is there"), name, tree)
	}
	for _, o := range w.Unleashed.Orders() {
		say("order "+o.OrderNumber, o)
		for _, s := range w.Unleashed.ShipmentsOf(o.OrderNumber) {
			say("shipment of "+o.OrderNumber, s)
		}
	}
	for _, i := range w.Unleashed.Invoices() {
		say("invoice of "+i.OrderNumber, i)
	}
	for _, p := range w.Unleashed.PurchaseOrders() {
		say("purchase "+p.OrderNumber, p)
	}
	for _, r := range w.Unleashed.Transfers() {
		say("transfer "+r.TransferOrderNumber, r)
	}
	for _, a := range w.Unleashed.Assemblies() {
		say("assembly "+a.AssemblyNumber, a)
	}
	for _, a := range w.Unleashed.StockAdjustments() {
		if a.AdjustmentReason == "Opening balance" {
			continue
		}
		for _, l := range a.StockAdjustmentLines { // in how many adjustments is all the same
			l.LineNumber = 0
			say("adjustment by "+a.AdjustmentReason+" of "+l.Product.ProductCode, l)
		}
	}
	for _, c := range w.Unleashed.Customers() {
		say("customer "+c.CustomerCode, c)
	}
	for _, p := range w.Unleashed.Products() {
		say("product "+p.ProductCode, p)
		say("stock of "+p.ProductCode, w.Unleashed.Stock(p.ProductCode, "MAIN"))
		say("batches of "+p.ProductCode, w.Unleashed.Batches(p.ProductCode, "MAIN"))
	}
	for _, o := range w.Mintsoft.Orders() {
		say(fmt.Sprintf("Mintsoft order %s part %d", o.OrderNumber, o.Part), o)
	}
	for _, a := range w.Mintsoft.ASNs() {
		say("ASN "+text(a.POReference), a)
	}
	for _, p := range w.Mintsoft.Products() {
		say("Mintsoft product "+p.SKU, p)
		for _, house := range []int{1, 2, 3} {
			item := w.Mintsoft.Stock(p.SKU, house)
			say(fmt.Sprintf("Mintsoft stock of %s in %d", p.SKU, house), []int{item.OnHand, item.StockLevel, item.Allocated})
		}
	}
	return lines
}

// plain adds what a record says, a line for each member that is something.
func plain(lines []string, name string, v any) []string {
	switch v := v.(type) {
	case nil:
		return lines
	case map[string]any:
		for member, value := range v {
			if !passing.MatchString(member) {
				lines = plain(lines, name+" "+member, value)
			}
		}
		return lines
	case []any:
		for i := range v {
			lines = plain(lines, fmt.Sprintf("%s %d", name, i), v[i])
		}
		return lines
	case string:
		if number, err := decimal.NewFromString(v); err == nil {
			v = number.Round(6).String() // costs are averages
		}
		return append(lines, name+": "+moment.ReplaceAllStringFunc(v, onlyDay))
	case json.Number:
		return plain(lines, name, v.String())
	default:
		return append(lines, fmt.Sprintf("%s: %v", name, v))
	}
}

// onlyDay leaves of a moment the day, and nothing of a time of the day or a GUID.
func onlyDay(moment string) string {
	if epoch, isDate := strings.CutPrefix(moment, "/Date("); isDate {
		if ms, err := strconv.ParseInt(strings.TrimSuffix(epoch, ")/"), 10, 64); err == nil {
			return time.UnixMilli(ms).UTC().Format(time.DateOnly)
		}
	}
	return ""
}

// differences are the lines that only one of both has.
func differences(expected, found outcome, may string) []string {
	counts := map[string]int{}
	for _, line := range expected.lines {
		counts[line]--
	}
	for _, line := range found.lines {
		counts[line]++
	}
	if may != "" {
		maps.DeleteFunc(counts, func(line string, _ int) bool { return regexp.MustCompile(may).MatchString(line) })
	}
	var lines []string
	for line, n := range counts {
		switch {
		case n < 0:
			lines = append(lines, line+" (lacks)")
		case n > 0:
			lines = append(lines, line+" (is there instead)")
		}
	}
	slices.Sort(lines)
	return lines
}

// telling is what a person is told: what is refused, what waits and what changed after it
// was delivered.
func telling(t *testing.T, w *world.World) []string {
	t.Helper()
	var lines []string
	for _, l := range w.DeadLetters(t) {
		lines = append(lines, fmt.Sprintf("dead letter of %s, %s: %s: %s", l.Stream, l.Record.Ref, l.Class, l.Reason))
	}
	refs := map[string]bool{}
	for _, o := range w.Unleashed.Orders() {
		refs[o.OrderNumber] = true
		for _, s := range w.Unleashed.ShipmentsOf(o.OrderNumber) {
			refs[s.ShipmentNumber] = true
		}
	}
	for _, p := range w.Unleashed.PurchaseOrders() {
		refs[p.OrderNumber] = true
	}
	for _, r := range w.Unleashed.Transfers() {
		refs[r.TransferOrderNumber] = true
	}
	for _, a := range w.Unleashed.Assemblies() {
		refs[a.AssemblyNumber] = true
	}
	for _, p := range w.Unleashed.Products() {
		refs[p.ProductCode] = true
	}
	for _, o := range w.Mintsoft.Orders() {
		refs[o.OrderNumber], refs[fmt.Sprint(o.ID)] = true, true
	}
	for _, a := range w.Mintsoft.ASNs() {
		refs[text(a.POReference)], refs[fmt.Sprint(a.ID)] = true, true
	}
	for _, e := range w.Events(t, slices.Sorted(maps.Keys(refs))...) {
		if e.Kind == ledger.EventChanged {
			lines = append(lines, fmt.Sprintf("%s %s %s: %s", e.Stream, e.Record.Ref, e.Kind, strings.TrimSpace(e.Summary)))
		}
	}
	said := map[string]bool{}
	for _, line := range w.Logged("needs a look") {
		_, line, _ = strings.Cut(line, "level=")
		said["logged: "+moment.ReplaceAllStringFunc(line, onlyDay)] = true
	}
	return append(lines, slices.Sorted(maps.Keys(said))...)
}
