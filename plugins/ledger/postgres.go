package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresConnect is how long one attempt to connect may take when the address
// doesn't say.
const postgresConnect = 10 * time.Second

func openPostgres(ctx context.Context, url string) (*database, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// The parser's own words may repeat the address, which holds the password.
		return nil, errors.New("the address of the ledger: expected postgres://<user>:<password>@<host>/<database>, with special characters of the password percent-encoded")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = postgresConnect
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "mintleash"
	}
	d := &database{dialect: postgresDialect, writer: stdlib.OpenDB(*config), readers: stdlib.OpenDB(*config)}
	d.locks = advisoryLocks{config: config, readers: d.readers}
	d.writer.SetMaxOpenConns(1)
	d.readers.SetMaxOpenConns(readerConnections)
	d.readers.SetMaxIdleConns(readerConnections)
	if err := d.writer.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("connecting to the ledger: %w", errors.Join(err, d.close()))
	}
	return d, nil
}

// advisoryLocks are locks of a session of PostgreSQL, those of each hold on a
// connection of its own. A session can end without its process knowing, so each lock has
// an epoch as well: a later holder counts it up, and the commits of the earlier one
// fail from then on.
type advisoryLocks struct {
	config  *pgx.ConnConfig
	readers *sql.DB
}

// lockKey is the number of a lock. Ledgers in different schemas of one database
// have different ones.
const lockKey = "hashtextextended('mintleash hold ' || current_schema() || ' ' || $1::text, 0)"

// lockNames are the locks of a hold, in the order in which all take them.
func lockNames(name string, connections []string) []string {
	names := []string{name}
	for _, connection := range slices.Sorted(slices.Values(connections)) {
		names = append(names, "connection/"+connection)
	}
	return names
}

func (a advisoryLocks) take(ctx context.Context, name string, connections []string) (*Hold, error) {
	conn, err := pgx.ConnectConfig(ctx, a.config.Copy())
	if err != nil {
		return nil, fmt.Errorf("connecting to the ledger: %w", err)
	}
	unlock := func() {
		// Ending the session frees the locks too, but only a while after.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveWithin)
		defer cancel()
		if !conn.IsClosed() {
			_, _ = conn.Exec(ctx, "SELECT pg_advisory_unlock_all()")
		}
		closeSession(conn)
	}
	hold := &Hold{name: name, lost: make(chan struct{})}
	if hold.epochs, err = lock(ctx, conn, lockNames(name, connections)); err != nil {
		unlock()
		return nil, err
	}
	watch, stop := context.WithCancel(context.WithoutCancel(ctx))
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if !alive(watch, conn) {
			close(hold.lost)
		}
	}()
	hold.give = func() error {
		stop()
		<-watched
		unlock()
		return nil
	}
	return hold, nil
}

// lock takes all locks before it counts an epoch up: who has one of them still may write.
func lock(ctx context.Context, conn *pgx.Conn, names []string) (map[string]int64, error) {
	for _, name := range names {
		var locked bool
		if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock("+lockKey+")", name).Scan(&locked); err != nil {
			return nil, err
		}
		if !locked {
			return nil, ErrHeld
		}
	}
	epochs := map[string]int64{}
	for _, name := range names {
		var epoch int64
		// This waits for the commit that the earlier holder has under way, if any.
		if err := conn.QueryRow(ctx, "INSERT INTO holds (name, epoch, taken_at) VALUES ($1, 1, $2) "+
			"ON CONFLICT (name) DO UPDATE SET epoch = holds.epoch + 1, taken_at = excluded.taken_at RETURNING epoch",
			name, time.Now().UnixNano()).Scan(&epoch); err != nil {
			return nil, err
		}
		epochs[name] = epoch
	}
	return epochs, nil
}

// sessionBeat is how often a session is tried, and how long it may take to
// answer.
const sessionBeat = 3 * time.Second

// giveWithin is how long a stop waits for a server to take a lock back.
const giveWithin = 250 * time.Millisecond

// alive returns when the session is lost (false) or the context ends (true).
func alive(ctx context.Context, conn *pgx.Conn) bool {
	try := func(do func(context.Context) error) error {
		ctx, cancel := context.WithTimeout(ctx, sessionBeat)
		defer cancel()
		return do(ctx)
	}
	for {
		// Nothing is ever notified: this returns early when the server hangs up.
		_ = try(func(ctx context.Context) error {
			_, err := conn.WaitForNotification(ctx)
			return err
		})
		if ctx.Err() != nil {
			return true
		}
		if err := try(conn.Ping); err != nil {
			return ctx.Err() != nil
		}
	}
}

func closeSession(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), sessionBeat)
	defer cancel()
	_ = conn.Close(ctx)
}

func (a advisoryLocks) taken(ctx context.Context, name string, connections []string) (held bool, err error) {
	for _, name := range lockNames(name, connections) {
		// The two halves of the number are how pg_locks shows it.
		err = a.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_locks, (SELECT "+lockKey+" AS key) AS wanted "+
			"WHERE locktype = 'advisory' AND objsubid = 1 AND granted "+
			"AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "+
			"AND classid::bigint = (wanted.key >> 32) & 4294967295 AND objid::bigint = wanted.key & 4294967295)", name).Scan(&held)
		if err != nil || held {
			return held, err
		}
	}
	return false, nil
}

func (advisoryLocks) fence(ctx context.Context, conn *sql.Conn, hold *Hold) error {
	// The rows are locked until the commit, so that nobody takes over in between.
	rows, err := conn.QueryContext(ctx, "SELECT name, epoch FROM holds WHERE name = ANY($1) FOR SHARE", slices.Collect(maps.Keys(hold.epochs)))
	if err != nil {
		return err
	}
	defer rows.Close()
	ours := 0
	for rows.Next() {
		var name string
		var epoch int64
		if err := rows.Scan(&name, &epoch); err != nil {
			return err
		}
		if epoch == hold.epochs[name] {
			ours++
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if ours < len(hold.epochs) {
		return ErrFenced
	}
	return nil
}
