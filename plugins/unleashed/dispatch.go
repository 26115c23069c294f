package unleashed

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/Jeffail/gabs/v2"
	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

const (
	statusDispatched = "Dispatched"
	dispatchName     = "sales_shipment.dispatch"
)

// errStale: what is to be written was decided upon what stands otherwise now, so that
// deciding once more will do.
var errStale = errors.New("it changed meanwhile")

// A record that is not there may not be shown for a moment only: decided once more, it
// is told what became of it.
func isStale(refusal *apihttp.Error, _ map[string]any) bool {
	return errors.Is(refusal, errStale) || errors.Is(refusal, apihttp.ErrNotFound)
}

func stale(operation, format string, args ...any) error {
	return &apihttp.Error{System: systemName, Operation: operation, Outcome: apihttp.Rejected, Err: errStale, Message: fmt.Sprintf(format, args...)}
}

func changedMeanwhile(format string, args ...any) error { return stale(dispatchName, format, args...) }

// aboutShipment says what was refused, since the service's words may name neither
// the order nor the lot.
func aboutShipment(refusal *apihttp.Error, args map[string]any) string {
	hint := fmt.Sprintf("it is the shipment of sales order %v", args["OrderNumber"])
	said := strings.ToLower(refusal.Error())
	if !strings.Contains(said, "batch") && !strings.Contains(said, "serial") {
		return hint
	}
	var lots []string
	lines, _ := args["SalesShipmentLines"].([]any)
	for _, entry := range lines {
		line, _ := entry.(map[string]any)
		for _, name := range []string{"BatchNumbers", "SerialNumbers"} {
			numbers, _ := line[name].([]any)
			for _, number := range numbers {
				if lot, isObject := number.(map[string]any); isObject {
					lots = append(lots, fmt.Sprint(cmp.Or(lot["Number"], lot["Identifier"])))
				}
			}
		}
	}
	if len(lots) == 0 {
		return hint + "; give its batches or serial numbers in Unleashed, or turn general.enable_serial_batch_tracking on, then replay"
	}
	return hint + " with " + strings.Join(lots, ", ") + "; make them known in Unleashed, or correct the scans in Mintsoft, then replay"
}

// dispatch makes a shipment leave. Whether its carrier is given as an object or by name
// is not known: where the first is refused nothing was done, and the other is tried.
func dispatch(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
	answer, err := dispatchOnce(ctx, c, args)
	carrier, isObject := args["ShippingCompany"].(map[string]any)
	if !isObject || carrier["Name"] == nil || errors.Is(err, errStale) || apihttp.OutcomeOf(err) != apihttp.Rejected {
		return answer, err
	}
	byName := maps.Clone(args)
	byName["ShippingCompany"] = carrier["Name"]
	answer, again := dispatchOnce(ctx, c, byName)
	if apihttp.OutcomeOf(again) == apihttp.Rejected {
		return answer, err
	}
	return answer, again
}

// dispatchOnce sets a shipment to Dispatched in one write, or makes one that has left.
func dispatchOnce(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
	guid, exists := fmt.Sprint(args["Guid"]), false
	var number string
	answer, err := replace(ctx, c, dispatchName, "SalesShipments", guid, func(shipment *gabs.Container) error {
		exists = true
		number, _ = shipment.Search("ShipmentNumber").Data().(string)
		return leave(ctx, c, shipment, args)
	})
	if exists || !errors.Is(err, apihttp.ErrNotFound) {
		answer.Ref = number
		return answer, err
	}
	if err := asSeen(ctx, c, args); err != nil {
		return delivery.Answer{}, err
	}
	made := maps.Clone(args)
	delete(made, argSeen)
	delete(made, argOpen)
	made["ShipmentStatus"] = statusDispatched
	body, err := json.Marshal(made)
	if err != nil {
		return delivery.Answer{}, fmt.Errorf("%s: encoding the shipment: %w", dispatchName, err)
	}
	response, err := c.Unleashed.Call(ctx, unleashedapi.Call{Operation: dispatchName, Method: "POST", Path: "/SalesShipments", Body: body, Write: true})
	if err != nil || len(bytes.TrimSpace(response.Body)) == 0 {
		return delivery.Answer{ID: guid}, err
	}
	return answerOf(response.Body, "ShipmentNumber")
}

// argSeen are the shipments of the order when it was decided to make one, by GUID with
// their status; argOpen is what was open of each order line, by its number.
const (
	argSeen = "Seen"
	argOpen = "Open"
)

