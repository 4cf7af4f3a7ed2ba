package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/jackc/pgx/v5"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// callOverhead is about what a call takes beside its graph: its row, keys and indexes.
const callOverhead = 4096

// Apply implements store.Calls. It takes two exchanges with the server beside those of
// the transaction: one reads what is there of the calls, one writes everything.
func (db *DB) Apply(ctx context.Context, u *store.Update) (change int64, err error) {
	w := &writer{u: u}
	err = db.tx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if w.change, err = db.count(ctx, tx, "change", int64(len(u.Merged)+len(u.Calls)), 0); err != nil {
			return err
		}
		if err := w.read(ctx, tx); err != nil {
			return err
		}
		if err := w.write(); err != nil {
			return err
		}
		return tx.SendBatch(ctx, &w.batch).Close()
	})
	if err != nil {
		return 0, err
	}
	db.changed(w.change)
	return w.change, nil
}

// writer writes one update.
type writer struct {
	u      *store.Update
	change int64
	kept   map[call.SessionID]kept
	rows   []int64 // for calls that are new
	bytes  int64
	batch  pgx.Batch
}

// kept is what the database has of a call. Its row is 0 when it has nothing.
type kept struct {
	row, started, size int64
	keys               string // as they are in the database
}

func (w *writer) next() int64 { w.change++; return w.change }

func (w *writer) read(ctx context.Context, tx pgx.Tx) error {
	var ids []string
	for _, m := range w.u.Merged {
		ids = append(ids, clean(m.From))
	}
	for i := range w.u.Calls {
		ids = append(ids, clean(w.u.Calls[i].ID))
	}
	w.kept = map[call.SessionID]kept{}
	var b pgx.Batch
	b.Queue(`SELECT 1 FROM tenants WHERE id = $1 FOR KEY SHARE`, w.u.Tenant).QueryRow(func(row pgx.Row) error {
		var one int
		err := row.Scan(&one)
		if errors.Is(err, pgx.ErrNoRows) {
			return store.ErrNotFound // it was removed meanwhile
		}
		return err
	})
	if len(ids) > 0 {
		b.Queue(`SELECT c.id, c.row, c.started_ms, octet_length(g.graph), c.keys FROM calls c JOIN graphs g ON g.call = c.row WHERE c.tenant = $1 AND c.id = ANY($2)`,
			w.u.Tenant, ids).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var id call.SessionID
				var k kept
				if err := rows.Scan(undo(&id), &k.row, &k.started, &k.size, &k.keys); err != nil {
					return err
				}
				w.kept[id] = k
			}
			return rows.Err()
		})
		b.Queue(`SELECT nextval('call_rows') FROM generate_series(1, $1::int)`, len(w.u.Calls)).Query(func(rows pgx.Rows) (err error) {
			w.rows, err = pgx.CollectRows(rows, pgx.RowTo[int64])
			return err
		})
	}
	return tx.SendBatch(ctx, &b).Close()
}

func (w *writer) queue(query string, args ...any) { w.batch.Queue(query, args...) }

func (w *writer) write() error {
	for _, m := range w.u.Merged {
		w.merge(m)
	}
	for i := range w.u.Calls {
		if err := w.put(&w.u.Calls[i]); err != nil {
			return err
		}
	}
	for i := range w.u.Notices {
		w.queue(insertNotice, noticeArgs(&w.u.Notices[i])...)
	}
	if p := w.u.Progress; p != nil {
		w.queue(`INSERT INTO progress (tenant, seq, now_ms) VALUES ($1, $2, $3) ON CONFLICT (tenant) DO UPDATE SET seq = excluded.seq, now_ms = excluded.now_ms`,
			w.u.Tenant, p.Seq, ms(p.Now))
	}
	w.queue(`UPDATE meta SET bytes = greatest(bytes + $1, 0) WHERE name = 'change'`, w.bytes)
	return nil
}

// merge removes the call that an id named and notes what it is part of now.
func (w *writer) merge(m store.Merge) {
	if k := w.kept[m.From]; k.row != 0 {
		w.remove(w.u.Tenant, k)
		delete(w.kept, m.From)
	}
	w.queue(`UPDATE aliases SET into_id = $1 WHERE tenant = $2 AND into_id = $3`, clean(m.Into), w.u.Tenant, clean(m.From))
	w.alias(w.u.Tenant, m.From, m.Into, w.next())
}

func (w *writer) alias(tenant int64, from, into call.SessionID, change int64) {
	w.queue(`INSERT INTO aliases (tenant, id, into_id, change) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, id) DO UPDATE SET into_id = excluded.into_id, change = excluded.change`,
		tenant, clean(from), clean(into), change)
}

func (w *writer) remove(tenant int64, k kept) {
	w.dropKeys(tenant, k, "")
	w.queue(`DELETE FROM graphs WHERE call = $1`, k.row)
	w.queue(`DELETE FROM calls WHERE row = $1`, k.row)
	w.bytes -= k.size + callOverhead
}

