package unleashed

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Jeffail/gabs/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// salesOrderOperations make sales orders.
var salesOrderOperations = []component.Operation{
	newSalesOrder(),
	{
		Name: "sales_order.terms", Summary: "Answers what a new sales order may name: `Taxes` on sales by code, the `Currency` with this code and the spelling of the `DeliveryMethod`, null for one that there is not, out of lists that are read once and kept fresh.",
		Look: lookTerms, Success: "HTTP 200",
	},
	{
		Name: "sales_order.made", Summary: "Answers the sales order of this `Guid` that was made of the record, deleted or not. With `Known` it is asked for only where the ledger knows that one was made or may have been, or the record is older than what it knows.",
		Required: []string{"Guid"}, Look: lookMade, Success: "null when there is none",
	},
	{
		Name: "sales_order.sent", Summary: "Answers the sales order with this `Guid` as it was sent when it was made of the record, out of the ledger.",
		Required: []string{"Guid"}, Look: lookSent, Success: "null when the ledger does not remember it any more",
	},
}

const (
	createName   = "sales_order.create"
	statusPlaced = "Placed"
	statusParked = "Parked"
)

// newSalesOrder describes the create of a sales order, whose number must be free.
func newSalesOrder() component.Operation {
	op := create(createName, "SalesOrders", "/{Guid}",
		"Creates a sales order under a GUID of ours. Where the account takes no new order as `Placed`, it is made as Parked and placed then.", "OrderNumber")
	op.Target = salesOrder
	byGUID := op.Find
	op.Found = "by its GUID; one that only has its number is not ours"
	op.Gone = salesOrderGone
	op.Find = func(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any) (delivery.Found, error) {
		unplacedOf(c).Delete(args["Guid"])
		found, err := byGUID(ctx, c, s, args)
		if err != nil {
			return found, err
		}
		if found.Exists {
			unplaced, err := isUnplaced(ctx, c, s, args, found)
			if err != nil || unplaced {
				return delivery.Found{}, err
			}
			return found, nil
		}
		return findHolder(ctx, c, args)
	}
	plain := op
	place := func(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
		answer, err := replace(ctx, c, op.Name, "SalesOrders", fmt.Sprint(args["Guid"]), func(order *gabs.Container) error {
			_, err := order.Set(statusPlaced, "OrderStatus")
			return err
		})
		if err == nil {
			unplacedOf(c).Delete(args["Guid"])
		}
		return answer, err
	}
	op.Do = func(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
		if _, parked := unplacedOf(c).Load(args["Guid"]); parked {
			return place(ctx, c, args)
		}
		answer, err := postSalesOrder(ctx, c, plain, args)
		if args["OrderStatus"] != statusPlaced || apihttp.OutcomeOf(err) != apihttp.Rejected {
			return answer, err
		}
		// Which statuses a new order may have is not known. If this was the reason, the
		// same order is taken as Parked; if not, it is refused again.
		parked := maps.Clone(args)
		parked["OrderStatus"] = statusParked
		if _, again := postSalesOrder(ctx, c, plain, parked); again != nil {
			if apihttp.OutcomeOf(again) == apihttp.Rejected {
				again = err
			}
			return delivery.Answer{}, again
		}
		unplacedOf(c).Store(args["Guid"], true)
		return place(ctx, c, args)
	}
	return op
}

// unplacedOf are the GUIDs of orders that were made as Parked and are not placed yet, by us
// just now or as a look-up found: no more than that is left of their create.
func unplacedOf(c *connection.Connection) *sync.Map {
	return c.Local("unleashed orders to place", func() any { return &sync.Map{} }).(*sync.Map)
}

// isUnplaced says whether an order that stands there is one that we sent and meant to
// place. One that the ledger knows nothing of may have been parked by a person.
func isUnplaced(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any, found delivery.Found) (bool, error) {
	var there map[string]any
	if err := component.DecodeJSON(found.Body, &there); err != nil || there["OrderStatus"] != statusParked || args["OrderStatus"] != statusPlaced {
		return false, err
	}
	sent, err := lookSent(ctx, c, s, args)
	if err != nil || sent == nil {
		return false, err
	}
	unplacedOf(c).Store(args["Guid"], true)
	return true, nil
}

// salesOrderGone says whether a sales order does not exist any more. A deleted one is kept
// with its GUID, and no other is made of the same record: a lost ledger would not know it.
func salesOrderGone(ctx context.Context, c *connection.Connection, id string) (bool, string, error) {
	order, err := readRecord(ctx, c, "SalesOrders", id)
	switch {
	case err != nil:
		return false, "", err
	case order == nil:
		return true, "sales order " + id + " does not exist any more", nil
	case order["OrderStatus"] == "Deleted":
		return false, fmt.Sprintf("sales order %s was deleted in Unleashed, which keeps it under its GUID, so that it cannot be made again: if it is wanted after all, enter it there by hand", member(order, "OrderNumber")), nil
	}
	return false, fmt.Sprintf("sales order %s stands in Unleashed as %s; correct it there, since one that is deleted cannot be made again", member(order, "OrderNumber"), member(order, "OrderStatus")), nil
}

