package postgres

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// callOverhead is about what a call takes beside its graph: its row, keys and indexes.
const callOverhead = 4096

// Apply implements store.Calls. What several goroutines apply at once, of different
// tenants, is written in one transaction. Like any transaction it is not broken off when a
// request ends.
func (db *DB) Apply(_ context.Context, u *store.Update) (change int64, err error) {
	return db.together.apply(u, db.applyAll)
}

// applyAll writes updates of different tenants in one transaction, and returns the change
// of each. Which keys of a call are there is known, and to look for each costs as much as
// to write it. Should they be there all the same, because somebody else wrote to the
// tables, that is no reason to stop.
func (db *DB) applyAll(updates []*store.Update) ([]int64, error) {
	changes, err := db.applyOnce(updates, "")
	if duplicate(err) == "call_keys" {
		changes, err = db.applyOnce(updates, ` ON CONFLICT DO NOTHING`)
	}
	return changes, known(err)
}

// applyOnce takes two exchanges with the server: one begins the transaction and reads
// what is there of the calls, one writes everything and commits.
func (db *DB) applyOnce(updates []*store.Update, onConflict string) ([]int64, error) {
	ctx, cancel := whole(context.Background())
	defer cancel()
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	writers := make([]*writer, len(updates))
	for i, u := range updates {
		writers[i] = &writer{db: db, u: u, onConflict: onConflict}
	}
	counted, err := db.readAll(ctx, conn, writers)
	if err == nil {
		err = writeAll(ctx, conn, writers, counted)
	}
	if err != nil {
		_, _ = conn.Exec(ctx, `ROLLBACK`)
		return nil, err
	}
	db.analyze(ctx, conn, ofChanges, writers[len(writers)-1].counted)
	changes := make([]int64, len(writers))
	for i, w := range writers {
		if w.counted > w.before {
			changes[i] = db.number(w.counted)
		}
	}
	return changes, nil
}

// readAll begins the transaction, locks the counter, and reads what there is of the calls.
func (db *DB) readAll(ctx context.Context, conn batcher, writers []*writer) (counted int64, err error) {
	var b pgx.Batch
	b.Queue(`BEGIN`)
	b.Queue(`SET LOCAL plan_cache_mode = force_generic_plan`) // to plan takes as long as to write a call or two
	b.Queue(lockCounter, db.part, ofChanges, db.token).QueryRow(func(row pgx.Row) error { return db.owned(row.Scan(&counted)) })
	for _, w := range writers {
		w.read(&b)
	}
	return counted, conn.SendBatch(ctx, &b).Close()
}

// writeAll writes everything, and commits.
func writeAll(ctx context.Context, conn batcher, writers []*writer, counted int64) error {
	var all pgx.Batch
	for _, w := range writers {
		w.before, w.counted = counted, counted
		if err := w.write(); err != nil {
			return err
		}
		counted = w.counted
		all.QueuedQueries = append(all.QueuedQueries, w.batch.QueuedQueries...)
	}
	all.Queue(`COMMIT`)
	return conn.SendBatch(ctx, &all).Close()
}

// batcher sends a batch: a connection, or a transaction.
type batcher interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// writer writes one update.
type writer struct {
	db         *DB
	u          *store.Update
	before     int64 // the counter of changes
	counted    int64 // and how far it is by now
	kept       map[call.SessionID]kept
	rows       []int64 // for calls that are new
	count      int64   // how many calls there are more than before
	bytes      int64   // and what they take more
	puts       puts
	onConflict string // of keys that are there already
	batch      pgx.Batch
}

// kept is what the database has of a call. Its row is 0 when it has nothing.
type kept struct {
	row, started, size int64
	keys               string // as they are in the database
}

func (w *writer) next() int64 { w.counted++; return w.db.number(w.counted) }

