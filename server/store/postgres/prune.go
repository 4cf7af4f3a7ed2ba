package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// Prune implements store.Calls.
func (db *DB) Prune(ctx context.Context, p store.Policy, limit int) (removed store.Removed, more bool, err error) {
	if p.RawBefore != 0 {
		removed.Entries, err = db.pruneEntries(ctx, `received_ms < $2`, limit, ms(p.RawBefore))
	}
	if err == nil && p.CallsBefore != 0 {
		removed.Calls, err = db.pruneCalls(ctx, limit, ms(p.CallsBefore))
	}
	if err == nil && p.DeadBefore != 0 {
		tag, failed := db.pool.Exec(ctx, `DELETE FROM notices WHERE seq IN (SELECT seq FROM notices WHERE dead AND created_ms < $1 LIMIT $2)`, ms(p.DeadBefore), limit)
		removed.Notices, err = tag.RowsAffected(), known(failed)
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
func (db *DB) shrink(ctx context.Context, limit int) (r store.Removed, err error) {
	if r.Entries, err = db.pruneEntries(ctx, `true`, limit); err != nil || r.Entries > 0 {
		return r, err
	}
	r.Calls, err = db.pruneCalls(ctx, limit, 1<<62)
	return r, err
}

// pruneEntries removes the oldest entries of which a condition holds, as long as it
// does. Those that the engine may still need are kept: what it has not applied, and what
// its snapshot does not hold.
func (db *DB) pruneEntries(ctx context.Context, while string, limit int, args ...any) (n int64, err error) {
	err = db.tx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		n, err = db.removeEntries(ctx, tx, `seq IN (SELECT seq FROM journal j WHERE `+while+`
			AND seq <= coalesce((SELECT min(least(p.seq, s.seq)) FROM progress p JOIN snapshots s ON s.tenant = p.tenant AND s.complete WHERE p.tenant = j.tenant), 0)
			ORDER BY seq LIMIT $1)`, append([]any{limit}, args...)...)
		return err
	})
	return n, err
}

// removeEntries removes those of which a condition holds. It locks the counter of
// entries; where a transaction locks that of changes too, it does so later.
func (db *DB) removeEntries(ctx context.Context, tx pgx.Tx, where string, args ...any) (n int64, err error) {
	if _, err := db.count(ctx, tx, "seq", 0, 0); err != nil {
		return 0, err
	}
	var bytes int64
	err = tx.QueryRow(ctx, `WITH gone AS (DELETE FROM journal WHERE `+where+` RETURNING octet_length(body) AS bytes) SELECT count(*), coalesce(sum(bytes), 0)::bigint FROM gone`, args...).Scan(&n, &bytes)
	if err != nil {
		return 0, err
	}
	_, err = db.count(ctx, tx, "seq", 0, -bytes-n*overhead)
	return n, err
}

// pruneCalls removes final calls that were last changed before a time, oldest first.
func (db *DB) pruneCalls(ctx context.Context, limit int, before int64) (n int64, err error) {
	err = db.tx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := db.count(ctx, tx, "change", 0, 0); err != nil {
			return err
		}
		gone, err := keptCalls(ctx, tx, `WHERE status = 'final' AND updated_ms < $1 ORDER BY updated_ms LIMIT $2`, before, limit)
		if err != nil {
			return err
		}
		n = int64(len(gone))
		var w writer
		for _, k := range gone {
			w.removeCall(k)
		}
		return db.send(ctx, tx, &w)
	})
	return n, err
}

// send writes what was queued.
func (db *DB) send(ctx context.Context, tx pgx.Tx, w *writer) error {
	if err := tx.SendBatch(ctx, &w.batch).Close(); err != nil {
		return err
	}
	_, err := db.count(ctx, tx, "change", 0, w.bytes)
	return err
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
	var last int64
	err = db.tx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		r, ids = store.Removed{}, nil
		// Locked in this order everywhere. Nothing is added meanwhile.
		if _, err := db.count(ctx, tx, "seq", 0, 0); err != nil {
			return err
		}
		if _, err := db.count(ctx, tx, "change", 0, 0); err != nil {
			return err
		}
		gone, err := keptCalls(ctx, tx, `WHERE tenant = $1 AND row IN (SELECT call FROM call_keys WHERE tenant = $1 AND kind = 'number' AND value = ANY($2))`,
			tenant, []string{clean(digits), clean("+" + digits)})
		if err != nil {
			return err
		}
		if last, err = db.count(ctx, tx, "change", int64(len(gone)), 0); err != nil {
			return err
		}
		var w writer
		var sessions []string
		for _, k := range gone {
			for line := range strings.Lines(k.keys) {
				if key, ok := store.CutKey(line); ok && key.Kind == store.KeySession {
					sessions = append(sessions, key.Value)
				}
			}
			ids = append(ids, k.id)
			w.removeCall(k)
			last++
			w.alias(tenant, k.id, "", last)
		}
		r.Calls = int64(len(gone))
		if r.Entries, err = db.removeEntries(ctx, tx, `tenant = $1 AND (session = ANY($2) OR problem IS NOT NULL AND position($3 IN body) > 0)`, tenant, sessions, []byte(digits)); err != nil {
			return err
		}
		cleaned := make([]string, len(ids))
		for i, id := range ids {
			cleaned[i] = clean(id)
		}
		if r.Notices, err = exec(ctx, tx, `DELETE FROM notices WHERE tenant = $1 AND call = ANY($2)`, tenant, cleaned); err != nil {
			return err
		}
		if err := dropSnapshots(ctx, tx, `tenant = $1`, tenant); err != nil { // it holds what is purged
			return err
		}
		return db.send(ctx, tx, &w)
	})
	if err != nil {
		return store.Removed{}, nil, err
	}
	db.changed(last)
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
	err = db.pool.QueryRow(ctx, `SELECT sum(bytes)::bigint FROM meta`).Scan(&n)
	return n, known(err)
}

// Stats implements store.Calls. Entries and Calls are estimates: what lies between the
// first number and the last.
func (db *DB) Stats(ctx context.Context) (s store.Stats, err error) {
	err = db.pool.QueryRow(ctx, `SELECT coalesce((SELECT max(seq) FROM journal) - (SELECT min(seq) FROM journal) + 1, 0),
		coalesce((SELECT max(row) FROM calls) - (SELECT min(row) FROM calls) + 1, 0),
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
