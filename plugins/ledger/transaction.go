package ledger

import (
	"context"
	"database/sql"
	"errors"
)

// Tx is one caller's part of a commit. It is good only inside the function that
// Commit calls.
type Tx struct {
	ledger *Ledger
	writer *writer
	ctx    context.Context
	failed error // of the first statement that failed
}

// guard refuses to write for a connection whose hold was taken over.
func (tx *Tx) guard(connection string) error {
	if tx.writer.fenced[connection] {
		return tx.fail(ErrFenced)
	}
	return nil
}

// exec runs a statement and answers how many rows it changed.
func (tx *Tx) exec(query string, values ...any) (int64, error) {
	args, err := arguments(values)
	if err != nil {
		return 0, tx.fail(err)
	}
	stmt, err := tx.writer.stmts.get(tx.ctx, query)
	if err != nil {
		return 0, tx.fail(err)
	}
	result, err := stmt.ExecContext(tx.ctx, args...)
	if err != nil {
		return 0, tx.fail(err)
	}
	n, err := result.RowsAffected()
	return n, tx.fail(err)
}

// answer runs a statement that answers one value at most; false when it answers
// none.
func answer[T any](tx *Tx, query string, values ...any) (value T, exists bool, err error) {
	args, err := arguments(values)
	if err != nil {
		return value, false, tx.fail(err)
	}
	stmt, err := tx.writer.stmts.get(tx.ctx, query)
	if err != nil {
		return value, false, tx.fail(err)
	}
	switch err := stmt.QueryRowContext(tx.ctx, args...).Scan(&value); {
	case errors.Is(err, sql.ErrNoRows):
		return value, false, nil
	case err != nil:
		return value, false, tx.fail(err)
	}
	return value, true, nil
}

// fail remembers that a statement failed: PostgreSQL refuses everything after
// it, so on both databases the part is undone even when the function goes on.
func (tx *Tx) fail(err error) error {
	if err != nil && tx.failed == nil {
		tx.failed = err
	}
	return err
}
