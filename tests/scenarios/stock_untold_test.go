package scenarios

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/world"
)

// TestANumberThatIsNotToldIsNotZero: its SKU is reported, and the run goes on.
func TestANumberThatIsNotToldIsNotZero(t *testing.T) {
	t.Parallel()
	t.Run("by Mintsoft", func(t *testing.T) {
		t.Parallel()
		settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
			move(t, w, "MUG-BLUE", -5)
			move(t, w, "SOAP-BAR", 20)
			row := `{"SKU":%q,"ProductId":%d,"ClientId":%d,"WarehouseId":%d,"StockLevel":%s,"OnHand":%[5]s,"Allocated":%s,"LastUpdated":"2026-03-02T09:30:00"}`
			blue, _ := w.Mintsoft.Product("MUG-BLUE")
			soap, _ := w.Mintsoft.Product("SOAP-BAR")
			w.Mintsoft.Faults.Add(twin.Fault{Method: "GET", Path: "/api/Product/Inventory/Bulk", Status: 200, Body: "[" +
				fmt.Sprintf(row, "MUG-BLUE", blue.ID, demo(w), mainWarehouse(t, w), "null", "null") + "," +
				fmt.Sprintf(row, "SOAP-BAR", soap.ID, demo(w), mainWarehouse(t, w), "520.0", `"0"`) + "]"})
			counted(t, w)
			assert.Equal(t, []string{"SOAP-BAR 520 (598)"}, adjusted(w))
			letter := letterOf(t, w, "MUG-BLUE")
			assert.Equal(t, "rejected", letter.Class)
			assert.Contains(t, letter.Reason, "Mintsoft does not tell its StockLevel")

			w.Mintsoft.Faults.Clear()
			<-time.After(time.Hour)
			counted(t, w)
			assert.Equal(t, []string{"SOAP-BAR 520 (598)", "MUG-BLUE 235 (963.5)"}, adjusted(w))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("by Unleashed", func(t *testing.T) {
		t.Parallel()
		mastered(t, nil, func(t *testing.T, w *world.World) {
			w.Unleashed.SetStock("MUG-BLUE", "MAIN", "200", "4.10")
			w.Unleashed.SetStock("SOAP-BAR", "MAIN", "520", "1.15")
			row := `{"ProductCode":%q,"ProductGuid":%q,"WarehouseCode":"MAIN","QtyOnHand":%s,"AvailableQty":%[3]s}`
			guids := map[string]string{}
			for _, p := range w.Unleashed.Products() {
				guids[p.ProductCode] = p.Guid.String()
			}
			w.Unleashed.Faults.Add(twin.Fault{Method: "GET", Path: "/StockOnHand", Status: 200, Body: `{"Items":[` +
				fmt.Sprintf(row, "MUG-BLUE", guids["MUG-BLUE"], "null") + "," + fmt.Sprintf(row, "SOAP-BAR", guids["SOAP-BAR"], "520.0") + "]}"})
			w.Once(t, stockMaster)
			assert.Equal(t, []string{"SOAP-BAR 520"}, set(w))
			assert.Contains(t, letterOf(t, w, "MUG-BLUE").Reason, "Unleashed does not tell its QtyOnHand")

			w.Unleashed.Faults.Clear()
			<-time.After(time.Hour)
			w.Once(t, stockMaster)
			assert.Equal(t, []string{"MUG-BLUE 200", "SOAP-BAR 520"}, set(w))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}
