package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/legworkhq/legwork/server/store"
)

// OpenOrigin opens the database at path in order to move it: as Open does, but nothing is
// written, not even what a newer version would change. Errors wrap store.ErrOlder,
// store.ErrUnfinished and store.ErrUnplaced too, and fs.ErrNotExist.
func OpenOrigin(ctx context.Context, path string) (store.Origin, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	db := &DB{path: path, kind: everything(), lock: lock}
	if err := db.openToRead(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("%s: %w", path, known(err))
	}
	return origin{db}, nil
}

func (db *DB) openToRead(ctx context.Context) (err error) {
	if db.read, err = connectToRead(db.path); err != nil {
		return err
	}
	var version, app int
	if err := db.read.QueryRowContext(ctx, `SELECT (SELECT user_version FROM pragma_user_version), (SELECT application_id FROM pragma_application_id)`).Scan(&version, &app); err != nil {
		return err
	}
	switch newest := len(db.kind.migrations); {
	case app != db.kind.applicationID:
		return db.kind.refuse(app)
	case version > newest:
		return fmt.Errorf("%w: its version is %d, this one knows %d", store.ErrNewer, version, newest)
	case version < newest:
		return fmt.Errorf("%w: its version is %d, this one's %d", store.ErrOlder, version, newest)
	}
	var change int64
	err = db.read.QueryRowContext(ctx, `SELECT coalesce(max(value), 0) FROM meta WHERE name = 'change'`).Scan(&change)
	if err != nil {
		return err
	}
	db.change.Store(change)
	frames, err := db.spooled(ctx)
	if err == nil && len(frames) > 0 {
		err = store.ErrUnplaced
	}
	return err
}

// connectToRead connects without changing anything: not even the log of a process that was
// killed is copied into the file.
func connectToRead(path string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	q := url.Values{"mode": {"ro"}, "_pragma": {"query_only(1)", "cache_size(-16384)"}}
	if log, err := os.Stat(path + "-wal"); err != nil || log.Size() == 0 {
		q.Set("immutable", "1") // then no files beside it are needed
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	return db, db.Ping()
}

// origin is a database that is read to be moved.
type origin struct{ *DB }

var _ store.Origin = origin{}

// Alone implements store.Origin: the kernel keeps the lock as long as we live.
func (o origin) Alone(context.Context) error { return nil }

// LastTenant implements store.Origin.
func (db *DB) LastTenant(ctx context.Context) (id int64, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'tenants'`).Scan(&id)
	return id, known(err)
}

// Amounts implements store.Origin.
func (db *DB) Amounts(ctx context.Context) (map[int64]store.Amount, error) {
	return store.CountAll(func(table string) ([][2]int64, error) {
		return list(ctx, db.read, func(rows *sql.Rows, c *[2]int64) error { return rows.Scan(&c[0], &c[1]) }, `SELECT tenant, count(*) FROM `+table+` GROUP BY tenant`)
	})
}

// Kept implements store.Origin.
func (db *DB) Kept(ctx context.Context, tenant, after int64, limit int) ([]store.Kept, error) {
	calls, err := list(ctx, db.read, func(rows *sql.Rows, k *store.Kept) error {
		return rows.Scan(&k.Change, &k.Row, &k.ID, &k.Revision, &k.Told, &k.Status, &k.Direction, &k.Outcome, &k.Started, &k.Answered, &k.Ended, &k.Updated, &k.Summary, &k.Keys, &k.Graph)
	}, `SELECT change, row, id, revision, finals, status, direction, outcome, started_ms, answered_ms, ended_ms, updated_ms, summary, keys, graph
		FROM calls JOIN graphs ON call = row WHERE tenant = ? AND change > ? ORDER BY change LIMIT ?`, tenant, after, limit)
	if err != nil {
		return nil, err
	}
	gone, err := list(ctx, db.read, func(rows *sql.Rows, k *store.Kept) error { return rows.Scan(&k.Change, &k.Gone, &k.Into) },
		`SELECT change, id, into_id FROM aliases WHERE tenant = ? AND change > ? ORDER BY change LIMIT ?`, tenant, after, limit)
	return store.FirstKept(append(calls, gone...), limit), err
}

// NoticesOf implements store.Origin.
func (db *DB) NoticesOf(ctx context.Context, tenant, after int64, limit int) ([]store.Notice, error) {
	return db.notices(ctx, `WHERE tenant = ? AND seq > ? ORDER BY seq LIMIT ?`, tenant, after, limit)
}

// Outboxed is how many notifications the outbox at path holds, 0 without one: after a crash
// some that were passed on among them. It is not changed. Errors wrap store.ErrInUse when its
// node runs.
func Outboxed(ctx context.Context, path string) (n int64, err error) {
	if _, err := os.Stat(path); err != nil {
		return 0, nil
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return 0, err
	}
	defer unlockFile(lock)
	db := &DB{path: path, kind: waitingRoom()}
	if db.read, err = connectToRead(path); err != nil {
		return 0, known(err)
	}
	defer db.read.Close()
	if err = db.read.QueryRowContext(ctx, `SELECT count(*) FROM outbox`).Scan(&n); err != nil {
		return n, known(err)
	}
	frames, err := db.spooled(ctx)
	for _, f := range frames {
		entries, failed := entriesIn(f)
		n, err = n+int64(len(entries)), errors.Join(err, failed)
	}
	return n, err
}

// The numbers that mark files: of a whole database, and of one that is being filled.
const (
	whole   = 0x4c47574b // "LGWK"
	filling = 0x4c47574d // "LGWM"
)

// refuse says what is wrong with a file that has another mark.
func (k kind) refuse(app int) error {
	switch {
	case app == filling && k.applicationID == whole:
		return store.ErrUnfinished
	case app == whole && k.applicationID == filling:
		return fmt.Errorf("a database %w", store.ErrExists)
	}
	return errors.New("a database, but not Legwork's")
}
