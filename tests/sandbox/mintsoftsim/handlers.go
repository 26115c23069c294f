package mintsoftsim

// handlers are the operations that the twin models, by verb and route.
var handlers = map[string]handler{
	"POST /api/Auth": (*Twin).logIn,

	"GET /api/Client":                                            (*Twin).listClients,
	"GET /api/Warehouse":                                         (*Twin).listWarehouses,
	"GET /api/Warehouse/LocationTypes":                           func(t *Twin, _ *call) (any, error) { return t.reference.locationTypes, nil },
	"GET /api/Warehouse/{WarehouseId}/Location/All":              (*Twin).listLocations,
	"GET /api/Warehouse/{WarehouseId}/Location/{LocationId}":     (*Twin).getLocation,
	"GET /api/Warehouse/{WarehouseId}/Location/LookupLocationId": (*Twin).lookUpLocation,
	"GET /api/Warehouse/{warehouseId}/StockMovements":            (*Twin).listMovements,
	"POST /api/Warehouse/StockMovement":                          (*Twin).moveStock,
	"POST /api/Warehouse/BulkStockMovement":                      (*Twin).moveStocks,
	"GET /api/Courier/Services":                                  func(t *Twin, _ *call) (any, error) { return every(t.reference.couriers), nil },
	"GET /api/Courier/Services/{id}":                             (*Twin).getCourier,
	"GET /api/Courier/Services/{id}/ExternalNames":               (*Twin).listPhrases,
	"GET /api/Courier/ServiceTypes":                              func(t *Twin, _ *call) (any, error) { return every(t.reference.courierTypes), nil },
	"GET /api/RefData/Countries":                                 func(t *Twin, _ *call) (any, error) { return t.reference.countries, nil },
	"GET /api/RefData/Currencies":                                func(t *Twin, _ *call) (any, error) { return t.reference.currencies, nil },
	"PUT /api/Product":                                           (*Twin).createProduct,
	"POST /api/Product":                                          (*Twin).updateProduct,
	"GET /api/Product/{id}":                                      (*Twin).getProduct,
	"DELETE /api/Product/{id}":                                   (*Twin).deleteProduct,
	"GET /api/Product/List":                                      (*Twin).listProducts,
	"GET /api/Product/LookupProductId":                           (*Twin).lookUpProduct,
	"GET /api/Product/Search":                                    (*Twin).searchProducts,
	"GET /api/Product/SearchBarcode":                             (*Twin).searchBarcode,
	"GET /api/Product/UpdatedSince":                              (*Twin).productsUpdatedSince,
	"PUT /api/Product/Bundle":                                    (*Twin).createBundle,
	"GET /api/Product/{id}/Bundle":                               (*Twin).getBundle,
	"GET /api/Product/Suppliers":                                 (*Twin).listSuppliers,
	"PUT /api/Product/Suppliers":                                 (*Twin).createSupplier,
	"GET /api/Product/StockLevels":                               (*Twin).listStockLevels,
	"GET /api/Product/StockLevels/UpdatedSince":                  (*Twin).stockUpdatedSince,
	"GET /api/Product/StockLevelsByWarehouse":                    (*Twin).listStockLevelsByWarehouse,
	"GET /api/Product/{id}/Inventory":                            (*Twin).getInventory,
	"GET /api/Product/Inventory/Bulk":                            (*Twin).listInventory,
	"POST /api/Product/BulkOnHandStockUpdate":                    (*Twin).setOnHand,
	"GET /api/Product/{id}/StockFlow":                            (*Twin).listFlow,
	"GET /api/Product/{id}/StockFlow/Filtered":                   (*Twin).listFilteredFlow,
	"GET /api/Reports/ProductUsageReport":                        (*Twin).reportUsage,
	"GET /api/Reports/ProductsInLocationReport":                  (*Twin).reportLocations,

	"PUT /api/Order":                                (*Twin).createOrder,
	"GET /api/Order/{id}":                           (*Twin).getOrder,
	"POST /api/Order/{id}":                          (*Twin).updateOrder,
	"GET /api/Order/List":                           (*Twin).listOrders,
	"GET /api/Order/Search":                         (*Twin).searchOrders,
	"GET /api/Order/GetOrderId":                     (*Twin).getOrderID,
	"GET /api/Order/TrackingNumberSearch":           (*Twin).searchTracking,
	"GET /api/Order/Statuses":                       func(t *Twin, _ *call) (any, error) { return t.reference.orderStatuses, nil },
	"GET /api/Order/Channels":                       (*Twin).listChannels,
	"GET /api/Order/{id}/Items":                     (*Twin).listItems,
	"PUT /api/Order/{id}/Items":                     (*Twin).addItem,
	"POST /api/Order/{id}/Items/{ItemId}":           (*Twin).changeItem,
	"DELETE /api/Order/{id}/Items/{ItemId}":         (*Twin).deleteItem,
	"GET /api/Order/{id}/Comments":                  (*Twin).listComments,
	"POST /api/Order/{id}/Comments":                 (*Twin).addComment,
	"PUT /api/Order/{id}/Tag":                       (*Twin).changeTag,
	"DELETE /api/Order/{id}/Tag":                    (*Twin).changeTag,
	"GET /api/Order/{id}/ConnectActions":            (*Twin).listActions,
	"PUT /api/Order/{id}/ConnectActions":            (*Twin).addAction,
	"GET /api/Order/{id}/Splits":                    (*Twin).listSplits,
	"POST /api/Order/{id}/SplitOrderItems":          (*Twin).splitItems,
	"GET /api/Order/{id}/Allocations":               (*Twin).listAllocations,
	"GET /api/Order/{id}/BarcodeVerifiedOrderItems": (*Twin).listScans,
	"GET /api/Order/{id}/BoxPackingList":            (*Twin).listBoxes,
	"GET /api/Order/{id}/Shipments":                 (*Twin).listShipments,
	"PUT /api/Order/{id}/Shipments":                 (*Twin).addShipment,
	"GET /api/Order/{id}/Cancel": step("Order cancelled", func(t *Twin, o *orderRecord, c *call) error {
		return t.cancel(o, c.now, c.user.Username)
	}),
	"GET /api/Order/{id}/CancelNoStock": step("Order cancelled", func(t *Twin, o *orderRecord, c *call) error {
		return t.cancelNoStock(o, c.now, c.user.Username)
	}),
	"GET /api/Order/{id}/MarkDespatched": step("Order despatched", func(t *Twin, o *orderRecord, c *call) error {
		return t.despatch(o, c.text("TrackingNumber"), c.now, c.user.Username)
	}),
	"GET /api/Order/{id}/MarkPrinted": step("Order printed", func(t *Twin, o *orderRecord, c *call) error {
		return t.print(o, c.text("Comment"), c.now, c.user.Username)
	}),
	"GET /api/Order/{id}/UpdateNumberOfParcels": step("Number of parcels updated", func(t *Twin, o *orderRecord, c *call) error {
		return t.setParcels(o, c.int("NumberOfParcels"), c.now, c.user.Username)
	}),
	"GET /api/Order/{id}/MarkAwaitingPayment":      holding(StatusAwaitingPayment),
	"GET /api/Order/{id}/MarkPaymentReceived":      releasing(StatusAwaitingPayment),
	"GET /api/Order/{id}/MarkAwaitingConfirmation": holding(StatusAwaitingConfirmation),
	"GET /api/Order/{id}/MarkConfirmed":            releasing(StatusAwaitingConfirmation),
	"POST /api/Order/{id}/MarkFraudRisk":           holding(StatusFraudRisk),
	"POST /api/Order/{id}/MarkFraudRiskAccepted":   releasing(StatusFraudRisk),
	"GET /api/Order/{id}/MarkReleasePackAndHold":   releasing(StatusPackAndHold),
	"GET /api/Order/{id}/MarkPackAndHold": step("Order held", func(t *Twin, o *orderRecord, c *call) error {
		return t.hold(o, StatusPackAndHold, t.knobs.DespatchFrom, c.now, c.user.Username)
	}),

	"PUT /api/ASN":                     (*Twin).createASN,
	"GET /api/ASN/{id}":                (*Twin).getASN,
	"POST /api/ASN/{id}":               (*Twin).updateASN,
	"DELETE /api/ASN/{id}":             (*Twin).deleteASN,
	"GET /api/ASN/List":                (*Twin).listASNs,
	"GET /api/ASN/Statuses":            func(t *Twin, _ *call) (any, error) { return t.reference.asnStatuses, nil },
	"GET /api/ASN/GoodsInTypes":        func(*Twin, *call) (any, error) { return goodsInPairs(), nil },
	"POST /api/ASN/{id}/Items/Receive": (*Twin).receiveItems,
	"PUT /api/ASN/{id}/ConnectActions": (*Twin).addASNAction,
	"GET /api/ASN/{id}/Confirm": asnStep(false, "ASN confirmed", func(t *Twin, a *asnRecord, c *call) error {
		return t.confirmASN(a, c.now, c.user.Username)
	}),
	"GET /api/ASN/{id}/PartBook": asnStep(true, "ASN part booked", func(t *Twin, a *asnRecord, c *call) error {
		return t.bookSome(a, ASNPartiallyBooked, c.now, c.user.Username)
	}),
	"GET /api/ASN/{id}/BookInPartial": asnStep(true, "ASN booked in partially", func(t *Twin, a *asnRecord, c *call) error {
		return t.bookSome(a, ASNBookedInPartial, c.now, c.user.Username)
	}),
	"GET /api/ASN/{id}/BookIn": asnStep(true, "ASN booked in", func(t *Twin, a *asnRecord, c *call) error {
		return t.bookIn(a, c.now, c.user.Username)
	}),
	"GET /api/ASN/{id}/MarkAwaitingPutAway": asnStep(true, "ASN awaiting put away", func(t *Twin, a *asnRecord, c *call) error {
		return t.awaitPutAway(a, c.now, c.user.Username)
	}),
	"GET /api/ASN/{id}/MarkPutAwayComplete": asnStep(true, "ASN put away", func(t *Twin, a *asnRecord, c *call) error {
		return t.completePutAway(a, c.now, c.user.Username)
	}),

	"PUT /api/WarehouseTransfer":              (*Twin).createTransfer,
	"GET /api/WarehouseTransfer/List":         (*Twin).listTransfers,
	"GET /api/WarehouseTransfer/{id}":         (*Twin).getTransfer,
	"POST /api/WarehouseTransfer/{id}":        transferStep("Warehouse Transfer updated", (*Twin).updateTransfer),
	"DELETE /api/WarehouseTransfer/{id}":      transferStep("Warehouse Transfer deleted", (*Twin).deleteTransfer),
	"GET /api/WarehouseTransfer/{id}/Confirm": transferStep("Warehouse Transfer confirmed", (*Twin).confirmTransfer),
	"GET /api/WarehouseTransfer/{id}/Cancel":  transferStep("Warehouse Transfer cancelled", (*Twin).cancelTransfer),
	"GET /api/WarehouseTransfer/Statuses": func(*Twin, *call) (any, error) {
		return []string{TransferNew, TransferConfirmed, TransferCancelled}, nil
	},

	"GET /api/Return/Reasons":    func(*Twin, *call) (any, error) { return returnReasons(), nil },
	"GET /api/Return/List":       (*Twin).listReturns,
	"GET /api/Return/{id}":       (*Twin).getReturn,
	"GET /api/Return/{id}/Items": (*Twin).listReturnItems,
}

// holding keeps an order that was not begun in a status.
func holding(status int) handler {
	return step("Order held", func(t *Twin, o *orderRecord, c *call) error {
		return t.hold(o, status, t.knobs.EditableFrom, c.now, c.user.Username)
	})
}

// releasing lets an order out of a status again.
func releasing(status int) handler {
	return step("Order released", func(t *Twin, o *orderRecord, c *call) error {
		return t.unhold(o, status, c.now, c.user.Username)
	})
}
