// Package sqlite keeps the server's data in one SQLite file. See docs/database.md for
// the tables.
//
// One connection writes, a few others read. A transaction is on disk when its method
// returns: the write-ahead log is synced at each commit.
package sqlite

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/spool"
)

//go:embed schema.sql
var schema string

//go:embed schema2.sql
var schema2 string

// migrations make a database of version n+1 from one of version n. Never change one
// that was released; add another.
var migrations = []string{schema, schema2}

// kind is what a file holds: the number that marks it, and how to make it.
type kind struct {
	applicationID int
	migrations    []string
	meta          string // the table of counters
	// resume finds where the counters stand.
	resume func(db *DB, ctx context.Context) error
	// secureDelete is SQLite's pragma: whether what is removed is overwritten at once.
	secureDelete string
	// checkpointAfter is when the log is copied into the database, in bytes, about.
	checkpointAfter int
}

// everything is a whole database: "LGWK".
func everything() kind { return kind{whole, migrations, "meta", (*DB).resume, "ON", 128 << 20} }

// DB is a store. Make one with Open.
type DB struct {
	path  string
	kind  kind
	write *sql.DB // one connection:
	conn  *sql.Conn
	read  *sql.DB
	lock  *os.File

	mu     sync.Mutex // of the writer
	stmts  map[string]*sql.Stmt
	seq    int64 // of the last entry
	change atomic.Int64
	was    int // the version that it was brought forward from

	log   log
	later laterKeys

	// The spool, whose Spool is called by one goroutine at a time. What follows belongs to
	// the writer, but for frame.
	spool      *spool.Spool
	recovered  int    // entries that Open found in it
	placed     uint64 // the number of the last frame that the journal has
	unreleased int    // bytes that it has and whose frames the spool keeps still
	releasing  bool
	frame      []byte
}

var _ store.Store = (*DB)(nil)

// pageSize of a new database. Notifications of one and a half kilobytes leave much room
// unused in smaller ones.
const pageSize = 8192

// readers is how many connections read at once.
const readers = 4

// Options of Open. The zero Options works.
type Options struct {
	// Cache is the size of the writer's page cache in bytes. Zero means 16 MiB, of an outbox 4.
	Cache int64
	// CheckFor is how long the database is checked for damage. Zero means two seconds,
	// less than zero not at all.
	CheckFor time.Duration
	// AsIs refuses a database of an older version with store.ErrOlder, and leaves it as it is.
	AsIs bool
}

func (o *Options) defaults(cache int64) {
	if o.Cache <= 0 {
		o.Cache = cache
	}
	if o.CheckFor == 0 {
		o.CheckFor = 2 * time.Second
	}
}

// Open opens the database at path, or makes one, and brings it to the newest version.
// Errors wrap store.ErrInUse, store.ErrNewer, store.ErrCorrupt, store.ErrReadOnly or
// store.ErrFull where that is the cause.
func Open(ctx context.Context, path string, opt Options) (*DB, error) {
	opt.defaults(16 << 20)
	return openKind(ctx, path, opt, everything())
}

func openKind(ctx context.Context, path string, opt Options, k kind) (*DB, error) {
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	db := &DB{path: path, kind: k, lock: lock, stmts: map[string]*sql.Stmt{}}
	if err := db.open(ctx, opt); err != nil {
		db.Close()
		return nil, fmt.Errorf("%s: %w", path, known(err))
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, opt Options) (err error) {
	if err := writable(db.path); err != nil {
		return err
	}
	if err := sized(db.path); err != nil {
		return err
	}
	if db.write, err = connect(db.path, 1, "journal_mode=WAL", "synchronous=NORMAL", "secure_delete="+db.kind.secureDelete,
		"wal_autocheckpoint=0", fmt.Sprint("cache_size=", -opt.Cache/1024), "temp_store=MEMORY"); err != nil {
		return err
	}
	if db.conn, err = db.write.Conn(ctx); err != nil {
		return err
	}
	if err := db.check(ctx, opt.CheckFor); err != nil {
		return err
	}
	if err := db.migrate(ctx, opt.AsIs); err != nil {
		return err
	}
	if db.read, err = db.readers(); err != nil {
		return err
	}
	return db.kind.resume(db, ctx)
}

// sized makes the first page of a file that is empty. Told to keep a log before there is one,
// SQLite forgets how large pages are to be.
func sized(path string) error {
	if info, err := os.Stat(path); err != nil || info.Size() > 0 {
		return err
	}
	db, err := connect(path, 1, fmt.Sprintf("page_size(%d)", pageSize))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec("VACUUM")
	return err
}

func (db *DB) readers() (*sql.DB, error) {
	return connect(db.path, readers, "query_only=ON", "cache_size=-8192")
}

// writable finds out before SQLite does, whose message tells less.
func writable(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: %w", store.ErrReadOnly, err)
	}
	if err != nil {
		return err
	}
	return f.Close()
}

func connect(path string, connections int, pragmas ...string) (*sql.DB, error) {
	q := url.Values{}
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()))
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, db.Ping()
}

// check looks for damage for a while.
func (db *DB) check(ctx context.Context, d time.Duration) error {
	if d < 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var found string
	err := db.conn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found)
	switch {
	case ctx.Err() != nil:
		return nil // too large to check each time
	case err != nil:
		return err
	case found != "ok":
		return fmt.Errorf("%w: %s", store.ErrCorrupt, found)
	}
	return nil
}

