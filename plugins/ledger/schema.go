package ledger

import (
	"context"
	"database/sql"
	"fmt"
)

// migrations lead from each version of the schema to the next. What was released
// is never edited: a change is a new entry at the end.
var migrations = []string{version1}

// version1 is the first schema; README.md says what each table is for. Times are
// nanoseconds since 1970, 0 for none.
const version1 = `
CREATE TABLE cursors (
	key TEXT PRIMARY KEY, connection TEXT NOT NULL, stream TEXT NOT NULL, version BIGINT NOT NULL,
	position BIGINT NOT NULL, seen TEXT NOT NULL, updated_at BIGINT NOT NULL
);

CREATE TABLE links (
	pair TEXT NOT NULL, kind TEXT NOT NULL, source_id TEXT NOT NULL,
	connection TEXT NOT NULL, source_system TEXT NOT NULL, source_ref TEXT NOT NULL,
	target_system TEXT NOT NULL, target_id TEXT NOT NULL, target_ref TEXT NOT NULL,
	modified TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
	PRIMARY KEY (pair, kind, source_id)
);
-- The id leads, so that a trace, which knows neither pair nor kind, finds it too.
CREATE INDEX links_target ON links (target_id, kind, pair);
CREATE INDEX links_source ON links (source_id);
CREATE INDEX links_source_ref ON links (source_ref);
CREATE INDEX links_target_ref ON links (target_ref);

CREATE TABLE intents (
	key TEXT PRIMARY KEY, account TEXT NOT NULL, connection TEXT NOT NULL, stream TEXT NOT NULL,
	system TEXT NOT NULL, operation TEXT NOT NULL,
	record_system TEXT NOT NULL, record_resource TEXT NOT NULL, record_id TEXT NOT NULL, record_ref TEXT NOT NULL, record_modified TEXT NOT NULL,
	request_hash TEXT NOT NULL, state TEXT NOT NULL, target_id TEXT NOT NULL, target_ref TEXT NOT NULL,
	attempts BIGINT NOT NULL, first_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, note TEXT NOT NULL
);
CREATE INDEX intents_record ON intents (record_id);
CREATE INDEX intents_record_ref ON intents (record_ref);
CREATE INDEX intents_target_ref ON intents (target_ref);

CREATE TABLE parked (
	stream TEXT NOT NULL, record_system TEXT NOT NULL, record_resource TEXT NOT NULL, record_id TEXT NOT NULL,
	record_ref TEXT NOT NULL, record_modified TEXT NOT NULL, connection TEXT NOT NULL,
	operation TEXT NOT NULL, wait_for TEXT NOT NULL, reason TEXT NOT NULL, since BIGINT NOT NULL, until_at BIGINT NOT NULL, due_at BIGINT NOT NULL,
	PRIMARY KEY (stream, record_id, record_resource, record_system, operation)
);
CREATE INDEX parked_wait_for ON parked (wait_for);

CREATE TABLE dead_letters (
	id TEXT PRIMARY KEY, connection TEXT NOT NULL, stream TEXT NOT NULL,
	record_system TEXT NOT NULL, record_resource TEXT NOT NULL, record_id TEXT NOT NULL, record_ref TEXT NOT NULL, record_modified TEXT NOT NULL,
	class TEXT NOT NULL, system TEXT NOT NULL, operation TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
	state TEXT NOT NULL, attempts BIGINT NOT NULL, first_at BIGINT NOT NULL, last_at BIGINT NOT NULL, slot TEXT NOT NULL
);
-- At most one of a record is unsettled for each write that it leads to. Every delivery looks for it, so the
-- settled ones are left out.
CREATE UNIQUE INDEX dead_letters_unsettled ON dead_letters (stream, record_id, record_resource, record_system, slot)
	WHERE state IN ('open', 'replaying');
CREATE INDEX dead_letters_state ON dead_letters (state, last_at);

CREATE TABLE events (
	id {serial}, at BIGINT NOT NULL, connection TEXT NOT NULL, stream TEXT NOT NULL,
	record_system TEXT NOT NULL, record_resource TEXT NOT NULL, record_id TEXT NOT NULL, record_ref TEXT NOT NULL, record_modified TEXT NOT NULL,
	kind TEXT NOT NULL, summary TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE INDEX events_record ON events (record_id);
CREATE INDEX events_record_ref ON events (record_ref);
CREATE INDEX events_at ON events (at);

CREATE TABLE triggers (
	id {serial}, stream TEXT NOT NULL, full_run BIGINT NOT NULL, at_once BIGINT NOT NULL, accept BIGINT NOT NULL,
	at BIGINT NOT NULL, taken_at BIGINT NOT NULL
);
-- Every input asks each second; taken ones are of no interest to it.
CREATE INDEX triggers_open ON triggers (stream) WHERE taken_at = 0;

CREATE TABLE inbox (
	id {serial}, event_id TEXT NOT NULL, connection TEXT NOT NULL, stream TEXT NOT NULL, kind TEXT NOT NULL,
	received_at BIGINT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL, attempts BIGINT NOT NULL
);
CREATE UNIQUE INDEX inbox_event ON inbox (stream, event_id);
-- Every input of events asks each second; handled ones are of no interest to it.
CREATE INDEX inbox_new ON inbox (stream, id) WHERE state = 'new';

CREATE TABLE calls (
	account TEXT NOT NULL, month TEXT NOT NULL, calls BIGINT NOT NULL,
	PRIMARY KEY (account, month)
);

CREATE TABLE items (
	store TEXT NOT NULL, key TEXT NOT NULL, value {bytes} NOT NULL, expires_at BIGINT NOT NULL,
	PRIMARY KEY (store, key)
);
CREATE INDEX items_expiring ON items (expires_at) WHERE expires_at > 0;

CREATE TABLE accounts (
	system TEXT NOT NULL, slot TEXT NOT NULL, fingerprint TEXT NOT NULL, identity TEXT NOT NULL, facts TEXT NOT NULL,
	PRIMARY KEY (system, slot)
);

CREATE TABLE runs (
	id {serial}, connection TEXT NOT NULL, stream TEXT NOT NULL, started_at BIGINT NOT NULL, finished_at BIGINT NOT NULL,
	outcome TEXT NOT NULL, error TEXT NOT NULL, counts TEXT NOT NULL
);
CREATE INDEX runs_stream ON runs (stream, id);

CREATE TABLE holds (
	name TEXT PRIMARY KEY, epoch BIGINT NOT NULL, taken_at BIGINT NOT NULL
);
`

