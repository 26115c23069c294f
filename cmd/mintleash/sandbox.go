package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/urfave/cli/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/runner"
	"github.com/mintleash/mintleash/tests/sandbox"
)

const (
	// sandboxDir holds what `sync --sandbox` writes, so that other commands can
	// look into it while it runs.
	sandboxDir = "state/sandbox"
	// orderEvery is how often somebody orders something in the sandbox.
	orderEvery = 20 * time.Second

	seedOrders, seedProducts = 40, 25
)

// sandboxHints is what a new user is told once the first run is over.
const sandboxHints = `
Both services are simulated and go on: every 20 seconds somebody orders something and
somebody in the warehouse sends an order or books goods in, and each stream looks for
changes once a minute. In another terminal:

  export MINTLEASH_CONNECTIONS=` + sandboxDir + `/connections.yaml
  bin/mintleash trace SO-00000001          what was done for an order
  bin/mintleash deadletters list           what could not be delivered, and why
  bin/mintleash trigger main_order_import  a run now
  bin/mintleash doctor                     checks of the connection

The rules are in pipelines/: edit a mapping, then run bin/mintleash test ./pipelines/...
Ctrl-C ends it.

`

func sandboxCommand() *cli.Command {
	return &cli.Command{
		Name:  "sandbox",
		Usage: "start both simulated services on loopback and print how to reach them",
		Description: `A fault is '<system> <verb> <path> <what> [how often]': the system is unleashed or
mintsoft, the verb may be * and the path hold it, and what happens is a status
(503), close-before or close-after (the connection breaks, before or after it was
done), garble (an answer that is no JSON), or a delay (5s).`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "unleashed-addr", Usage: "the `ADDRESS` of the simulated Unleashed", Value: "127.0.0.1:7801"},
			&cli.StringFlag{Name: "mintsoft-addr", Usage: "the `ADDRESS` of the simulated Mintsoft", Value: "127.0.0.1:7802"},
			&cli.IntFlag{Name: "seed-orders", Usage: "sales orders that are there", Value: seedOrders},
			&cli.IntFlag{Name: "seed-products", Usage: "products that are there", Value: seedProducts},
			&cli.StringSliceFlag{Name: "fault", Usage: "a scripted `FAULT` such as 'mintsoft PUT /api/Order 503 3'; may be given several times"},
		},
		Action: func(c *cli.Context) error {
			if c.Int("seed-orders") < 0 || c.Int("seed-products") < 0 {
				return badConfig(fmt.Errorf("--seed-orders and --seed-products: expected numbers of at least 0"))
			}
			if c.Int("seed-orders") > 0 && c.Int("seed-products") < seedProducts {
				return badConfig(fmt.Errorf("--seed-products: found %d, expected at least %d: orders are made of those", c.Int("seed-products"), seedProducts))
			}
			end, err := claimSandbox(c.Context)
			if err != nil {
				return badConfig(err)
			}
			defer end()
			twins, err := sandbox.New(sandbox.Options{Orders: c.Int("seed-orders"), Products: c.Int("seed-products"), Faults: c.StringSlice("fault")})
			if err != nil {
				return badConfig(err)
			}
			if err := twins.Start(c.String("unleashed-addr"), c.String("mintsoft-addr")); err != nil {
				return badConfig(err)
			}
			defer twins.Close()
			path, err := writeSandbox(twins)
			if err != nil {
				return trouble(err)
			}
			ctx, release := signal.NotifyContext(c.Context, stopSignals()...)
			defer release()
			fmt.Println("# both services are simulated and forget everything when this ends")
			for _, variable := range twins.Environment() {
				fmt.Printf("export %s='%s'\n", variable[0], variable[1])
			}
			fmt.Printf("# a connection file that uses them\nexport MINTLEASH_CONNECTIONS='%s'\n", path)
			<-ctx.Done()
			return nil
		},
	}
}

type sandboxOptions struct{ orders, products int }

// startSandbox starts both twins and reads the connection file for them. The folder is
// this process' own until the end.
func startSandbox(ctx context.Context, o sandboxOptions) (_ *sandbox.Sandbox, _ *connection.File, end func(), err error) {
	if end, err = claimSandbox(ctx); err != nil {
		return nil, nil, nil, err
	}
	defer func() {
		if err != nil {
			end()
		}
	}()
	twins, err := sandbox.New(sandbox.Options{Orders: o.orders, Products: o.products})
	if err != nil {
		return nil, nil, nil, err
	}
	if err := twins.Start("127.0.0.1:0", "127.0.0.1:0"); err != nil {
		return nil, nil, nil, err
	}
	path, err := writeSandbox(twins)
	if err != nil {
		_ = twins.Close()
		return nil, nil, nil, err
	}
	file, err := connection.Load(path, os.LookupEnv)
	if err != nil {
		_ = twins.Close()
		return nil, nil, nil, err
	}
	go twins.Live(ctx, orderEvery)
	return twins, file, end, nil
}

// claimSandbox takes the sandbox's folder: another process would take the ledger away
// from under the one that runs.
func claimSandbox(ctx context.Context) (end func(), err error) {
	if err := os.MkdirAll(filepath.Dir(sandboxDir), 0o755); err != nil {
		return nil, fmt.Errorf("making room for the sandbox: %w", err)
	}
	lock := flock.New(sandboxDir + ".lock")
	taken, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("taking the sandbox: %w", err)
	}
	if !taken {
		return nil, errors.New("another sandbox runs from this folder; stop it first, or start this one elsewhere")
	}
	if err := unused(ctx); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	return func() { _ = lock.Unlock() }, nil
}

// writeSandbox writes a connection file for the twins. What an earlier sandbox
// left is removed: its services are gone.
func writeSandbox(twins *sandbox.Sandbox) (path string, err error) {
	if err := os.RemoveAll(sandboxDir); err != nil {
		return "", fmt.Errorf("clearing the sandbox: %w", err)
	}
	if err := os.MkdirAll(sandboxDir, 0o755); err != nil {
		return "", fmt.Errorf("making room for the sandbox: %w", err)
	}
	path = filepath.Join(sandboxDir, "connections.yaml")
	raw := twins.Connections("sqlite:"+filepath.Join(sandboxDir, "mintleash.db"), sandbox.Inbound...)
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		return "", fmt.Errorf("writing the connection file of the sandbox: %w", err)
	}
	return path, nil
}

// unused refuses to take a ledger away from under a sync that was pointed at it.
func unused(ctx context.Context) error {
	path := filepath.Join(sandboxDir, "connections.yaml")
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil //nolint:nilerr // there is no earlier sandbox
	}
	file, err := connection.Parse(path, raw, os.LookupEnv)
	if err != nil {
		return nil //nolint:nilerr // nobody can use it
	}
	store, err := ledger.Open(ctx, file.Ledger.Reveal(), ledger.Options{})
	if err != nil {
		return nil //nolint:nilerr // nor this
	}
	held, err := runner.Held(ctx, store, file)
	if held {
		err = fmt.Errorf("a sync runs by %s, whose ledger a new sandbox would remove; stop it first", path)
	}
	return errors.Join(err, store.Close())
}
