package doctor

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// goodsIn is the goods-in type that the pipelines give every ASN.
const goodsIn = "Carton"

// inbound checks what the flows into the warehouse need.
func (d *doctor) inbound(ctx context.Context) {
	c := d.conn.Config
	if c.PurchaseOrderImport.Enabled || c.AssemblyImport.CreateASNToReceive || c.WarehouseTransfer.ImportAsASNsToReceive {
		d.goodsInType(ctx)
	}
	if c.PurchaseOrderImport.Enabled {
		d.suppliers(ctx)
	}
	if c.AssemblyImport.CreateOrderToPick || c.WarehouseTransfer.ImportAsOrdersToPick {
		d.addresses(ctx)
	}
	d.transfers()
	d.receipts()
	d.customStatuses()
}

func (d *doctor) goodsInType(ctx context.Context) {
	const subject = "Mintsoft goods-in type"
	types, err := d.mintsoftNames(ctx, "/api/ASN/GoodsInTypes")
	switch {
	case err != nil:
		d.say(Unknown, subject, "", "the goods-in types could not be read: %v", err)
	case slices.Contains(types, goodsIn):
		d.say(OK, subject, "", "%s exists", goodsIn)
	default:
		d.say(Failed, subject, "set GoodsInType in the pipelines that create ASNs to one of "+strings.Join(types, ", "), "%s does not exist: every ASN would be refused", goodsIn)
	}
}

// suppliers tells whether the names that ASNs carry are known in Mintsoft. It takes
// any name, so that an unknown one is no mistake.
func (d *doctor) suppliers(ctx context.Context) {
	const subject = "suppliers"
	known, err := d.mintsoftNames(ctx, "/api/Product/Suppliers")
	if err != nil {
		d.say(Unknown, subject, "", "the suppliers of Mintsoft could not be read: %v", err)
		return
	}
	names, err := d.names(ctx, "Suppliers", "SupplierName", "SupplierCode")
	if err != nil {
		d.say(Unknown, subject, "", "the suppliers of Unleashed could not be read: %v", err)
		return
	}
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(known, name) })
	if len(names) > 0 {
		d.say(OK, subject, "", "ASNs carry their names as text; Mintsoft has no supplier called %s", strings.Join(names[:min(len(names), mostSuppliers)], ", "))
		return
	}
	d.say(OK, subject, "", "Mintsoft has every supplier of Unleashed")
}

// mostSuppliers bounds how many are named.
const mostSuppliers = 10

// addresses looks at the warehouses that orders to pick may go to: any other one
// for a transfer, our own for an assembly.
func (d *doctor) addresses(ctx context.Context) {
	const subject = "Unleashed addresses"
	rows, err := d.rows(ctx, "Warehouses", unleashedapi.NewQuery("includeObsolete", "false"))
	if err != nil {
		d.say(Unknown, subject, "", "the warehouses could not be read: %v", err)
		return
	}
	var lacking []string
	for _, raw := range rows {
		var w struct {
			WarehouseCode, StreetNo, AddressLine1, PostCode, Country string
			Obsolete                                                 bool
		}
		if json.Unmarshal(raw, &w) != nil || w.Obsolete || !d.mayReceive(w.WarehouseCode) {
			continue
		}
		var fields []string
		for field, value := range map[string]string{
			"AddressLine1": w.StreetNo + w.AddressLine1, "PostCode": w.PostCode, "Country": w.Country + d.conn.Config.General.DefaultCountry,
		} {
			if strings.TrimSpace(value) == "" {
				fields = append(fields, field)
			}
		}
		if len(fields) > 0 {
			slices.Sort(fields)
			lacking = append(lacking, w.WarehouseCode+" ("+strings.Join(fields, ", ")+")")
		}
	}
	if len(lacking) > 0 {
		d.say(Warning, subject, "fill them in under the warehouses of Unleashed", "Mintsoft refuses orders without an address, and these warehouses lack a part of theirs: %s", strings.Join(lacking, "; "))
		return
	}
	d.say(OK, subject, "", "every warehouse that orders to pick may go to has one")
}

func (d *doctor) mayReceive(code string) bool {
	if code == d.conn.Config.Unleashed.WarehouseCode {
		return d.conn.Config.AssemblyImport.CreateOrderToPick
	}
	return d.conn.Config.WarehouseTransfer.ImportAsOrdersToPick
}

// transfers says whether somebody completes what this connection picks.
func (d *doctor) transfers() {
	const subject = "warehouse transfers"
	if !d.conn.Config.WarehouseTransfer.ImportAsOrdersToPick {
		return
	}
	book := d.conn.Book()
	var receiving []string
	for _, name := range book.Names() {
		other, err := book.Connection(name)
		if err == nil && other != d.conn && other.UnleashedAccount == d.conn.UnleashedAccount && other.Config.WarehouseTransfer.ImportAsASNsToReceive {
			receiving = append(receiving, other.Config.Unleashed.WarehouseCode)
		}
	}
	const mend = "turn warehouse_transfer.import_as_asns_to_receive on in the connection of the destination"
	if len(receiving) == 0 {
		d.say(Warning, subject, mend, "no connection of this file imports them at their destination, so nothing completes them in Unleashed")
		return
	}
	d.say(OK, subject, "", "those to %s are completed when they are booked in; to other warehouses nothing completes them", strings.Join(receiving, ", "))
}

// receipts says what is not known of them before the first one.
func (d *doctor) receipts() {
	const subject = "purchase order receipts"
	switch c := d.conn.Config.PurchaseOrderImport; {
	case !c.UpdatePurchaseOrder:
	case !c.Enabled:
		d.say(Warning, subject, "turn purchase_order_import.enabled on too", "without ASNs of purchase orders there is nothing to receipt but what was imported before")
	default:
		d.say(Unknown, subject, "book one small purchase order in and look at it in Unleashed; the body is chosen in pipelines/purchase_order_receipt.yaml", "what Unleashed wants to be sent for a receipt is not documented")
	}
}

// customStatuses names those that no list of Unleashed's API tells.
func (d *doctor) customStatuses() {
	c := d.conn.Config
	var names []string
	for _, list := range [][]string{c.General.CustomOrderStatusToImport, c.PurchaseOrderImport.CustomStatusToImport, c.AssemblyImport.CustomStatusToImport} {
		names = append(names, list...)
	}
	if len(names) > 0 {
		d.say(Unknown, "custom statuses", "compare them letter by letter with those of a document in Unleashed", "whether %s exist cannot be asked by the API", strings.Join(names, ", "))
	}
}
