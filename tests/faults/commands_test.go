package faults

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

// streamRow is what a test looks at of the summary.
type streamRow struct {
	Stream       string `json:"stream"`
	State        string `json:"state"`
	Read         int    `json:"read"`
	Created      int    `json:"created"`
	DeadLettered int    `json:"dead_lettered"`
	APICalls     int    `json:"api_calls"`
}

// folder lists the files below a folder with what is in them.
func folder(t *testing.T, root string) map[string]string {
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		found[path] = string(raw)
		return err
	}))
	return found
}

func TestOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, seededOrders)
	before := folder(t, h.dir)

	// What would be done is done by nobody.
	var plan struct {
		Total  int `json:"total"`
		Writes []struct {
			System    string `json:"system"`
			Operation string `json:"operation"`
			Kind      string `json:"kind"`
			Target    string `json:"target"`
			Changes   []struct {
				Field  string `json:"field"`
				Before any    `json:"before"`
				After  any    `json:"after"`
			} `json:"changes"`
		} `json:"writes"`
	}
	h.decode(1, &plan, "sync", "--once", "--dry-run") // 1: two orders would be refused
	assert.Empty(t, h.Mintsoft.Journal.Writes())
	assert.Empty(t, h.Unleashed.Journal.Writes())
	after := folder(t, h.dir)
	assert.Equal(t, before, after, "a dry run leaves no trace")
	assert.Equal(t, len(plan.Writes), plan.Total)
	orders := 0
	for _, write := range plan.Writes {
		assert.NotEmpty(t, write.Changes, write.Target)
		if write.Operation == "order.create" {
			orders++
		}
	}
	wanted := seededOrders - len(neverImported) - len(refused)
	assert.Equal(t, wanted, orders)
	readable := h.must(1, "sync", "--dry-run", "--only", "main_product_sync", "--only", "main_order_import")
	assert.Regexp(t, `update  mintsoft product.update \S+  \(main_product_sync MUG-BLUE\)`, readable)
	assert.Regexp(t, `EAN +– +→ +5012345678900`, readable)
	assert.Regexp(t, `\n\d+ writes would be made: \d+ create, \d+ update, 0 other. Nothing was written.\n`, readable)

	// 1: something is dead-lettered.
	var summary struct{ Streams []streamRow }
	h.decode(1, &summary, "sync", "--once")
	require.Len(t, summary.Streams, len(flows))
	for _, row := range summary.Streams {
		assert.Equal(t, "delivered", row.State, row.Stream)
	}
	row := summary.Streams[2]
	assert.Equal(t, []any{"main_order_import", seededOrders, wanted, len(refused)}, []any{row.Stream, row.Read, row.Created, row.DeadLettered})
	assert.Less(t, row.APICalls-wanted, wanted/4, "beside its creates it makes few calls")
	h.everyOrderOnce(seededOrders)
	h.onlyTheRefused()

	// 0: nothing is left to do; the list is paged, and that is all.
	h.Mintsoft.Journal.Reset()
	table := h.must(0, "sync", "--once", "--only", "*_order_import")
	assert.Regexp(t, `STREAM +READ +CREATED +UPDATED +SKIPPED +PARKED +DEAD-LETTERED +API CALLS`, table)
	assert.Regexp(t, `main_order_import +0 +0 +0 +0 +0 +0 +1 +delivered`, table)
	assert.Empty(t, h.Mintsoft.Journal.All())
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 32)
	h.must(1, "sync", "--once")
	letters := h.deadLetters()
	h.onlyTheRefused()
	typo, fraction := letters[orderNumber(26)], letters[orderNumber(32)]
	assert.Equal(t, "unmappable", typo.Class)
	assert.Contains(t, typo.Reason, "Untied Kingdom")
	assert.Contains(t, fraction.Reason, "RIBBON-M")
	var listed []ledger.DeadLetter
	h.decode(0, &listed, "deadletters", "list")
	require.Len(t, listed, len(refused))
	table := h.must(0, "deadletters", "list", "--stream", "main_order_import")
	assert.Regexp(t, `ID +STREAM +RECORD +CLASS +SINCE +ATTEMPTS +REASON`, table)
	assert.Contains(t, table, typo.ID)
	none := h.run("deadletters", "list", "--stream", "main_order_imports")
	assert.Equal(t, "no dead letters\n", none.stdout.String())
	assert.Equal(t, "none of stream main_order_imports; there are some of main_order_import\n", none.stderr.String())

	shown := h.must(0, "deadletters", "show", typo.ID)
	assert.Contains(t, shown, "Untied Kingdom")
	assert.Contains(t, shown, `"OrderNumber"`, "with the body of the record")
	var one ledger.DeadLetter
	h.decode(0, &one, "deadletters", "show", typo.ID)
	assert.Equal(t, typo.Reason, one.Reason)
	for _, command := range []string{"show", "replay", "discard"} {
		p := h.run("deadletters", command, "nosuchid")
		assert.Equal(t, 1, p.code(), command)
		assert.Contains(t, p.stderr.String(), "nosuchid: no ")
	}

	// Nothing was mended, so nothing is delivered and all stays open.
	assert.Contains(t, h.must(1, "deadletters", "replay", "--all"), "0 of 2 delivered")
	h.onlyTheRefused()

	// Nobody would replay those of a stream that is off, which is said.
	h.edit("connections.yaml", "    general:", "    general:\n      import_orders: false")
	off := h.run("deadletters", "replay", "--all")
	assert.Equal(t, 1, off.code())
	assert.Contains(t, off.stderr.String(), "main_order_import: the stream is off; turn it on, then replay, or discard its dead letters\n")
	assert.Contains(t, off.stdout.String(), "0 of 2 delivered")
	h.edit("connections.yaml", "    general:\n      import_orders: false", "    general:")
	for _, letter := range h.deadLetters() {
		assert.Equal(t, "open", letter.State)
	}

	// Mended, it is read afresh and delivered, with no sync running.
	h.mendCountry(26)
	assert.Contains(t, h.must(0, "deadletters", "replay", typo.ID), "1 of 1 delivered")
	assert.Len(t, h.Mintsoft.OrdersByNumber(orderNumber(26)), 1)
	assert.NotContains(t, h.deadLetters(), orderNumber(26))

	// A running sync is asked to do it, and the command waits for the outcome, unless
	// the sync's own first run was quicker.
	p := h.start("sync")
	p.address()
	h.Unleashed.EditOrder(orderNumber(32), func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("3") })
	assert.Regexp(t, `1 of 1 delivered|no dead letters`, h.must(0, "deadletters", "replay", "--stream", "main_order_import", "--timeout", "30s"))
	assert.Len(t, h.Mintsoft.OrdersByNumber(orderNumber(32)), 1)
	assert.Empty(t, h.deadLetters())

	// What nobody wants any more is closed without sending.
	odd := func(number string) {
		h.Unleashed.AddOrder(unleashedsim.OrderSpec{Number: number, Status: unleashedsim.Placed, Customer: "MILL", Warehouse: "MAIN",
			Delivery: unleashedsim.Delivered{Name: "Nowhere", Country: "Atlantis"}, Lines: []unleashedsim.LineSpec{{SKU: "SOAP-BAR", Quantity: "1"}}})
	}
	odd("SO-ODD")
	h.must(0, "trigger", "main_order_import")
	eventually(t, "the odd order is filed", func() bool { return strings.Contains(p.stderr.String(), "record=SO-ODD") }, p)
	p.terminate()
	h.run("sync", "--once", "--only", "main_order_import") // else the run that was cut short reads it once more
	assert.Contains(t, h.must(0, "deadletters", "discard", h.deadLetters()["SO-ODD"].ID), "SO-ODD  discarded")

	// What the pipeline skips by now is not said to be delivered.
	odd("SO-DONE")
	h.must(1, "sync", "--once", "--only", "main_order_import")
	done := h.deadLetters()["SO-DONE"].ID
	h.Unleashed.CompleteOrder("SO-DONE")
	said := h.must(0, "deadletters", "replay", done)
	assert.Contains(t, said, "SO-DONE  not to be delivered any more")
	assert.Regexp(t, `0 of 1 delivered in .*, 1 not to be delivered any more`, said)
	assert.Empty(t, h.deadLetters())
	assert.Empty(t, h.Mintsoft.OrdersByNumber("SO-ODD"))
}

