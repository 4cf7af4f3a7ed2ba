package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// Prune implements store.Calls.
func (db *DB) Prune(ctx context.Context, p store.Policy, limit int) (removed store.Removed, more bool, err error) {
	add := func(r store.Removed, err error) error {
		removed.Add(r)
		return err
	}
	if p.RawBefore != 0 {
		err = add(db.pruneEntries(ctx, `received_ms < ?`, limit, ms(p.RawBefore)))
	}
	if err == nil && p.CallsBefore != 0 {
		err = add(db.pruneCalls(ctx, limit, ms(p.CallsBefore)))
	}
	if err == nil && p.DeadBefore != 0 {
		err = db.tx(func(tx tx) error {
			n, err := tx.exec(`DELETE FROM notices WHERE seq IN (SELECT seq FROM notices WHERE dead = 1 AND created_ms < ? LIMIT ?)`, ms(p.DeadBefore), limit)
			removed.Notices += n
			return err
		})
	}
	if err == nil && p.MaxBytes > 0 {
		var used int64
		if used, err = db.used(ctx); err == nil && used > p.MaxBytes {
			var r store.Removed
			r, err = db.shrink(ctx, limit)
			removed.Add(r)
			more = r.Entries+r.Calls > 0 // it may be too large still
		}
	}
	return removed, more || removed.Entries+removed.Calls+removed.Notices >= int64(limit), err
}

// shrink removes the oldest entries that are applied, else the oldest calls.
func (db *DB) shrink(ctx context.Context, limit int) (store.Removed, error) {
	r, err := db.pruneEntries(ctx, `1`, limit)
	if err != nil || r.Entries > 0 {
		return r, err
	}
	return db.pruneCalls(ctx, limit, 1<<62)
}

// pruneEntries removes the oldest entries of which a condition holds, as long as it
// does. Those that the engine may still need are kept: what it has not applied, and what
// its snapshot does not hold.
func (db *DB) pruneEntries(ctx context.Context, while string, limit int, args ...any) (r store.Removed, err error) {
	err = db.tx(func(tx tx) error {
		if err := db.keepSeq(tx); err != nil {
			return err
		}
		args := append(append([]any{}, args...), limit)
		r.Entries, err = tx.exec(`DELETE FROM journal WHERE seq IN (SELECT seq FROM journal j WHERE `+while+`
			AND seq <= coalesce((SELECT min(p.seq, s.seq) FROM progress p JOIN snapshots s ON s.tenant = p.tenant AND s.complete = 1 WHERE p.tenant = j.tenant), 0)
			ORDER BY seq LIMIT ?)`, args...)
		return err
	})
	return r, err
}

// pruneCalls removes final calls that were last changed before a time, oldest first.
func (db *DB) pruneCalls(ctx context.Context, limit int, before int64) (r store.Removed, err error) {
	err = db.tx(func(tx tx) error {
		gone, err := keptCalls(tx, `WHERE status = 'final' AND updated_ms < ? ORDER BY updated_ms LIMIT ?`, before, limit)
		if err != nil {
			return err
		}
		r.Calls = int64(len(gone))
		return db.removeCalls(tx, gone)
	})
	return r, err
}

// keptCall is a call with what must be known to remove it.
type keptCall struct {
	kept
	tenant int64
	id     call.SessionID
}

func keptCalls(tx tx, where string, args ...any) ([]keptCall, error) {
	return list(context.Background(), tx, func(rows *sql.Rows, k *keptCall) error {
		return rows.Scan(&k.row, &k.started, &k.keys, &k.tenant, &k.id)
	}, `SELECT row, started_ms, keys, tenant, id FROM calls `+where, args...)
}

func (db *DB) removeCalls(tx tx, calls []keptCall) error {
	for _, k := range calls {
		w := &writer{db: db, tx: tx, u: &store.Update{Tenant: k.tenant}}
		if err := w.remove(k.kept); err != nil {
			return err
		}
		if err := w.exec(dropAliases, k.tenant, string(k.id)); err != nil {
			return err
		}
	}
	return nil
}

// Purge implements store.Calls.
func (db *DB) Purge(ctx context.Context, tenant int64, number string) (r store.Removed, ids []call.SessionID, err error) {
	number = store.Dialled(number)
	digits := strings.TrimPrefix(number, "+")
	if digits == "" {
		return r, nil, nil
	}
	if r, ids, err = db.purge(tenant, digits); err == nil {
		err = db.wipe()
	}
	return r, ids, err
}

