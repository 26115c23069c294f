package unleashedsim

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	assemblyGUID = "f1a20000-0000-4000-8000-000000000001"
	partGUID     = "a7000000-0000-4000-8000-000000000001"
	assembly     = `{"Guid":"` + assemblyGUID + `","Quantity":5,"Product":{"ProductCode":"SET"},"SourceWarehouse":{"WarehouseCode":"MAIN"},"DestinationWarehouse":{"WarehouseCode":"SHOP"},"AssembleBy":"2026-03-08",
"AssemblyLines":[{"Guid":"` + partGUID + `","LineNumber":1,"Product":{"ProductCode":"MUG"},"Quantity":10},{"LineNumber":2,"Product":{"ProductCode":"TEA"},"Quantity":5,"WastageQuantity":1}]}`
)

func workshop(t *testing.T, knobs ...func(*Knobs)) *world {
	w := newWorld(t, knobs...)
	w.SetStock("MUG", "MAIN", "30", "4")
	w.SetStock("TEA", "MAIN", "6", "1")
	w.AddProduct(Product{ProductCode: "SET", ProductDescription: "Gift set"})
	w.AddBill("SET", false, Component{SKU: "MUG", Quantity: "2"}, Component{SKU: "TEA", Quantity: "1", Wastage: "0.1"})
	return w
}

func TestAssemblyIsCompleted(t *testing.T) {
	w := workshop(t)
	made := w.send(http.MethodPost, "/Assemblies", "", assembly)
	assert.Equal(t, 201, made.status)
	assert.Equal(t, "ASM-00000001", made.at("AssemblyNumber"))
	assert.Equal(t, Parked, made.at("AssemblyStatus"))
	assert.Equal(t, "5.0000", text(made.at("CanAssembleQuantity")), "the tea allows no more")
	assert.Equal(t, false, made.at("AutoAssembly"))
	assert.Equal(t, 400, w.send(http.MethodPost, "/Assemblies", "", assembly).status)

	done := w.send(http.MethodPost, "/Assemblies/"+assemblyGUID+"/Complete", "", "")
	assert.Equal(t, 200, done.status)
	assert.Equal(t, Completed, done.at("AssemblyStatus"))
	assert.Equal(t, "20", w.Stock("MUG", "MAIN").OnHand.String())
	assert.Equal(t, "0", w.Stock("TEA", "MAIN").OnHand.String(), "with its wastage")
	set := w.Stock("SET", "SHOP")
	assert.Equal(t, "5", set.OnHand.String())
	assert.Equal(t, "9.2", set.AverageCost.String(), "the components' cost rolls up")
	for _, call := range [][2]string{{http.MethodPost, "/Complete"}, {http.MethodDelete, ""}, {http.MethodDelete, "/Lines/" + partGUID}} {
		given := w.send(call[0], "/Assemblies/"+assemblyGUID+call[1], "", "")
		assert.Equal(t, 400, given.status, call)
		assert.Contains(t, given.at("Description"), "already Completed")
	}
}

func TestAssemblyIsRefused(t *testing.T) {
	for name, pairs := range map[string][]string{
		"of nothing":                      {`"Quantity":5,"Product"`, `"Quantity":0,"Product"`},
		"of a product that is unknown":    {"SET", "NOPE"},
		"in a warehouse that is unknown":  {"SHOP", "MOON"},
		"in a status that is unknown":     {`"Quantity":5,"Product"`, `"AssemblyStatus":"Started","Quantity":5,"Product"`},
		"in a custom status not there":    {`"Quantity":5,"Product"`, `"CustomAssemblyStatus":"Started","Quantity":5,"Product"`},
		"with a component in no quantity": {`"Quantity":10`, `"Quantity":0`},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, 400, workshop(t).send(http.MethodPost, "/Assemblies", "", with(assembly, pairs...)).status)
		})
	}
}

