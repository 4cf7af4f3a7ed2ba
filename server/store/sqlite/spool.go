package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/spool"
)

// The spool lies beside the database, in files whose names end with -spool-1 and -spool-2.
// It holds what is durable and not in the journal yet, or not in the outbox. The database
// notes up to which number it has the spool's frames, in the transaction that takes them.
const (
	spoolName   = "-spool" // after the database's
	metaSpooled = "spooled"
	metaOwner   = "owner" // by which a spool knows its database
)

// openSpool opens the spool, and has what a process that did not end well left in it placed.
func (db *DB) openSpool(ctx context.Context, place func(entries []store.Entry, upTo uint64) error) error {
	owner, after, err := spoolMeta(ctx, db.conn, db.kind.meta)
	if err == nil && owner == 0 {
		owner = rand.Int64()
		err = db.tx(func(tx tx) error { return setMeta(tx, metaOwner, owner) })
	}
	if err != nil {
		return err
	}
	s, frames, err := spool.Open(db.path+spoolName, spoolOptions(owner, after))
	if err != nil {
		return spoolError(err)
	}
	db.spool, db.placed = s, uint64(after)
	for _, f := range frames {
		entries, err := entriesIn(f)
		if err == nil {
			err = place(entries, f.Number)
		}
		if err != nil {
			return err
		}
		db.recovered += len(entries)
	}
	if s.Empty() {
		return nil
	}
	return db.mistrust()
}

// mistrust has everything that is in SQLite's log written to the disk again, and empties the
// spool: whoever wrote the log may have been killed before the disk had it, or after the disk
// had refused it.
func (db *DB) mistrust() error {
	err := db.tx(func(tx tx) error { return setMeta(tx, metaSpooled, int64(db.placed)) }) // there is a log
	if err != nil {
		return err
	}
	db.log.mu.Lock()
	db.log.broken = true
	db.log.mu.Unlock()
	db.log.written.Add(1)
	return db.settle()
}

func entriesIn(f spool.Frame) ([]store.Entry, error) {
	entries, err := decodeEntries(f.Record)
	if err != nil {
		return nil, fmt.Errorf("%w: its frame %d is %w", store.ErrSpool, f.Number, err)
	}
	return entries, nil
}

// Recovered is how many notifications Open found in the spool, and put into their place.
func (db *DB) Recovered() int { return db.recovered }

func spoolOptions(owner, after int64) spool.Options {
	return spool.Options{Owner: uint64(owner), After: uint64(after), Turn: spoolTurn, Sync: func(f *os.File) error { return datasync(f) }}
}

func spoolError(err error) error {
	if errors.Is(err, spool.ErrDamaged) || errors.Is(err, spool.ErrOther) {
		return fmt.Errorf("%w: %w", store.ErrSpool, err)
	}
	return err
}

// spoolMeta is what the database notes of its spool in a table, zero for nothing.
func spoolMeta(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, table string) (owner, after int64, err error) {
	query := strings.ReplaceAll(`SELECT coalesce((SELECT value FROM meta WHERE name = ?), 0), coalesce((SELECT value FROM meta WHERE name = ?), 0)`, "meta", table)
	err = db.QueryRowContext(ctx, query, metaOwner, metaSpooled).Scan(&owner, &after)
	return owner, after, err
}

// spooled lists what is in the spool and in no table. Nothing is changed.
func (db *DB) spooled(ctx context.Context) ([]spool.Frame, error) {
	owner, after, err := spoolMeta(ctx, db.read, db.kind.meta)
	if err != nil {
		return nil, err
	}
	frames, err := spool.Read(db.path+spoolName, spoolOptions(owner, after))
	return frames, spoolError(err)
}

func setMeta(tx tx, name string, value int64) error {
	_, err := tx.exec(`INSERT OR REPLACE INTO `+tx.db.kind.meta+` (name, value) VALUES (?, ?)`, name, value)
	return err
}

