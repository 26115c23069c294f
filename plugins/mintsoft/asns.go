package mintsoft

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// asnNew is NEW, an ASN that is not confirmed; the ids are the same in every
// account.
const asnNew = 1

// asnFinal are BOOKEDIN, DISCREPANCY and COMPLETE: nothing more is booked in.
var asnFinal = []int{4, 5, 6}

// asn is what we need of the vendor's ASN to recognise one.
type asn struct {
	ID          int64
	ClientID    int64 `json:"ClientId"`
	WarehouseID int64 `json:"WarehouseId"`
	POReference string
	ASNStatusID int `json:"ASNStatusId"`
	LastUpdated string
	Items       []asnItem
}

type asnItem struct {
	ID               int64
	SKU              string
	SourceLineID     string `json:"SourceLineId"`
	QuantityExpected count
	QuantityBooked   count
}

// lines are the source lines that an ASN carries.
func (a asn) lines() []string {
	var lines []string
	for _, item := range a.Items {
		if item.SourceLineID != "" {
			lines = append(lines, item.SourceLineID)
		}
	}
	return lines
}

// expects says whether an ASN is for one of the products that another would be made for.
func (a asn) expects(args map[string]any) bool {
	return slices.ContainsFunc(component.Objects(args["Items"]), func(item map[string]any) bool {
		return slices.ContainsFunc(a.Items, func(own asnItem) bool {
			return own.SKU == "" || strings.EqualFold(own.SKU, component.Text(item["SKU"]))
		})
	})
}

// sourceLines are the SourceLineIds of the items that an ASN would be made of.
func sourceLines(args map[string]any) []string {
	var lines []string
	items, _ := args["Items"].([]any)
	for _, item := range items {
		if fields, isObject := item.(map[string]any); isObject && fields["SourceLineId"] != nil {
			lines = append(lines, fmt.Sprint(fields["SourceLineId"]))
		}
	}
	return lines
}