func TestAssemblyCannotBeCompleted(t *testing.T) {
	for name, change := range map[string]func(*world){
		"without its components": func(w *world) { w.SetStock("TEA", "MAIN", "5", "1") },
		"of what is receipted and no more": func(w *world) {
			o := w.AddPurchase(PurchaseSpec{Supplier: "CLAYCO", Lines: []LineSpec{{SKU: "TEA", Price: "1"}}})
			w.must(http.MethodPost, "/PurchaseOrders/"+o.Guid.String()+"/Receipt", "", "")
		},
		"of a product that was deleted": func(w *world) { w.DeleteProduct("TEA") },
		"of tracked products": func(w *world) {
			w.SetStock("LOT", "MAIN", "9", "1", w.Batch("L1", "9", ""))
			w.must(http.MethodPost, "/Assemblies/"+assemblyGUID+"/Lines", "", `{"Product":{"ProductCode":"LOT"},"Quantity":1}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := workshop(t)
			w.must(http.MethodPost, "/Assemblies", "", assembly)
			change(w)
			assert.Equal(t, 400, w.send(http.MethodPost, "/Assemblies/"+assemblyGUID+"/Complete", "", "").status)
			assert.Equal(t, "30", w.Stock("MUG", "MAIN").OnHand.String(), "nothing moved")
		})
	}
}

func TestAssemblyLinesAreChanged(t *testing.T) {
	w := workshop(t)
	w.must(http.MethodPost, "/Assemblies", "", assembly)
	path := "/Assemblies/" + assemblyGUID
	w.must(http.MethodPut, path+"/Lines/"+partGUID, "", `{"Quantity":12}`)
	assert.Equal(t, 201, w.send(http.MethodPost, path+"/Lines", "", `{"Product":{"ProductCode":"GEAR"},"Quantity":1}`).status)
	given := w.must(http.MethodPut, path, "", with(assembly, `"Quantity":5,"Product"`, `"Comments":"now","Quantity":6,"Product"`, `"Quantity":10`, `"Quantity":13`))
	assert.Equal(t, "6.0000", text(given.at("Quantity")))
	assert.Equal(t, "13.0000", text(given.at("AssemblyLines", 0, "Quantity")))
	w.must(http.MethodDelete, path+"/Lines/"+partGUID, "", "")
	assert.Equal(t, 404, w.send(http.MethodDelete, path+"/Lines/"+partGUID, "", "").status)
	w.must(http.MethodDelete, path, "", "")
	assert.Equal(t, Deleted, w.get(path, "").at("AssemblyStatus"))
}

func TestAssemblyExplodesItsBillWhenTurned(t *testing.T) {
	for explodes, lines := range map[bool]int{false: 0, true: 2} {
		w := workshop(t, func(k *Knobs) { k.AssemblyExplodesBill = explodes })
		given := w.must(http.MethodPost, "/Assemblies", "", `{"Quantity":5,"Product":{"ProductCode":"SET"}}`)
		require.Len(t, given.at("AssemblyLines"), lines)
		if explodes {
			assert.Equal(t, "0.5000", text(given.at("AssemblyLines", 1, "WastageQuantity")))
		}
	}
}

func TestDisassembly(t *testing.T) {
	w := workshop(t)
	w.SetStock("SET", "SHOP", "2", "9")
	w.AddAssembly(Assembly{AssemblyType: Disassemble, Product: &ProductBrief{ProductCode: "SET"}, Quantity: Number("1"), SourceWarehouse: &Warehouse{WarehouseCode: "SHOP"}, DestinationWarehouse: &Warehouse{WarehouseCode: "MAIN"}})
	w.CompleteAssembly("ASM-00000001")
	assert.Equal(t, "1", w.Stock("SET", "SHOP").OnHand.String())
	assert.Equal(t, "32", w.Stock("MUG", "MAIN").OnHand.String())
}

func TestAssemblyFilters(t *testing.T) {
	w := workshop(t)
	w.must(http.MethodPost, "/Assemblies", "", assembly)
	w.AddAssembly(Assembly{AssemblyNumber: "A2", CustomAssemblyStatus: "Ready", Product: &ProductBrief{ProductCode: "SET"}, Quantity: Number("1")})
	for query, numbers := range map[string][]string{
		"":                         {"ASM-00000001", "A2"},
		"assemblyNumber=A2":        {"A2"},
		"assemblyStatus=Parked":    {"ASM-00000001", "A2"},
		"assemblyStatus=Completed": {},
		"customAssemblyStatus=Ready&assemblyStatus=Completed": {"A2"},
		"startDate=2026-03-02":                                {},
		"modifiedSince=2026-03-01":                            {"ASM-00000001", "A2"},
	} {
		assert.ElementsMatch(t, numbers, w.get("/Assemblies", query).column("AssemblyNumber"), query)
	}
}

func TestBills(t *testing.T) {
	w := workshop(t)
	given := w.get("/BillOfMaterials", "productGuid="+guidOf(w, "SET"))
	assert.Equal(t, []string{"BOM-00000001"}, given.column("BillNumber"))
	assert.Equal(t, []string{"9.1000"}, given.column("TotalCost"))
	assert.Equal(t, 200, w.get("/BillOfMaterials/"+text(given.at("Items", 0, "Guid")), "").status)
	assert.Empty(t, w.get("/BillOfMaterials", "productGuid="+guidOf(w, "MUG")).column("BillNumber"))
	assert.Equal(t, 405, w.send(http.MethodDelete, "/BillOfMaterials/"+assemblyGUID, "", "").status)
}
