package unleashedsim

import (
	"slices"

	"github.com/google/uuid"
)

// listTransfers includes deleted ones unless a status is asked for.
func listTransfers(c *call) (answer, error) {
	s := newSieve[*Transfer](c)
	s.modifiedSince(modified[*Transfer])
	s.oneOf("transferStatus", func(r *Transfer) string { return r.TransferStatus })
	return pageOf(c, c.twin.transfers.all(), s, c.twin.renderTransfer)
}

func getTransfer(c *call) (answer, error) {
	transfer, err := existing(c.twin.transfers, "transfer", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	return ok(c.twin.renderTransfer(transfer))
}

func getTransferByNumber(c *call) (answer, error) {
	transfer := c.twin.transfers.find(c.number)
	if transfer == nil {
		return answer{}, missing("transfer", c.number)
	}
	return ok(c.twin.renderTransfer(transfer))
}

func postTransfer(c *call) (answer, error) {
	var next Transfer
	if err := c.read(&next); err != nil {
		return answer{}, err
	}
	if err := c.identify(&next.Guid); err != nil {
		return answer{}, err
	}
	if old := c.twin.transfers.get(next.Guid); old != nil {
		return answer{}, refused("Transfer %s already exists.", old.TransferOrderNumber)
	}
	next.TransferOrderNumber = ""
	return c.storeTransfer(&next, created)
}

// putTransfer replaces a transfer that is not completed; its lines by their GUIDs.
func putTransfer(c *call) (answer, error) {
	old, err := c.openTransfer()
	if err != nil {
		return answer{}, err
	}
	var next Transfer
	if err := c.read(&next); err != nil {
		return answer{}, err
	}
	keepOmitted(c, &next, old)
	next.Stamp, next.TransferOrderNumber = old.Stamp, old.TransferOrderNumber
	next.TransferDetails = mergeLines(c.twin, old.TransferDetails, next.TransferDetails, func(l *TransferLine) *uuid.UUID { return &l.Guid })
	return c.storeTransfer(&next, ok)
}

// storeTransfer saves what a request makes of a transfer, and completes it when
// that is what it asks for.
func (c *call) storeTransfer(next *Transfer, done func([]byte) (answer, error)) (answer, error) {
	t := c.twin
	switch next.TransferStatus {
	case "":
		next.TransferStatus = Parked
	case Parked, Placed, Completed:
	default:
		return answer{}, invalid("TransferStatus", "A transfer cannot be %q.", next.TransferStatus)
	}
	if err := t.settleTransfer(next); err != nil {
		return answer{}, err
	}
	if next.TransferStatus == Completed {
		if err := t.finishTransfer(next); err != nil {
			return answer{}, err
		}
	} else {
		save(t, t.transfers, next)
	}
	return done(t.renderTransfer(t.transfers.get(next.Guid)))
}

func (c *call) openTransfer() (*Transfer, error) {
	transfer, err := existing(c.twin.transfers, "transfer", c.guids[0])
	if err != nil {
		return nil, err
	}
	return transfer, transfer.changeable()
}

// deleteTransfer takes only parked ones.
func deleteTransfer(c *call) (answer, error) {
	transfer, err := c.openTransfer()
	if err != nil {
		return answer{}, err
	}
	if transfer.TransferStatus != Parked {
		return answer{}, refused("Transfer %s is %s; only Parked ones can be deleted.", transfer.TransferOrderNumber, transfer.TransferStatus)
	}
	next := *transfer
	next.TransferStatus = Deleted
	save(c.twin, c.twin.transfers, &next)
	return ok(nil)
}

func completeTransfer(c *call) (answer, error) {
	t := c.twin
	transfer, err := existing(t.transfers, "transfer", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	if transfer.TransferStatus == Completed && t.knobs.CompleteTwiceAccepted {
		return ok(t.renderTransfer(transfer))
	}
	if err := transfer.changeable(); err != nil {
		return answer{}, err
	}
	if t.inert(StepComplete) {
		return ok(t.renderTransfer(transfer))
	}
	if err := t.finishTransfer(transfer); err != nil {
		return answer{}, err
	}
	return ok(t.renderTransfer(t.transfers.get(transfer.Guid)))
}

func postTransferLine(c *call) (answer, error) {
	var line TransferLine
	if err := c.read(&line); err != nil {
		return answer{}, err
	}
	return c.changeTransferLines(created, func(lines []TransferLine, _ int) []TransferLine { return append(lines, line) })
}

func putTransferLine(c *call) (answer, error) {
	var line TransferLine
	if err := c.read(&line); err != nil {
		return answer{}, err
	}
	return c.changeTransferLines(ok, func(lines []TransferLine, at int) []TransferLine {
		line.Guid, line.LineNumber = lines[at].Guid, lines[at].LineNumber
		if line.Product == nil {
			line.Product = lines[at].Product
		}
		lines[at] = line
		return lines
	})
}

func deleteTransferLine(c *call) (answer, error) {
	return c.changeTransferLines(ok, func(lines []TransferLine, at int) []TransferLine { return slices.Delete(lines, at, at+1) })
}

// changeTransferLines changes the lines of the open transfer that the path names;
// the change is told where the line is that the path names, if it names one.
func (c *call) changeTransferLines(done func([]byte) (answer, error), change func([]TransferLine, int) []TransferLine) (answer, error) {
	old, err := c.openTransfer()
	if err != nil {
		return answer{}, err
	}
	at, err := lineOf(c, old.TransferDetails, func(l TransferLine) uuid.UUID { return l.Guid })
	if err != nil {
		return answer{}, err
	}
	next := *old
	next.TransferDetails = change(slices.Clone(old.TransferDetails), at)
	return c.storeTransfer(&next, done)
}