// Spool implements ingest.Spooler.
func (db *DB) Spool(_ context.Context, entries []store.Entry) (uint64, error) {
	db.frame = appendEntries(db.frame[:0], entries)
	number, err := db.spool.Add(db.frame)
	if cap(db.frame) > 1<<20 {
		db.frame = nil
	}
	return number, known(err)
}

// Place implements ingest.Spooler.
func (db *DB) Place(_ context.Context, entries []store.Entry, upTo uint64) error {
	if err := db.place(entries, upTo); err != nil {
		return err
	}
	db.release()
	return nil
}

func (db *DB) place(entries []store.Entry, upTo uint64) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	err := db.put(entries, func(tx tx) error { return setMeta(tx, metaSpooled, int64(upTo)) })
	if err == nil {
		db.placed = max(db.placed, upTo)
	}
	return err
}

// Free implements ingest.Spooler.
func (db *DB) Free() bool {
	free := db.mu.TryLock()
	if free {
		db.mu.Unlock()
	}
	return free
}

// Patience implements ingest.Spooler.
func (db *DB) Patience() time.Duration { return 50 * time.Millisecond }

// releaseAfter is how many bytes the journal takes before the disk is asked to keep
// them, so that the spool need not; spoolTurn how many a file of the spool holds. Both are
// replaced by tests.
var (
	releaseAfter       = 4 << 20
	spoolTurn    int64 = 16 << 20
)

// release lets the spool forget what the database has, beside the writer and now and then.
func (db *DB) release() {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.unreleased < releaseAfter || db.releasing {
		return
	}
	placed := db.placed
	db.unreleased, db.releasing = 0, true
	db.log.background.Go(func() {
		if db.sync() == nil {
			_ = db.spool.Done(placed) // what fails here fails with the next
		}
		db.mu.Lock()
		defer db.mu.Unlock()
		db.releasing = false
	})
}

// Settle implements ingest.Spooler.
func (db *DB) Settle(context.Context) error {
	if db.spool.Empty() {
		return nil
	}
	return db.settle()
}

// settle empties the spool: all that is in it is in the database.
func (db *DB) settle() error {
	db.mu.Lock()
	placed := db.placed
	db.mu.Unlock()
	if err := db.sync(); err != nil {
		return err
	}
	if err := db.spool.Done(placed); err != nil {
		return err
	}
	return db.spool.Clear()
}

// appendEntries appends entries as one record: each field of each, numbers as varints and
// texts after their length.
func appendEntries(dst []byte, entries []store.Entry) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(entries)))
	for i := range entries {
		e := &entries[i]
		dst = binary.AppendVarint(dst, e.Tenant)
		dst = binary.AppendVarint(dst, int64(e.Received))
		for _, text := range []string{e.Session, e.UUID, e.Problem} {
			dst = binary.AppendUvarint(dst, uint64(len(text)))
			dst = append(dst, text...)
		}
		dst = binary.AppendUvarint(dst, uint64(len(e.Body)))
		dst = append(dst, e.Body...)
	}
	return dst
}

var errRecord = errors.New("not a record of entries")

// decodeEntries is the inverse of appendEntries.
func decodeEntries(b []byte) ([]store.Entry, error) {
	ok := true
	number := func(read func([]byte) (int64, int)) int64 {
		v, n := read(b)
		if n <= 0 {
			ok, b = false, nil
			return 0
		}
		b = b[n:]
		return v
	}
	length := func(b []byte) (int64, int) {
		v, n := binary.Uvarint(b)
		return int64(v), n
	}
	text := func() []byte {
		n := number(length)
		if n < 0 || n > int64(len(b)) {
			ok, n = false, 0
		}
		t := b[:n:n]
		b = b[n:]
		return t
	}
	var out []store.Entry
	for n := number(length); n > 0 && ok; n-- {
		out = append(out, store.Entry{Tenant: number(binary.Varint), Received: call.Time(number(binary.Varint)), Session: string(text()), UUID: string(text()), Problem: string(text()), Body: text()})
	}
	if !ok || len(b) > 0 {
		return nil, errRecord
	}
	return out, nil
}