func (db *DB) migrate(ctx context.Context, asIs bool) error {
	var version, app, tables int
	for pragma, to := range map[string]*int{"PRAGMA user_version": &version, "PRAGMA application_id": &app, "SELECT count(*) FROM sqlite_schema": &tables} {
		if err := db.conn.QueryRowContext(ctx, pragma).Scan(to); err != nil {
			return err
		}
	}
	switch {
	case tables > 0 && app != db.kind.applicationID:
		return db.kind.refuse(app)
	case version > len(db.kind.migrations):
		return fmt.Errorf("%w: its version is %d, this one knows %d", store.ErrNewer, version, len(db.kind.migrations))
	case asIs && tables > 0 && version < len(db.kind.migrations):
		return fmt.Errorf("%w: its version is %d, this one's %d", store.ErrOlder, version, len(db.kind.migrations))
	}
	if tables > 0 && version < len(db.kind.migrations) {
		db.was = version
	}
	for ; version < len(db.kind.migrations); version++ {
		err := db.tx(func(tx) error {
			return db.run(fmt.Sprintf("%s;\nPRAGMA application_id = %d;\nPRAGMA user_version = %d", db.kind.migrations[version], db.kind.applicationID, version+1))
		})
		if err != nil {
			return fmt.Errorf("migrating to version %d: %w", version+1, err)
		}
	}
	return nil
}

// resume finds where the counters stand.
func (db *DB) resume(ctx context.Context) error {
	var change int64
	err := db.conn.QueryRowContext(ctx, `SELECT max((SELECT coalesce(max(seq), 0) FROM journal), (SELECT coalesce(max(seq), 0) FROM progress),
		(SELECT coalesce(max(value), 0) FROM meta WHERE name = 'seq')),
		(SELECT coalesce(max(value), 0) FROM meta WHERE name = 'change')`).Scan(&db.seq, &change)
	db.change.Store(change)
	if err != nil {
		return err
	}
	if err := db.resumeKeys(ctx); err != nil {
		return err
	}
	return db.openSpool(ctx, db.place)
}

// Close closes the database. What was written is on disk already; what is spooled and not
// placed is placed by the next Open.
func (db *DB) Close() error {
	var errs []error
	db.mu.Lock()
	db.later.closed = true
	db.mu.Unlock()
	if db.spool != nil {
		errs = append(errs, db.index())
	}
	db.log.background.Wait()
	if db.spool != nil {
		errs = append(errs, db.Settle(context.Background()), db.spool.Close())
	}
	if db.read != nil {
		errs = append(errs, db.read.Close())
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, s := range db.stmts {
		errs = append(errs, s.Close())
	}
	clear(db.stmts)
	if db.conn != nil {
		_ = db.run("PRAGMA wal_checkpoint(TRUNCATE)")
		errs = append(errs, db.conn.Close())
		db.conn = nil
	}
	if db.write != nil {
		errs = append(errs, db.write.Close())
	}
	if db.log.file != nil {
		errs = append(errs, db.log.file.Close())
		db.log.file = nil
	}
	errs = append(errs, unlockFile(db.lock))
	return errors.Join(errs...)
}

// Forward tells from which version Open brought the database forward, and to which; from is
// 0 when it did not.
func (db *DB) Forward() (from, to int) { return db.was, len(db.kind.migrations) }

// Path is that of the file.
func (db *DB) Path() string { return db.path }

// tx is the writer's connection while a transaction runs on it.
type tx struct {
	db *DB
}

// exec runs a statement, which is prepared once, and returns how many rows it changed.
func (t tx) exec(query string, args ...any) (int64, error) {
	res, err := t.result(query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (t tx) result(query string, args ...any) (sql.Result, error) {
	s, err := t.db.stmt(query)
	if err != nil {
		return nil, err
	}
	return s.Exec(args...)
}

// QueryContext makes it a querier.
func (t tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.db.conn.QueryContext(ctx, query, args...)
}

// tx runs one transaction of the writer. It is all on disk, or nothing is; with an error
// of the disk itself it may be there and not be on disk.
func (db *DB) tx(f func(tx) error) error {
	db.mu.Lock()
	err := db.txLazily(f)
	db.mu.Unlock()
	if err == nil {
		err = db.sync()
	}
	return err
}

// txLazily is tx without waiting for the disk, for who has locked the writer: the
// transaction is there for everybody and outlives the process, but a power failure may
// undo it and what follows. It is on disk when a later sync is done. A transaction that
// has begun is not broken off, so it has no context of a request.
func (db *DB) txLazily(f func(tx) error) error {
	if db.conn == nil {
		return sql.ErrConnDone
	}
	t := tx{db}
	if _, err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return known(err)
	}
	err := f(t)
	if err == nil {
		_, err = t.exec("COMMIT")
	}
	db.stageKeys(err == nil)
	if err != nil {
		_ = db.run("ROLLBACK")
		return known(err)
	}
	db.log.written.Add(1)
	db.log.bytes += 8192 // the page that every transaction changes, at least
	db.checkpoint()
	return nil
}

// run runs a statement without results on the writer's connection.
func (db *DB) run(query string) error {
	_, err := db.conn.ExecContext(context.Background(), query)
	return err
}

// stmt prepares a statement of the writer once.
func (db *DB) stmt(query string) (*sql.Stmt, error) {
	if s := db.stmts[query]; s != nil {
		return s, nil
	}
	s, err := db.conn.PrepareContext(context.Background(), query)
	if err == nil {
		db.stmts[query] = s
	}
	return s, err
}

func ms(t call.Time) int64 { return int64(t) }
