package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/spool"
)

// The spool lies beside the database, in files whose names end with -spool-1 and -spool-2.
// It holds what is durable and not in the journal yet. The database notes in its table meta
// up to which number it has the spool's frames, in the transaction that takes them.
const (
	spoolName   = "-spool" // after the database's
	metaSpooled = "spooled"
	metaOwner   = "owner" // by which a spool knows its database
)

// openSpool opens the spool, and takes what a process that did not end well left in it.
func (db *DB) openSpool(ctx context.Context) error {
	owner, after, err := spoolMeta(ctx, db.conn)
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
	db.spool = s
	for _, f := range frames {
		entries, err := decodeEntries(f.Record)
		if err != nil {
			return fmt.Errorf("%w: the spool's frame %d: %w", store.ErrCorrupt, f.Number, err)
		}
		if err := db.place(entries, f.Number); err != nil {
			return err
		}
		db.recovered += len(entries)
	}
	return db.settle()
}

// Recovered is how many notifications Open found in the spool, and put into the journal.
func (db *DB) Recovered() int { return db.recovered }

func spoolOptions(owner, after int64) spool.Options {
	return spool.Options{Owner: uint64(owner), After: uint64(after), Turn: spoolTurn, Sync: func(f *os.File) error { return datasync(f) }}
}

func spoolError(err error) error {
	if errors.Is(err, spool.ErrDamaged) {
		return fmt.Errorf("%w: %w", store.ErrCorrupt, err)
	}
	return err
}

// spoolMeta is what the database notes of its spool, zero for nothing.
func spoolMeta(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (owner, after int64, err error) {
	err = db.QueryRowContext(ctx, `SELECT coalesce((SELECT value FROM meta WHERE name = ?), 0), coalesce((SELECT value FROM meta WHERE name = ?), 0)`, metaOwner, metaSpooled).Scan(&owner, &after)
	return owner, after, err
}

// noneSpooled: the journal has everything. Nothing is changed.
func (db *DB) noneSpooled(ctx context.Context) error {
	owner, after, err := spoolMeta(ctx, db.read)
	if err != nil {
		return err
	}
	n, err := spool.Waiting(db.path+spoolName, spoolOptions(owner, after))
	if err == nil && n > 0 {
		err = store.ErrUnplaced
	}
	return spoolError(err)
}

func setMeta(tx tx, name string, value int64) error {
	_, err := tx.exec(`INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)`, name, value)
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
	err := db.put(entries, func(tx tx) error {
		if upTo == 0 {
			return nil
		}
		return setMeta(tx, metaSpooled, int64(upTo))
	})
	if err == nil {
		db.placed = max(db.placed, upTo)
		for i := range entries {
			db.unreleased += len(entries[i].Body)
		}
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

// releaseAfter is how many bytes of bodies are placed before the disk is asked to keep
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
