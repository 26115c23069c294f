package sandbox

import "github.com/mintleash/mintleash/tests/sandbox/unleashedsim"

// seedInbound adds what is on its way into the warehouse or through it: purchase
// orders, transfers with the shop, and assemblies.
func (s *Sandbox) seedInbound() {
	u := s.Unleashed
	u.AddSupplier("TEALTD", "Tea Importers Ltd")
	u.AddPurchase(unleashedsim.PurchaseSpec{Supplier: "CLAYCO", Warehouse: warehouseCode, Reference: "CC-8812", Comments: "Two pallets", Lines: []unleashedsim.LineSpec{
		{SKU: "MUG-BLUE", Quantity: "100", Price: "4.00"}, {SKU: "MUG-RED", Quantity: "100", Price: "4.00"}, {SKU: "BOWL-L", Quantity: "24", Price: "6.20"},
	}})
	u.AddPurchase(unleashedsim.PurchaseSpec{Supplier: "TEALTD", Warehouse: warehouseCode, Lines: []unleashedsim.LineSpec{
		{SKU: "TEA-ASSAM", Quantity: "60", Price: "3.50"}, {SKU: "GIFTWRAP", Quantity: "1", Price: "2.00"},
	}})
	u.AddPurchase(unleashedsim.PurchaseSpec{Supplier: "CLAYCO", Warehouse: warehouseCode, Status: unleashedsim.Parked, Lines: []unleashedsim.LineSpec{{SKU: "PLATE-26", Quantity: "50", Price: "3.80"}}})
	u.AddPurchase(unleashedsim.PurchaseSpec{Supplier: "CLAYCO", Warehouse: "SHOP", Lines: []unleashedsim.LineSpec{{SKU: "BOWL-S", Quantity: "12", Price: "2.70"}}})

	u.SetStock("SOAP-BAR", "SHOP", "40", "1.15")
	u.AddTransfer(unleashedsim.TransferSpec{Source: warehouseCode, Destination: "SHOP", Comment: "Window display", Lines: []unleashedsim.TransferLineSpec{{SKU: "MUG-BLUE", Quantity: "6"}, {SKU: "BOX-S", Quantity: "10"}}})
	u.AddTransfer(unleashedsim.TransferSpec{Source: "SHOP", Destination: warehouseCode, Comment: "Back from the shop", Lines: []unleashedsim.TransferLineSpec{{SKU: "SOAP-BAR", Quantity: "15"}}})

	own := func() *unleashedsim.Warehouse { return &unleashedsim.Warehouse{WarehouseCode: warehouseCode} }
	u.AddAssembly(unleashedsim.Assembly{
		Product: &unleashedsim.ProductBrief{ProductCode: "HAMPER"}, Quantity: unleashedsim.Number("4"), SourceWarehouse: own(), DestinationWarehouse: own(),
		AssemblyLines: []unleashedsim.AssemblyLine{
			{Product: &unleashedsim.ProductBrief{ProductCode: "BOARD-OAK"}, Quantity: unleashedsim.Number("4")},
			{Product: &unleashedsim.ProductBrief{ProductCode: "BOX-S"}, Quantity: unleashedsim.Number("4"), WastageQuantity: unleashedsim.Number("1")},
		},
	})

	// The first orders are packed already; shipment_import would send these.
	for _, order := range []string{"SO-00000001", "SO-00000003"} {
		if _, known := u.OrderByNumber(order); known {
			u.AddShipment(unleashedsim.ShipmentSpec{Order: order, Status: unleashedsim.Placed})
		}
	}
}
