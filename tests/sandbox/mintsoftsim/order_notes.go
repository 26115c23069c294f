package mintsoftsim

import (
	"slices"
	"strings"
)

// OrderComment is a note on an order.
type OrderComment struct {
	OrderID       int `json:"OrderId"`
	OrderStatusID int `json:"OrderStatusId"`
	Comment       string
	entity

	admin bool
}

// OrderAwaitingAction is a callback that was registered for an order. It is kept,
// never called.
type OrderAwaitingAction struct {
	OrderID       int `json:"OrderId"`
	Type          string
	SourceOrderID *string `json:"SourceOrderId"`
	Complete      bool
	AccountID     *int `json:"AccountId"`
	ExtraCode1    *string
	ExtraCode2    *string
	ExtraCode3    *string
	ExtraCode4    *string
	ExtraCode5    *string
	ExtraFlag1    bool
	ExtraFlag2    bool
	Messages      *string
	ExtraDate1    Date
	entity
}

func (t *Twin) listComments(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	return filter(o.comments, func(note *OrderComment) bool { return !note.admin || c.user.admin() }), nil
}

func (t *Twin) addComment(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	d := c.document()
	if strings.TrimSpace(d.str("Comment")) == "" {
		return refused("Comment is required"), nil
	}
	note := t.comment(o, d.str("Comment"), c.now, c.user.Username)
	note.admin = d.bool("Admin")
	o.touch(c.now, c.user.Username)
	return done(note.ID, "Comment added"), nil
}

func (t *Twin) comment(o *orderRecord, text string, now Date, user string) *OrderComment {
	note := &OrderComment{OrderID: o.ID, OrderStatusID: o.OrderStatusID, Comment: text, entity: entity{ID: next(&t.ids.comment)}}
	note.touch(now, user)
	o.comments = append(o.comments, note)
	return note
}

func (t *Twin) changeTag(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	tag := strings.TrimSpace(c.text("Tag"))
	tags := slices.DeleteFunc(tagList(read(o.Tags)), func(other string) bool { return other == tag })
	if c.op.Method == "PUT" {
		tags = append(tags, tag)
	}
	joined := strings.Join(tags, ",")
	o.Tags = optional(joined)
	o.touch(c.now, c.user.Username)
	return done(o.ID, "Tags updated"), nil
}

func (t *Twin) listActions(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	return every(o.actions), nil
}

func (t *Twin) addAction(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	d := c.document()
	if d.str("SourceOrderId") != "" && t.sourceTaken(o.ClientID, d.str("SourceOrderId")) {
		return refused("Source Order Id already exists"), nil
	}
	return done(t.putAction(o, d, c.now, c.user.Username).ID, "Connect action added"), nil
}

func (t *Twin) putAction(o *orderRecord, d document, now Date, user string) *OrderAwaitingAction {
	a := &OrderAwaitingAction{OrderID: o.ID, entity: entity{ID: next(&t.ids.action)}}
	t.assign(map[string]any{
		"Type": &a.Type, "SourceOrderId": &a.SourceOrderID, "Complete": &a.Complete, "AccountId": &a.AccountID, "ExtraCode1": &a.ExtraCode1,
		"ExtraCode2": &a.ExtraCode2, "ExtraCode3": &a.ExtraCode3, "ExtraCode4": &a.ExtraCode4, "ExtraCode5": &a.ExtraCode5,
		"ExtraFlag1": &a.ExtraFlag1, "ExtraFlag2": &a.ExtraFlag2, "Messages": &a.Messages, "ExtraDate1": &a.ExtraDate1,
	}, d)
	a.touch(now, user)
	o.actions = append(o.actions, a)
	return a
}

// sourceTaken says whether a client's order has a source id already.
func (t *Twin) sourceTaken(client int, source string) bool {
	return slices.ContainsFunc(t.orders.all, func(o *orderRecord) bool {
		return o.ClientID == client && slices.ContainsFunc(o.actions, func(a *OrderAwaitingAction) bool { return read(a.SourceOrderID) == source })
	})
}
