package mintsoftsim

import (
	"iter"
	"slices"
	"strings"
	"time"
)

// listOrders answers a page of orders, newest first unless asked otherwise.
func (t *Twin) listOrders(c *call) (any, error) {
	from, limit, err := t.page(c, 100)
	if err != nil {
		return nil, err
	}
	wanted, items := t.orderFilter(c), c.flag("IncludeOrderItems") && !t.knobs.ListHidesItems
	rows := slices.Backward(t.orders.all)
	if c.flag("SortOldestFirst") {
		rows = slices.All(t.orders.all)
	}
	page := window(from, limit, func(yield func(*orderRecord) bool) {
		for o := range values(rows) {
			if wanted(o) && !yield(o) {
				return
			}
		}
	})
	return views(page, func(o *orderRecord) Order { return o.view(items) }), nil
}

func values[T any](pairs iter.Seq2[int, T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, value := range pairs {
			if !yield(value) {
				return
			}
		}
	}
}

func (t *Twin) orderFilter(c *call) func(*orderRecord) bool {
	client, status, channel := c.clientFilter("ClientId"), c.int("OrderStatusId"), c.int("ChannelId")
	courier, warehouse, b2b := c.int("CourierServiceId"), c.int("WarehouseId"), c.flag("showB2BOnly")
	include, exclude := tagList(c.text("IncludeTags")), tagList(c.text("ExcludeTags"))
	ordered, updated, despatched := t.orderSince(c, "SinceDate"), t.orderSince(c, "SinceLastUpdated"), t.orderSince(c, "SinceDespatchDate")
	until, sinceDespatch := c.date("ToDate", t.options.Zone), c.text("SinceDespatchDate") != ""
	return func(o *orderRecord) bool {
		switch {
		case client != 0 && o.ClientID != client, status != 0 && o.OrderStatusID != status, channel != 0 && o.ChannelID != channel,
			courier != 0 && o.CourierServiceID != courier, warehouse != 0 && o.WarehouseID != warehouse:
			return false
		case !ordered(o.OrderDate), !updated(o.LastUpdated), sinceDespatch && (o.DespatchDate.IsZero() || !despatched(o.DespatchDate)):
			return false
		case !until.IsZero() && o.OrderDate.After(until.Time):
			return false
		case b2b && (o.RecipientType == nil || !strings.EqualFold(o.RecipientType.Name, "business")):
			return false
		case len(include) == 0 && len(exclude) == 0:
			return true
		}
		tags := tagList(read(o.Tags))
		tagged := func(tag string) bool { return slices.Contains(tags, tag) }
		return (len(include) == 0 || slices.ContainsFunc(include, tagged)) && !slices.ContainsFunc(exclude, tagged)
	}
}

// orderSince is since, by days where the knob says so.
func (t *Twin) orderSince(c *call, name string) func(Date) bool {
	if from := c.date(name, t.options.Zone); t.knobs.DayGranularDates && !from.IsZero() {
		day := midnight(from)
		return func(at Date) bool { return !at.Before(day) }
	}
	return t.since(c, name)
}

func midnight(at Date) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
}

// tagList reads a comma-separated list.
func tagList(text string) []string {
	var tags []string
	for tag := range strings.SplitSeq(text, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}
