package mintsoft

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// asnNew is NEW, an ASN that is not confirmed; the ids are the same in every
// account.
const asnNew = 1

// asn is what we need of the vendor's ASN to recognise one.
type asn struct {
	ID          int64
	ClientID    int64 `json:"ClientId"`
	POReference string
	ASNStatusID int `json:"ASNStatusId"`
	Items       []struct {
		SourceLineID string `json:"SourceLineId"`
	}
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

// asnIndex is Mintsoft's list of ASNs by POReference. The service checks no
// duplicates and cannot be asked for a reference, so every create looks here
// first; the list is read once and kept up to date by what changed.
type asnIndex = component.Catalogue[map[int64]asn]

func asnIndexOf(c *connection.Connection) *asnIndex {
	return c.Local("mintsoft asns", func() any {
		known := map[string]map[int64]asn{}
		index := component.NewCatalogue(c.Book().Options.Now, time.Minute, func(ctx context.Context, since time.Time, put func(string, map[int64]asn)) (time.Time, error) {
			return readASNs(ctx, c, since, func(a asn) {
				// A copy, since an answer may still be reading the one before.
				same := map[int64]asn{a.ID: a}
				for id, other := range known[a.POReference] {
					if id != a.ID {
						same[id] = other
					}
				}
				known[a.POReference] = same
				put(a.POReference, same)
			})
		})
		index.Quiet = true
		return index
	}).(*asnIndex)
}

// mostASNPasses bounds how often the list is paged until a pass shows nothing new.
const mostASNPasses = 5

// readASNs reads the list of the client's ASNs that changed. Its order is not
// stable (seen in practice), so that a row may slip over a page border: a list of
// several pages is read until a pass shows no row that the passes before did not.
func readASNs(ctx context.Context, c *connection.Connection, since time.Time, take func(asn)) (time.Time, error) {
	settings, err := c.Bind(ctx)
	if err != nil {
		return time.Time{}, err
	}
	client := settings["mintsoft"].(map[string]any)["client_id"]
	query := url.Values{"IncludeASNItems": {"true"}}
	if client != nil {
		query.Set("ClientId", fmt.Sprint(client))
	}
	if !since.IsZero() {
		query.Set("SinceLastUpdated", mintsoftapi.FormatTime(since, c.MintsoftZone()))
	}
	var asOf time.Time
	seen := map[int64]bool{}
	for range mostASNPasses {
		fresh, number := 0, 1
		for ; ; number++ {
			rows, date, err := c.Mintsoft.List(ctx, "/api/ASN/List", query, number, defaultPageSize)
			if err != nil {
				return time.Time{}, fmt.Errorf("reading the ASNs of Mintsoft: %w", err)
			}
			if asOf.IsZero() {
				asOf = date
			}
			for _, raw := range rows {
				var a asn
				if err := json.Unmarshal(raw, &a); err != nil {
					return time.Time{}, fmt.Errorf("decoding an ASN of Mintsoft: %w", err)
				}
				if client != nil && fmt.Sprint(a.ClientID) != fmt.Sprint(client) {
					continue
				}
				if !seen[a.ID] {
					seen[a.ID] = true
					fresh++
				}
				take(a)
			}
			if len(rows) < defaultPageSize {
				break
			}
		}
		if number == 1 || fresh == 0 {
			break
		}
	}
	return asOf, nil
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

// findASN looks for the ASN that these arguments would create. It is ours when it
// carries one of our source lines; a person may have used the same reference.
func findASN(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (delivery.Found, error) {
	reference, lines := fmt.Sprint(args["POReference"]), sourceLines(args)
	found, err := asnIndexOf(c).Find(ctx, reference)
	if err != nil {
		return delivery.Found{}, err
	}
	var ours []asn
	for _, a := range found[reference] {
		if slices.ContainsFunc(a.lines(), func(line string) bool { return slices.Contains(lines, line) }) {
			ours = append(ours, a)
		}
	}
	switch len(ours) {
	case 0:
		return delivery.Found{}, nil
	case 1:
		return delivery.Found{Exists: true, Ours: true, ID: fmt.Sprint(ours[0].ID), Ref: reference, Detail: "found by reference and source lines"}, nil
	}
	var ids []string
	for _, a := range ours {
		ids = append(ids, fmt.Sprint(a.ID))
	}
	slices.Sort(ids)
	return delivery.Found{Exists: true, ID: ids[0], Detail: fmt.Sprintf("ASNs %s all carry lines of %s; delete all but one in Mintsoft", strings.Join(ids, ", "), reference)}, nil
}

// createdASN reads the id of a new ASN.
func createdASN(body []byte) (delivery.Answer, error) {
	answer, err := envelope(body)
	if err == nil && answer.ID == "" {
		return answer, lost("asn.create", errors.New("the answer names no ASN id"))
	}
	return answer, err
}

// rememberASN keeps the index true to what we made ourselves.
func rememberASN(c *connection.Connection, args map[string]any, answer delivery.Answer) {
	raw, err := json.Marshal(map[string]any{"ID": json.Number(answer.ID), "POReference": args["POReference"], "ASNStatusId": asnNew, "Items": args["Items"]})
	var made asn
	if err != nil || json.Unmarshal(raw, &made) != nil {
		asnIndexOf(c).Stale()
		return
	}
	asnIndexOf(c).Update(made.POReference, func(same map[int64]asn, _ bool) map[int64]asn {
		next := map[int64]asn{made.ID: made}
		for id, other := range same {
			next[id] = other
		}
		return next
	})
}

// forgetASNs makes the next look-up read what changed: an answer was lost.
func forgetASNs(c *connection.Connection) { asnIndexOf(c).Stale() }

// lookASN finds the ASN that was made from the message's record: by its link, or
// by reference and source lines.
func lookASN(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any) (any, error) {
	identity, err := c.Identity(ctx)
	if err != nil {
		return nil, err
	}
	id := ""
	if link, exists, err := c.Book().Ledger.LinkBySource(ctx, identity.Accounts, "asn", s.Record.ID); err != nil {
		return nil, err
	} else if exists {
		id = link.TargetID
	} else if found, err := findASN(ctx, c, s, args); err != nil || !found.Ours {
		return nil, err
	} else {
		id = found.ID
	}
	raw, err := currentASN(ctx, c, map[string]any{"ID": id})
	if err != nil {
		return nil, err
	}
	var record any
	return record, component.DecodeJSON(raw, &record)
}

// lookOpenASNs answers the ids of the ASNs of a reference that are not final.
func lookOpenASNs(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	reference := fmt.Sprint(args["POReference"])
	found, err := asnIndexOf(c).Find(ctx, reference)
	if err != nil {
		return nil, err
	}
	open := []any{}
	for id, a := range found[reference] {
		if !slices.Contains([]int{4, 5, 6}, a.ASNStatusID) { // BOOKEDIN, DISCREPANCY, COMPLETE
			open = append(open, json.Number(fmt.Sprint(id)))
		}
	}
	return open, nil
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
		return a, fmt.Errorf("decoding ASN %s: %w", id, err)
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