// wipe has the spool forget what the database was told to forget: at once, or, while more is
// in it, with what comes next.
func (db *DB) wipe() error {
	db.spool.Wipe()
	return db.settle()
}

func (db *DB) purge(tenant int64, digits string) (r store.Removed, ids []call.SessionID, err error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	change := db.change.Load()
	err = db.txLazily(func(tx tx) error {
		if err := db.putLater(tx, db.later.list()); err != nil {
			return err
		}
		gone, err := keptCalls(tx, `WHERE +tenant = ? AND row IN (SELECT call FROM call_keys WHERE tenant = ? AND kind = 'number' AND value IN (?, ?))`,
			tenant, tenant, digits, "+"+digits)
		if err != nil {
			return err
		}
		for _, k := range gone {
			n, err := db.forget(tx, k, &change)
			if err != nil {
				return err
			}
			r.Add(n)
			ids = append(ids, k.id)
		}
		n, err := tx.exec(`DELETE FROM journal WHERE tenant = ? AND problem IS NOT NULL AND instr(body, ?) > 0`, tenant, digits)
		if err != nil {
			return err
		}
		r.Entries += n
		if err := dropSnapshots(tx, `tenant = ?`, tenant); err != nil { // it holds what is purged
			return err
		}
		if err := db.keepSeq(tx); err != nil {
			return err
		}
		return (&writer{db: db, tx: tx, change: change}).keepChange()
	})
	if err != nil {
		return store.Removed{}, nil, err
	}
	db.change.Store(change)
	// What was overwritten is in the log still.
	err = db.run("PRAGMA wal_checkpoint(TRUNCATE)")
	return r, ids, known(err)
}

// forget removes a call with everything that it was made of.
func (db *DB) forget(tx tx, k keptCall, change *int64) (r store.Removed, err error) {
	for line := range strings.Lines(k.keys) {
		session, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), string(store.KeySession)+":")
		if !ok {
			continue
		}
		n, err := tx.exec(`DELETE FROM journal WHERE tenant = ? AND session = ?`, k.tenant, session)
		if err != nil {
			return r, err
		}
		r.Entries += n
	}
	if r.Notices, err = tx.exec(`DELETE FROM notices WHERE tenant = ? AND call = ?`, k.tenant, string(k.id)); err != nil {
		return r, err
	}
	r.Calls = 1
	if err := db.removeCalls(tx, []keptCall{k}); err != nil {
		return r, err
	}
	*change++
	_, err = tx.exec(`INSERT OR REPLACE INTO aliases (tenant, id, into_id, change) VALUES (?, ?, '', ?)`, k.tenant, string(k.id), *change)
	return r, err
}

// used is how many bytes of the file are in use.
func (db *DB) used(ctx context.Context) (n int64, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT (SELECT page_count FROM pragma_page_count()) - (SELECT freelist_count FROM pragma_freelist_count())`).Scan(&n)
	if err != nil {
		return 0, known(err)
	}
	var size int64
	err = db.read.QueryRowContext(ctx, `PRAGMA page_size`).Scan(&size)
	return n * size, known(err)
}

// Stats implements store.Calls. Entries and Calls are estimates: what lies between the
// first number and the last.
func (db *DB) Stats(ctx context.Context) (s store.Stats, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT coalesce((SELECT max(seq) FROM journal) - (SELECT min(seq) FROM journal) + 1, 0),
		coalesce((SELECT max(row) FROM calls) - (SELECT min(row) FROM calls) + 1, 0),
		(SELECT count(*) FROM calls INDEXED BY calls_unfinished WHERE status <> 'final'),
		(SELECT count(*) FROM journal INDEXED BY journal_problems WHERE problem IS NOT NULL),
		(SELECT count(*) FROM notices WHERE dead = 0), (SELECT count(*) FROM notices WHERE dead = 1)`).
		Scan(&s.Entries, &s.Calls, &s.Open, &s.Undecoded, &s.Waiting, &s.Dead)
	if err != nil {
		return s, known(err)
	}
	s.Bytes, err = db.used(ctx)
	return s, err
}

// Backup writes a copy of the database as it is now to a file that must not exist.
func (db *DB) Backup(ctx context.Context, path string) error {
	from, err := connect(db.path, 1)
	if err != nil {
		return known(err)
	}
	defer from.Close()
	_, err = from.ExecContext(ctx, `VACUUM INTO ?`, path)
	return known(err)
}
