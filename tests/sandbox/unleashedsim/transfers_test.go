package unleashedsim

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	transferGUID = "aa510000-0000-4000-8000-000000000001"
	movedGUID    = "bb620000-0000-4000-8000-000000000001"
	transfer     = `{"Guid":"` + transferGUID + `","SourceWarehouse":{"WarehouseCode":"MAIN"},"DestinationWarehouse":{"WarehouseCode":"SHOP"},"OrderDate":"2026-03-01","Comments":"sync:tr:88",
"TransferDetails":[{"Guid":"` + movedGUID + `","LineNumber":1,"Product":{"ProductCode":"MUG"},"TransferQuantity":4}]}`
)

func TestTransferMovesStockWhenItIsCompleted(t *testing.T) {
	w := newWorld(t)
	w.SetStock("MUG", "MAIN", "10", "4")
	w.SetStock("MUG", "SHOP", "4", "6")
	made := w.send(http.MethodPost, "/WarehouseStockTransfers", "", transfer)
	assert.Equal(t, 201, made.status)
	assert.Equal(t, "TX-00000001", made.at("TransferOrderNumber"))
	assert.Equal(t, Parked, made.at("TransferStatus"))
	assert.Equal(t, made.raw, w.get("/WarehouseStockTransfers/TX-00000001", "").raw, "found by its number")
	assert.Equal(t, made.raw, w.get("/WarehouseStockTransfers/"+transferGUID, "").raw, "and by its GUID")
	assert.Equal(t, []string{"TX-00000001"}, w.get("/WarehouseStockTransfers/1", "").column("TransferOrderNumber"), "digits are a page")

	done := w.send(http.MethodPost, "/WarehouseStockTransfers/"+transferGUID+"/Complete", "", "")
	assert.Equal(t, 200, done.status)
	assert.Equal(t, Completed, done.at("TransferStatus"))
	assert.Equal(t, "6", w.Stock("MUG", "MAIN").OnHand.String())
	assert.Equal(t, "8", w.Stock("MUG", "SHOP").OnHand.String())
	assert.Equal(t, "5", w.Stock("MUG", "SHOP").AverageCost.String(), "what comes brings its cost")
	assert.Equal(t, 400, w.send(http.MethodPost, "/WarehouseStockTransfers/"+transferGUID+"/Complete", "", "").status)
	assert.Equal(t, 400, w.send(http.MethodDelete, "/WarehouseStockTransfers/"+transferGUID, "", "").status)
	assert.Equal(t, 400, w.send(http.MethodPut, "/WarehouseStockTransfers/"+transferGUID, "", transfer).status)
	w.Turn(func(k *Knobs) { k.CompleteTwiceAccepted = true })
	assert.Equal(t, 200, w.send(http.MethodPost, "/WarehouseStockTransfers/"+transferGUID+"/Complete", "", "").status)
	assert.Equal(t, "6", w.Stock("MUG", "MAIN").OnHand.String())
}

func TestTransferIsRefused(t *testing.T) {
	for name, pairs := range map[string][]string{
		"to the same warehouse":            {"SHOP", "MAIN"},
		"to a warehouse that is unknown":   {"SHOP", "MOON"},
		"of nothing":                       {`"TransferQuantity":4`, `"TransferQuantity":0`},
		"of a product that is unknown":     {"MUG", "NOPE"},
		"in a status that is unknown":      {`"Comments"`, `"TransferStatus":"Sent","Comments"`},
		"without lines":                    {`[{`, `[],"Ignored":[{`},
		"with a batch for a plain product": {`"TransferQuantity":4`, `"TransferQuantity":4,"BatchNumbers":[{"Number":"L","Quantity":4}]`},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, 400, newWorld(t).send(http.MethodPost, "/WarehouseStockTransfers", "", with(transfer, pairs...)).status)
		})
	}
}

func TestTransferOfMoreThanThereIs(t *testing.T) {
	w := newWorld(t)
	w.SetStock("MUG", "MAIN", "3", "4")
	w.must(http.MethodPost, "/WarehouseStockTransfers", "", transfer)
	assert.Equal(t, 400, w.send(http.MethodPost, "/WarehouseStockTransfers/"+transferGUID+"/Complete", "", "").status)
	w.Turn(func(k *Knobs) { k.TransferAllowNegative = true })
	w.must(http.MethodPost, "/WarehouseStockTransfers/"+transferGUID+"/Complete", "", "")
	assert.Equal(t, "-1", w.Stock("MUG", "MAIN").OnHand.String())
}

