package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// readerConnections is how many reads may be under way at once.
const readerConnections = 4

// sqliteBusy is how long a statement waits for another process that writes:
// commands write beside a running sync.
const sqliteBusy = 10 * time.Second

// openSQLite opens the file at a path; "//" in front of it is allowed.
func openSQLite(ctx context.Context, path string, readOnly bool) (*database, error) {
	path = strings.TrimPrefix(path, "//")
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, fmt.Errorf("the address of the ledger: found sqlite:%s, expected sqlite:<path of a file>", path)
	}
	given := filepath.Clean(path)
	path, err := realPath(given)
	if err != nil {
		return nil, fmt.Errorf("opening the ledger %s: %w", given, err)
	}
	writer := url.Values{"_pragma": {fmt.Sprintf("busy_timeout(%d)", sqliteBusy.Milliseconds())}}
	reader := url.Values{"_pragma": {writer.Get("_pragma"), "query_only(1)"}}
	if readOnly {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("opening the ledger: %w", err)
		}
		writer.Set("mode", "ro")
		// While any process has the file open there is a log beside it. Without
		// one the file is at rest, and reading it as such leaves no trace.
		if _, err := os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) {
			writer.Set("immutable", "1")
		}
		reader = writer
	} else {
		// A full sync at each commit is what makes it survive a loss of power. What
		// a savepoint may have to undo stays in memory: as a file it costs a quarter
		// of the time.
		writer["_pragma"] = append(writer["_pragma"], "journal_mode(WAL)", "synchronous(FULL)", "temp_store(MEMORY)")
		if err := createFile(path); err != nil {
			return nil, fmt.Errorf("creating the ledger: %w", err)
		}
	}
	d := &database{dialect: sqliteDialect, locks: fileLocks{path: path}}
	if d.writer, err = sql.Open("sqlite", fileURI(path, writer)); err != nil {
		return nil, fmt.Errorf("opening the ledger %s: %w", path, err)
	}
	d.writer.SetMaxOpenConns(1)
	if d.readers, err = sql.Open("sqlite", fileURI(path, reader)); err != nil {
		return nil, fmt.Errorf("opening the ledger %s: %w", path, errors.Join(err, d.writer.Close()))
	}
	d.readers.SetMaxOpenConns(readerConnections)
	d.readers.SetMaxIdleConns(readerConnections)
	if err := unlocked(ctx, d.writer); err != nil {
		return nil, fmt.Errorf("opening the ledger %s: %w", path, errors.Join(mend(err), d.close()))
	}
	return d, nil
}

// realPath is where a file is, or will be made, whatever links lead to it: SQLite keeps
// its log there, and a lock beside a link would keep nobody out who comes another way.
func realPath(path string) (string, error) {
	found, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return found, err
	}
	folder, err := realPath(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	if target, err := os.Readlink(path); err == nil {
		if !filepath.IsAbs(target) {
			target = filepath.Join(folder, target)
		}
		return realPath(target)
	}
	return filepath.Join(folder, filepath.Base(path)), nil
}

// mend says what to do where SQLite cannot open a file, or write to it.
func mend(err error) error {
	var refusal *sqlite.Error
	if errors.As(err, &refusal) && slices.Contains([]int{sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}, refusal.Code()&0xff) {
		return fmt.Errorf("%w; expected a file that this user may write to, in a folder that this user may write to", err)
	}
	return err
}

// unlocked makes the first connection. Of several processes that turn the log of a new
// file on at once, SQLite lets one do it and tells the others at once that it is busy.
func unlocked(ctx context.Context, db *sql.DB) error {
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for end := time.Now().Add(sqliteBusy); ; {
		err := db.PingContext(ctx)
		var refusal *sqlite.Error
		if !errors.As(err, &refusal) || refusal.Code()&0xff != sqlite3.SQLITE_BUSY || time.Now().After(end) {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return err
		}
	}
}

// fileURI escapes what has a meaning in an address.
func fileURI(path string, options url.Values) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + options.Encode()
}

// createFile makes the file with its folder, for its owner alone: bodies hold
// customers' addresses. A file that exists is not even opened, because closing it
// would drop the locks that SQLite has on it elsewhere in this process.
func createFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// fileLocks are locks of the operating system on files beside the ledger. They
// die with the process, so there is no holder to be fenced off.
type fileLocks struct{ path string }

func (f fileLocks) file(name string) string { return f.path + "." + url.PathEscape(name) + ".lock" }

// askedFor is how long a lock is tried: whoever asks whether it is taken has it
// for a moment.
const askedFor = 500 * time.Millisecond

// take looks at no connections: a file is held whole.
func (f fileLocks) take(ctx context.Context, name string, _ []string) (*Hold, error) {
	lock := flock.New(f.file(name), flock.SetPermissions(0o600))
	wait, cancel := context.WithTimeout(ctx, askedFor)
	defer cancel()
	locked, err := lock.TryLockContext(wait, askedFor/25)
	switch {
	case ctx.Err() != nil:
		return nil, errors.Join(ctx.Err(), lock.Close())
	case locked:
		return &Hold{name: name, lost: make(chan struct{}), give: lock.Close}, nil
	case err == nil || errors.Is(err, context.DeadlineExceeded):
		return nil, errors.Join(ErrHeld, lock.Close())
	}
	return nil, errors.Join(err, lock.Close())
}

func (f fileLocks) taken(_ context.Context, name string, _ []string) (bool, error) {
	if _, err := os.Stat(f.file(name)); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	lock := flock.New(f.file(name), flock.SetPermissions(0o600))
	free, err := lock.TryRLock()
	return !free && err == nil, errors.Join(err, lock.Close())
}

func (fileLocks) fence(context.Context, *sql.Conn, *Hold) error { return nil }