// dropKeys removes the keys of a call that do not stand in lines.
func (w *writer) dropKeys(tenant int64, k kept, lines string) {
	if kinds, values := missing(k.keys, lines); len(kinds) > 0 {
		w.queue(`DELETE FROM call_keys k USING unnest($4::text[], $5::text[]) AS gone (kind, value)
			WHERE k.tenant = $1 AND k.kind = gone.kind AND k.value = gone.value AND k.started_ms = $2 AND k.call = $3`, tenant, k.started, k.row, kinds, values)
	}
}

// missing are the keys in some lines that do not stand in others.
func missing(lines, others string) (kinds, values []string) {
	for line := range strings.Lines(lines) {
		if key, ok := store.CutKey(line); ok && !strings.Contains(others, "\n"+line) {
			kinds, values = append(kinds, string(key.Kind)), append(values, key.Value)
		}
	}
	return kinds, values
}

// put writes a call.
func (w *writer) put(c *store.Call) error {
	summary, err := json.Marshal(c.Summary, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return fmt.Errorf("call %s: %w", c.ID, err)
	}
	s := &c.Summary
	k, started, lines, graph := w.kept[c.ID], ms(s.StartedAt), clean(store.KeyLines(c.Keys)), clean(c.Graph)
	c.Change, c.Updated = w.next(), w.u.At
	now := kept{row: k.row, started: started, size: int64(len(graph)), keys: lines}
	args := []any{c.Revision, string(c.Status), clean(s.Direction), clean(s.Outcome), started, ms(s.AnsweredAt), ms(s.EndedAt), ms(c.Updated), c.Change, clean(summary), lines}
	if k.row == 0 {
		now.row, w.rows = w.rows[0], w.rows[1:]
		w.queue(`INSERT INTO calls (finals, revision, status, direction, outcome, started_ms, answered_ms, ended_ms, updated_ms, change, summary, keys, row, tenant, id)
			VALUES (CASE WHEN $2 = 'final' THEN 1 ELSE 0 END, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`, append(args, now.row, w.u.Tenant, clean(c.ID))...)
		w.queue(`DELETE FROM aliases WHERE tenant = $1 AND id = $2`, w.u.Tenant, clean(c.ID))
		w.bytes += callOverhead
	} else {
		w.queue(`UPDATE calls SET finals = finals + CASE WHEN $2 = 'final' AND status <> 'final' THEN 1 ELSE 0 END, revision = $1, status = $2, direction = $3, outcome = $4,
			started_ms = $5, answered_ms = $6, ended_ms = $7, updated_ms = $8, change = $9, summary = $10, keys = $11 WHERE row = $12`, append(args, k.row)...)
	}
	w.queue(`INSERT INTO graphs (call, graph) VALUES ($1, $2) ON CONFLICT (call) DO UPDATE SET graph = excluded.graph`, now.row, graph)
	w.bytes += now.size - k.size
	if k.started != started {
		w.dropKeys(w.u.Tenant, k, "")
		k.keys = ""
	}
	w.dropKeys(w.u.Tenant, k, lines)
	if kinds, values := missing(lines, k.keys); len(kinds) > 0 {
		w.queue(`INSERT INTO call_keys (tenant, kind, value, started_ms, call) SELECT $1, kind, value, $2, $3 FROM unnest($4::text[], $5::text[]) AS new (kind, value) ON CONFLICT DO NOTHING`,
			w.u.Tenant, started, now.row, kinds, values)
	}
	w.kept[c.ID] = now
	return nil
}

// Progress implements store.Calls.
func (db *DB) Progress(ctx context.Context, tenant int64) (p store.Progress, err error) {
	err = db.pool.QueryRow(ctx, `SELECT seq, now_ms FROM progress WHERE tenant = $1`, tenant).Scan(&p.Seq, &p.Now)
	if errors.Is(err, pgx.ErrNoRows) {
		return store.Progress{}, nil
	}
	return p, known(err)
}

const callColumns = `c.row, c.tenant, c.id, c.revision, c.status, c.finals, c.change, c.updated_ms, c.summary`

func scanCall(rows pgx.Row, c *store.Found, more ...any) error {
	var summary []byte
	if err := rows.Scan(append([]any{&c.Row, &c.Tenant, undo(&c.ID), &c.Revision, &c.Status, &c.Finals, &c.Change, &c.Updated, undo(&summary)}, more...)...); err != nil {
		return err
	}
	return json.UnmarshalRead(bytes.NewReader(summary), &c.Summary)
}

func scanFound(rows pgx.Rows, c *store.Found) error { return scanCall(rows, c) }

