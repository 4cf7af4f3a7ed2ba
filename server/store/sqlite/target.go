package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/legworkhq/legwork/server/store"
)

// Target is a database that is being filled. Make one with OpenTarget.
type Target struct{ *DB }

var _ store.Target = (*Target)(nil)

// OpenTarget makes a database at path to be filled, or opens one that is not full yet. Its
// file is marked: Open refuses it with store.ErrUnfinished until Finish. Errors are those of
// Open; store.ErrExists when there is a whole database.
func OpenTarget(ctx context.Context, path string) (*Target, error) {
	db, err := openKind(ctx, path, Options{Cache: 64 << 20, CheckFor: -1}, kind{filling, migrations, "meta", (*DB).resume, "ON", 64 << 20})
	if err != nil {
		return nil, err
	}
	t := &Target{db}
	if err := t.tx(func(tx) error {
		return db.run(`CREATE TABLE IF NOT EXISTS moving (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID`)
	}); err != nil {
		db.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// Discard removes the file at path of a database that is not full yet. It is
// store.ErrNotFound when there is no such one.
func Discard(ctx context.Context, path string) error {
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return err
	}
	defer unlockFile(lock)
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("%s: %w", path, store.ErrNotFound)
	}
	db, err := connectToRead(path)
	if err != nil {
		return known(err)
	}
	var app int
	err = db.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&app)
	if err = errors.Join(err, db.Close()); err != nil {
		return known(err)
	}
	if app != filling {
		return fmt.Errorf("%s: %w", path, store.ErrNotFound)
	}
	for _, end := range []string{"-wal", "-shm", ""} { // without the last one there is no database
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Alone implements store.Origin.
func (t *Target) Alone(context.Context) error { return nil }

// PartitionOf implements store.Target: all are counted together.
func (t *Target) PartitionOf(int64) int { return 0 }

// Notes implements store.Target.
func (t *Target) Notes(ctx context.Context) (map[string][]byte, error) {
	type note struct {
		name  string
		value []byte
	}
	all, err := list(ctx, t.read, func(rows *sql.Rows, n *note) error { return rows.Scan(&n.name, &n.value) }, `SELECT name, value FROM moving`)
	out := map[string][]byte{}
	for _, n := range all {
		out[n.name] = n.value
	}
	return out, err
}

// Import implements store.Target.
func (t *Target) Import(_ context.Context, p *store.Portion) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := &filler{DB: t.DB, p: p, seq: t.seq, change: max(t.change.Load(), p.LastChange)}
	if err := t.txLazily(w.fill); err != nil {
		return err
	}
	t.seq = w.seq
	t.change.Store(w.change)
	return nil
}

// filler writes one portion.
type filler struct {
	*DB
	tx     tx
	p      *store.Portion
	seq    int64
	change int64
}

func (f *filler) fill(tx tx) error {
	f.tx = tx
	for _, write := range []func() error{f.directory, f.entries, f.calls, f.notices, f.progress, f.notes} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) exec(query string, args ...any) error {
	_, err := f.tx.exec(query, args...)
	return err
}

