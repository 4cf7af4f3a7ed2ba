package postgres

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// Target is a database that is being filled. Make one with OpenTarget.
type Target struct {
	*DB
	run []byte // who fills it
}

var _ store.Target = (*Target)(nil)

// OpenTarget makes the tables of a database to be filled, or goes on with one that is not
// full yet. opt.Partitions is 1 for a single server, of says which of several a tenant
// belongs to. Until Finish, Open and OpenShared refuse it with store.ErrUnfinished. Errors
// are those of Open; store.ErrExists when there is a database that is no such one.
func OpenTarget(ctx context.Context, dsn string, opt Options, of func(tenant int64, parts int) int) (*Target, error) {
	if opt.Partitions < 1 || opt.Partitions > maxPartitions {
		return nil, fmt.Errorf("a database has 1 to %d partitions, not %d", maxPartitions, opt.Partitions)
	}
	cfg, err := opt.configure(dsn)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 6*opt.Patience)
	defer cancel()
	db := &DB{parts: int64(opt.Partitions), lost: errOwner}
	db.divided(of)
	t := &Target{db, []byte(rand.Text())}
	if err := t.open(ctx, cfg); err != nil {
		db.Close()
		return nil, known(err)
	}
	return t, nil
}

func (t *Target) open(ctx context.Context, cfg *pgxpool.Config) (err error) {
	if err := t.alone(ctx, cfg); err != nil {
		return err
	}
	if err := t.mark(ctx); err != nil {
		return err
	}
	parts, err := migrate(ctx, t.held, t.lock, t.parts)
	switch {
	case err != nil:
		return err
	case parts != t.parts:
		return fmt.Errorf("legwork migrate began to fill it with %d partitions, not with %d", parts, t.parts)
	}
	t.pool, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), cfg)
	return err
}