// migrate brings the schema up to the given version. A schema that is newer than
// this binary knows is refused and left alone.
func (d *database) migrate(ctx context.Context, upTo int) error {
	for {
		version, err := d.version(ctx, d.writer)
		if err != nil {
			return err
		}
		if version > len(migrations) {
			return newer(version)
		}
		if version >= upTo {
			return nil
		}
		if err := d.step(ctx); err != nil {
			return fmt.Errorf("migrating the ledger from schema version %d: %w", version, err)
		}
	}
}

func newer(version int) error {
	return fmt.Errorf("the ledger has schema version %d, and this mintleash knows versions up to %d: run a newer mintleash, or name another ledger", version, len(migrations))
}

// querier is what a connection and a transaction have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// version reads the version of the schema; 0 for a database without one.
func (d *database) version(ctx context.Context, q querier) (int, error) {
	var tables, version int
	if err := q.QueryRowContext(ctx, d.bind(d.hasTable), "schema_version").Scan(&tables); err != nil {
		return 0, fmt.Errorf("looking for the schema of the ledger: %w", err)
	}
	if tables == 0 {
		return 0, nil
	}
	if err := q.QueryRowContext(ctx, "SELECT COALESCE(MAX(version), 0) FROM schema_version").Scan(&version); err != nil {
		return 0, fmt.Errorf("reading the schema version of the ledger: %w", err)
	}
	return version, nil
}

// step makes one migration in one transaction. The version is read again inside
// of it, since another process may have been faster.
func (d *database) step(ctx context.Context) (err error) {
	conn, err := d.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, d.begin); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	if _, err := conn.ExecContext(ctx, d.dialect.migrate); err != nil {
		return err
	}
	version, err := d.version(ctx, conn)
	if err != nil {
		return err
	}
	if version < len(migrations) {
		if _, err := conn.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)"); err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, d.types.Replace(migrations[version])); err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, "DELETE FROM schema_version"); err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, d.bind("INSERT INTO schema_version (version) VALUES (?)"), version+1); err != nil {
			return err
		}
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return err
}
