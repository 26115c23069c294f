package unleashedsim

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestAnswersHaveEveryMember holds one record of each resource against the members
// that are documented for it, spelt as the service spells them.
func TestAnswersHaveEveryMember(t *testing.T) {
	w := placed(t)
	w.SetStock("TEA", "MAIN", "10", "1")
	w.CompleteOrder("WEB-1")
	w.AddPaymentTerm("30 days", 30)
	w.AddSalesperson("Sam", "sam@example.test")
	w.AddBrand("Clayware")
	w.AddProduct(Product{ProductCode: "SET", ProductDescription: "Set"})
	w.AddBill("SET", false, Component{SKU: "MUG", Quantity: "1"})
	w.AddAssembly(Assembly{Product: &ProductBrief{ProductCode: "SET"}, Quantity: Number("1")})
	w.must(http.MethodPost, "/WarehouseStockTransfers", "", transfer)
	w.must(http.MethodPost, "/PurchaseOrders", "", purchase)
	w.SetStock("LOT", "MAIN", "1", "1", w.Batch("L1", "1", ""))
	w.SetSerials("GEAR", "MAIN", "1", "S1")
	const (
		stamp   = " CreatedBy CreatedOn LastModifiedBy LastModifiedOn Guid"
		address = "StreetNo AddressLine1 AddressLine2 Suburb City Region Country PostCode"
		goesTo  = " DeliveryName DeliveryStreetAddress DeliveryStreetAddress2 DeliverySuburb DeliveryCity DeliveryRegion DeliveryCountry DeliveryPostCode"
		totals  = " SubTotal TaxTotal Total BCSubTotal BCTaxTotal BCTotal"
	)
	for path, c := range map[string]struct {
		record string
		lines  string
		line   string
	}{
		"/SalesOrders": {
			"OrderNumber OrderDate RequiredDate CompletedDate ReceivedDate PaymentDueDate OrderStatus CustomOrderStatus Customer CustomerRef Comments Warehouse DeliveryInstruction DeliveryMethod DeliveryContact Currency ExchangeRate DiscountRate Tax TaxRate XeroTaxCode TotalVolume TotalWeight SalesAccount SalesOrderGroup SalesPerson AllocateProduct SendAccountingJournalOnly SourceId" + goesTo + totals + stamp,
			"SalesOrderLines",
			"Guid LineNumber LineType Product Assembly DueDate OrderQuantity UnitPrice DiscountRate LineTotal LineTax LineTaxCode TaxRate XeroTaxCode XeroSalesAccount CostOfGoodsAccount Comments Volume Weight UnitCost AverageLandedPriceAtTimeOfSale BCUnitPrice BCLineTotal BCLineTax BatchNumbers SerialNumbers LastModifiedOn",
		},
		"/SalesShipments": {
			"ShipmentNumber OrderNumber OrderGuid ShipmentStatus ShipmentStatusEnum DispatchDate TrackingNumber ShippingCompany Comments NumberOfPackages ShipmentWeight CustomerRef DeliveryInstruction Incoterm TotalCommercialValue Customer Warehouse" + goesTo + stamp,
			"SalesShipmentLines",
			"Guid LineNumber SalesOrderLineNumber Product ShipmentQty UnitCost CommercialMonetaryValue BatchNumbers SerialNumbers CreatedOn CreatedBy LastModifiedOn LastModifiedBy",
		},
		"/PurchaseOrders": {
			"OrderNumber OrderDate RequiredDate ReceivedDate CompletedDate DeliveryDate SupplierInvoiceDate OrderStatus CustomOrderStatus Supplier SupplierRef Warehouse Currency ExchangeRate TaxCode TaxRate Tax XeroTaxCode DiscountRate TotalVolume TotalWeight Comments Printed SalesOrders" + goesTo + totals + stamp,
			"PurchaseOrderLines",
			"Guid LineNumber Product OrderQuantity ReceiptQuantity UnitPrice DiscountRate DiscountedUnitPrice LineTotal LineTax LineTaxCode LineTaxRate DeliveryDate BCUnitPrice BCSubTotal Comments Volume Weight UnitOfMeasure DueDate BatchNumbers SerialNumbers LastModifiedOn",
		},
		"/StockOnHand":             {"AllocatedQty AvailableQty AvgCost DaysSinceLastSale Guid LastModifiedOn OnPurchase ProductCode ProductDescription ProductGroupName ProductGuid ProductSourceId QtyOnHand TotalCost Warehouse WarehouseCode WarehouseId", "", ""},
		"/StockAdjustments":        {"AccountCode AdjustmentDate AdjustmentNumber AdjustmentReason ConfirmedBy ConfirmedOn Status Warehouse" + stamp, "StockAdjustmentLines", "BatchNumbers Comments Guid LastModifiedOn LineNumber NewActualValue NewQuantity Product SerialNumbers"},
		"/Products":                {"ProductCode ProductDescription Barcode PackSize Width Height Depth Weight MinStockAlertLevel MaxStockAlertLevel ReOrderPoint UnitOfMeasure AlternateUnitsOfMeasure DefaultPurchasesUnitOfMeasure NeverDiminishing LastCost DefaultPurchasePrice DefaultSellPrice CustomerSellPrice AverageLandPrice MinimumSellPrice MinimumSaleQuantity MinimumOrderQuantity SellPriceTier1 SellPriceTier10 Obsolete Notes Comments CopyCommentsForSales CopyCommentsForPurchases Images ImageUrl XeroTaxCode XeroTaxRate TaxablePurchase TaxableSales XeroSalesTaxCode XeroSalesTaxRate XeroSalesAccount XeroCostOfGoodsAccount PurchaseAccount IsComponent IsAssembledProduct CanAutoAssemble IsSerialized IsBatchTracked IsSellable IsPurchasable ProductGroup ProductBrand BinLocation Supplier AttributeSet SourceId SourceVariantParentId CommerceCode CustomsDescription SupplementaryClassificationAbbreviation ICCCountryCode ICCCountryName InventoryDetails" + stamp, "", ""},
		"/WarehouseStockTransfers": {"TransferOrderNumber TransferStatus OrderDate DeliveryDate Comments SourceWarehouse DestinationWarehouse" + stamp, "TransferDetails", "Guid LineNumber Product TransferQuantity Comments BatchNumbers SerialNumbers"},
		"/Assemblies":              {"AssemblyNumber AssemblyStatus CustomAssemblyStatus AssemblyType AutoAssembly AssemblyDate AssembleBy Quantity CanAssembleQuantity Product SourceWarehouse DestinationWarehouse SalesOrderNumber Comments TotalCost Total DisassembleCostTotal SupplierCostsSubTotal SupplierCostsTax SupplierCosts ActualDuration DurationComments ExpectedDuration EstimatedStartDate ProductionPerson BatchNumbers SerialNumbers" + stamp, "AssemblyLines", "Guid LineNumber Product Quantity WastageQuantity UnitCost ExpenseAccount DisassembleCost BatchNumbers"},
		"/BillOfMaterials":         {"BillNumber Product CanAutoAssemble CanAutoDisassemble Obsolete AverageDuration DurationType ExpectedDuration ProductionDaysPerWeek ProductionHoursPerDay TotalCost" + stamp, "BillOfMaterialsLines", "Guid LineNumber Product Quantity WastageQuantity UnitOfMeasure UnitCost LineTotalCost ExpenseAccount"},
		"/Customers":               {"CustomerCode CustomerName Email EmailCC Website PhoneNumber FaxNumber MobileNumber DDINumber TollFreeNumber ContactFirstName ContactLastName GSTVATNumber BankName BankBranch BankAccount Currency Taxable TaxCode TaxRate PaymentTerm SellPriceTier SellPriceTierReference CustomerType CustomerTypeGuid DiscountRate StopCredit HasCreditLimit CreditLimit SalesPerson SalesOrderGroup DeliveryMethod DeliveryInstruction DefaultWarehouse PrintPackingSlipInsteadOfInvoice PrintInvoice XeroContactId XeroSalesAccount XeroCostOfGoodsAccount SourceId Notes Reminder Obsolete Addresses" + stamp, "Contacts", "Guid FirstName LastName EmailAddress PhoneNumber MobilePhone OfficePhone DDINumber FaxNumber TollFreeNumber Website Notes DeliveryAddress ForInvoicing ForShipping ForOrdering IsDefault"},
		"/Warehouses":              {"ContactName DDINumber FaxNumber Guid IsDefault LastModifiedOn MobileNumber Obsolete PhoneNumber WarehouseCode WarehouseName " + address, "", ""},
		"/Suppliers":               {"SupplierCode SupplierName Addresses BankAccount BankBranch BankName Currency DDINumber Email FaxNumber GSTVATNumber MobileNumber PhoneNumber TollFreeNumber Website Notes Taxable TaxCode TaxRate PaymentTerm Obsolete XeroContactId DefaultWarehouse LeadTimeDays MinimumOrderQuantity MinimumOrderValue PurchaseOrderCostDistributionMethod PurchaseOrderPrintTemplate SupplierReturnPrintTemplate Reminder" + stamp, "", ""},
		"/Invoices":                {"InvoiceNumber OrderNumber QuoteNumber InvoiceDate DueDate InvoiceStatus Customer Comments Currency ExchangeRate DeliveryAddress PostalAddress DeliveryInstruction PaymentTerm PaymentReceived" + totals + stamp, "InvoiceLines", "Guid LineNumber LineType Product OrderQuantity InvoiceQuantity UnitPrice DiscountRate LineTotal LineTax TaxRate Comments BatchNumbers SerialNumbers LastModifiedOn"},
		"/BatchNumbers":            {"BatchNumber ExpiryDate Quantity OriginalQty ProductCode WarehouseCode Status" + stamp, "", ""},
		"/SerialNumbers":           {"Identifier ProductCode WarehouseCode Status" + stamp, "", ""},
		"/Currencies":              {"Guid CurrencyCode Description DefaultBuyRate DefaultSellRate LastModifiedOn", "", ""},
		"/Taxes":                   {"Guid TaxCode Description TaxRate CanApplyToExpenses CanApplyToRevenue Obsolete LastModifiedOn", "", ""},
		"/PaymentTerms":            {"Guid PaymentTermDescription Type Days Obsolete", "", ""},
		"/Salespersons":            {"Guid FullName Email Obsolete LastModifiedOn", "", ""},
		"/ProductGroups":           {"Guid GroupName ParentGroupGuid LastModifiedOn", "", ""},
		"/ProductBrands":           {"Guid BrandName LastModifiedOn", "", ""},
	} {
		t.Run(path, func(t *testing.T) {
			given := w.get(path, "")
			record, isRecord := given.at("Items", 0).(map[string]any)
			assert.True(t, isRecord)
			for _, member := range strings.Fields(c.record) {
				assert.Contains(t, record, member)
			}
			if c.lines == "" {
				return
			}
			line := given.at("Items", 0, c.lines, 0).(map[string]any)
			for _, member := range strings.Fields(c.line) {
				assert.Contains(t, line, member)
			}
		})
	}
}
