package sqlite

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/legworkhq/legwork/server/store"
)

//go:embed outbox.sql
var outboxSchema string

// Outbox is what one node of a cluster has answered for and not passed on yet, in a file
// of its own. Entries leave it in the order in which they came. Those that are passed on soon
// are in its spool alone, and never in its table. Make one with OpenOutbox.
type Outbox struct {
	db   *DB
	max  int64
	full atomic.Bool // the table has all that it may

	mu     sync.Mutex // it is locked before the database's writer
	held   []heldGroup
	bytes  int   // of what is held
	again  int   // when it is so many, writing it into the table is tried again
	passed int   // bytes that left what is held since the database noted how far that is
	last   int64 // Seq of the last entry in the table, 0 for none
}

// heldGroup is what became one frame of the spool, but for what was removed.
type heldGroup struct {
	number  uint64
	entries []store.Entry
}

// What is held goes into the table when it is so much: nobody takes it. How far the spool is
// needed no more is noted when so much has left it.
const (
	maxHeld   = 8 << 20
	noteAfter = 2 << 20
)

// mostHeld is how much is held while it cannot be written into the table.
const mostHeld = 64 << 20

// weight is what an entry takes in memory, in bytes.
func weight(e *store.Entry) int { return len(e.Body) + 128 }

// OutboxState is how full an outbox is.
type OutboxState struct {
	// Entries wait, and take about so many Bytes of the file.
	Entries, Bytes int64
	// First and Last are the Seq of the first one that waits and of the last one that
	// ever came. First is above Last when none waits.
	First, Last int64
}

// OpenOutbox opens the outbox at path, or makes one. It takes at most about max bytes,
// above which Append fails with store.ErrFull; 0 is for as much as the disk has. Errors
// are those of Open.
func OpenOutbox(ctx context.Context, path string, max int64, opt Options) (*Outbox, error) {
	opt.defaults(4 << 20)
	db, err := openKind(ctx, path, opt, waitingRoom())
	if err != nil {
		return nil, err
	}
	o := &Outbox{db: db, max: max}
	if err := o.open(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("%s: %w", path, known(err))
	}
	return o, nil
}

