// Package faults runs the real binary as a process of its own against simulated
// services that live in the test: it is killed, stopped, starved, misconfigured,
// and asked for everything that it can do.
package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
)

const (
	// patience is how long a test waits for what must happen.
	patience = time.Minute
	// lookEvery is how often it looks.
	lookEvery = 5 * time.Millisecond
	// stopsWithin is how long the program may take to stop, and racedStopsWithin
	// with the race detector in it.
	stopsWithin      = 2 * time.Second
	racedStopsWithin = 6 * time.Second
)

// workshop is where the binaries are built, shipped the path of the program as it is
// released.
var workshop, shipped string

func TestMain(m *testing.M) { os.Exit(withBinary(m)) }

func withBinary(m *testing.M) int {
	dir, err := os.MkdirTemp("", "mintleash-faults-")
	if err == nil {
		defer os.RemoveAll(dir)
		workshop, shipped = dir, filepath.Join(dir, "mintleash")
		err = build("-trimpath", "-o", shipped)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// raced builds the program with the race detector in it, which is many times slower, as
// the tests themselves are built.
var raced = sync.OnceValues(func() (string, error) {
	flags, err := os.ReadFile("../race.flags")
	if err != nil {
		return "", fmt.Errorf("reading how to build with the race detector: %w", err)
	}
	path := filepath.Join(workshop, "mintleash-race")
	return path, build(append(strings.Split(strings.TrimSpace(string(flags)), "\n"), "-o", path)...)
})

func build(options ...string) error {
	arguments := slices.Concat([]string{"build"}, options, []string{"../../cmd/mintleash"})
	if output, err := exec.Command("go", arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("building the binary: %w\n%s", err, output)
	}
	return nil
}

// house is both simulated services, and a folder in which the binary works on
// them.
type house struct {
	*sandbox.Sandbox
	t      *testing.T
	dir    string
	env    []string
	ledger string // its address, as a test opens it
	binary string
}

// flows are the pipelines that the folder of a house holds.
var flows = []string{"customer_sync", "product_sync", "order_import"}

// ledgerFile is where the ledger of a house is, relative to its folder.
const ledgerFile = "state/mintleash.db"

// newHouse has a number of sales orders. Its services have no limits and show new
// products at once, so that tests wait for nothing; it polls once an hour.
func newHouse(t *testing.T, orders int) *house {
	twins, err := sandbox.New(sandbox.Options{Orders: orders, Products: 25})
	require.NoError(t, err)
	require.NoError(t, twins.Start("127.0.0.1:0", "127.0.0.1:0"))
	t.Cleanup(func() { assert.NoError(t, twins.Close()) })
	twins.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.ProductVisibleAfter = 0 })

	h := &house{Sandbox: twins, t: t, dir: t.TempDir(), binary: shipped}
	h.ledger = "sqlite:" + h.path(ledgerFile)
	h.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + h.dir, "TMPDIR=" + os.TempDir(), "MINTLEASH_CONNECTIONS=connections.yaml"}
	h.write("connections.yaml", string(twins.Connections("sqlite:"+ledgerFile)))
	h.edit("connections.yaml", "requests_per_second: 50", "requests_per_second: 5000")
	h.edit("connections.yaml", "frequency: 1m", "frequency: 1h")
	h.write("config/service.yaml", "http: { address: 127.0.0.1:0 }\nlogger: { level: INFO }\n")
	for _, flow := range flows {
		for _, name := range []string{flow + ".yaml", flow + "_benthos_test.yaml"} {
			raw, err := os.ReadFile(filepath.Join("../../pipelines", name))
			require.NoError(t, err)
			h.write("pipelines/"+name, string(raw))
		}
	}
	require.NoError(t, os.CopyFS(h.path("pipelines/testdata"), os.DirFS("../../pipelines/testdata")))
	return h
}

// raced makes the house run the binary with the race detector in it.
func (h *house) raced() *house {
	path, err := raced()
	require.NoError(h.t, err)
	h.binary = path
	return h
}

func (h *house) path(name string) string { return filepath.Join(h.dir, name) }

func (h *house) write(name, text string) {
	require.NoError(h.t, os.MkdirAll(filepath.Dir(h.path(name)), 0o750))
	require.NoError(h.t, os.WriteFile(h.path(name), []byte(text), 0o600))
}

