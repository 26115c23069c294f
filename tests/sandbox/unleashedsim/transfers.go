package unleashedsim

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// Transfer moves stock between two warehouses, in one step when it is completed.
type Transfer struct {
	TransferDetails      []TransferLine
	TransferOrderNumber  string
	TransferStatus       string
	OrderDate            Day
	DeliveryDate         Day
	Comments             Text
	SourceWarehouse      *Warehouse
	DestinationWarehouse *Warehouse
	Stamp
}

// TransferLine is a product and how much of it moves.
type TransferLine struct {
	LineNumber       int
	Product          *ProductBrief
	TransferQuantity Quantity
	Comments         Text
	SerialNumbers    []SerialNumber
	BatchNumbers     []BatchNumber
	Guid             uuid.UUID
	LastModifiedOn   Instant
}

func (r *Transfer) changeable() error {
	if r.TransferStatus == Completed || r.TransferStatus == Deleted {
		return refused("Transfer %s is already %s and cannot be changed.", r.TransferOrderNumber, r.TransferStatus)
	}
	return nil
}

// settleTransfer checks a transfer and finds what it refers to. The numbers of
// tracked products may come later, before it is completed.
func (t *Twin) settleTransfer(r *Transfer) (err error) {
	if r.SourceWarehouse == nil || r.DestinationWarehouse == nil {
		return invalid("SourceWarehouse", "A source and a destination are needed.")
	}
	if r.SourceWarehouse, err = t.warehouse("SourceWarehouse", r.SourceWarehouse); err != nil {
		return err
	}
	if r.DestinationWarehouse, err = t.warehouse("DestinationWarehouse", r.DestinationWarehouse); err != nil {
		return err
	}
	if r.SourceWarehouse.Guid == r.DestinationWarehouse.Guid {
		return invalid("DestinationWarehouse", "Source and destination are the same.")
	}
	if len(r.TransferDetails) == 0 {
		return invalid("TransferDetails", "At least one line is needed.")
	}
	for i := range r.TransferDetails {
		line := &r.TransferDetails[i]
		name := fmt.Sprintf("TransferDetails[%d]", i)
		product, err := t.product(name+".Product", line.Product)
		if err != nil {
			return err
		}
		line.Product = product.brief()
		if !line.TransferQuantity.Decimal.IsPositive() {
			return invalid(name+".TransferQuantity", "A quantity above 0 is needed.")
		}
		if line.LineNumber == 0 {
			line.LineNumber = i + 1
		}
		t.mint(&line.Guid, &line.LastModifiedOn)
		if len(line.BatchNumbers)+len(line.SerialNumbers) > 0 {
			if err := t.settleNumbers(product, name, line.TransferQuantity.Decimal, &line.BatchNumbers, &line.SerialNumbers); err != nil {
				return err
			}
		}
	}
	if r.OrderDate.IsZero() {
		r.OrderDate = t.today()
	}
	if r.TransferOrderNumber == "" {
		r.TransferOrderNumber = t.nextNumber("TX", func(number string) bool { return t.transfers.find(number) != nil })
	}
	return nil
}

// finishTransfer moves the stock of a transfer that was checked, at the cost that
// it has at the source.
func (t *Twin) finishTransfer(r *Transfer) error {
	b := t.newBooking()
	for i, line := range r.TransferDetails {
		name := fmt.Sprintf("TransferDetails[%d]", i)
		product := t.products.get(line.Product.Guid)
		if product == nil {
			return refused("Product %s is deleted.", line.Product.ProductCode)
		}
		out := movement{
			product: product, warehouse: r.SourceWarehouse, quantity: line.TransferQuantity.Decimal.Neg(),
			cost:    t.book.at(place{product.Guid, r.SourceWarehouse.Guid}).cost,
			batches: t.withExpiry(product, r.SourceWarehouse, line.BatchNumbers), serials: line.SerialNumbers,
		}
		if err := b.add(name, out, !t.knobs.TransferAllowNegative); err != nil {
			return err
		}
		in := out
		in.warehouse, in.quantity = r.DestinationWarehouse, line.TransferQuantity.Decimal
		if err := b.add(name, in, false); err != nil {
			return err
		}
	}
	b.commit()
	next := *r
	next.TransferStatus = Completed
	save(t, t.transfers, &next)
	return nil
}

// withExpiry gives batches the expiry that they have where they come from.
func (t *Twin) withExpiry(product *Product, warehouse *Warehouse, batches []BatchNumber) []BatchNumber {
	batches = slices.Clone(batches)
	lots := t.book.at(place{product.Guid, warehouse.Guid}).lots
	for i := range batches {
		if lot := lots[batches[i].Number]; lot != nil {
			batches[i].ExpiryDate = lot.ExpiryDate
		}
	}
	return batches
}

func (t *Twin) renderTransfer(r *Transfer) json.RawMessage {
	return render(t, r, "", func(r *Transfer) any {
		view := *r
		view.TransferDetails = slices.Clone(r.TransferDetails)
		for i := range view.TransferDetails {
			view.TransferDetails[i].Product = t.current(view.TransferDetails[i].Product)
		}
		return view
	})
}

// TransferSpec describes a transfer that is to be added.
type TransferSpec struct {
	Status                string // Parked when empty
	Source, Destination   string // warehouse codes
	DeliveryDate, Comment string
	Lines                 []TransferLineSpec
}

// TransferLineSpec is a line of a TransferSpec.
type TransferLineSpec struct {
	SKU, Quantity string
	Batches       map[string]string // number to quantity
	Serials       []string
}

// AddTransfer adds a transfer that is not completed yet.
func (t *Twin) AddTransfer(spec TransferSpec) Transfer {
	transfer := Transfer{
		TransferStatus: spec.Status, Comments: Text(spec.Comment),
		SourceWarehouse: &Warehouse{WarehouseCode: spec.Source}, DestinationWarehouse: &Warehouse{WarehouseCode: spec.Destination},
	}
	return made(t, transfer, func(transfer *Transfer) error {
		transfer.Mark = t.newMark()
		if transfer.TransferStatus == "" {
			transfer.TransferStatus = Parked
		}
		if spec.DeliveryDate != "" {
			transfer.DeliveryDate = t.Day(spec.DeliveryDate)
		}
		for _, given := range spec.Lines {
			line := TransferLine{Product: &ProductBrief{ProductCode: given.SKU}, BatchNumbers: batchesOf(given.Batches), SerialNumbers: serialsOf(given.Serials)}
			line.TransferQuantity.Set(given.Quantity)
			transfer.TransferDetails = append(transfer.TransferDetails, line)
		}
		if err := t.settleTransfer(transfer); err != nil {
			return err
		}
		save(t, t.transfers, transfer)
		return nil
	})
}

// DeleteTransfer deletes a transfer that is not completed.
func (t *Twin) DeleteTransfer(number string) {
	t.changeTransfer(number, func(r *Transfer) error {
		r.TransferStatus = Deleted
		save(t, t.transfers, r)
		return nil
	})
}

// CompleteTransfer completes a transfer by its number.
func (t *Twin) CompleteTransfer(number string) { t.changeTransfer(number, t.finishTransfer) }

func (t *Twin) changeTransfer(number string, change func(*Transfer) error) {
	t.act(func() error {
		old := t.transfers.find(number)
		if old == nil {
			return missing("transfer", number)
		}
		if err := old.changeable(); err != nil {
			return err
		}
		next := *old
		return change(&next)
	})
}
