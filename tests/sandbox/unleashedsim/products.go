package unleashedsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Product of an account. Tiers are SellPriceTier1 to SellPriceTier10.
type Product struct {
	ProductCode                             string `max:"100"`
	ProductDescription                      string `max:"500"`
	Barcode                                 Text
	PackSize                                Quantity
	Width                                   Quantity
	Height                                  Quantity
	Depth                                   Quantity
	Weight                                  Quantity
	MinStockAlertLevel                      Quantity
	MaxStockAlertLevel                      Quantity
	ReOrderPoint                            Quantity
	UnitOfMeasure                           *Named
	AlternateUnitsOfMeasure                 []json.RawMessage
	DefaultPurchasesUnitOfMeasure           *Named
	NeverDiminishing                        bool
	LastCost                                Quantity
	DefaultPurchasePrice                    Quantity
	DefaultSellPrice                        Quantity
	CustomerSellPrice                       Quantity
	AverageLandPrice                        Quantity
	MinimumSellPrice                        Quantity
	MinimumSaleQuantity                     Quantity
	MinimumOrderQuantity                    Quantity
	Obsolete                                bool
	Notes                                   Text
	Comments                                Text
	CopyCommentsForSales                    bool
	CopyCommentsForPurchases                bool
	Images                                  []Image
	ImageUrl                                Text
	SellPriceTier1                          *Tier
	SellPriceTier2                          *Tier
	SellPriceTier3                          *Tier
	SellPriceTier4                          *Tier
	SellPriceTier5                          *Tier
	SellPriceTier6                          *Tier
	SellPriceTier7                          *Tier
	SellPriceTier8                          *Tier
	SellPriceTier9                          *Tier
	SellPriceTier10                         *Tier
	XeroTaxCode                             Text
	XeroTaxRate                             Rate
	TaxablePurchase                         bool
	TaxableSales                            bool
	XeroSalesTaxCode                        Text
	XeroSalesTaxRate                        Rate
	XeroSalesAccount                        Text
	XeroCostOfGoodsAccount                  Text
	PurchaseAccount                         Text
	IsComponent                             bool
	IsAssembledProduct                      bool
	CanAutoAssemble                         bool
	IsSerialized                            bool
	IsBatchTracked                          bool
	IsSellable                              bool
	IsPurchasable                           bool
	ProductGroup                            *ProductGroup
	ProductBrand                            *ProductBrand
	BinLocation                             Text
	Supplier                                *ProductSupplier
	AttributeSet                            json.RawMessage
	SourceId                                Text
	SourceVariantParentId                   Text
	CommerceCode                            Text
	CustomsDescription                      Text
	SupplementaryClassificationAbbreviation Text
	ICCCountryCode                          Text
	ICCCountryName                          Text
	InventoryDetails                        []json.RawMessage
	Stamp
}

// Image of a product.
type Image struct {
	Url       string
	IsDefault bool
}

// Tier is a sell price of a product.
type Tier struct {
	Name  string
	Value TierValue
}

// ProductSupplier is a product's default supplier.
type ProductSupplier struct {
	Guid                       uuid.UUID
	SupplierCode               string
	SupplierName               string
	SupplierProductCode        Text
	SupplierProductDescription Text
	SupplierProductPrice       Quantity
}

// ProductBrief is a product as the lines of documents hold it.
type ProductBrief struct {
	Guid               uuid.UUID
	ProductCode        string
	ProductDescription string
}

func (p *Product) brief() *ProductBrief {
	return &ProductBrief{Guid: p.Guid, ProductCode: p.ProductCode, ProductDescription: p.ProductDescription}
}

// tracked says that its stock is kept by batch or by serial number.
func (p *Product) tracked() bool { return p.IsBatchTracked || p.IsSerialized }

// current is a line's product as it is called now; documents keep the GUID.
func (t *Twin) current(b *ProductBrief) *ProductBrief {
	if b == nil {
		return nil
	}
	if p := t.products.get(b.Guid); p != nil {
		return p.brief()
	}
	return b // deleted since
}

// product finds the one that a line refers to.
func (t *Twin) product(field string, b *ProductBrief) (*Product, error) {
	if b == nil {
		return nil, invalid(field, "A product is needed.")
	}
	return resolve(t.products, field, b.Guid, b.ProductCode)
}

// tiers are the ten prices of a product, in their order.
func (p *Product) tiers() []**Tier {
	return []**Tier{
		&p.SellPriceTier1, &p.SellPriceTier2, &p.SellPriceTier3, &p.SellPriceTier4, &p.SellPriceTier5,
		&p.SellPriceTier6, &p.SellPriceTier7, &p.SellPriceTier8, &p.SellPriceTier9, &p.SellPriceTier10,
	}
}