func postSalesOrder(ctx context.Context, c *connection.Connection, op component.Operation, args map[string]any) (delivery.Answer, error) {
	request, err := op.Build(args)
	if err != nil {
		return delivery.Answer{}, err
	}
	response, err := c.Unleashed.Call(ctx, unleashedapi.Call{Operation: op.Name, Method: op.Method, Path: request.Path, Body: request.Body, Write: true})
	if err != nil {
		return delivery.Answer{}, err
	}
	return op.Answer(response.Body)
}

// findHolder names the order that has a number. Whether a deleted one keeps its
// number is not known, so it is no obstacle here. One that says it was made of the
// same record has another GUID all the same: its lines are not those that a completion
// would name, so it is for a person to judge.
func findHolder(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Found, error) {
	var found delivery.Found
	number := fmt.Sprint(args["OrderNumber"])
	_, err := eachRecord(ctx, c, "SalesOrders", time.Time{}, []string{"orderNumber", number}, func(record map[string]any) {
		if record["OrderNumber"] != number || record["OrderStatus"] == "Deleted" {
			return
		}
		guid, whose := fmt.Sprint(record["Guid"]), "which is not ours"
		if source := member(record, "SourceId"); source != "" && source == member(args, "SourceId") {
			whose = "which was made of this order when the accounts were known by another identity: if it is right, complete it in Unleashed where need be and discard this"
		}
		found = delivery.Found{Exists: true, ID: guid, Ref: number, Detail: fmt.Sprintf(
			"the number %s is held by sales order %s with SourceId %q, %s", number, guid, member(record, "SourceId"), whose)}
	})
	return found, err
}

// lookTerms answers what an order may name. A record that is read again has
// somebody waiting who may have changed the lists.
func lookTerms(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any) (any, error) {
	rows := map[string][]map[string]any{}
	for _, resource := range []string{"Taxes", "Currencies", "DeliveryMethods"} {
		list := smallList(c, resource)
		if s.Again {
			list.Stale()
		}
		found, err := list.Find(ctx, resource)
		if err != nil {
			return nil, err
		}
		rows[resource] = found[resource]
	}
	taxes := []any{}
	for _, tax := range rows["Taxes"] {
		if tax["CanApplyToRevenue"] != false {
			taxes = append(taxes, fieldsOf(tax, []string{"Guid", "TaxCode", "TaxRate"}))
		}
	}
	terms := map[string]any{"Taxes": taxes, "Currency": nil, "DeliveryMethod": nil}
	for _, currency := range rows["Currencies"] {
		if code := member(currency, "CurrencyCode"); code != "" && code == member(args, "Currency") {
			terms["Currency"] = fieldsOf(currency, []string{"Guid", "CurrencyCode", "DefaultSellRate"})
		}
	}
	for _, method := range rows["DeliveryMethods"] {
		if name := member(method, "Name"); name != "" && strings.EqualFold(name, member(args, "DeliveryMethod")) {
			terms["DeliveryMethod"] = name
		}
	}
	return terms, nil
}

// lookMade answers the order that was made of the record. What the ledger knows costs no
// call where the answer is wanted of many records that no order was made of.
func lookMade(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any) (any, error) {
	if args["Known"] == true {
		identity, err := c.Identity(ctx)
		if err != nil {
			return nil, err
		}
		known, err := c.Knowledge(ctx)
		if err != nil {
			return nil, err
		}
		intents, err := c.Book().Ledger.Intents(ctx, s.Record.ID)
		if err != nil || !s.Created.Before(known.Since) && !slices.ContainsFunc(intents, func(i ledger.Intent) bool {
			return i.Record.ID == s.Record.ID && strings.HasPrefix(i.Key, identity.Accounts+"/"+createName+"/")
		}) {
			return nil, err
		}
	}
	order, err := readRecord(ctx, c, "SalesOrders", component.Text(args["Guid"]))
	if err != nil || order == nil {
		return nil, err
	}
	return order, nil
}

// lookSent answers what was sent when an order was made, which a person may have edited
// since.
func lookSent(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any) (any, error) {
	events, err := c.Book().Ledger.Events(ctx, s.Record.ID)
	if err != nil {
		return nil, fmt.Errorf("reading what was sent of %s: %w", s.Record.Ref, err)
	}
	for _, event := range slices.Backward(events) {
		var sent map[string]any
		if event.Kind != "sent" || !strings.HasPrefix(event.Summary, systemName+" "+createName) || component.DecodeJSON(event.Detail, &sent) != nil {
			continue
		}
		if sent["Guid"] == args["Guid"] {
			return sent, nil
		}
	}
	return nil, nil
}

// smallList keeps a whole list of reference data under the resource's name, what
// is retired left out.
func smallList(c *connection.Connection, resource string) *component.Catalogue[[]map[string]any] {
	return c.Local("unleashed "+resource, func() any {
		return component.NewCatalogue(c.Book().Options.Now, 10*time.Minute, func(ctx context.Context, _ time.Time, put func(string, []map[string]any)) (time.Time, error) {
			rows := []map[string]any{}
			asOf, err := eachRecord(ctx, c, resource, time.Time{}, nil, func(record map[string]any) {
				if retired, _ := record["Obsolete"].(bool); !retired {
					rows = append(rows, record)
				}
			})
			slices.SortFunc(rows, func(a, b map[string]any) int { return strings.Compare(member(a, "TaxCode"), member(b, "TaxCode")) })
			put(resource, rows)
			return asOf, err
		})
	}).(*component.Catalogue[[]map[string]any])
}