func (f *filler) directory() error {
	for i := range f.p.Tenants {
		n := &f.p.Tenants[i]
		if err := f.exec(`INSERT INTO tenants (id, name, scope, region, token_hash, notice_url, notice_secret, notice_kinds, configured, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			n.ID, n.Name, n.Scope, n.Region, n.TokenHash, n.NoticeURL, n.NoticeSecret, strings.Join(n.NoticeKinds, " "), n.Configured, ms(n.Created)); err != nil {
			return err
		}
	}
	for _, k := range f.p.Tokens {
		if err := f.exec(`INSERT INTO tokens (name, hash, role, tenant, created_ms) VALUES (?, ?, ?, ?, ?)`, k.Name, k.Hash, string(k.Role), k.Tenant, ms(k.Created)); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) entries() error {
	for i := range f.p.Entries {
		e := &f.p.Entries[i]
		query, body := insertion(e.Body)
		digest := sha256.Sum256(e.Body)
		f.seq++
		n, err := f.tx.exec(query, f.seq, e.Tenant, ms(e.Received), e.Session, e.UUID, nullable(e.Problem), digest[:16], body)
		if err == nil && n == 0 {
			err = fmt.Errorf("a notification of tenant %d %w, or the tenant does not", e.Tenant, store.ErrExists)
		}
		if err != nil {
			return err
		}
		e.Seq = f.seq
		f.log.bytes += 2*len(e.Body) + 512
	}
	return nil
}

// numberOf is the last number of a change of the tenant's so far.
func (f *filler) numberOf() (last int64, err error) {
	err = f.conn.QueryRowContext(context.Background(), `SELECT max(coalesce((SELECT max(change) FROM calls WHERE tenant = ?1), 0), coalesce((SELECT max(change) FROM aliases WHERE tenant = ?1), 0))`, f.p.Tenant).Scan(&last)
	return last, err
}

func (f *filler) calls() error {
	if len(f.p.Kept) == 0 && f.p.LastChange == 0 {
		return nil
	}
	last, err := f.numberOf()
	if err != nil {
		return err
	}
	w := &writer{db: f.DB, tx: f.tx, u: &store.Update{Tenant: f.p.Tenant}}
	for i := range f.p.Kept {
		k := &f.p.Kept[i]
		last = store.NextNumber(last, k.Change, 1, 0)
		if err := f.put(k, last); err != nil {
			return err
		}
		for _, key := range store.KeysOf(k.Keys) {
			w.keys = append(w.keys, newKey{f.p.Tenant, string(key.Kind), key.Value, ms(k.Started), k.Row})
		}
	}
	if err := w.addKeys(); err != nil {
		return err
	}
	f.change = max(f.change, last)
	return setMeta(f.tx, "change", f.change)
}

func (f *filler) put(k *store.Kept, change int64) error {
	if k.Gone != "" {
		return f.exec(`INSERT INTO aliases (tenant, id, into_id, change) VALUES (?, ?, ?, ?)`, f.p.Tenant, string(k.Gone), string(k.Into), change)
	}
	if err := f.exec(`INSERT INTO calls (row, tenant, id, revision, status, finals, direction, outcome, started_ms, answered_ms, ended_ms, updated_ms, change, summary, keys) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		k.Row, f.p.Tenant, string(k.ID), k.Revision, k.Status, k.Told, k.Direction, k.Outcome, ms(k.Started), ms(k.Answered), ms(k.Ended), ms(k.Updated), change, string(k.Summary), k.Keys); err != nil {
		return err
	}
	f.log.bytes += 2*len(k.Graph) + 4096
	return f.exec(`INSERT INTO graphs (call, graph) VALUES (?, CAST(? AS TEXT))`, k.Row, k.Graph)
}

func (f *filler) notices() error {
	for i := range f.p.Notices {
		n := &f.p.Notices[i]
		if err := f.exec(`INSERT INTO notices (tenant, id, kind, call, revision, body, created_ms, next_ms, attempts, failure, dead) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			n.Tenant, n.ID, n.Kind, string(n.Call), n.Revision, string(n.Body), ms(n.Created), ms(n.Next), n.Attempts, n.Failure, n.Dead); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) progress() error {
	if f.p.Progress == nil {
		return nil
	}
	return f.exec(`INSERT OR REPLACE INTO progress (tenant, seq, now_ms) VALUES (?, ?, ?)`, f.p.Tenant, f.p.Progress.Seq, ms(f.p.Progress.Now))
}

func (f *filler) notes() error {
	notes, err := f.p.Noted()
	if err != nil {
		return err
	}
	for name, value := range notes {
		if err := f.exec(`INSERT OR REPLACE INTO moving (name, value) VALUES (?, ?)`, name, value); err != nil {
			return err
		}
	}
	return nil
}

// Finish implements store.Target.
func (t *Target) Finish(_ context.Context, lastTenant int64) error {
	return t.tx(func(tx tx) error {
		if _, err := tx.exec(`UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'tenants'`, lastTenant); err != nil {
			return err
		}
		if err := t.keepSeq(tx); err != nil {
			return err
		}
		return t.run(fmt.Sprintf("DROP TABLE moving; PRAGMA application_id = %d", whole))
	})
}