// standing reads the ASNs of a reference that the index knows as they are now,
// the oldest first. The list says nothing of those that were deleted, and may say
// nothing of those that were booked in.
func standing(ctx context.Context, c *connection.Connection, reference string, wanted func(asn) bool) ([]asn, error) {
	found, err := asnIndexOf(c).Find(ctx, reference)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for id, a := range found[reference] {
		if wanted(a) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	var asns []asn
	for _, id := range ids {
		a, err := readASN(ctx, c, fmt.Sprint(id))
		switch {
		case err == nil:
			asns = append(asns, a)
		case !errors.Is(err, apihttp.ErrNotFound):
			return nil, err
		}
	}
	return asns, nil
}

// ourASNs are those that carry one of the source lines of the ASN that these
// arguments would create; a person may have used the same reference.
func ourASNs(ctx context.Context, c *connection.Connection, args map[string]any) ([]asn, error) {
	lines := sourceLines(args)
	return standing(ctx, c, fmt.Sprint(args["POReference"]), func(a asn) bool {
		return slices.ContainsFunc(a.lines(), func(line string) bool { return slices.Contains(lines, line) })
	})
}

// findASN looks for the ASN that these arguments would create. One with our lines in
// another warehouse, and one without that is open under the reference in this one and
// expects one of the products, are of the same goods: nothing is made beside them.
func findASN(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (delivery.Found, error) {
	lines, reference := sourceLines(args), fmt.Sprint(args["POReference"])
	named := func(a asn) bool {
		return slices.ContainsFunc(a.lines(), func(line string) bool { return slices.Contains(lines, line) })
	}
	open := func(a asn) bool { return !slices.Contains(asnFinal, a.ASNStatusID) }
	found, err := standing(ctx, c, reference, func(a asn) bool { return named(a) || open(a) })
	if err != nil {
		return delivery.Found{}, err
	}
	var ours, astray, others []asn
	for _, a := range found {
		here := args["WarehouseId"] == nil || a.WarehouseID == 0 || fmt.Sprint(a.WarehouseID) == component.Text(args["WarehouseId"])
		switch {
		case named(a) && here:
			ours = append(ours, a)
		case named(a):
			astray = append(astray, a)
		case here && open(a) && a.expects(args):
			others = append(others, a)
		}
	}
	switch {
	case len(ours) == 1:
		return delivery.Found{Exists: true, Ours: true, ID: fmt.Sprint(ours[0].ID), Ref: reference, Detail: "found by reference and source lines"}, nil
	case len(ours) > 1:
		var ids []string
		for _, a := range ours {
			ids = append(ids, fmt.Sprint(a.ID))
		}
		return delivery.Found{Exists: true, ID: ids[0], Detail: fmt.Sprintf("ASNs %s all carry lines of %s; delete all but one in Mintsoft", strings.Join(ids, ", "), reference)}, nil
	case len(astray) > 0:
		return delivery.Found{Exists: true, ID: fmt.Sprint(astray[0].ID), Detail: fmt.Sprintf(
			"ASN %d carries lines of %s, but is in warehouse %d of Mintsoft; delete it there, then replay", astray[0].ID, reference, astray[0].WarehouseID)}, nil
	case len(others) > 0:
		return delivery.Found{Exists: true, ID: fmt.Sprint(others[0].ID), Detail: fmt.Sprintf(
			"%s is held by ASN %d (status %d) in Mintsoft, which is not ours and expects the same goods; delete it there or give it another reference, then replay", reference, others[0].ID, others[0].ASNStatusID)}, nil
	}
	return delivery.Found{}, nil
}

// createdASN reads the id of a new ASN.
func createdASN(body []byte) (delivery.Answer, error) {
	answer, err := envelope("asn.create")(body)
	if err == nil && answer.ID == "" {
		return answer, lost("asn.create", errors.New("the answer names no ASN id"))
	}
	return answer, err
}

// lookASN finds the ASN that was made from the message's record: by its link, or
// by reference and source lines. With Own what another connection of the file has made
// does not count, and one without a link is looked for only where nobody knows whether
// it was made; with Unlinked only such a one counts.
func lookASN(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any) (any, error) {
	identity, err := c.Identity(ctx)
	if err != nil {
		return nil, err
	}
	id := ""
	if link, exists, err := c.Book().Ledger.LinkBySource(ctx, identity.Accounts, ledger.LinkASN, s.Record.ID); err != nil {
		return nil, err
	} else if exists && (args["Unlinked"] == true || args["Own"] == true && madeElsewhere(c, link.Connection)) {
		return nil, nil
	} else if exists {
		id = link.TargetID
	} else {
		if args["Own"] == true {
			if args, err = unanswered(ctx, c, "asn.create", s.Record.ID, args); args == nil {
				return nil, err
			}
			refreshASNs(c)
		}
		ours, err := ourASNs(ctx, c, args)
		if err != nil || len(ours) == 0 {
			return nil, err
		}
		id = fmt.Sprint(ours[0].ID)
	}
	raw, err := currentASN(ctx, c, map[string]any{"ID": id})
	if err != nil {
		return nil, err
	}
	var record any
	return record, component.DecodeJSON(raw, &record)
}

// lookOpenASNs answers an object from reference to the ids of its ASNs that are
// not final; a reference without any ASN is left out.
func lookOpenASNs(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	references, _ := args["POReferences"].([]any)
	answer := map[string]any{}
	for _, value := range references {
		reference := fmt.Sprint(value)
		asns, err := standing(ctx, c, reference, func(asn) bool { return true })
		if err != nil {
			return nil, err
		}
		if len(asns) == 0 {
			continue
		}
		open := []any{}
		for _, a := range asns {
			if !slices.Contains(asnFinal, a.ASNStatusID) {
				open = append(open, json.Number(fmt.Sprint(a.ID)))
			}
		}
		answer[reference] = open
	}
	return answer, nil
}

func currentASN(ctx context.Context, c *connection.Connection, args map[string]any) (json.RawMessage, error) {
	response, err := c.Mintsoft.Call(ctx, mintsoftapi.Call{Operation: "asn.get", Method: "GET", Path: "/api/ASN/" + url.PathEscape(fmt.Sprint(args["ID"]))})
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

func readASN(ctx context.Context, c *connection.Connection, id string) (asn, error) {
	var a asn
	raw, err := currentASN(ctx, c, map[string]any{"ID": id})
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(raw, &a); err != nil {
		return a, fmt.Errorf("decoding ASN %s of Mintsoft: %w", id, err)
	}
	return a, nil
}

// confirmed says whether an ASN has left NEW already: then the step is done.
func confirmed(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (delivery.Found, error) {
	a, err := readASN(ctx, c, fmt.Sprint(args["ID"]))
	if err != nil || a.ASNStatusID == asnNew || a.ASNStatusID == 0 {
		return delivery.Found{}, err
	}
	return delivery.Found{Exists: true, Ours: true, ID: fmt.Sprint(a.ID), Ref: a.POReference, Detail: fmt.Sprintf("it has status %d already", a.ASNStatusID)}, nil
}

// asnGone says whether an ASN does not exist any more.
func asnGone(ctx context.Context, c *connection.Connection, id string) (bool, string, error) {
	a, err := readASN(ctx, c, id)
	switch {
	case errors.Is(err, apihttp.ErrNotFound):
		return true, "ASN " + id + " does not exist any more", nil
	case err != nil:
		return false, "", err
	}
	return false, fmt.Sprintf("ASN %s stands in Mintsoft with status %d; delete it there first", id, a.ASNStatusID), nil
}