func (o *Outbox) open(ctx context.Context) error {
	if err := o.db.openSpool(ctx, o.put); err != nil {
		return err
	}
	return o.db.conn.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM outbox`).Scan(&o.last)
}

// waitingRoom is an outbox: "LGOB". What leaves it is soon overwritten by what comes. Its
// log is short, so that it is written over and over and need not grow, which would make
// each sync take longer.
func waitingRoom() kind {
	return kind{0x4c474f42, []string{outboxSchema}, "notes", func(db *DB, ctx context.Context) error {
		return db.conn.QueryRowContext(ctx, `SELECT max(coalesce((SELECT max(seq) FROM outbox), 0), coalesce((SELECT value FROM notes WHERE name = 'seq'), 0))`).Scan(&db.seq)
	}, "FAST", 8 << 20}
}

// Close closes the file, in which everything is that was not passed on.
func (o *Outbox) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return errors.Join(o.flush(), o.db.Close())
}

// Recovered is how many notifications OpenOutbox found in the spool.
func (o *Outbox) Recovered() int { return o.db.recovered }

// Path is that of the file.
func (o *Outbox) Path() string { return o.db.path }

// Max is about how many bytes it may take, 0 for as many as the disk has.
func (o *Outbox) Max() int64 { return o.max }

// Append adds entries and sets the Seq of each: rising numbers. It returns when they are
// on disk, all of them or none.
func (o *Outbox) Append(ctx context.Context, entries []store.Entry) error {
	if err := o.Write(ctx, entries); err != nil {
		return err
	}
	return o.Sync(ctx)
}

// Sync implements ingest.Pipeline. What is held may be what was not spooled.
func (o *Outbox) Sync(context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.flush(); err != nil {
		return err
	}
	return o.db.sync()
}

// Write implements ingest.Pipeline.
func (o *Outbox) Write(ctx context.Context, entries []store.Entry) error {
	if err := o.room(ctx); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.flush(); err != nil {
		return err
	}
	o.db.mu.Lock()
	seq := o.db.seq
	for i := range entries {
		seq++
		entries[i].Seq = seq
	}
	o.db.seq = seq
	placed := o.db.placed // nothing is held
	o.db.mu.Unlock()
	return o.put(entries, placed)
}

// room fails when the table holds all that it may.
func (o *Outbox) room(ctx context.Context) error {
	if o.max <= 0 {
		return nil
	}
	size, err := o.size(ctx)
	if err != nil {
		return err
	}
	full := size >= o.max
	o.full.Store(full)
	if full {
		return fmt.Errorf("%w: the outbox holds all the %d MiB that it may", store.ErrFull, o.max>>20)
	}
	return nil
}

// size is how many bytes of the file are in use.
func (o *Outbox) size(ctx context.Context) (n int64, err error) {
	err = o.db.read.QueryRowContext(ctx, `SELECT ((SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count)) * (SELECT page_size FROM pragma_page_size)`).Scan(&n)
	return n, known(err)
}

// Spool implements ingest.Spooler.
func (o *Outbox) Spool(ctx context.Context, entries []store.Entry) (uint64, error) {
	if o.full.Load() {
		if err := o.room(ctx); err != nil {
			return 0, err
		}
	}
	o.mu.Lock()
	stuffed := o.bytes >= mostHeld
	o.mu.Unlock()
	if stuffed {
		return 0, fmt.Errorf("%w: the outbox cannot be written", store.ErrFull)
	}
	return o.db.Spool(ctx, entries)
}

// Place implements ingest.Spooler. It writes nothing: what was spooled is on disk, and will
// be passed on soon.
func (o *Outbox) Place(ctx context.Context, entries []store.Entry, upTo uint64) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.db.mu.Lock()
	for i := range entries {
		o.db.seq++
		entries[i].Seq = o.db.seq
	}
	o.db.mu.Unlock()
	o.held = append(o.held, heldGroup{upTo, slices.Clone(entries)})
	for i := range entries {
		o.bytes += weight(&entries[i])
	}
	switch {
	case o.bytes < max(maxHeld, o.again):
	case o.flush() != nil: // they are held, and it is tried when there are more
		o.again = o.bytes + maxHeld/8
	default:
		o.again = 0
		_ = o.release() // what fails here fails with the next
		_ = o.room(ctx)
	}
	return nil
}

// Free implements ingest.Spooler: to spool is always sooner.
func (o *Outbox) Free() bool { return false }

// Patience implements ingest.Spooler.
func (o *Outbox) Patience() time.Duration { return 0 }

// Settle implements ingest.Spooler.
func (o *Outbox) Settle(context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.db.spool.Empty() {
		return nil
	}
	if err := o.flush(); err != nil {
		return err
	}
	if err := o.note(); err != nil {
		return err
	}
	return o.db.settle()
}

// flush writes what is held into the table. The outbox is locked.
func (o *Outbox) flush() error {
	if len(o.held) == 0 {
		return nil
	}
	var entries []store.Entry
	for _, g := range o.held {
		entries = append(entries, g.entries...)
	}
	number := o.held[len(o.held)-1].number
	if err := o.put(entries, number); err != nil {
		return err
	}
	o.held, o.bytes = nil, 0
	return nil
}

// put writes entries into the table, and that the spool is needed no more up to a number.
func (o *Outbox) put(entries []store.Entry, upTo uint64) error {
	db := o.db
	db.mu.Lock()
	defer db.mu.Unlock()
	seq := db.seq
	err := db.txLazily(func(tx tx) error {
		s, err := db.stmt(`INSERT INTO outbox (seq, tenant, received_ms, body) VALUES (?, ?, ?, ?)`)
		if err != nil {
			return err
		}
		for i := range entries {
			e := &entries[i]
			if e.Seq == 0 { // of before a crash
				seq++
				e.Seq = seq
			}
			if _, err := s.Exec(e.Seq, e.Tenant, ms(e.Received), blob(e.Body)); err != nil {
				return err
			}
			db.log.bytes += len(e.Body) + 64
		}
		return setMeta(tx, metaSpooled, int64(upTo))
	})
	if err == nil {
		db.seq, db.placed = seq, max(db.placed, upTo)
		if n := len(entries); n > 0 {
			o.last = entries[n-1].Seq
		}
	}
	return err
}

// done notes that the frames of the spool up to a number are not needed: they were passed
// on.
func (o *Outbox) done(number uint64) {
	o.db.mu.Lock()
	defer o.db.mu.Unlock()
	o.db.placed = max(o.db.placed, number)
}

// release lets the spool forget what is in the table, once that is on disk.
func (o *Outbox) release() error {
	if err := o.db.sync(); err != nil {
		return err
	}
	return o.db.spool.Done(o.db.placed)
}

// note writes how far the spool is not needed, lest it be found again after a crash.
func (o *Outbox) note() error {
	db := o.db
	db.mu.Lock()
	defer db.mu.Unlock()
	err := db.txLazily(func(tx tx) error {
		if err := noteSeq(tx, db.seq); err != nil {
			return err
		}
		return setMeta(tx, metaSpooled, int64(db.placed))
	})
	if err == nil {
		o.passed = 0
	}
	return err
}

func noteSeq(tx tx, seq int64) error {
	_, err := tx.exec(`INSERT INTO notes (name, value) VALUES ('seq', ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)`, seq)
	return err
}

// blob is bytes for a column that must not be null.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Next returns up to limit entries with a Seq above after, in order. Session, UUID and
// Problem are not kept.
func (o *Outbox) Next(ctx context.Context, after int64, limit int) (entries []store.Entry, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last > after {
		entries, err = list(ctx, o.db.read, func(rows *sql.Rows, e *store.Entry) error {
			return rows.Scan(&e.Seq, &e.Tenant, &e.Received, &e.Body)
		}, `SELECT seq, tenant, received_ms, body FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?`, after, limit)
	}
	for _, g := range o.held {
		for _, e := range g.entries {
			if len(entries) < limit && e.Seq > after && err == nil {
				entries = append(entries, store.Entry{Seq: e.Seq, Tenant: e.Tenant, Received: e.Received, Body: e.Body})
			}
		}
	}
	return entries, err
}

// Remove removes the entries up to a Seq: they were passed on. A crash may bring the last of
// them back.
func (o *Outbox) Remove(upTo int64) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.removeKept(upTo); err != nil {
		return err
	}
	o.removeHeld(upTo)
	if o.passed < noteAfter {
		return nil
	}
	return o.note()
}

// removeHeld forgets what is held up to a Seq, and lets the spool do so.
func (o *Outbox) removeHeld(upTo int64) {
	for len(o.held) > 0 {
		g := &o.held[0]
		n := 0
		for n < len(g.entries) && g.entries[n].Seq <= upTo {
			o.bytes -= weight(&g.entries[n])
			o.passed += weight(&g.entries[n])
			n++
		}
		if g.entries = g.entries[n:]; len(g.entries) > 0 {
			return
		}
		o.done(g.number)
		_ = o.db.spool.Done(g.number) // what fails here fails with the next
		o.held = o.held[1:]
	}
}

// removeKept removes what is in the table up to a Seq.
func (o *Outbox) removeKept(upTo int64) error {
	if o.last == 0 {
		return nil
	}
	db := o.db
	db.mu.Lock()
	defer db.mu.Unlock()
	err := db.txLazily(func(tx tx) error {
		n, err := tx.exec(`DELETE FROM outbox WHERE seq <= ?`, upTo)
		db.log.bytes += int(n) * 512
		if err != nil {
			return err
		}
		return noteSeq(tx, upTo)
	})
	if err == nil && upTo >= o.last {
		o.last = 0
	}
	return err
}

// State is how full it is.
func (o *Outbox) State(ctx context.Context) (st OutboxState, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.db.mu.Lock()
	last := o.db.seq
	o.db.mu.Unlock()
	if st.Bytes, err = o.size(ctx); err != nil {
		return st, err
	}
	st.Bytes += int64(o.bytes)
	if o.last != 0 {
		if err := o.db.read.QueryRowContext(ctx, `SELECT coalesce((SELECT min(seq) FROM outbox), 0), coalesce((SELECT max(seq) FROM outbox), 0)`).Scan(&st.First, &st.Last); err != nil {
			return st, known(err)
		}
	}
	if len(o.held) > 0 {
		if st.First == 0 {
			st.First = o.held[0].entries[0].Seq
		}
		st.Last = last
	}
	if st.First == 0 {
		st.First, st.Last = last+1, last
		return st, nil
	}
	st.Entries = st.Last - st.First + 1
	return st, nil
}

// SetNote keeps a value under a name.
func (o *Outbox) SetNote(name string, value []byte) error {
	return o.db.tx(func(tx tx) error {
		_, err := tx.exec(`INSERT INTO notes (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, "note "+name, value)
		return err
	})
}

// Note is the value under a name, nil for none.
func (o *Outbox) Note(ctx context.Context, name string) (value []byte, err error) {
	err = o.db.read.QueryRowContext(ctx, `SELECT value FROM notes WHERE name = ?`, "note "+name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return value, known(err)
}