func TestTransferLinesAreChanged(t *testing.T) {
	w := newWorld(t)
	w.must(http.MethodPost, "/WarehouseStockTransfers", "", transfer)
	path := "/WarehouseStockTransfers/" + transferGUID
	w.must(http.MethodPut, path+"/Lines/"+movedGUID, "", `{"TransferQuantity":2}`)
	w.must(http.MethodPost, path+"/Lines", "", `{"Product":{"ProductCode":"TEA"},"TransferQuantity":1}`)
	r, _ := w.TransferByNumber("TX-00000001")
	require.Len(t, r.TransferDetails, 2)
	assert.Equal(t, "2", r.TransferDetails[0].TransferQuantity.Decimal.String())
	w.must(http.MethodDelete, path+"/Lines/"+movedGUID, "", "")
	assert.Equal(t, 400, w.send(http.MethodDelete, path+"/Lines/"+r.TransferDetails[1].Guid.String(), "", "").status, "the last line stays")
	given := w.must(http.MethodPut, path, "", with(transfer, `"Comments":"sync:tr:88",`, "", movedGUID, customerGUID))
	assert.Nil(t, given.at("Comments"))
	assert.Len(t, given.at("TransferDetails"), 2)
}

func TestTransferListIncludesDeletedOnes(t *testing.T) {
	w := newWorld(t)
	w.must(http.MethodPost, "/WarehouseStockTransfers", "", transfer)
	w.AddTransfer(TransferSpec{Status: Placed, Source: "SHOP", Destination: "MAIN", Lines: []TransferLineSpec{{SKU: "MUG", Quantity: "1"}}})
	placed, _ := w.TransferByNumber("TX-00000002")
	assert.Equal(t, 400, w.send(http.MethodDelete, "/WarehouseStockTransfers/"+placed.Guid.String(), "", "").status, "only parked ones can be deleted")
	w.must(http.MethodDelete, "/WarehouseStockTransfers/"+transferGUID, "", "")
	assert.ElementsMatch(t, []string{Deleted, Placed}, w.get("/WarehouseStockTransfers", "").column("TransferStatus"))
	assert.Equal(t, []string{Placed}, w.get("/WarehouseStockTransfers", "transferStatus=placed").column("TransferStatus"))
}

func TestTransferOfLots(t *testing.T) {
	w := newWorld(t)
	w.SetStock("LOT", "MAIN", "5", "2", w.Batch("L1", "5", "2027-01-31"))
	r := w.AddTransfer(TransferSpec{Source: "MAIN", Destination: "SHOP", Lines: []TransferLineSpec{{SKU: "LOT", Quantity: "2"}}})
	path := "/WarehouseStockTransfers/" + r.Guid.String()
	assert.Equal(t, 400, w.send(http.MethodPost, path+"/Complete", "", "").status, "the lots are needed")
	w.must(http.MethodPut, path+"/Lines/"+r.TransferDetails[0].Guid.String(), "", `{"TransferQuantity":2,"BatchNumbers":[{"Number":"L1","Quantity":2}]}`)
	w.must(http.MethodPost, path+"/Complete", "", "")
	assert.Equal(t, "3", w.Batches("LOT", "MAIN")["L1"].String())
	assert.Equal(t, "2", w.Batches("LOT", "SHOP")["L1"].String())
	assert.NotNil(t, w.get("/BatchNumbers", "warehouseCode=SHOP").at("Items", 0, "ExpiryDate"), "the expiry goes along")
}

func TestOperatorsTransfers(t *testing.T) {
	w := newWorld(t)
	w.SetSerials("GEAR", "MAIN", "60", "S1")
	w.AddTransfer(TransferSpec{Source: "MAIN", Destination: "SHOP", DeliveryDate: "2026-03-09", Lines: []TransferLineSpec{{SKU: "GEAR", Quantity: "1", Serials: []string{"S1"}}}})
	w.AddTransfer(TransferSpec{Source: "SHOP", Destination: "MAIN", Lines: []TransferLineSpec{{SKU: "MUG", Quantity: "1"}}})
	w.CompleteTransfer("TX-00000001")
	w.DeleteTransfer("TX-00000002")
	assert.Equal(t, []string{"S1"}, w.Serials("GEAR", "SHOP"))
	assert.Empty(t, w.Serials("GEAR", "MAIN"))
	assert.Panics(t, func() { w.CompleteTransfer("TX-00000002") }, "what the service refuses is a mistake of the test")
}
