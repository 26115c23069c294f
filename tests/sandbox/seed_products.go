package sandbox

import (
	"fmt"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

// article is a product of the seed.
type article struct {
	sku, name, barcode         string
	weight, cost, price, stock string
	customs, commerce, origin  string
	batches                    map[string]string // number to quantity
	expiry                     string
	service, obsolete          bool
	image                      string
	// inWarehouse: Mintsoft has it already, as it was left by whoever set it up: no
	// barcode, no weight.
	inWarehouse bool
}

// articles are what a small homeware wholesaler sells.
var articles = []article{
	{sku: "MUG-BLUE", name: "Stoneware mug, blue", barcode: "5012345678900", weight: "0.35", cost: "4.10", price: "10.00", stock: "240", customs: "Ceramic mug", commerce: "69120023", origin: "GB", image: "https://images.example.test/mug-blue.jpg", inWarehouse: true},
	{sku: "MUG-RED", name: "Stoneware mug, red", barcode: "5012345678917", weight: "0.35", cost: "4.10", price: "10.00", stock: "180", customs: "Ceramic mug", commerce: "69120023", origin: "GB", inWarehouse: true},
	{sku: "MUG-CAFÉ", name: "Espresso cup „Café“", barcode: "5012345678924", weight: "0.12", cost: "2.35", price: "6.50", stock: "310", customs: "Ceramic cup", commerce: "69120023", origin: "PT"},
	{sku: "BOWL-S", name: "Bowl, 12 cm", barcode: "5012345678931", weight: "0.28", cost: "2.80", price: "7.25", stock: "150", commerce: "69120023", origin: "PT", inWarehouse: true},
	{sku: "BOWL-L", name: "Bowl, 24 cm", barcode: "5012345678948", weight: "0.92", cost: "6.40", price: "16.00", stock: "75", commerce: "69120023", origin: "PT"},
	{sku: "PLATE-26", name: "Dinner plate, 26 cm", barcode: "5012345678955", weight: "0.64", cost: "3.95", price: "11.50", stock: "400", commerce: "69120023", origin: "PT", inWarehouse: true},
	{sku: "TEAPOT", name: "Cast iron teapot, 0.8 l", barcode: "5012345678962", weight: "1.85", cost: "14.20", price: "39.00", stock: "42", commerce: "73239100", origin: "JP"},
	{sku: "TEA-ASSAM", name: "Assam tea, loose, 250 g", barcode: "5012345678979", weight: "0.27", cost: "3.60", price: "8.95", stock: "120", commerce: "09024000", origin: "IN", batches: map[string]string{"A2409": "50", "A2411": "70"}, expiry: "2028-03-31"},
	{sku: "TEA-SENCHA", name: "Sencha, loose, 100 g", barcode: "5012345678986", weight: "0.12", cost: "4.90", price: "12.50", stock: "60", commerce: "09021000", origin: "JP", batches: map[string]string{"S2410": "60"}, expiry: "2027-11-30"},
	{sku: "COFFEE-1KG", name: "Espresso beans, 1 kg", barcode: "5012345678993", weight: "1.02", cost: "11.30", price: "24.00", stock: "90", commerce: "09012100", origin: "IT", batches: map[string]string{"C0611": "40", "C0612": "50"}, expiry: "2027-06-30"},
	{sku: "SERUM-50ML", name: "Face serum, 50 ml", barcode: "5012345679006", weight: "0.12", cost: "3.20", price: "18.00", stock: "48", customs: "Cosmetic serum", commerce: "33049900", origin: "GB", batches: map[string]string{"LOT-7": "30", "LOT-8": "18"}, expiry: "2028-01-31"},
	{sku: "SOAP-BAR", name: "Olive soap, 100 g", barcode: "5012345679013", weight: "0.11", cost: "1.15", price: "4.25", stock: "500", commerce: "34011100", origin: "GR", inWarehouse: true},
	{sku: "CANDLE-M", name: "Beeswax candle, medium", barcode: "5012345679020", weight: "0.45", cost: "3.75", price: "12.00", stock: "130", commerce: "34060000", origin: "GB"},
	{sku: "TOWEL-50", name: "Linen towel, 50 × 70 cm", barcode: "5012345679037", weight: "0.16", cost: "5.10", price: "14.00", stock: "85", commerce: "63029100", origin: "LT", inWarehouse: true},
	{sku: "APRON", name: "Cotton apron", barcode: "5012345679044", weight: "0.31", cost: "6.95", price: "22.50", stock: "64", commerce: "62114290", origin: "LT"},
	{sku: "BOARD-OAK", name: "Chopping board, oak", barcode: "5012345679051", weight: "1.10", cost: "9.80", price: "28.00", stock: "55", commerce: "44191100", origin: "FR", inWarehouse: true},
	{sku: "KNIFE-20", name: "Chef's knife, 20 cm", barcode: "5012345679068", weight: "0.24", cost: "18.40", price: "54.00", stock: "30", commerce: "82119200", origin: "DE"},
	{sku: "JAR & LID 1L", name: "Storage jar with lid, 1 l", barcode: "5012345679075", weight: "0.72", cost: "2.55", price: "7.90", stock: "210", commerce: "70139900", origin: "FR"},
	{sku: "BOX-S", name: "Gift box, small", barcode: "5012345679082", weight: "0.09", cost: "0.62", price: "1.95", stock: "900", commerce: "48192000", origin: "GB", inWarehouse: true},
	{sku: "RIBBON-M", name: "Ribbon, by the metre", barcode: "5012345679099", weight: "0.01", cost: "0.21", price: "0.85", stock: "1250", commerce: "58063290", origin: "GB"},
	{sku: "GIFTSET", name: "Gift set: two mugs and tea", barcode: "5012345679105", weight: "1.06", cost: "13.00", price: "34.00", stock: "20", commerce: "69120023", origin: "GB"},
	{sku: "HAMPER", name: "Breakfast hamper", barcode: "5012345679112", weight: "2.40", cost: "24.00", price: "65.00", stock: "12", origin: "GB"},
	{sku: "MUG-OLD", name: "Mug of the 2023 collection", barcode: "5012345679129", weight: "0.35", cost: "3.10", price: "5.00", stock: "0", obsolete: true, inWarehouse: true},
	{sku: "GIFTWRAP", name: "Gift wrapping", price: "3.50", service: true},
	{sku: "ENGRAVING", name: "Engraving", price: "9.00", service: true},
}

// seedProducts adds the articles, and numbered ones where more are asked for.
func (s *Sandbox) seedProducts(n int) {
	for i := range max(n, 0) {
		a := article{
			sku: fmt.Sprintf("SKU-%05d", i+1), name: fmt.Sprintf("Article %d", i+1), barcode: fmt.Sprintf("50%011d", i+1),
			weight: "0.50", cost: "2.50", price: "6.00", stock: "100", origin: "GB",
		}
		if i < len(articles) {
			a = articles[i]
		}
		s.addArticle(a)
	}
	if n >= len(articles) {
		s.Unleashed.AddBill("GIFTSET", true, unleashedsim.Component{SKU: "MUG-BLUE", Quantity: "2"}, unleashedsim.Component{SKU: "TEA-ASSAM", Quantity: "1"})
		s.Unleashed.AddBill("HAMPER", false, unleashedsim.Component{SKU: "COFFEE-1KG", Quantity: "1"}, unleashedsim.Component{SKU: "BOARD-OAK", Quantity: "1"}, unleashedsim.Component{SKU: "BOX-S", Quantity: "1"})
	}
}

func (s *Sandbox) addArticle(a article) {
	p := unleashedsim.Product{
		ProductCode: a.sku, ProductDescription: a.name, Barcode: unleashedsim.Text(a.barcode), NeverDiminishing: a.service,
		IsBatchTracked: len(a.batches) > 0, IsSellable: true, IsPurchasable: !a.service,
		CustomsDescription: unleashedsim.Text(a.customs), CommerceCode: unleashedsim.Text(a.commerce), ICCCountryCode: unleashedsim.Text(a.origin),
		ImageUrl: unleashedsim.Text(a.image), DefaultSellPrice: unleashedsim.Number(a.price),
	}
	if a.weight != "" {
		p.Weight = unleashedsim.Number(a.weight)
	}
	if a.cost != "" {
		p.DefaultPurchasePrice = unleashedsim.Number(a.cost)
	}
	s.Unleashed.AddProduct(p)
	switch {
	case len(a.batches) > 0:
		var batches []unleashedsim.BatchNumber
		for number, quantity := range a.batches {
			batches = append(batches, s.Unleashed.Batch(number, quantity, a.expiry))
		}
		s.Unleashed.SetStock(a.sku, warehouseCode, a.stock, a.cost, batches...)
	case !a.service && a.stock != "0":
		s.Unleashed.SetStock(a.sku, warehouseCode, a.stock, a.cost)
	}
	if a.obsolete {
		s.Unleashed.EditProduct(a.sku, func(p *unleashedsim.Product) { p.Obsolete = true })
	}
	if a.inWarehouse {
		s.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: s.client, SKU: a.sku, Name: a.name})
		if stock := unleashedsim.Number(a.stock).Decimal.IntPart(); stock > 0 {
			s.Mintsoft.AdjustStock(a.sku, s.warehouse, int(stock))
		}
	}
}
