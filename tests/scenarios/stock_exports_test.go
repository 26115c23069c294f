package scenarios

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// discard gives up every dead letter that is open.
func discard(t *testing.T, w *world.World) {
	t.Helper()
	letters := w.DeadLetters(t)
	require.NotEmpty(t, letters)
	w.Ask(t, func(tx *ledger.Tx) error {
		for _, letter := range letters {
			if err := tx.SetDeadLetterState(letter.ID, ledger.StateDiscarded); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestStockBesideASaleThatMayNotBeExported has four mugs that somebody sold in Mintsoft
// and that left, of 240. Unleashed refuses their export, and each hour a step follows, an
// export and two stock runs. `enter`, `sell` and `open` are what a person does in Unleashed
// under a number, of all four, `place` of another SKU.
func TestStockBesideASaleThatMayNotBeExported(t *testing.T) {
	t.Parallel()
	const refused = "refuse, leave M-1"
	for name, c := range map[string]struct {
		steps string
		want  string // after each step
		lines int    // how many were adjusted
	}{
		"nobody does anything":                              {refused + ", wait", "240 240 240", 0},
		"its SKU moves":                                     {refused + ", move 7, discard", "240 240 240 229", 1},
		"a person enters it under its number":               {refused + ", sell M-1, wait, discard, move 7", "240 240 236 236 236 229", 1},
		"under another":                                     {refused + ", sell BY-HAND, discard, move 7", "240 240 236 236 229", 1},
		"it had been entered before it left":                {"sell M-1 and leave M-1, wait, discard, move 7", "236 236 236 229", 1},
		"its number is another sale's":                      {"place M-1, leave M-1, discard", "240 240 236", 1},
		"it is discarded":                                   {refused + ", discard, move 7", "240 240 236 229", 2},
		"it is discarded, and was entered, not completed":   {refused + ", open M-1, discard, move 7, complete M-1", "240 240 240 240 240 229", 1},
		"it is discarded, and that is deleted":              {refused + ", open M-1, discard, delete M-1", "240 240 240 240 236", 1},
		"it is discarded, and entered only then":            {refused + ", discard, open M-1, move 7, complete M-1", "240 240 236 236 236 229", 2},
		"it is discarded, and exported all the same":        {refused + ", discard, accept, edit M-1", "240 240 236 236 236", 2},
		"it is discarded, and refused once more":            {refused + ", discard, edit M-1, move 7, discard", "240 240 236 236 236 229", 2},
		"it is mended and replayed":                         {refused + ", accept, replay, move 7", "240 240 240 236 229", 1},
		"nothing is exported any more":                      {refused + ", sell M-1, off, move 7", "240 240 236 236 229", 1},
		"nothing is, and nobody entered it":                 {refused + ", off", "240 240 236", 1},
		"the ledger is lost":                                {refused + ", sell M-1, lose, wait, discard, move 7", "240 240 236 236 236 236 229", 1},
		"the ledger is lost after it was discarded":         {refused + ", sell M-1, discard, lose, move 7, discard", "240 240 236 236 236 236 229", 1},
		"it is a part":                                      {"refuse, leave part, discard", "240 240 239", 1},
		"it is a part, and was entered, not completed":      {"refuse, leave part, open M-1/2, discard, complete M-1/2", "240 240 240 240 239", 0},
		"it is a part, and the whole was entered":           {"refuse, leave part, open M-1, discard, delete M-1", "240 240 240 240 239", 1},
		"it is exported before it leaves":                   {"export M-1, leave M-1", "240 236", 0},
		"it is, and no longer":                              {"export M-1, off, leave M-1, move 7, complete M-1", "240 240 240 233 229", 1},
		"it is, and cannot be completed":                    {"export M-1, refuse, leave M-1, discard, move 7, complete M-1", "240 240 240 240 233 229", 1},
		"it is, is changed there and completed by a person": {"export M-1, change M-1, leave M-1, move 7, complete M-1", "240 240 240 233 229", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settledStock(t, world.Options{Seed: small, Settings: with(exportSettings, "order_export.statuses", []string{"NEW", "DESPATCHED"})}, func(t *testing.T, w *world.World) {
				w.Set("order_export.statuses", []string{"DESPATCHED"})
				sale := w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{
					Client: demo(w), Warehouse: mainWarehouse(t, w), Number: "M-1", Channel: "Amazon", Items: []mintsoftsim.ItemSpec{priced("MUG-BLUE", 4, "10", "2")},
					More: map[string]string{"Email": "Orders@Harbour.example", "CompanyName": "Harbour Cafe"},
				})
				enter := func(number string, status string, change func(*unleashedsim.OrderSpec)) {
					addOrder(w, number, func(o *unleashedsim.OrderSpec) {
						o.Status, o.Lines[0].Quantity = status, "4"
						if strings.HasSuffix(number, "/2") {
							o.Lines[0].Quantity = "1"
						}
						if change != nil {
							change(o)
						}
					})
				}
				exports := true
				var stood []string
				for hour := range strings.SplitSeq(c.steps, ", ") {
					<-time.After(time.Hour)
					for step := range strings.SplitSeq(hour, " and ") {
						what, of, _ := strings.Cut(step, " ")
						switch what {
						case "refuse":
							w.Unleashed.Faults.Add(twin.Fault{Method: "POST", Path: "/SalesOrders/*", Status: http.StatusBadRequest})
						case "accept":
							w.Unleashed.Faults.Clear()
						case "leave":
							if of == "part" {
								sale.ID = w.Mintsoft.Split(sale.ID, map[string]int{"MUG-BLUE": 1})
							}
							w.Mintsoft.Despatch(sale.ID, "T-1")
						case "export":
							w.Set("order_export.statuses", []string{"NEW", "DESPATCHED"})
						case "edit":
							w.Mintsoft.EditOrder(sale.ID, func(o *mintsoftsim.Order) { o.FirstName = "Bo" })
						case "change":
							w.Unleashed.EditOrder(of, func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("3") })
						case "sell":
							enter(of, unleashedsim.Completed, nil)
						case "open":
							enter(of, unleashedsim.Placed, nil)
						case "place":
							enter(of, unleashedsim.Placed, func(o *unleashedsim.OrderSpec) { o.Lines[0].SKU = "SOAP-BAR" })
						case "complete":
							w.Unleashed.Faults.Clear()
							w.Unleashed.CompleteOrder(of)
						case "delete":
							w.Unleashed.DeleteOrder(of)
						case "move":
							move(t, w, "MUG-BLUE", -7)
						case "discard":
							discard(t, w)
						case "replay":
							w.Replay(t)
						case "off":
							exports = false
							w.Set("order_export.enabled", exports)
						case "lose":
							w.LoseLedger(t)
						}
					}
					if exports {
						w.Once(t, "main_order_export")
					}
					for range 2 {
						counted(t, w)
						<-time.After(time.Minute)
					}
					stood = append(stood, onHand(w, "MUG-BLUE"))
				}
				assert.Equal(t, c.want, strings.Join(stood, " "))
				assert.Len(t, adjusted(w), c.lines, fmt.Sprint(adjusted(w)))
			})
		})
	}
}
