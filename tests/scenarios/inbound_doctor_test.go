package scenarios

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/doctor"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestDoctorLooksAtTheFlowsIntoTheWarehouse wants each check of them found and not
// found; a subject that is nowhere was not checked.
func TestDoctorLooksAtTheFlowsIntoTheWarehouse(t *testing.T) {
	t.Parallel()
	const nothing = ""
	goodsIn := func(types string) func(*world.World) {
		return func(w *world.World) {
			w.Mintsoft.Faults.Add(twin.Fault{Path: "/api/ASN/GoodsInTypes", Status: 200, Body: types})
		}
	}
	bare := func(w *world.World) {
		w.Unleashed.AddWarehouse(unleashedsim.Warehouse{WarehouseCode: "FAIR", WarehouseName: "Fair", City: "Leipzig"})
		w.Unleashed.AddWarehouse(unleashedsim.Warehouse{WarehouseCode: "GONE", WarehouseName: "Closed", Obsolete: true})
	}
	for _, c := range []struct {
		name     string
		settings map[string]any
		arrange  func(*world.World)
		subject  string
		level    string
		says     string
	}{
		{"the goods-in type exists", map[string]any{"purchase_order_import.enabled": true}, nil, "Mintsoft goods-in type", doctor.OK, "Carton exists"},
		{"it does not", map[string]any{"assembly_import.create_asn_to_receive": true}, goodsIn(`[{"ID":1,"Name":"Pallet"}]`), "Mintsoft goods-in type", doctor.Failed, "Carton does not exist"},
		{"it may not be asked for", map[string]any{asASNs: true}, goodsIn("<html>"), "Mintsoft goods-in type", doctor.Unknown, "could not be read"},
		{"nobody needs it", map[string]any{asOrders: true}, nil, "Mintsoft goods-in type", nothing, ""},
		{"every destination has an address", map[string]any{asOrders: true}, nil, "Unleashed addresses", doctor.OK, "every warehouse"},
		{"one lacks it", map[string]any{asOrders: true}, bare, "Unleashed addresses", doctor.Warning, "FAIR (AddressLine1, Country, PostCode)"},
		{"one lacks it but for the default country", map[string]any{asOrders: true, "general.default_country": "DE"}, bare, "Unleashed addresses", doctor.Warning, "FAIR (AddressLine1, PostCode)"},
		{"an assembly goes to our own", map[string]any{"assembly_import.create_order_to_pick": true}, bare, "Unleashed addresses", doctor.OK, "every warehouse"},
		{"nothing is to be picked", map[string]any{asASNs: true}, bare, "Unleashed addresses", nothing, ""},
		{"nobody completes transfers", map[string]any{asOrders: true}, nil, "warehouse transfers", doctor.Warning, "nothing completes them in Unleashed"},
		{"not even when the source receives others", map[string]any{asOrders: true, asASNs: true}, nil, "warehouse transfers", doctor.Warning, "nothing completes them in Unleashed"},
		{"transfers are not picked", map[string]any{asASNs: true}, nil, "warehouse transfers", nothing, ""},
		{"receipts are not documented", receipts(nil).Settings, nil, "purchase order receipts", doctor.Unknown, "is not documented"},
		{"nothing is imported that could be receipted", map[string]any{"purchase_order_import.update_purchase_order": true}, nil, "purchase order receipts", doctor.Warning, "nothing to receipt"},
		{"nothing is receipted", map[string]any{"purchase_order_import.enabled": true}, nil, "purchase order receipts", nothing, ""},
		{
			"custom statuses cannot be checked", map[string]any{"purchase_order_import.custom_status_to_import": []string{"Ready"}, "assembly_import.custom_status_to_import": []string{"Build"}},
			nil, "custom statuses", doctor.Unknown, "whether Ready, Build exist",
		},
		{"there are none", nil, nil, "custom statuses", nothing, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, world.Options{Seed: small, Settings: c.settings}, func(t *testing.T, w *world.World) {
				if c.arrange != nil {
					c.arrange(w)
				}
				found := examined(t, w, world.Main, c.subject)
				if c.level == nothing {
					assert.Empty(t, found)
					return
				}
				require.Len(t, found, 1)
				assert.Equal(t, c.level, found[0].Level)
				assert.Contains(t, found[0].Found, c.says)
				if c.level == doctor.Failed || c.level == doctor.Warning {
					assert.NotEmpty(t, found[0].Mend, "what is wrong comes with its mend")
				}
				assert.Empty(t, w.Writes("unleashed"))
				assert.Empty(t, w.Writes("mintsoft"))
			})
		})
	}
	t.Run("another connection completes transfers", func(t *testing.T) {
		options := shared()
		options.Settings = map[string]any{asOrders: true}
		world.Bubble(t, options, func(t *testing.T, w *world.World) {
			w.SetOf(t, "shop", asASNs, true)
			here, there := examined(t, w, world.Main, "warehouse transfers"), examined(t, w, "shop", "warehouse transfers")
			require.Len(t, here, 1)
			assert.Equal(t, doctor.OK, here[0].Level)
			assert.Contains(t, here[0].Found, "those to SHOP are completed")
			require.Len(t, there, 1)
			assert.Equal(t, doctor.Warning, there[0].Level, "nobody receives at MAIN")
		})
	})
	t.Run("all that is on", func(t *testing.T) {
		world.Bubble(t, world.Options{Seed: small, Settings: maps.Clone(allInbound)}, func(t *testing.T, w *world.World) {
			for _, f := range examined(t, w, world.Main, "") {
				assert.NotEqual(t, doctor.Failed, f.Level, "%+v", f)
			}
		})
	})
}

// examined are the doctor's findings about a subject, all of them when it is empty.
func examined(t *testing.T, w *world.World, name, subject string) []doctor.Finding {
	t.Helper()
	running := w.Forever(t, "main_customer_sync") // which writes to no service
	defer running.Stop(t)
	conn, err := running.Book.Connection(name)
	require.NoError(t, err)
	var found []doctor.Finding
	for _, f := range doctor.Examine(t.Context(), conn) {
		if subject == "" || f.Subject == subject {
			found = append(found, f)
		}
	}
	return found
}