// mendCountry corrects the country of an order of the seed.
func (h *house) mendCountry(i int) {
	h.Unleashed.EditOrder(orderNumber(i), func(o *unleashedsim.SalesOrder) { o.DeliveryCountry = "United Kingdom" })
}

func TestTraceAndRelease(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	h.must(0, "sync", "--once")
	number := orderNumber(1)
	first, _ := h.Mintsoft.OrderByNumber(number)
	source, _ := h.Unleashed.OrderByNumber(number)

	// By its number, by its GUID, by the SKU of a product; not by what is unknown.
	for _, ref := range []string{number, source.Guid.String(), strings.ToUpper(source.Guid.String()), "MUG-RED"} {
		assert.Contains(t, h.must(0, "trace", ref), "main_", ref)
	}
	var history struct {
		Links  []struct{ Kind string } `json:"links"`
		Events []struct {
			Kind string `json:"kind"`
		} `json:"events"`
	}
	h.decode(0, &history, "trace", number)
	require.Len(t, history.Links, 1)
	require.NotEmpty(t, history.Events)
	assert.Equal(t, "sent", history.Events[0].Kind)
	unknown := h.run("trace", "SO-NOWHERE")
	assert.Equal(t, 1, unknown.code())
	assert.Contains(t, unknown.stderr.String(), "SO-NOWHERE: nothing is known of it")

	// While it stands, it is not sent again.
	assert.Contains(t, h.must(1, "release", number), "kept")
	unsent := h.run("release", "SO-NOWHERE")
	assert.Equal(t, 1, unsent.code())
	assert.Contains(t, unsent.stderr.String(), "SO-NOWHERE: nothing was sent for it")

	// Cancelled, and its number free again, it is.
	h.Mintsoft.Cancel(first.ID)
	h.Mintsoft.DeleteOrder(first.ID)
	var outcomes []struct {
		Released bool   `json:"released"`
		Stream   string `json:"stream"`
		Reason   string `json:"reason"`
	}

	// But not while its stream does not run: nothing would send it.
	h.edit("connections.yaml", "    general:", "    general:\n      import_orders: false")
	h.decode(1, &outcomes, "release", number)
	assert.Equal(t, "the stream is off; turn it on, then release", outcomes[0].Reason)
	h.edit("connections.yaml", "    general:\n      import_orders: false", "    general:")
	h.edit("connections.yaml", "name: main", "name: hub")
	h.decode(1, &outcomes, "release", number)
	assert.Contains(t, outcomes[0].Reason, "there is no such stream any more; run `mintleash sync` if its connection was renamed")
	h.edit("connections.yaml", "name: hub", "name: main")
	h.decode(0, &outcomes, "release", number)
	require.Len(t, outcomes, 1)
	assert.True(t, outcomes[0].Released)
	h.must(0, "sync", "--once")
	again := h.Mintsoft.OrdersByNumber(number)
	require.Len(t, again, 1)
	assert.NotEqual(t, first.ID, again[0].ID)
	h.everyOrderOnce(3)
}

