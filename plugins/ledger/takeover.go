package ledger

import (
	"context"
	"fmt"
	"strings"
)

// TakeOver gives a stream what another one left that read by the same cursor, between the
// accounts of a pair: its connection was renamed, or another connection runs a flow now
// that several share. Cursor and keys follow the accounts, so nobody else would ask for
// what is parked, filed or asked for under the former name. What waits under the name of
// the stream already stays there, unless another cursor kept it: then the two change
// places, as do the names of two connections. The links of a connection go with it, so
// that a reset forgets its own. It answers the former name, empty when there is none, and
// how many records came along.
func (tx *Tx) TakeOver(key, pair, stream string) (former string, records int64, err error) {
	if err := tx.guard(connectionOf(stream)); err != nil {
		return "", 0, err
	}
	former, exists, err := answer[string](tx, "SELECT stream FROM cursors WHERE key = ?", key)
	if err != nil || !exists || former == stream {
		return "", 0, err
	}
	// A connection that was pointed at another warehouse reads by another cursor under
	// the same name: what waits there is of the one that was written last.
	const keeper = "SELECT key FROM cursors WHERE stream = ? ORDER BY updated_at DESC, key LIMIT 1"
	last, _, err := answer[string](tx, keeper, former)
	if err != nil {
		return "", 0, err
	}
	if last == key {
		if records, err = tx.inherit(key, pair, former, stream, keeper); err != nil {
			return "", 0, err
		}
	}
	_, err = tx.exec("UPDATE cursors SET connection = ?, stream = ? WHERE key = ?", connectionOf(stream), stream, key)
	return former, records, err
}

func (tx *Tx) inherit(key, pair, former, stream, keeper string) (int64, error) {
	_, kept, err := answer[string](tx, keeper, stream)
	if err != nil {
		return 0, err
	}
	from, to := connectionOf(former), connectionOf(stream)
	if !kept {
		if err := tx.moveLinks(key, pair, from, to); err != nil {
			return 0, err
		}
		return tx.rename(former, stream)
	}
	if err := tx.exchangeLinks(pair, from, to); err != nil {
		return 0, err
	}
	aside := " " + stream // no stream is called so
	if _, err := tx.rename(stream, aside); err != nil {
		return 0, err
	}
	records, err := tx.rename(former, stream)
	if err != nil {
		return 0, err
	}
	if _, err := tx.rename(aside, former); err != nil {
		return 0, err
	}
	_, err = tx.exec("UPDATE cursors SET connection = ?, stream = ? WHERE stream = ?", from, former, stream)
	return records, err
}

// moveLinks gives a connection the links that another one made between two accounts. A
// flow that all connections between them share, by whose key it is read, has made those
// of products; one with a cursor of its own is taken over with its connection only.
func (tx *Tx) moveLinks(key, pair, from, to string) error {
	statement, args := "UPDATE links SET connection = ? WHERE pair = ? AND connection = ?", []any{to, pair, from}
	if strings.HasPrefix(key, pair+"/") {
		statement, args = statement+" AND kind = ?", append(args, LinkProduct)
	}
	_, err := tx.exec(statement, args...)
	return err
}

// exchangeLinks gives two connections that change their names the links of each other,
// once for all of their streams. Between the same accounts whose are whose is not known
// any more after the first, and they stay.
func (tx *Tx) exchangeLinks(pair, from, to string) error {
	_, same, err := answer[string](tx, "SELECT connection FROM links WHERE pair = ? AND connection = ? AND kind <> ? LIMIT 1", pair, to, LinkProduct)
	if err != nil || same {
		return err
	}
	if _, err := tx.exec("UPDATE links SET connection = ? WHERE connection = ?", from, to); err != nil {
		return err
	}
	_, err = tx.exec("UPDATE links SET connection = ? WHERE pair = ? AND connection = ?", to, pair, from)
	return err
}

// rename moves what is unsettled from one stream to another, which keeps its own where
// both have the same, and what that is found by. It answers how many records that were.
func (tx *Tx) rename(from, to string) (int64, error) {
	const same = "stream = ? AND EXISTS (SELECT 1 FROM %[1]s AS kept WHERE kept.stream = ? AND "
	const sameRecord = same + "kept.record_id = %[1]s.record_id AND kept.record_resource = %[1]s.record_resource AND kept.record_system = %[1]s.record_system AND "
	for _, statement := range []string{
		"DELETE FROM parked WHERE " + fmt.Sprintf(sameRecord, "parked") + "kept.operation = parked.operation)",
		"UPDATE dead_letters SET state = 'closed' WHERE " + unsettled + " AND " + fmt.Sprintf(sameRecord, "dead_letters") + "kept.slot = dead_letters.slot AND kept." + unsettled + ")",
		"DELETE FROM inbox WHERE " + fmt.Sprintf(same, "inbox") + "kept.event_id = inbox.event_id)",
	} {
		if _, err := tx.exec(statement, from, to); err != nil {
			return 0, err
		}
	}
	if _, err := tx.exec("UPDATE triggers SET stream = ? WHERE stream = ? AND taken_at = 0", to, from); err != nil {
		return 0, err
	}
	// What is released, or was under way when a process died, is found by its stream.
	if _, err := tx.exec("UPDATE intents SET connection = ?, stream = ? WHERE stream = ?", connectionOf(to), to, from); err != nil {
		return 0, err
	}
	var records int64
	for _, rows := range []string{"parked SET connection = ?, stream = ? WHERE", "dead_letters SET connection = ?, stream = ? WHERE " + unsettled + " AND",
		"inbox SET connection = ?, stream = ? WHERE state = 'new' AND"} {
		n, err := tx.exec("UPDATE "+rows+" stream = ?", connectionOf(to), to, from)
		if err != nil {
			return 0, err
		}
		records += n
	}
	// The event of a dead letter was handled. It is read again when that is replayed.
	_, err := tx.exec("UPDATE inbox SET connection = ?, stream = ? WHERE stream = ?", connectionOf(to), to, from)
	return records, err
}

// connectionOf is the connection of a stream: a stream is called
// <connection>_<pipeline>, and no connection has an underscore in its name.
func connectionOf(stream string) string {
	name, _, _ := strings.Cut(stream, "_")
	return name
}

// Waiting is how much of a stream is unsettled: parked, filed, or received and not
// handled.
type Waiting struct {
	Connection string `json:"connection"`
	Stream     string `json:"stream"`
	Records    int64  `json:"records"`
}

// Waiting counts what is unsettled, by stream, whether anything runs it or not.
func (l *Ledger) Waiting(ctx context.Context) ([]Waiting, error) {
	waiting, err := list(ctx, l, func(r row) (w Waiting, err error) { return w, r.Scan(&w.Connection, &w.Stream, &w.Records) },
		"SELECT connection, stream, COUNT(*) FROM (SELECT connection, stream FROM parked UNION ALL SELECT connection, stream FROM dead_letters WHERE "+unsettled+
			" UNION ALL SELECT connection, stream FROM inbox WHERE state = 'new') AS unsettled GROUP BY connection, stream ORDER BY connection, stream")
	if err != nil {
		return nil, fmt.Errorf("counting what waits: %w", err)
	}
	return waiting, nil
}
