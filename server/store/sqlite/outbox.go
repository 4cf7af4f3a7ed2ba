package sqlite

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"

	"github.com/legworkhq/legwork/server/store"
)

//go:embed outbox.sql
var outboxSchema string

// Outbox is what one node of a cluster has answered for and not passed on yet, in a file
// of its own. Entries leave it in the order in which they came. Make one with OpenOutbox.
type Outbox struct {
	db  *DB
	max int64
}

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
	db, err := openKind(ctx, path, opt, waitingRoom())
	if err != nil {
		return nil, err
	}
	return &Outbox{db: db, max: max}, nil
}

// waitingRoom is an outbox: "LGOB". What leaves it is soon overwritten by what comes. Its
// log is short, so that it is written over and over and need not grow, which would make
// each sync take longer.
func waitingRoom() kind {
	return kind{0x4c474f42, []string{outboxSchema}, func(db *DB, ctx context.Context) error {
		return db.conn.QueryRowContext(ctx, `SELECT max(coalesce((SELECT max(seq) FROM outbox), 0), coalesce((SELECT value FROM notes WHERE name = 'seq'), 0))`).Scan(&db.seq)
	}, "FAST", 8 << 20}
}

// Close closes the file.
func (o *Outbox) Close() error { return o.db.Close() }

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

// Sync implements ingest.Pipeline.
func (o *Outbox) Sync(context.Context) error { return o.db.sync() }

// Write implements ingest.Pipeline.
func (o *Outbox) Write(ctx context.Context, entries []store.Entry) error {
	if o.max > 0 {
		st, err := o.State(ctx)
		if err != nil {
			return err
		}
		if st.Bytes >= o.max {
			return fmt.Errorf("%w: the outbox holds all the %d MiB that it may", store.ErrFull, o.max>>20)
		}
	}
	db := o.db
	db.mu.Lock()
	defer db.mu.Unlock()
	seq := db.seq
	err := db.txLazily(func(tx) error {
		s, err := db.stmt(`INSERT INTO outbox (seq, tenant, received_ms, body) VALUES (?, ?, ?, ?)`)
		if err != nil {
			return err
		}
		for i := range entries {
			e := &entries[i]
			seq++
			if _, err := s.Exec(seq, e.Tenant, ms(e.Received), blob(e.Body)); err != nil {
				return err
			}
			e.Seq = seq
			db.log.bytes += len(e.Body) + 64
		}
		return nil
	})
	if err == nil {
		db.seq = seq
	}
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
func (o *Outbox) Next(ctx context.Context, after int64, limit int) ([]store.Entry, error) {
	return list(ctx, o.db.read, func(rows *sql.Rows, e *store.Entry) error {
		return rows.Scan(&e.Seq, &e.Tenant, &e.Received, &e.Body)
	}, `SELECT seq, tenant, received_ms, body FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?`, after, limit)
}

// Remove removes the entries up to a Seq: they were passed on. A power failure may bring
// them back.
func (o *Outbox) Remove(upTo int64) error {
	db := o.db
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.txLazily(func(tx tx) error {
		n, err := tx.exec(`DELETE FROM outbox WHERE seq <= ?`, upTo)
		db.log.bytes += int(n) * 512
		if err != nil {
			return err
		}
		_, err = tx.exec(`INSERT INTO notes (name, value) VALUES ('seq', ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)`, upTo)
		return err
	})
}

// State is how full it is.
func (o *Outbox) State(ctx context.Context) (st OutboxState, err error) {
	o.db.mu.Lock()
	last := o.db.seq // before it is looked: what comes meanwhile must not count as gone
	o.db.mu.Unlock()
	err = o.db.read.QueryRowContext(ctx, `SELECT coalesce((SELECT min(seq) FROM outbox), 0), coalesce((SELECT max(seq) FROM outbox), 0),
		((SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count)) * (SELECT page_size FROM pragma_page_size)`).Scan(&st.First, &st.Last, &st.Bytes)
	if err != nil {
		return st, known(err)
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