// asSeen refuses to make a shipment beside others than were seen: the same goods may be
// on one that a person posted while the write waited. What another part left with
// meanwhile is in nobody's way, as long as there is room for both.
func asSeen(ctx context.Context, c *connection.Connection, args map[string]any) error {
	seen, isObject := args[argSeen].(map[string]any)
	if !isObject {
		return nil
	}
	shipments, err := shipmentsOf(ctx, c, fmt.Sprint(args["OrderNumber"]))
	if err != nil {
		return err
	}
	leaving := sumByLine(map[string]decimal.Decimal{}, args)
	for _, shipment := range component.Objects(shipments) {
		guid, status := member(shipment, "Guid"), member(shipment, "ShipmentStatus")
		switch {
		case guid == fmt.Sprint(args["Guid"]):
			return changedMeanwhile("shipment %s is not shown by its GUID", member(shipment, "ShipmentNumber"))
		case seen[guid] == status:
		case status == statusDispatched && anothers(member(shipment, "Comments"), fmt.Sprint(args["Comments"])):
			leaving = sumByLine(leaving, shipment)
		default:
			return changedMeanwhile("shipment %s is %s", member(shipment, "ShipmentNumber"), status)
		}
	}
	open, _ := args[argOpen].(map[string]any)
	for line, quantity := range leaving {
		if room, known := open[line]; known && quantity.GreaterThan(quantityOf(room)) {
			return changedMeanwhile("another part left with what was open of line %s", line)
		}
	}
	return nil
}

func sumByLine(sums map[string]decimal.Decimal, shipment map[string]any) map[string]decimal.Decimal {
	for _, line := range component.Objects(shipment["SalesShipmentLines"]) {
		of := fmt.Sprint(line["SalesOrderLineNumber"])
		sums[of] = sums[of].Add(quantityOf(line["ShipmentQty"]))
	}
	return sums
}

// leave edits an open shipment to what left of it. Whether a PUT keeps the lines
// that it leaves out is not known, so those that did not leave are deleted
// before, while the shipment is open still.
func leave(ctx context.Context, c *connection.Connection, shipment *gabs.Container, args map[string]any) error {
	number := shipment.Search("ShipmentNumber").Data()
	if status := shipment.Search("ShipmentStatus").Data(); status == statusDispatched || status == "Deleted" {
		return changedMeanwhile("shipment %v is %v", number, status)
	}
	kept, dropped := []any{}, []string{}
	held := map[string][]*gabs.Container{}
	for _, line := range shipment.Search("SalesShipmentLines").Children() {
		of := fmt.Sprint(line.Search("SalesOrderLineNumber").Data())
		held[of] = append(held[of], line)
	}
	leaving, _ := args["SalesShipmentLines"].([]any)
	for _, entry := range leaving {
		left, _ := entry.(map[string]any)
		of := fmt.Sprint(left["SalesOrderLineNumber"])
		lines := held[of]
		if holds, leaves := sumOf(lines), quantityOf(left["ShipmentQty"]); len(lines) == 0 || holds.LessThan(leaves) {
			return changedMeanwhile("shipment %v holds %s of order line %s, and %s left; dispatch the right one there, or make one hold it, then replay", number, holds, of, leaves)
		}
		delete(held, of)
		if asItIs(lines, left) {
			for _, line := range lines {
				kept = append(kept, line.Data())
			}
			continue
		}
		for _, name := range []string{"ShipmentQty", "BatchNumbers", "SerialNumbers"} {
			if left[name] != nil {
				_, _ = lines[0].Set(left[name], name)
			}
		}
		kept = append(kept, lines[0].Data())
		dropped = append(dropped, guidsOf(lines[1:])...)
	}
	for _, lines := range held {
		dropped = append(dropped, guidsOf(lines)...)
	}
	for _, line := range dropped {
		_, err := c.Unleashed.Call(ctx, unleashedapi.Call{Operation: "sales_shipment.delete_line", Method: "DELETE", Path: "/SalesShipments/Lines/" + line, Write: true})
		if err != nil && !errors.Is(err, apihttp.ErrNotFound) {
			return err
		}
	}
	for _, name := range []string{"TrackingNumber", "ShippingCompany", "DispatchDate", "Comments"} {
		if args[name] != nil {
			_, _ = shipment.Set(args[name], name)
		}
	}
	_, _ = shipment.Set(kept, "SalesShipmentLines")
	_, _ = shipment.Set(statusDispatched, "ShipmentStatus")
	return nil
}

