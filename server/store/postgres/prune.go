package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// Prune implements store.Calls. Who owns nothing prunes every partition, an owner its own.
func (db *DB) Prune(ctx context.Context, p store.Policy, limit int) (removed store.Removed, more bool, err error) {
	if p.RawBefore != 0 {
		removed.Entries, err = db.pruneEntries(ctx, limit, ms(p.RawBefore))
	}
	if err == nil && p.CallsBefore != 0 {
		removed.Calls, err = db.pruneCalls(ctx, limit, ms(p.CallsBefore))
	}
	if err == nil && p.DeadBefore != 0 {
		removed.Notices, err = db.do(ctx, `DELETE FROM notices WHERE seq IN (SELECT seq FROM notices WHERE dead AND created_ms < $3 AND `+db.mine(`part`)+` LIMIT $4) AND EXISTS (SELECT FROM fence)`,
			ms(p.DeadBefore), limit)
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

// mine restricts a query to an owner's partition, given a row's.
func (db *DB) mine(part string) string {
	if db.token == 0 || db.parts == 1 {
		return `true`
	}
	return fmt.Sprintf(`%s = %d`, part, db.part)
}

// counted restricts a query to an owner's partition, given a row's number.
func (db *DB) counted(number string) string {
	return db.mine(fmt.Sprintf(`%s %% %d`, number, db.parts))
}

// shrink removes the oldest entries that are applied, else the oldest calls.
func (db *DB) shrink(ctx context.Context, limit int) (r store.Removed, err error) {
	if r.Entries, err = db.pruneEntries(ctx, limit, 1<<62); err != nil || r.Entries > 0 {
		return r, err
	}
	r.Calls, err = db.pruneCalls(ctx, limit, 1<<62)
	return r, err
}

// unneeded: the engine has applied an entry, and its snapshot holds it.
const unneeded = `j.seq <= coalesce((SELECT min(least(p.seq, s.seq)) FROM progress p JOIN snapshots s ON s.tenant = p.tenant AND s.complete WHERE p.tenant = j.tenant), 0)`

// found is a row that may be removed: its number says which partition it belongs to.
type found struct{ number, tenant, row int64 }

// eachPart hands what was found to remove, partition by partition: each is locked by
// itself, no longer than needed.
func (db *DB) eachPart(ctx context.Context, all []found, remove func(ctx context.Context, tx pgx.Tx, db *DB, some []found) (int64, error)) (n int64, err error) {
	parts := map[int64][]found{}
	for _, f := range all {
		part := f.number % db.parts
		parts[part] = append(parts[part], f)
	}
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		err := db.tx(ctx, func(ctx context.Context, tx pgx.Tx) error {
			removed, err := remove(ctx, tx, db.in(part), parts[part])
			n += removed
			return err
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// pruneEntries removes the oldest entries that were received before a time and that the
// engine does not need any more.
func (db *DB) pruneEntries(ctx context.Context, limit int, before int64) (int64, error) {
	all, err := list(ctx, db.pool, func(rows pgx.Rows, f *found) error { return rows.Scan(&f.number, &f.tenant) },
		`SELECT seq, tenant FROM journal j WHERE received_ms < $1 AND `+db.counted(`seq`)+` AND `+unneeded+` ORDER BY received_ms LIMIT $2`, before, limit)
	if err != nil {
		return 0, err
	}
	return db.eachPart(ctx, all, func(ctx context.Context, tx pgx.Tx, db *DB, some []found) (int64, error) {
		if _, err := db.locked(ctx, tx, ofJournal); err != nil {
			return 0, err
		}
		seqs, tenants := make([]int64, len(some)), make([]int64, len(some))
		for i, f := range some {
			seqs[i], tenants[i] = f.number, f.tenant
		}
		return db.removeEntries(ctx, tx, `(tenant, seq) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[])) AND `+unneeded, tenants, seqs)
	})
}

// removeEntries removes those of which a condition holds. The counter is locked.
func (db *DB) removeEntries(ctx context.Context, tx pgx.Tx, where string, args ...any) (n int64, err error) {
	var bytes int64
	err = tx.QueryRow(ctx, `WITH gone AS (DELETE FROM journal j WHERE `+where+` RETURNING octet_length(body) AS bytes) SELECT count(*), coalesce(sum(bytes), 0)::bigint FROM gone`, args...).Scan(&n, &bytes)
	if err != nil {
		return 0, err
	}
	return n, db.add(ctx, tx, ofJournal, 0, -n, -bytes-n*overhead)
}

// pruneCalls removes final calls that were last changed before a time, oldest first.
func (db *DB) pruneCalls(ctx context.Context, limit int, before int64) (int64, error) {
	all, err := list(ctx, db.pool, func(rows pgx.Rows, f *found) error { return rows.Scan(&f.number, &f.row) },
		`SELECT change, row FROM calls WHERE status = 'final' AND updated_ms < $1 AND `+db.counted(`change`)+` ORDER BY updated_ms LIMIT $2`, before, limit)
	if err != nil {
		return 0, err
	}
	return db.eachPart(ctx, all, func(ctx context.Context, tx pgx.Tx, db *DB, some []found) (int64, error) {
		if _, err := db.locked(ctx, tx, ofChanges); err != nil {
			return 0, err
		}
		rows := make([]int64, len(some))
		for i, f := range some {
			rows[i] = f.row
		}
		gone, err := keptCalls(ctx, tx, `WHERE row = ANY($1) AND status = 'final' AND updated_ms < $2`, rows, before)
		if err != nil {
			return 0, err
		}
		w := writer{db: db}
		for _, k := range gone {
			w.removeCall(k)
		}
		return int64(len(gone)), w.send(ctx, tx)
	})
}

// send writes what was queued, and counts it, in a transaction that has locked the
// counter.
func (w *writer) send(ctx context.Context, tx pgx.Tx) error {
	w.total()
	return tx.SendBatch(ctx, &w.batch).Close()
}

// keptCall is a call with what must be known to remove it.
type keptCall struct {
	kept
	tenant int64
	id     call.SessionID
}

func keptCalls(ctx context.Context, tx pgx.Tx, where string, args ...any) ([]keptCall, error) {
	return list(ctx, tx, func(rows pgx.Rows, k *keptCall) error {
		return rows.Scan(&k.row, &k.started, &k.keys, &k.tenant, undo(&k.id), &k.size)
	}, `SELECT row, started_ms, keys, tenant, id, (SELECT octet_length(graph) FROM graphs WHERE call = row) FROM calls `+where, args...)
}

func (w *writer) removeCall(k keptCall) {
	w.remove(k.tenant, k.kept)
	w.queue(`DELETE FROM aliases WHERE tenant = $1 AND into_id = $2`, k.tenant, clean(k.id))
}

// Purge implements store.Calls. What was removed is overwritten in the tables; logs and
// backups of PostgreSQL's own are the business of whoever keeps them.
func (db *DB) Purge(ctx context.Context, tenant int64, number string) (r store.Removed, ids []call.SessionID, err error) {
	digits := strings.TrimPrefix(store.Dialled(number), "+")
	if digits == "" {
		return r, nil, nil
	}
	err = db.tx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		r, ids = store.Removed{}, nil
		// Nothing is added meanwhile.
		if _, err := db.locked(ctx, tx, ofJournal); err != nil {
			return err
		}
		before, err := db.locked(ctx, tx, ofChanges)
		if err != nil {
			return err
		}
		gone, err := keptCalls(ctx, tx, `WHERE tenant = $1 AND row IN (SELECT call FROM call_keys WHERE tenant = $1 AND kind = 'number' AND value = ANY($2))`,
			tenant, []string{clean(digits), clean("+" + digits)})
		if err != nil {
			return err
		}
		w := writer{db: db, before: before, counted: before}
		var sessions []string
		for _, k := range gone {
			for line := range strings.Lines(k.keys) {
				if key, ok := store.CutKey(line); ok && key.Kind == store.KeySession {
					sessions = append(sessions, key.Value)
				}
			}
			ids = append(ids, k.id)
			w.removeCall(k)
			w.alias(tenant, k.id, "", w.next())
		}
		r.Calls = int64(len(gone))
		if r.Entries, err = db.removeEntries(ctx, tx, `ctid = ANY (ARRAY(
			SELECT e.ctid FROM unnest($2::text[]) AS purged (id) CROSS JOIN LATERAL (SELECT ctid FROM journal WHERE tenant = $1 AND session = purged.id `+eachAlone+`) e
			UNION SELECT ctid FROM journal WHERE tenant = $1 AND problem IS NOT NULL AND position($3 IN body) > 0))`, tenant, sessions, []byte(digits)); err != nil {
			return err
		}
		cleaned := make([]string, len(ids))
		for i, id := range ids {
			cleaned[i] = clean(id)
		}
		if r.Notices, err = exec(ctx, tx, `DELETE FROM notices WHERE ctid = ANY (ARRAY(
			SELECT n.ctid FROM unnest($2::text[]) AS purged (id) CROSS JOIN LATERAL (SELECT ctid FROM notices WHERE tenant = $1 AND call = purged.id AND NOT dead `+eachAlone+`) n
			UNION ALL SELECT ctid FROM notices WHERE tenant = $1 AND call = ANY($2) AND dead))`, tenant, cleaned); err != nil {
			return err
		}
		if err := dropSnapshots(ctx, tx, `tenant = $1`, tenant); err != nil { // it holds what is purged
			return err
		}
		return w.send(ctx, tx)
	})
	if err != nil {
		return store.Removed{}, nil, err
	}
	for _, table := range []string{"journal", "calls", "graphs", "call_keys", "notices", "snapshot_parts"} {
		if _, err := db.pool.Exec(ctx, `VACUUM `+table); err != nil {
			return r, ids, fmt.Errorf("removed, but not overwritten yet: VACUUM %s: %w", table, known(err))
		}
	}
	return r, ids, nil
}

// used is about how many bytes there are. What tables and indexes really take is what
// PostgreSQL gives back late, or never.
func (db *DB) used(ctx context.Context) (n int64, err error) {
	err = db.pool.QueryRow(ctx, `SELECT sum(bytes)::bigint FROM counters WHERE `+db.mine(`part`)).Scan(&n)
	return n, known(err)
}

// Stats implements store.Calls.
func (db *DB) Stats(ctx context.Context) (s store.Stats, err error) {
	err = db.pool.QueryRow(ctx, `SELECT (SELECT sum(rows)::bigint FROM counters WHERE name = 'seq'), (SELECT sum(rows)::bigint FROM counters WHERE name = 'change'),
		(SELECT count(*) FROM calls WHERE status <> 'final'),
		(SELECT count(*) FROM journal WHERE problem IS NOT NULL),
		(SELECT count(*) FROM notices WHERE NOT dead), (SELECT count(*) FROM notices WHERE dead)`).
		Scan(&s.Entries, &s.Calls, &s.Open, &s.Undecoded, &s.Waiting, &s.Dead)
	if err != nil {
		return s, known(err)
	}
	err = db.pool.QueryRow(ctx, `SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'`).Scan(&s.Bytes)
	return s, known(err)
}