// Call implements store.Calls.
func (db *DB) Call(ctx context.Context, tenant int64, id call.SessionID) (*store.Call, error) {
	for _, by := range []struct{ where, value string }{
		{`c.id = $2`, clean(id)},
		{`c.id = (SELECT into_id FROM aliases WHERE tenant = $1 AND id = $2)`, clean(id)},
		{`c.row = (SELECT call FROM call_keys WHERE tenant = $1 AND kind = 'session' AND value = $2 ORDER BY started_ms DESC LIMIT 1)`, clean(store.SessionKey(string(id)))},
	} {
		var c store.Found
		err := scanCall(db.pool.QueryRow(ctx, `SELECT `+callColumns+`, g.graph FROM calls c JOIN graphs g ON g.call = c.row WHERE c.tenant = $1 AND `+by.where, tenant, by.value), &c, undo(&c.Graph))
		if err == nil {
			return &c.Call, nil
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return nil, known(err)
		}
	}
	return nil, store.ErrNotFound
}

// Keepers implements store.Calls.
func (db *DB) Keepers(ctx context.Context, tenant int64, sessions []call.SessionID) ([]store.Keeper, error) {
	by := store.BySessionKey(sessions)
	keys := make([]string, 0, len(by))
	for key := range by {
		keys = append(keys, clean(key))
	}
	found, err := list(ctx, db.pool, func(rows pgx.Rows, k *store.Keeper) error {
		return rows.Scan(undo(&k.Session), undo(&k.Call), &k.Revision)
	},
		`SELECT k.value, c.id, c.revision FROM call_keys k JOIN calls c ON c.row = k.call
		WHERE k.tenant = $1 AND k.kind = 'session' AND k.value = ANY($2)`, tenant, keys)
	for i := range found {
		found[i].Session = by[string(found[i].Session)]
	}
	return found, err
}

// Changes implements store.Calls.
func (db *DB) Changes(ctx context.Context, tenant, after int64, limit int) ([]store.Change, error) {
	tx, err := db.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}) // both lists of one moment
	if err != nil {
		return nil, known(err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	calls, err := list(ctx, tx, scanFound, `SELECT `+callColumns+` FROM calls c WHERE c.tenant = $1 AND c.change > $2 ORDER BY c.change LIMIT $3`, tenant, after, limit)
	if err != nil {
		return nil, err
	}
	gone, err := list(ctx, tx, func(rows pgx.Rows, g *store.Change) error { return rows.Scan(&g.Change, undo(&g.Gone), undo(&g.Into)) },
		`SELECT change, id, into_id FROM aliases WHERE tenant = $1 AND change > $2 ORDER BY change LIMIT $3`, tenant, after, limit)
	if err != nil {
		return nil, err
	}
	out := gone
	for i := range calls {
		out = append(out, store.Change{Change: calls[i].Change, Call: &calls[i].Call})
	}
	return store.FirstChanges(out, limit), nil
}

// LastChange implements store.Calls.
func (db *DB) LastChange(context.Context) (int64, error) { return db.change.Load(), nil }

// Hours implements store.Calls.
func (db *DB) Hours(ctx context.Context, tenant int64, from call.Time) ([]store.Hour, error) {
	return list(ctx, db.pool, func(rows pgx.Rows, h *store.Hour) error { return rows.Scan(&h.Start, &h.Calls) },
		`SELECT started_ms / 3600000 * 3600000 AS hour, count(*) FROM calls WHERE tenant = $1 AND started_ms >= $2 GROUP BY hour ORDER BY hour`, tenant, ms(from))
}

// Counts implements store.Calls.
func (db *DB) Counts(ctx context.Context, tenant int64) (open, settling int64, err error) {
	err = db.pool.QueryRow(ctx, `SELECT count(*) FILTER (WHERE status = 'open'), count(*) FILTER (WHERE status = 'settling') FROM calls
		WHERE tenant = $1 AND status <> 'final'`, tenant).Scan(&open, &settling)
	return open, settling, known(err)
}

// Unfinished implements store.Calls.
func (db *DB) Unfinished(ctx context.Context, tenant int64) ([]call.SessionID, error) {
	return list(ctx, db.pool, func(rows pgx.Rows, id *call.SessionID) error { return rows.Scan(undo(id)) },
		`SELECT id FROM calls WHERE tenant = $1 AND status <> 'final' ORDER BY started_ms, row`, tenant)
}

// Each implements store.Calls.
func (db *DB) Each(ctx context.Context, tenant int64, f func(*store.Call) error) error {
	const page = 200
	for after := int64(0); ; {
		calls, err := list(ctx, db.pool, func(rows pgx.Rows, c *store.Found) error { return scanCall(rows, c, undo(&c.Graph)) },
			`SELECT `+callColumns+`, g.graph FROM calls c JOIN graphs g ON g.call = c.row WHERE c.tenant = $1 AND c.row > $2 ORDER BY c.row LIMIT $3`, tenant, after, page)
		if err != nil {
			return err
		}
		for i := range calls {
			if err := f(&calls[i].Call); err != nil {
				return err
			}
			after = calls[i].Row
		}
		if len(calls) < page {
			return nil
		}
	}
}