func TestState(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	var state struct {
		Cursors []struct{ Stream string }
		Links   []struct {
			Kind  string
			Count int
		}
	}
	h.decode(0, &state, "state", "show")
	assert.Empty(t, state.Cursors)
	h.must(0, "sync", "--once")
	h.decode(0, &state, "state", "show")
	assert.Len(t, state.Cursors, len(flows))

	assert.Contains(t, fmt.Sprint(state.Links), "{order 3}")

	// Read again, nothing is delivered twice.
	assert.Contains(t, h.must(0, "state", "rewind", "main_order_import", "--to", "2026-01-01"), "2026-01-01T00:00:00Z")
	assert.Contains(t, h.must(0, "state", "show"), "main_order_import   2026-01-01T00:00:00Z")
	h.Mintsoft.Journal.Reset()
	var summary struct{ Streams []streamRow }
	h.decode(0, &summary, "sync", "--once", "--only", "main_order_import")
	assert.Equal(t, 3, summary.Streams[0].Read)
	assert.Empty(t, h.Mintsoft.Journal.Writes())
	h.must(1, "state", "rewind", "main_nothing", "--to", "2026-01-01")
	h.must(2, "state", "rewind", "main_order_import", "--to", "yesterday")
	later := h.run("state", "rewind", "main_order_import", "--to", "2127-01-31")
	assert.Equal(t, 2, later.code())
	assert.Contains(t, later.stderr.String(), "--to: found 2127-01-31T00:00:00Z, expected a time before ")

	// A reset says what it would do; done, everything is found again by its number.
	assert.Contains(t, h.must(1, "state", "reset", "main"), "Add --yes to do it")
	h.decode(0, &state, "state", "show")
	assert.Len(t, state.Cursors, len(flows))
	refused := func(name, why string) {
		t.Helper()
		p := h.run("state", "reset", name, "--yes")
		assert.Equal(t, 1, p.code())
		assert.Contains(t, p.stderr.String(), name+": "+why)
	}
	h.edit("connections.yaml", "- name: main", "- name: hub")
	refused("hub", "the ledger has nothing under this name yet, but under main, which connections.yaml does not have; if it was renamed, run `mintleash sync` first")
	h.edit("connections.yaml", "- name: hub", "- name: main")
	h.must(0, "state", "reset", "main", "--yes")
	h.decode(0, &state, "state", "show")
	assert.Empty(t, state.Cursors)
	refused("main", "the ledger has nothing of it")
	h.must(0, "sync", "--once")
	h.everyOrderOnce(3)
	refused("mian", "no connection of this name is in connections.yaml or in the ledger")
}

