package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

const (
	flagConnection = "connection"
	flagURL        = "url"
	flagEvents     = "events"
)

// usualEvents are those that polling learns of late or never. Others would make
// flows run that are about to run anyway.
var usualEvents = []string{"salesorder.deleted", "product.created", "product.updated", "product.deleted"}

func webhooksCommand() *cli.Command {
	chosen := &cli.StringFlag{Name: flagConnection, Usage: "only the connection `NAME`, also while it does not use webhooks yet"}
	return &cli.Command{
		Name:  "webhooks",
		Usage: "list, make and remove the Unleashed subscriptions of each connection",
		Subcommands: []*cli.Command{
			{Name: "list", Usage: "list the subscriptions of each account", Flags: commonFlags(chosen, formatFlag()), Action: listWebhooks},
			{
				Name: "register", Usage: "subscribe to events, and print the signature key, once",
				Description: `The address must be public, with HTTPS and a valid certificate, and lead to
webhooks.address of the connection file. One without a path gets that of the
connection, /webhooks/<connection>. Unleashed tells the signature key only now:
put it where the printed lines say, then set general.use_webhooks.`,
				Flags: commonFlags(chosen, formatFlag(),
					&cli.StringFlag{Name: flagURL, Usage: "the public `URL` that events shall be sent to"},
					&cli.StringSliceFlag{Name: flagEvents, Usage: "the `TYPES` of events", Value: cli.NewStringSlice(usualEvents...)}),
				Action: registerWebhooks,
			},
			{
				Name: "remove", Usage: "remove the subscriptions that lead to each connection",
				Flags: commonFlags(chosen, formatFlag(),
					&cli.StringFlag{Name: flagURL, Usage: "only the one with this `URL`, wherever it leads"}),
				Action: removeWebhooks,
			},
		},
	}
}

// subscriptionRow is a subscription as it is printed.
type subscriptionRow struct {
	Connection string `json:"connection"`
	unleashedapi.Subscription
	// Ours says that its events come to the connection's path.
	Ours bool `json:"ours"`
	// SignatureKey is there only when the subscription was made right now.
	SignatureKey string `json:"signatureKey,omitempty"`
}

// onConnection is a part of a command, on one of the connections that it is for.
type onConnection func(ctx context.Context, conn *connection.Connection) ([]subscriptionRow, error)

// withWebhooks runs a command on each connection that has use_webhooks, or on the
// one that was named, and prints what it answers. What was done is printed also
// when a later connection fails.
func withWebhooks(c *cli.Context, show func([]subscriptionRow) error, prepare func(chosen []*connection.Connection) (onConnection, error)) error {
	asJSON, err := wantsJSON(c)
	if err != nil {
		return badConfig(err)
	}
	ctx, release := signal.NotifyContext(c.Context, stopSignals()...)
	defer release()
	book, err := openBook(c, connection.OpenOptions{})
	if err != nil {
		return err
	}
	defer book.Close()
	chosen, err := webhookConnections(book, c.String(flagConnection))
	if err != nil {
		return badConfig(err)
	}
	do, err := prepare(chosen)
	if err != nil {
		return badConfig(err)
	}
	var rows []subscriptionRow
	var failures []error
	for _, conn := range chosen {
		done, err := do(ctx, conn)
		rows = append(rows, done...)
		if err != nil {
			failures = append(failures, fmt.Errorf("connection %s: %w", conn.Name, err))
		}
	}
	if asJSON {
		err = printJSON(list(rows))
	} else if len(rows) > 0 || len(failures) == 0 {
		err = show(rows)
	}
	if err := errors.Join(append(failures, err)...); err != nil {
		return trouble(err)
	}
	return nil
}