// mark marks the database before there is anything in it, and keeps away whoever filled it
// before.
func (t *Target) mark(ctx context.Context) error {
	tx, err := t.held.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	moving, err := isMoving(ctx, tx)
	if err != nil {
		return err
	}
	if !moving {
		if v, err := version(ctx, tx); err != nil || v > 0 {
			if err == nil {
				err = fmt.Errorf("a database %w", store.ErrExists)
			}
			return err
		}
		if _, err := tx.Exec(ctx, `CREATE TABLE moving (name TEXT PRIMARY KEY, value BYTEA NOT NULL)`); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, putNote, noteRun, t.run); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// noteRun names the note that says who fills the database.
const noteRun = "(run)"

const putNote = `INSERT INTO moving (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`

// tables are all that there are.
var tables = []string{"meta", "tenants", "tokens", "journal", "calls", "graphs", "call_keys", "aliases", "progress", "snapshot_parts", "snapshots", "notices", "partitions", "counters", "moving"}

// Discard removes what was moved into a database that is not full yet. It is
// store.ErrNotFound when there is no such database.
func Discard(ctx context.Context, dsn string, opt Options) error {
	cfg, err := opt.configure(dsn)
	if err != nil {
		return err
	}
	db := &DB{}
	defer db.Close()
	if err := db.alone(ctx, cfg); err != nil {
		return known(err)
	}
	moving, err := isMoving(ctx, db.held)
	if err == nil && !moving {
		return store.ErrNotFound
	}
	if err == nil {
		_, err = db.held.Exec(ctx, `DROP TABLE IF EXISTS `+strings.Join(tables, ", ")+`; DROP SEQUENCE IF EXISTS call_rows`)
	}
	return known(err)
}

// PartitionOf implements store.Target.
func (t *Target) PartitionOf(tenant int64) int { return int(t.partOf(tenant)) }

// Notes implements store.Target.
func (t *Target) Notes(ctx context.Context) (map[string][]byte, error) {
	type note struct {
		name  string
		value []byte
	}
	all, err := list(ctx, t.pool, func(rows pgx.Rows, n *note) error { return rows.Scan(&n.name, &n.value) }, `SELECT name, value FROM moving`)
	out := map[string][]byte{}
	for _, n := range all {
		if n.name != noteRun {
			out[n.name] = n.value
		}
	}
	return out, err
}

// SaveSnapshot implements store.Target.
func (t *Target) SaveSnapshot(ctx context.Context, tenant int64, at store.Progress, data io.Reader) error {
	return t.in(t.partOf(tenant)).SaveSnapshot(ctx, tenant, at, data)
}

// Import implements store.Target.
func (t *Target) Import(ctx context.Context, p *store.Portion) error {
	ctx, cancel := context.WithTimeout(ctx, wholeWithin)
	defer cancel()
	return t.tx(ctx, func(_ context.Context, tx pgx.Tx) error { // it is broken off when ctx ends
		// Nothing is lost when the server dies: the notes say what is there.
		if _, err := tx.Exec(ctx, `SET LOCAL synchronous_commit = off`); err != nil {
			return err
		}
		if err := t.stillRuns(ctx, tx); err != nil {
			return err
		}
		f := &filler{DB: t.DB, tx: tx, p: p}
		for _, write := range []func(context.Context) error{f.directory, f.entries, f.calls, f.notices, f.progress, f.notes} {
			if err := write(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// stillRuns fails when somebody else began to fill the database.
func (t *Target) stillRuns(ctx context.Context, tx pgx.Tx) error {
	var one int
	err := tx.QueryRow(ctx, `SELECT 1 FROM moving WHERE name = $1 AND value = $2 FOR SHARE`, noteRun, t.run).Scan(&one)
	return t.owned(err)
}

// filler writes one portion.
type filler struct {
	*DB
	tx pgx.Tx
	p  *store.Portion
}

func (f *filler) exec(ctx context.Context, query string, args ...any) error {
	_, err := f.tx.Exec(ctx, query, args...)
	return err
}

// copy writes rows as fast as the server takes them.
func (f *filler) copy(ctx context.Context, table, columns string, n int, row func(i int) []any) error {
	if n == 0 {
		return nil
	}
	_, err := f.tx.CopyFrom(ctx, pgx.Identifier{table}, strings.Fields(columns), pgx.CopyFromSlice(n, func(i int) ([]any, error) { return row(i), nil }))
	return err
}

func (f *filler) directory(ctx context.Context) error {
	for i := range f.p.Tenants {
		t := &f.p.Tenants[i]
		if err := f.exec(ctx, `INSERT INTO tenants (id, name, scope, region, token_hash, notice_url, notice_secret, notice_kinds, configured, created_ms) OVERRIDING SYSTEM VALUE
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, t.ID, clean(t.Name), clean(t.Scope), clean(t.Region), t.TokenHash, clean(t.NoticeURL), clean(t.NoticeSecret),
			clean(strings.Join(t.NoticeKinds, " ")), t.Configured, ms(t.Created)); err != nil {
			return err
		}
	}
	return f.copy(ctx, "tokens", "name hash role tenant created_ms", len(f.p.Tokens), func(i int) []any {
		k := &f.p.Tokens[i]
		return []any{clean(k.Name), k.Hash, string(k.Role), k.Tenant, ms(k.Created)}
	})
}

func (f *filler) entries(ctx context.Context) error {
	entries := f.p.Entries
	if len(entries) == 0 {
		return nil
	}
	db := f.in(f.partOf(entries[0].Tenant))
	value, err := db.locked(ctx, f.tx, ofJournal)
	if err != nil {
		return err
	}
	c := columnsOf(entries)
	var bytes int64
	for i := range entries {
		entries[i].Seq = db.number(value + int64(i) + 1)
		bytes += int64(len(entries[i].Body)) + overhead
	}
	if err := f.copy(ctx, "journal", "seq tenant received_ms session uuid problem digest body", len(entries), func(i int) []any {
		return []any{entries[i].Seq, c.tenants[i], c.received[i], c.sessions[i], c.uuids[i], c.problems[i], c.digests[i], c.bodies[i]}
	}); err != nil {
		return err
	}
	n := int64(len(entries))
	return db.add(ctx, f.tx, ofJournal, n, n, bytes)
}

// numberedKept is a call or a ceased id with its number here.
type numberedKept struct {
	*store.Kept
	change int64
}

func (f *filler) calls(ctx context.Context) error {
	if len(f.p.Kept) == 0 && f.p.LastChange == 0 {
		return nil
	}
	db := f.in(f.partOf(f.p.Tenant))
	value, err := db.locked(ctx, f.tx, ofChanges)
	if err != nil {
		return err
	}
	var last int64
	if err := f.tx.QueryRow(ctx, `SELECT greatest(coalesce((SELECT max(change) FROM calls WHERE tenant = $1), 0), coalesce((SELECT max(change) FROM aliases WHERE tenant = $1), 0))`, f.p.Tenant).Scan(&last); err != nil {
		return err
	}
	var calls, gone []numberedKept
	for i := range f.p.Kept {
		k := &f.p.Kept[i]
		last = store.NextNumber(last, k.Change, db.parts, db.part)
		if k.Gone != "" {
			gone = append(gone, numberedKept{k, last})
		} else {
			calls = append(calls, numberedKept{k, last})
		}
	}
	bytes, err := f.copyCalls(ctx, calls)
	if err != nil {
		return err
	}
	if err := f.copy(ctx, "aliases", "tenant id into_id change", len(gone), func(i int) []any {
		return []any{f.p.Tenant, clean(gone[i].Gone), clean(gone[i].Into), gone[i].change}
	}); err != nil {
		return err
	}
	if f.p.LastChange > 0 {
		last = max(last, store.NextNumber(0, f.p.LastChange, db.parts, db.part))
	}
	return db.add(ctx, f.tx, ofChanges, max(0, (last-db.part)/db.parts-value), int64(len(calls)), bytes)
}

// copyCalls writes calls with their graphs and keys, and returns about how much they take.
func (f *filler) copyCalls(ctx context.Context, calls []numberedKept) (bytes int64, err error) {
	err = f.copy(ctx, "calls", "row tenant id revision status finals direction outcome started_ms answered_ms ended_ms updated_ms change summary keys", len(calls), func(i int) []any {
		k := &calls[i]
		return []any{k.Row, f.p.Tenant, clean(k.ID), k.Revision, k.Status, k.Told, clean(k.Direction), clean(k.Outcome), ms(k.Started), ms(k.Answered), ms(k.Ended), ms(k.Updated), k.change, clean(k.Summary), clean(k.Keys)}
	})
	if err != nil {
		return 0, err
	}
	if err := f.copy(ctx, "graphs", "call graph", len(calls), func(i int) []any {
		graph := clean(calls[i].Graph)
		bytes += int64(len(graph)) + callOverhead
		return []any{calls[i].Row, graph}
	}); err != nil {
		return 0, err
	}
	type keyed struct {
		store.Key
		started call.Time
		row     int64
	}
	var keys []keyed
	for i := range calls {
		for _, key := range store.KeysOf(clean(calls[i].Keys)) {
			keys = append(keys, keyed{key, calls[i].Started, calls[i].Row})
		}
	}
	return bytes, f.copy(ctx, "call_keys", "tenant kind value started_ms call", len(keys), func(i int) []any {
		k := &keys[i]
		return []any{f.p.Tenant, string(k.Kind), k.Value, ms(k.started), k.row}
	})
}

func (f *filler) notices(ctx context.Context) error {
	return f.copy(ctx, "notices", "part tenant id kind call revision body created_ms next_ms attempts failure dead", len(f.p.Notices), func(i int) []any {
		n := &f.p.Notices[i]
		args := f.in(f.partOf(n.Tenant)).noticeArgs(n)
		return append(args, n.Attempts, clean(n.Failure), n.Dead)
	})
}

func (f *filler) progress(ctx context.Context) error {
	p := f.p.Progress
	if p == nil {
		return nil
	}
	return f.exec(ctx, `INSERT INTO progress (tenant, seq, now_ms) VALUES ($1, $2, $3) ON CONFLICT (tenant) DO UPDATE SET seq = excluded.seq, now_ms = excluded.now_ms`, f.p.Tenant, p.Seq, ms(p.Now))
}

func (f *filler) notes(ctx context.Context) error {
	notes, err := f.p.Noted()
	if err != nil {
		return err
	}
	for name, value := range notes {
		if err := f.exec(ctx, putNote, name, value); err != nil {
			return err
		}
	}
	return nil
}

// Finish implements store.Target.
func (t *Target) Finish(ctx context.Context, lastTenant int64) error {
	if _, err := t.pool.Exec(ctx, `ANALYZE `+strings.Join(tables, ", ")); err != nil {
		return known(err)
	}
	return t.tx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := t.stillRuns(ctx, tx); err != nil {
			return err
		}
		for _, query := range []string{
			fmt.Sprintf(`SELECT setval(pg_get_serial_sequence('tenants', 'id'), id) FROM (SELECT greatest(%d, (SELECT max(id) FROM tenants)) AS id) AS t WHERE id > 0`, lastTenant),
			`SELECT setval('call_rows', max(row)) FROM calls HAVING max(row) > 0`,
			`DROP TABLE moving`,
		} {
			if _, err := tx.Exec(ctx, query); err != nil {
				return err
			}
		}
		return nil
	})
}