// TestRetention: single runs, as cron makes them, forget what is past its retention too;
// an open dead letter is still known then.
func TestRetention(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 26)
	h.edit("connections.yaml", "connections:", "retention: { events: 1ms }\nconnections:")
	h.must(1, "sync", "--once")
	gone := h.run("trace", orderNumber(1), "--format", "json")
	assert.NotContains(t, gone.String(), `"kind": "sent"`)
	assert.Contains(t, h.must(0, "trace", orderNumber(26)), "Untied Kingdom")
}

// TestNothingStaysBehind: a reader that goes away, as head does, leaves no copy of the
// ledger in the folder for temporary files.
func TestNothingStaysBehind(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 5)
	h.must(0, "sync", "--once")
	h.env = append(h.env, "TMPDIR="+h.path("tmp"))
	require.NoError(t, os.Mkdir(h.path("tmp"), 0o700))
	for _, arguments := range [][]string{{"doctor"}, {"sync", "--once", "--dry-run"}} {
		p := exec.Command(h.binary, arguments...)
		p.Dir, p.Env = h.dir, h.env
		out, err := p.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, p.Start())
		require.NoError(t, out.Close())
		_ = p.Wait() // whatever it makes of it
		left, err := os.ReadDir(h.path("tmp"))
		require.NoError(t, err)
		assert.Empty(t, left, "%v", arguments)
	}
}

// finding is what a test looks at of the doctor's.
type finding struct{ Level, Subject, Found, Mend string }

func TestDoctor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		edits  [][2]string
		levels map[string]string // wanted, by the subject of a check
	}{
		{"all is well", nil, map[string]string{
			"Unleashed key": "ok", "Unleashed clock": "ok", "Unleashed warehouse": "ok", "Mintsoft key": "ok", "Mintsoft clock": "ok", "Mintsoft warehouse": "ok",
			"Mintsoft client": "ok", "Mintsoft channel": "ok", "order statuses": "warning", "Unleashed quota": "unknown", "adjustment reason": "unknown",
		}},
		{"names that neither side has", [][2]string{
			{"warehouse_code: MAIN", "warehouse_code: main"}, {"      warehouse: MAIN", "      warehouse: NOWHERE"},
			{"client: DEMO", "client: NOBODY\n      channel: Smoke signals\n      courier_service: Pigeon"},
			{"frequency: 1h", "order_status_to_import: [Placed]"},
		}, map[string]string{
			"Unleashed key": "ok", "Unleashed warehouse": "failed", "Mintsoft key": "ok", "Mintsoft warehouse": "failed", "Mintsoft client": "failed",
			"Mintsoft channel": "failed", "Mintsoft couriers": "warning", "order statuses": "",
		}},
		{"a login", [][2]string{{fmt.Sprintf("api_key: %q", mintsoftsim.AdminKey), "username: " + mintsoftsim.DefaultUser + "\n      password: " + mintsoftsim.DefaultPassword}},
			map[string]string{"Mintsoft key": "ok", "Mintsoft login": "warning"}},
		{"a service that is away", [][2]string{{"base_url: \"http://127.0.0.1:", "base_url: \"http://127.0.0.1:1\" # "}},
			map[string]string{"Unleashed key": "failed", "Mintsoft key": "failed", "Mintsoft warehouse": ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, 0)
			for _, edit := range test.edits {
				h.edit("connections.yaml", edit[0], edit[1])
			}
			code := 0
			if slices.Contains(slices.Collect(maps.Values(test.levels)), "failed") {
				code = 1
			}
			var findings []finding
			h.decode(code, &findings, "doctor")
			for subject, level := range test.levels {
				i := slices.IndexFunc(findings, func(f finding) bool { return f.Subject == subject })
				if i < 0 {
					assert.Empty(t, level, subject)
					continue
				}
				assert.Equal(t, level, findings[i].Level, "%s: %s", subject, findings[i].Found)
				assert.Equal(t, level != "ok", findings[i].Mend != "", "%s: what is wrong comes with its mend", subject)
			}
			assert.Empty(t, h.Mintsoft.Journal.Find("PUT", "*"))
			assert.Empty(t, h.Unleashed.Journal.Writes())
		})
	}
}