// webhookConnections are the connections that events come to: of those that share
// their accounts the first, as in `sync`.
func webhookConnections(book *connection.Book, name string) ([]*connection.Connection, error) {
	if name != "" {
		conn, err := book.Connection(name)
		return []*connection.Connection{conn}, err
	}
	var chosen []*connection.Connection
	for _, name := range book.Names() {
		conn, err := book.Connection(name)
		if err != nil {
			return nil, err
		}
		using := slices.DeleteFunc(book.Sharing(conn), func(other *connection.Connection) bool { return !other.General.UseWebhooks })
		if len(using) > 0 && using[0] == conn {
			chosen = append(chosen, conn)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no active connection of %s has general.use_webhooks: name one with --%s", book.File.Path, flagConnection)
	}
	return chosen, nil
}

func printSubscriptions(rows []subscriptionRow) error {
	cells := make([][]string, 0, len(rows))
	for _, row := range rows {
		leads := "elsewhere"
		if row.Ours {
			leads = "here"
		}
		cells = append(cells, []string{row.Connection, row.ID, row.Status, leads, row.NotificationURL, strings.Join(row.EventTypes, ", ")})
	}
	return printTable(os.Stdout, []string{"CONNECTION", "ID", "STATUS", "LEADS", "URL", "EVENTS"}, cells)
}

func rowOf(conn *connection.Connection, s unleashedapi.Subscription) subscriptionRow {
	return subscriptionRow{Connection: conn.Name, Subscription: s, Ours: s.Leads(conn.WebhookPath())}
}

// always is for commands that need no preparation.
func always(do onConnection) func([]*connection.Connection) (onConnection, error) {
	return func([]*connection.Connection) (onConnection, error) { return do, nil }
}

func listWebhooks(c *cli.Context) error {
	return withWebhooks(c, printSubscriptions, always(func(ctx context.Context, conn *connection.Connection) (rows []subscriptionRow, err error) {
		subscriptions, err := conn.Unleashed.Subscriptions(ctx)
		for _, s := range subscriptions {
			rows = append(rows, rowOf(conn, s))
		}
		return rows, err
	}))
}

func removeWebhooks(c *cli.Context) error {
	only := c.String(flagURL)
	show := func(rows []subscriptionRow) error {
		if len(rows) == 0 {
			fmt.Println("there is nothing to remove")
			return nil
		}
		return printSubscriptions(rows)
	}
	return withWebhooks(c, show, always(func(ctx context.Context, conn *connection.Connection) (removed []subscriptionRow, err error) {
		subscriptions, err := conn.Unleashed.Subscriptions(ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range subscriptions {
			row := rowOf(conn, s)
			if only != "" && s.NotificationURL != only || only == "" && !row.Ours {
				continue
			}
			if err := conn.Unleashed.Unsubscribe(ctx, s.ID); err != nil {
				return removed, err
			}
			removed = append(removed, row)
		}
		return removed, nil
	}))
}

func registerWebhooks(c *cli.Context) error {
	asked, events := c.String(flagURL), c.StringSlice(flagEvents)
	show := func(rows []subscriptionRow) error {
		for _, row := range rows {
			variable := "UNLEASHED_WEBHOOK_KEY"
			if len(rows) > 1 {
				variable += "_" + strings.ToUpper(row.Connection)
			}
			fmt.Printf("%s: %s is told of %s.\nThe signature key is shown only now. In .env:\n\n    %s=%s\n\nand in the connection file, under unleashed of %s:\n\n    webhook_signature_key: \"${%s}\"\n\n",
				row.Connection, row.NotificationURL, strings.Join(row.EventTypes, ", "), variable, row.SignatureKey, row.Connection, variable)
		}
		return nil
	}
	return withWebhooks(c, show, func(chosen []*connection.Connection) (onConnection, error) {
		targets := map[string]string{}
		for _, conn := range chosen {
			target, err := webhookURL(asked, conn, len(chosen) > 1)
			if err != nil {
				return nil, err
			}
			targets[conn.Name] = target
		}
		return func(ctx context.Context, conn *connection.Connection) ([]subscriptionRow, error) {
			row, err := register(ctx, conn, targets[conn.Name], events)
			if err != nil {
				return nil, err
			}
			return []subscriptionRow{row}, nil
		}, nil
	})
}

// webhookURL is where the events of a connection are sent to. Plain HTTP is for
// the simulated service only.
func webhookURL(asked string, conn *connection.Connection, several bool) (string, error) {
	target, err := url.Parse(asked)
	if err != nil || target.Host == "" || target.User != nil || target.RawQuery != "" || target.Fragment != "" {
		return "", fmt.Errorf("--%s: found %q, expected a public address such as https://hooks.example.com", flagURL, asked)
	}
	plain := target.Scheme == "http" && isLoopback(asked) && isLoopback(conn.Config.Unleashed.BaseURL)
	if target.Scheme != "https" && !plain {
		return "", fmt.Errorf("--%s: found %q, expected https: Unleashed sends events to nothing else", flagURL, asked)
	}
	switch target.Path {
	case "", "/":
		target.Path = conn.WebhookPath()
	default:
		if several {
			return "", fmt.Errorf("--%s: found the path %s for several connections, expected none, or --%s", flagURL, target.Path, flagConnection)
		}
	}
	return target.String(), nil
}

func isLoopback(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(parsed.Hostname())
	return parsed.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// register makes a subscription unless there is one for the address, whose key
// nobody can be told any more, or no room for another.
func register(ctx context.Context, conn *connection.Connection, target string, events []string) (subscriptionRow, error) {
	known, err := conn.Unleashed.Subscriptions(ctx)
	if err != nil {
		return subscriptionRow{}, err
	}
	var taken []string
	for _, s := range known {
		if s.NotificationURL == target {
			return subscriptionRow{}, fmt.Errorf("%s is subscribed already (%s); its key was shown when that was made. For a new one: mintleash webhooks remove --%s %s, then register again", target, s.ID, flagURL, target)
		}
		taken = append(taken, fmt.Sprintf("%s (%s)", s.NotificationURL, s.ID))
	}
	if len(taken) >= unleashedapi.MostSubscriptions {
		return subscriptionRow{}, fmt.Errorf("the account has %d subscriptions, and Unleashed allows %d: %s. Remove one: mintleash webhooks remove --%s URL", len(taken), unleashedapi.MostSubscriptions, strings.Join(taken, ", "), flagURL)
	}
	made, key, err := conn.Unleashed.Subscribe(ctx, unleashedapi.Subscription{Description: "mintleash " + conn.Name, NotificationURL: target, EventTypes: events})
	if err != nil {
		if errors.Is(err, unleashedapi.ErrKeyLost) {
			err = fmt.Errorf("%w; look with `mintleash webhooks list`, and remove it before you try again", err)
		}
		return subscriptionRow{}, err
	}
	row := rowOf(conn, made)
	row.SignatureKey = key
	return row, nil
}