// edit replaces a text in a file, wherever it stands.
func (h *house) edit(name, before, after string) {
	raw, err := os.ReadFile(h.path(name))
	require.NoError(h.t, err)
	require.Contains(h.t, string(raw), before)
	h.write(name, strings.ReplaceAll(string(raw), before, after))
}

// process is the binary at work.
type process struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr output
	ended          chan struct{} // closed when it is over and all its output is there
}

// start runs the binary in the folder of the house. It is killed with the test.
func (h *house) start(arguments ...string) *process {
	p := &process{t: h.t, cmd: exec.Command(h.binary, arguments...), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = h.dir, h.env, &p.stdout, &p.stderr
	require.NoError(h.t, p.cmd.Start())
	go func() {
		_ = p.cmd.Wait() // the code is asked for later
		close(p.ended)
	}()
	h.t.Cleanup(p.kill)
	return p
}

// run runs the binary to its end.
func (h *house) run(arguments ...string) *process {
	p := h.start(arguments...)
	p.wait()
	return p
}

// must runs the binary to an end with an exit code and answers what it printed.
func (h *house) must(code int, arguments ...string) string {
	p := h.run(arguments...)
	require.Equal(h.t, code, p.code(), "mintleash %s\n%s", strings.Join(arguments, " "), p)
	return p.stdout.String()
}

// decode runs a command that answers JSON, with an exit code. Anything else on
// stdout fails the test.
func (h *house) decode(code int, into any, arguments ...string) {
	text := h.must(code, append(arguments, "--format", "json")...)
	decoder := json.NewDecoder(strings.NewReader(text))
	require.NoError(h.t, decoder.Decode(into), text)
	assert.Empty(h.t, strings.TrimSpace(text[decoder.InputOffset():]), "something follows the JSON of %v", arguments)
}

// String is everything that the process printed.
func (p *process) String() string { return p.stdout.String() + p.stderr.String() }

func (p *process) code() int { return p.cmd.ProcessState.ExitCode() }

func (p *process) wait() {
	select {
	case <-p.ended:
	case <-time.After(patience):
		require.FailNow(p.t, "the process did not end", "%v\n%s", p.cmd.Args, p)
	}
}

// kill ends the process at once, as a loss of power would; it is over afterwards.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// stop asks the process to end, and sees that it does so in time and well.
func (p *process) stop(signal os.Signal) {
	require.NoError(p.t, p.cmd.Process.Signal(signal), p)
	asked, within := time.Now(), stopsWithin
	if p.cmd.Path != shipped {
		within = racedStopsWithin
	}
	p.wait()
	assert.Less(p.t, time.Since(asked), within, "it took too long to stop\n%s", p)
	assert.Equal(p.t, 0, p.code(), p)
}

func (p *process) terminate() { p.stop(syscall.SIGTERM) }

// says waits until the process has printed a text.
func (p *process) says(text string) {
	eventually(p.t, fmt.Sprintf("it says %q", text), func() bool { return strings.Contains(p.String(), text) }, p)
}

var served = regexp.MustCompile(`ready=(http://\S+)/ready`)

// address waits for the process to serve and answers its base URL.
func (p *process) address() string {
	p.says("msg=syncing")
	found := served.FindStringSubmatch(p.stderr.String())
	require.NotNil(p.t, found, p)
	return found[1]
}

// output is what a process prints; it is read while that goes on.
type output struct {
	mut  sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mut.Lock()
	defer o.mut.Unlock()
	return o.text.Write(p)
}

// String is what was printed so far.
func (o *output) String() string {
	o.mut.Lock()
	defer o.mut.Unlock()
	return o.text.String()
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool, about ...any) {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-deadline.C:
			require.FailNow(t, "waited in vain until "+what, about...)
		}
	}
}

// filed waits until the process has reported a number of dead letters.
func (p *process) filed(n int) {
	eventually(p.t, fmt.Sprintf("%d are dead-lettered", n), func() bool { return strings.Count(p.stderr.String(), "msg=dead-lettered") >= n }, p)
}

// ready waits until every stream of the process has run well.
func (p *process) ready() {
	address := p.address() + "/ready"
	eventually(p.t, "it is ready", func() bool {
		response, err := http.Get(address)
		if err != nil {
			return false
		}
		defer response.Body.Close()
		return response.StatusCode == http.StatusOK
	}, p)
}

// get reads an address of the process and checks its status.
func get(t *testing.T, address string, status int) string {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, status, response.StatusCode, "%s", body)
	return string(body)
}