// read queues what reads what there is of the calls.
func (w *writer) read(b *pgx.Batch) {
	var ids []string
	for _, m := range w.u.Merged {
		ids = append(ids, clean(m.From))
	}
	for i := range w.u.Calls {
		ids = append(ids, clean(w.u.Calls[i].ID))
	}
	w.kept = map[call.SessionID]kept{}
	b.Queue(`SELECT 1 FROM tenants WHERE id = $1`, w.u.Tenant).QueryRow(func(row pgx.Row) error {
		var one int
		err := row.Scan(&one)
		if errors.Is(err, pgx.ErrNoRows) {
			return store.ErrNotFound // who removed it had locked the counter
		}
		return err
	})
	if len(ids) > 0 {
		b.Queue(`SELECT c.id, c.row, c.started_ms, octet_length(g.graph), c.keys FROM unnest($2::text[]) AS wanted (id)
			CROSS JOIN LATERAL (SELECT * FROM calls WHERE tenant = $1 AND id = wanted.id `+eachAlone+`) c
			CROSS JOIN LATERAL (SELECT graph FROM graphs WHERE call = c.row `+eachAlone+`) g`,
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
}

func (w *writer) queue(query string, args ...any) { w.batch.Queue(query, args...) }

// write queues what writes everything.
func (w *writer) write() error {
	for i := range w.u.Merged {
		w.merge(&w.u.Merged[i])
	}
	for i := range w.u.Calls {
		if err := w.put(&w.u.Calls[i]); err != nil {
			return err
		}
	}
	w.flush()
	for i := range w.u.Notices {
		w.queue(insertNotice, w.db.noticeArgs(&w.u.Notices[i])...)
	}
	if p := w.u.Progress; p != nil {
		w.queue(`INSERT INTO progress (tenant, seq, now_ms) VALUES ($1, $2, $3) ON CONFLICT (tenant) DO UPDATE SET seq = excluded.seq, now_ms = excluded.now_ms`,
			w.u.Tenant, p.Seq, ms(p.Now))
	}
	w.total()
	return nil
}

// total counts what was queued.
func (w *writer) total() {
	w.queue(addToCounter, w.db.part, ofChanges, w.counted-w.before, w.count, w.bytes)
}

// merge removes the call that an id named and notes what it is part of now.
func (w *writer) merge(m *store.Merge) {
	if k := w.kept[m.From]; k.row != 0 {
		w.remove(w.u.Tenant, k)
		delete(w.kept, m.From)
	}
	w.queue(`UPDATE aliases SET into_id = $1 WHERE tenant = $2 AND into_id = $3`, clean(m.Into), w.u.Tenant, clean(m.From))
	m.Change = w.next()
	w.alias(w.u.Tenant, m.From, m.Into, m.Change)
}

func (w *writer) alias(tenant int64, from, into call.SessionID, change int64) {
	w.queue(`INSERT INTO aliases (tenant, id, into_id, change) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, id) DO UPDATE SET into_id = excluded.into_id, change = excluded.change`,
		tenant, clean(from), clean(into), change)
}

func (w *writer) remove(tenant int64, k kept) {
	var keys keyRows
	keys.add(k, k.keys, "")
	w.dropKeys(tenant, &keys)
	w.queue(`DELETE FROM graphs WHERE call = $1`, k.row)
	w.queue(`DELETE FROM calls WHERE row = $1`, k.row)
	w.bytes -= k.size + callOverhead
	w.count--
}

func (w *writer) dropKeys(tenant int64, k *keyRows) {
	if len(k.kinds) > 0 {
		w.queue(`DELETE FROM call_keys WHERE ctid = ANY (ARRAY(
			SELECT k.ctid FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[]) AS gone (kind, value, started_ms, call) CROSS JOIN LATERAL (
				SELECT ctid FROM call_keys WHERE tenant = $1 AND kind = gone.kind AND value = gone.value AND started_ms = gone.started_ms AND call = gone.call `+eachAlone+`) k))`,
			tenant, k.kinds, k.values, k.started, k.calls)
	}
}

// missing are the keys in some lines that do not stand in others.
func missing(lines, others string) (kinds, values []string) {
	seen := map[string]bool{}
	for line := range strings.Lines(lines) {
		if key, ok := store.CutKey(line); ok && !seen[line] && !strings.Contains(others, "\n"+line) {
			kinds, values = append(kinds, string(key.Kind)), append(values, key.Value)
			seen[line] = true
		}
	}
	return kinds, values
}

// put writes a call, together with others.
func (w *writer) put(c *store.Call) error {
	summary, err := store.SummaryText(c)
	if err != nil {
		return err
	}
	k, lines, graph := w.kept[c.ID], clean(store.KeyLines(c.Keys)), clean(c.Graph)
	if slices.Contains(w.puts.rows, k.row) { // a call twice
		w.flush()
	}
	c.Change, c.Updated = w.next(), w.u.At
	now := kept{row: k.row, started: ms(c.Summary.StartedAt), size: int64(len(graph)), keys: lines}
	if k.row == 0 {
		now.row, w.rows = w.rows[0], w.rows[1:]
		w.puts.fresh = append(w.puts.fresh, clean(c.ID))
		w.bytes += callOverhead
		w.count++
	}
	w.bytes += now.size - k.size
	w.puts.add(c, now, clean(summary), graph)
	had, gone := k.keys, lines
	if k.started != now.started {
		had, gone = "", "" // all keys hold the time
	}
	w.puts.gone.add(k, k.keys, gone)
	w.puts.new.add(now, lines, had)
	w.kept[c.ID] = now
	return nil
}

// puts are calls that are written by a few statements together.
type puts struct {
	ids, statuses, directions, outcomes, summaries, keys, graphs []string
	rows, revisions, started, answered, ended, updated, changes  []int64
	told                                                         []int64
	fresh                                                        []string // ids of new ones
	gone, new                                                    keyRows
}

func (p *puts) add(c *store.Call, now kept, summary, graph string) {
	s := &c.Summary
	p.ids, p.statuses, p.directions, p.outcomes = append(p.ids, clean(c.ID)), append(p.statuses, string(c.Status)), append(p.directions, clean(s.Direction)), append(p.outcomes, clean(s.Outcome))
	p.summaries, p.keys, p.graphs = append(p.summaries, summary), append(p.keys, now.keys), append(p.graphs, graph)
	p.rows, p.revisions, p.changes = append(p.rows, now.row), append(p.revisions, int64(c.Revision)), append(p.changes, c.Change)
	p.told = append(p.told, int64(c.Told))
	p.started, p.answered, p.ended, p.updated = append(p.started, now.started), append(p.answered, ms(s.AnsweredAt)), append(p.ended, ms(s.EndedAt)), append(p.updated, ms(c.Updated))
}

// keyRows are rows of call_keys.
type keyRows struct {
	kinds, values  []string
	started, calls []int64
}

// add adds a call's keys in some lines that do not stand in others.
func (r *keyRows) add(k kept, lines, others string) {
	kinds, values := missing(lines, others)
	r.kinds, r.values = append(r.kinds, kinds...), append(r.values, values...)
	for range kinds {
		r.started, r.calls = append(r.started, k.started), append(r.calls, k.row)
	}
}

// flush queues the calls that were put.
func (w *writer) flush() {
	p, tenant := w.puts, w.u.Tenant
	w.puts = puts{}
	if len(p.rows) == 0 {
		return
	}
	if len(p.fresh) > 0 {
		w.queue(`DELETE FROM aliases WHERE ctid = ANY (ARRAY(
			SELECT a.ctid FROM unnest($2::text[]) AS fresh (id) CROSS JOIN LATERAL (SELECT ctid FROM aliases WHERE tenant = $1 AND id = fresh.id `+eachAlone+`) a))`, tenant, p.fresh)
	}
	w.queue(`INSERT INTO calls (row, tenant, id, revision, status, finals, direction, outcome, started_ms, answered_ms, ended_ms, updated_ms, change, summary, keys)
		SELECT row, $1, id, revision, status, told, direction, outcome, started_ms, answered_ms, ended_ms, updated_ms, change, summary, keys
		FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::text[], $15::bigint[])
			AS c (row, id, revision, status, direction, outcome, started_ms, answered_ms, ended_ms, updated_ms, change, summary, keys, told)
		ON CONFLICT (row) DO UPDATE SET finals = greatest(calls.finals, excluded.finals),
			revision = excluded.revision, status = excluded.status, direction = excluded.direction, outcome = excluded.outcome, started_ms = excluded.started_ms, answered_ms = excluded.answered_ms,
			ended_ms = excluded.ended_ms, updated_ms = excluded.updated_ms, change = excluded.change, summary = excluded.summary, keys = excluded.keys`,
		tenant, p.rows, p.ids, p.revisions, p.statuses, p.directions, p.outcomes, p.started, p.answered, p.ended, p.updated, p.changes, p.summaries, p.keys, p.told)
	w.queue(`INSERT INTO graphs (call, graph) SELECT * FROM unnest($1::bigint[], $2::text[]) ON CONFLICT (call) DO UPDATE SET graph = excluded.graph`, p.rows, p.graphs)
	w.dropKeys(tenant, &p.gone)
	if k := &p.new; len(k.kinds) > 0 {
		w.queue(`INSERT INTO call_keys (tenant, kind, value, started_ms, call) SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[])`+w.onConflict,
			tenant, k.kinds, k.values, k.started, k.calls)
	}
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
	if err := rows.Scan(append([]any{&c.Row, &c.Tenant, undo(&c.ID), &c.Revision, &c.Status, &c.Told, &c.Change, &c.Updated, undo(&summary)}, more...)...); err != nil {
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
		`SELECT k.value, c.id, c.revision FROM unnest($2::text[]) AS wanted (value) CROSS JOIN LATERAL (
			SELECT value, call FROM call_keys WHERE tenant = $1 AND kind = 'session' AND value = wanted.value `+eachAlone+`) k
			CROSS JOIN LATERAL (SELECT id, revision FROM calls WHERE row = k.call `+eachAlone+`) c`, tenant, keys)
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

// LastChange implements store.Calls: that of the tenant's partition.
func (db *DB) LastChange(ctx context.Context, tenant int64) (value int64, err error) {
	of := db.in(db.partOf(tenant))
	err = db.pool.QueryRow(ctx, `SELECT value FROM counters WHERE part = $1 AND name = 'change'`, of.part).Scan(&value)
	if err != nil || value == 0 {
		return 0, known(err)
	}
	return of.number(value), nil
}

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