// asItIs says whether the lines of a shipment for one order line hold just what
// left, so that the batches and serial numbers which a person gave them stay.
func asItIs(lines []*gabs.Container, left map[string]any) bool {
	if left["BatchNumbers"] != nil || left["SerialNumbers"] != nil {
		return false
	}
	return sumOf(lines).Equal(quantityOf(left["ShipmentQty"]))
}

func sumOf(lines []*gabs.Container) decimal.Decimal {
	sum := decimal.Zero
	for _, line := range lines {
		sum = sum.Add(quantityOf(line.Search("ShipmentQty").Data()))
	}
	return sum
}

func guidsOf(lines []*gabs.Container) []string {
	guids := make([]string, len(lines))
	for i, line := range lines {
		guids[i] = fmt.Sprint(line.Search("Guid").Data())
	}
	return guids
}

// findDispatched says whether a shipment has left already, and whether that was
// this despatch: its comments name it, or it has its tracking number and lines and
// no other part that looks the same is known to have left with it.
func findDispatched(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any) (delivery.Found, error) {
	shipment, err := readRecord(ctx, c, "SalesShipments", fmt.Sprint(args["Guid"]))
	if err != nil || shipment == nil || shipment["ShipmentStatus"] != statusDispatched {
		return delivery.Found{}, err
	}
	found := delivery.Found{Exists: true, ID: fmt.Sprint(args["Guid"])}
	found.Ref, _ = shipment["ShipmentNumber"].(string)
	tracking, _ := shipment["TrackingNumber"].(string)
	wanted, _ := args["TrackingNumber"].(string)
	comments, _ := args["Comments"].(string)
	there, _ := shipment["Comments"].(string)
	theirs := anothers(there, comments)
	if !theirs {
		if theirs, err = leftWithAnother(ctx, c, s, found); err != nil {
			return delivery.Found{}, err
		}
	}
	switch {
	case comments != "" && there == comments, !theirs && sharesNumber(wanted, tracking) && sameLines(shipment, args):
		found.Ours, found.Detail = true, "it is dispatched already"
		return found, nil
	case theirs, wanted != "" && tracking != "" && !sharesNumber(wanted, tracking):
		// Another part left with it: what is left of this one is decided once more.
		return delivery.Found{}, nil
	}
	found.Detail = fmt.Sprintf("shipment %s was dispatched meanwhile, with tracking number %q", found.Ref, tracking)
	return found, nil
}

// sharesNumber says whether two texts with tracking numbers name one parcel, whatever
// the case and the blanks: of several a person may have typed one. Two without any do.
func sharesNumber(a, b string) bool {
	ours, theirs := parcels(a), parcels(b)
	return len(ours) == 0 && len(theirs) == 0 || slices.ContainsFunc(ours, func(number string) bool { return slices.Contains(theirs, number) })
}

func parcels(text string) []string {
	var numbers []string
	for _, number := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ',' || r == ';' }) {
		if number = strings.Join(strings.Fields(number), ""); number != "" {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// marks are what Comments hold of the orders that left with a shipment.
var marks = regexp.MustCompile(`Mintsoft order \d+`)

// anothers says whether a shipment carries the mark of another order and not the one
// of ours.
func anothers(there, ours string) bool {
	found := marks.FindAllString(there, -1)
	return len(found) > 0 && !slices.ContainsFunc(marks.FindAllString(ours, -1), func(mark string) bool { return slices.Contains(found, mark) })
}

// sameLines says whether two shipments hold the same of each order line.
func sameLines(a, b map[string]any) bool {
	differences := sumByLine(map[string]decimal.Decimal{}, a)
	for line, quantity := range sumByLine(map[string]decimal.Decimal{}, b) {
		differences[line] = differences[line].Sub(quantity)
	}
	for _, difference := range differences {
		if !difference.IsZero() {
			return false
		}
	}
	return true
}

// currentShipment reads a shipment for dry runs; nothing where it is to be made.
func currentShipment(ctx context.Context, c *connection.Connection, args map[string]any) (json.RawMessage, error) {
	raw, err := currentOf("SalesShipments")(ctx, c, args)
	if errors.Is(err, apihttp.ErrNotFound) {
		return nil, nil
	}
	return raw, err
}