// postProduct creates a product, or replaces one: it is 201 either way.
func postProduct(c *call) (answer, error) {
	next := Product{IsSellable: true, IsPurchasable: true, TaxableSales: true, TaxablePurchase: true}
	if err := c.read(&next); err != nil {
		return answer{}, err
	}
	if err := c.identify(&next.Guid); err != nil {
		return answer{}, err
	}
	if old := c.twin.products.get(next.Guid); old != nil {
		keepOmitted(c, &next, old)
		next.Stamp = old.Stamp
	}
	if err := c.twin.storeProduct(&next); err != nil {
		return answer{}, err
	}
	return created(c.twin.renderProduct(c.twin.products.get(next.Guid), productView{attributes: true}))
}

// obsoleteProduct marks a product as obsolete.
func obsoleteProduct(c *call) (answer, error) {
	product, err := existing(c.twin.products, "product", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	next := *product
	next.Obsolete = true
	if err := c.twin.storeProduct(&next); err != nil {
		return answer{}, err
	}
	return answer{http.StatusOK, c.twin.renderProduct(&next, productView{})}, nil
}

// storeProduct checks a product, resolves what it refers to and saves it.
func (t *Twin) storeProduct(p *Product) error {
	if p.ProductCode == "" {
		return invalid("ProductCode", "Product code is required.")
	}
	if p.ProductDescription == "" {
		return invalid("ProductDescription", "Product description is required.")
	}
	if t.products.taken(p.ProductCode, p.Guid) {
		return invalid("ProductCode", "Product %s already exists.", p.ProductCode)
	}
	if p.IsBatchTracked && p.IsSerialized {
		return invalid("IsSerialized", "A product is tracked by batch or by serial number, not both.")
	}
	old := t.products.get(p.Guid)
	if old != nil {
		if t.book.moved(p.Guid) && (old.IsBatchTracked != p.IsBatchTracked || old.IsSerialized != p.IsSerialized) {
			return invalid("IsBatchTracked", "Tracking cannot change once the product has moved.")
		}
		p.LastCost, p.AverageLandPrice = old.LastCost, old.AverageLandPrice
	} else {
		p.LastCost, p.AverageLandPrice = Quantity{}, fixed[four](decimal.Zero)
	}
	p.CustomerSellPrice, p.BinLocation, p.CanAutoAssemble = Quantity{}, "", t.assembles(p.Guid)
	if err := t.resolveProduct(p); err != nil {
		return err
	}
	event := "product.created"
	if old != nil {
		event = "product.updated"
	}
	t.saveProduct(p)
	t.emit(event, p.Guid)
	return nil
}

// saveProduct also forgets what documents wrote of the product before.
func (t *Twin) saveProduct(p *Product) {
	save(t, t.products, p)
	t.generation++
}

func (t *Twin) resolveProduct(p *Product) (err error) {
	if p.UnitOfMeasure != nil {
		name := p.UnitOfMeasure.Name
		if p.UnitOfMeasure, err = nameIn(t, t.units, "UnitOfMeasure", name, named(name)); err != nil {
			return err
		}
	}
	if p.DefaultPurchasesUnitOfMeasure != nil {
		name := p.DefaultPurchasesUnitOfMeasure.Name
		if p.DefaultPurchasesUnitOfMeasure, err = nameIn(t, t.units, "DefaultPurchasesUnitOfMeasure", name, named(name)); err != nil {
			return err
		}
	}
	if p.ProductGroup != nil {
		name := p.ProductGroup.GroupName
		p.ProductGroup, err = nameIn(t, t.categories, "ProductGroup", name, func(m Mark) *ProductGroup { return &ProductGroup{GroupName: name, Mark: m} })
		if err != nil {
			return err
		}
	}
	if p.ProductBrand != nil {
		name := p.ProductBrand.BrandName
		p.ProductBrand, err = nameIn(t, t.brands, "ProductBrand", name, func(m Mark) *ProductBrand { return &ProductBrand{BrandName: name, Mark: m} })
		if err != nil {
			return err
		}
	}
	if p.Supplier != nil {
		supplier, err := resolve(t.suppliers, "Supplier", p.Supplier.Guid, p.Supplier.SupplierCode)
		if err != nil {
			return err
		}
		own := *p.Supplier
		own.Guid, own.SupplierCode, own.SupplierName = supplier.Guid, supplier.SupplierCode, supplier.SupplierName
		p.Supplier = &own
	}
	for i, tier := range p.tiers() {
		if *tier == nil {
			*tier = &Tier{Name: fmt.Sprintf("Sell Price Tier %d", i+1)}
		}
	}
	p.Images = settleImages(p.Images, string(p.ImageUrl))
	if i := slices.IndexFunc(p.Images, func(image Image) bool { return image.IsDefault }); i >= 0 && p.ImageUrl == "" {
		p.ImageUrl = Text(p.Images[i].Url)
	}
	p.AlternateUnitsOfMeasure, p.InventoryDetails = []json.RawMessage{}, []json.RawMessage{}
	return nil
}

// settleImages makes the default image one of the images.
func settleImages(images []Image, url string) []Image {
	images = slices.Clone(images)
	if images == nil {
		images = []Image{}
	}
	if url != "" && !slices.ContainsFunc(images, func(image Image) bool { return strings.EqualFold(image.Url, url) }) {
		images = append(images, Image{Url: url, IsDefault: len(images) == 0})
	}
	return images
}
