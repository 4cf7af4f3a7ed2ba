package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// Apply implements store.Calls.
func (db *DB) Apply(ctx context.Context, u *store.Update) (int64, error) {
	w, err := db.writer(u)
	if err != nil {
		return 0, err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	w.change = db.change.Load()
	if err := db.txLazily(w.apply); err != nil {
		return 0, err
	}
	db.change.Store(w.change)
	return w.change, nil
}

// writer writes one update.
type writer struct {
	db     *DB
	tx     tx
	u      *store.Update
	texts  []texts // of u.Calls
	change int64
	keys   []newKey // that are to be written now
}

// writer makes one for an update.
func (db *DB) writer(u *store.Update) (*writer, error) {
	w := &writer{db: db, u: u, texts: make([]texts, len(u.Calls))}
	for i := range u.Calls {
		if err := w.texts[i].of(&u.Calls[i]); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// texts are what a call's row holds as text. They are made before the writer is locked.
type texts struct {
	summary string
	keys    string
}

func (t *texts) of(c *store.Call) error {
	summary, err := store.SummaryText(c)
	if err != nil {
		return err
	}
	t.summary, t.keys = string(summary), store.KeyLines(c.Keys)
	return nil
}

func (w *writer) exec(query string, args ...any) error {
	_, err := w.tx.exec(query, args...)
	return err
}

func (w *writer) next() int64 { w.change++; return w.change }

func (w *writer) apply(tx tx) error {
	w.tx = tx
	if ok, err := w.tenantExists(); err != nil || !ok {
		return errors.Join(err, store.ErrNotFound)
	}
	for i := range w.u.Merged {
		if err := w.merge(&w.u.Merged[i]); err != nil {
			return err
		}
	}
	for i := range w.u.Calls {
		if err := w.put(&w.u.Calls[i], &w.texts[i]); err != nil {
			return err
		}
	}
	if err := w.addKeys(); err != nil {
		return err
	}
	for i := range w.u.Notices {
		if err := enqueue(tx, &w.u.Notices[i]); err != nil {
			return err
		}
	}
	if p := w.u.Progress; p != nil {
		if err := w.exec(`INSERT OR REPLACE INTO progress (tenant, seq, now_ms) VALUES (?, ?, ?)`, w.u.Tenant, p.Seq, ms(p.Now)); err != nil {
			return err
		}
	}
	return w.keepChange()
}

// tenantExists: nothing is written for one that was removed meanwhile.
func (w *writer) tenantExists() (ok bool, err error) {
	s, err := w.db.stmt(`SELECT EXISTS (SELECT 1 FROM tenants WHERE id = ?)`)
	if err != nil {
		return false, err
	}
	err = s.QueryRow(w.u.Tenant).Scan(&ok)
	return ok, err
}

func (w *writer) keepChange() error {
	if w.change == w.db.change.Load() {
		return nil
	}
	return setMeta(w.tx, "change", w.change)
}

// kept is what the database has of a call.
type kept struct {
	row     int64
	started int64
	keys    string
}

func (w *writer) kept(id call.SessionID) (k kept, err error) {
	s, err := w.db.stmt(`SELECT row, started_ms, keys FROM calls WHERE tenant = ? AND id = ?`)
	if err != nil {
		return k, err
	}
	err = s.QueryRow(w.u.Tenant, string(id)).Scan(&k.row, &k.started, &k.keys)
	if err == sql.ErrNoRows {
		return kept{}, nil
	}
	return k, err
}

// What names a call that is no more.
const (
	moveAliases = `UPDATE aliases INDEXED BY aliases_into SET into_id = ? WHERE tenant = ? AND into_id = ?`
	dropAliases = `DELETE FROM aliases INDEXED BY aliases_into WHERE tenant = ? AND into_id = ?`
)

// merge removes the call that an id named and notes what it is part of now.
func (w *writer) merge(m *store.Merge) error {
	k, err := w.kept(m.From)
	if err != nil {
		return err
	}
	if k.row != 0 {
		if err := w.remove(k); err != nil {
			return err
		}
	}
	if err := w.exec(moveAliases, string(m.Into), w.u.Tenant, string(m.From)); err != nil {
		return err
	}
	m.Change = w.next()
	return w.exec(`INSERT OR REPLACE INTO aliases (tenant, id, into_id, change) VALUES (?, ?, ?, ?)`, w.u.Tenant, string(m.From), string(m.Into), m.Change)
}

func (w *writer) remove(k kept) error {
	for line := range strings.Lines(k.keys) {
		if err := w.dropKey(k, line); err != nil {
			return err
		}
	}
	if err := w.exec(`DELETE FROM graphs WHERE call = ?`, k.row); err != nil {
		return err
	}
	return w.exec(`DELETE FROM calls WHERE row = ?`, k.row)
}

func (w *writer) dropKey(k kept, line string) error {
	key, ok := store.CutKey(line)
	if !ok {
		return nil
	}
	if n := (newKey{w.u.Tenant, string(key.Kind), key.Value, k.started, k.row}); w.db.later.has(n) {
		w.db.later.stage(n, false)
		return nil
	}
	return w.exec(`DELETE FROM call_keys WHERE tenant = ? AND kind = ? AND value = ? AND started_ms = ? AND call = ?`, w.u.Tenant, string(key.Kind), key.Value, k.started, k.row)
}

// put writes a call.
func (w *writer) put(c *store.Call, t *texts) error {
	k, err := w.kept(c.ID)
	if err != nil {
		return err
	}
	w.db.log.bytes += 2*len(c.Graph) + 4096
	c.Change, c.Updated = w.next(), w.u.At
	s := &c.Summary
	args := []any{c.Revision, string(c.Status), string(s.Direction), string(s.Outcome), ms(s.StartedAt), ms(s.AnsweredAt), ms(s.EndedAt),
		ms(c.Updated), c.Change, t.summary, t.keys, c.Told}
	fresh := k.row == 0
	if fresh {
		if k.row, err = w.insert(c, args); err != nil {
			return err
		}
		k.started = ms(s.StartedAt)
	} else if err := w.exec(`UPDATE calls SET finals = max(finals, ?12), revision = ?1, status = ?2, direction = ?3, outcome = ?4, started_ms = ?5, answered_ms = ?6, ended_ms = ?7,
		updated_ms = ?8, change = ?9, summary = ?10, keys = ?11 WHERE row = ?13`, append(args, k.row)...); err != nil {
		return err
	}
	if err := w.exec(`INSERT OR REPLACE INTO graphs (call, graph) VALUES (?, CAST(? AS TEXT))`, k.row, c.Graph); err != nil {
		return err
	}
	return w.putKeys(k, ms(s.StartedAt), t.keys)
}

func (w *writer) insert(c *store.Call, args []any) (int64, error) {
	res, err := w.tx.result(`INSERT INTO calls (finals, revision, status, direction, outcome, started_ms, answered_ms, ended_ms, updated_ms, change, summary, keys, tenant, id)
		VALUES (?12, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?13, ?14)`, append(args, w.u.Tenant, string(c.ID))...)
	if err != nil {
		return 0, err
	}
	if err := w.exec(`DELETE FROM aliases WHERE tenant = ? AND id = ?`, w.u.Tenant, string(c.ID)); err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// putKeys writes the keys that are new and removes those that are no more.
func (w *writer) putKeys(k kept, started int64, lines string) error {
	if k.keys == lines && k.started == started {
		return nil
	}
	if k.keys != "" && slices.ContainsFunc(w.keys, func(n newKey) bool { return n.call == k.row }) {
		if err := w.addKeys(); err != nil { // they may be gone again
			return err
		}
	}
	was := map[string]bool{}
	for line := range strings.Lines(k.keys) {
		if k.started == started && strings.Contains(lines, "\n"+line) {
			was[line] = true
			continue
		}
		if err := w.dropKey(k, line); err != nil {
			return err
		}
	}
	for line := range strings.Lines(lines) {
		key, ok := store.CutKey(line)
		if !ok || was[line] {
			continue
		}
		n := newKey{w.u.Tenant, string(key.Kind), key.Value, started, k.row}
		if mayBeLater(n.kind) {
			w.db.later.stage(n, true)
		} else {
			w.keys = append(w.keys, n)
		}
	}
	return nil
}

// addKeys writes the keys of all calls that do not come later.
func (w *writer) addKeys() error {
	slices.SortFunc(w.keys, byPlace)
	err := w.tx.addKeys(w.keys)
	w.keys = w.keys[:0]
	return err
}

// Progress implements store.Calls.
func (db *DB) Progress(ctx context.Context, tenant int64) (p store.Progress, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT seq, now_ms FROM progress WHERE tenant = ?`, tenant).Scan(&p.Seq, &p.Now)
	if err == sql.ErrNoRows {
		return store.Progress{}, nil
	}
	return p, known(err)
}

const callColumns = `c.row, c.tenant, c.id, c.revision, c.status, c.finals, c.change, c.updated_ms, c.summary`

func scanFound(rows *sql.Rows, c *store.Found) error { return scanCall(rows, c) }

func scanCall(rows interface{ Scan(...any) error }, c *store.Found, more ...any) error {
	var summary []byte
	if err := rows.Scan(append([]any{&c.Row, &c.Tenant, &c.ID, &c.Revision, &c.Status, &c.Told, &c.Change, &c.Updated, &summary}, more...)...); err != nil {
		return err
	}
	return json.UnmarshalRead(bytes.NewReader(summary), &c.Summary)
}

// Call implements store.Calls.
func (db *DB) Call(ctx context.Context, tenant int64, id call.SessionID) (*store.Call, error) {
	session := store.SessionKey(string(id))
	for _, by := range []struct {
		where string
		value string
	}{
		{`c.id = ?`, string(id)},
		{`c.id = (SELECT into_id FROM aliases WHERE tenant = c.tenant AND id = ?)`, string(id)},
		{`c.row = (SELECT call FROM call_keys WHERE tenant = c.tenant AND kind = 'session' AND value = ? ORDER BY started_ms DESC LIMIT 1)`, session},
	} {
		var c store.Found
		row := db.read.QueryRowContext(ctx, `SELECT `+callColumns+`, g.graph FROM calls c JOIN graphs g ON g.call = c.row WHERE c.tenant = ? AND `+
			strings.ReplaceAll(by.where, "c.tenant", fmt.Sprint(tenant)), tenant, by.value)
		err := scanCall(row, &c, &c.Graph)
		if err == nil {
			return &c.Call, nil
		}
		if err != sql.ErrNoRows {
			return nil, known(err)
		}
	}
	return nil, store.ErrNotFound
}

// Keepers implements store.Calls.
func (db *DB) Keepers(ctx context.Context, tenant int64, sessions []call.SessionID) ([]store.Keeper, error) {
	if len(sessions) == 0 {
		return nil, nil
	}
	args, by := []any{tenant}, store.BySessionKey(sessions)
	for key := range by {
		args = append(args, key)
	}
	found, err := list(ctx, db.read, func(rows *sql.Rows, k *store.Keeper) error { return rows.Scan(&k.Session, &k.Call, &k.Revision) },
		`SELECT k.value, c.id, c.revision FROM call_keys k JOIN calls c ON c.row = k.call
		WHERE k.tenant = ? AND k.kind = 'session' AND k.value IN (?`+strings.Repeat(", ?", len(by)-1)+`)`, args...)
	for i := range found {
		found[i].Session = by[string(found[i].Session)]
	}
	return found, err
}

// Changes implements store.Calls.
func (db *DB) Changes(ctx context.Context, tenant, after int64, limit int) ([]store.Change, error) {
	tx, err := db.read.BeginTx(ctx, nil) // both lists of one moment
	if err != nil {
		return nil, known(err)
	}
	defer tx.Rollback()
	calls, err := list(ctx, tx, scanFound,
		`SELECT `+callColumns+` FROM calls c WHERE c.tenant = ? AND c.change > ? ORDER BY c.change LIMIT ?`, tenant, after, limit)
	if err != nil {
		return nil, err
	}
	gone, err := list(ctx, tx, func(rows *sql.Rows, g *store.Change) error { return rows.Scan(&g.Change, &g.Gone, &g.Into) },
		`SELECT change, id, into_id FROM aliases WHERE tenant = ? AND change > ? ORDER BY change LIMIT ?`, tenant, after, limit)
	if err != nil {
		return nil, err
	}
	for i := range calls {
		gone = append(gone, store.Change{Change: calls[i].Change, Call: &calls[i].Call})
	}
	return store.FirstChanges(gone, limit), nil
}

// LastChange implements store.Calls. All tenants are counted together.
func (db *DB) LastChange(context.Context, int64) (int64, error) { return db.change.Load(), nil }

// Hours implements store.Calls.
func (db *DB) Hours(ctx context.Context, tenant int64, from call.Time) ([]store.Hour, error) {
	return list(ctx, db.read, func(rows *sql.Rows, h *store.Hour) error { return rows.Scan(&h.Start, &h.Calls) },
		`SELECT started_ms / 3600000 * 3600000 AS hour, count(*) FROM calls WHERE tenant = ? AND started_ms >= ? GROUP BY hour ORDER BY hour`, tenant, ms(from))
}

// Counts implements store.Calls.
func (db *DB) Counts(ctx context.Context, tenant int64) (open, settling int64, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT coalesce(sum(status = 'open'), 0), coalesce(sum(status = 'settling'), 0) FROM calls
		WHERE tenant = ? AND status <> 'final'`, tenant).Scan(&open, &settling)
	return open, settling, known(err)
}

// Unfinished implements store.Calls.
func (db *DB) Unfinished(ctx context.Context, tenant int64) ([]call.SessionID, error) {
	return list(ctx, db.read, func(rows *sql.Rows, id *call.SessionID) error { return rows.Scan(id) },
		`SELECT id FROM calls WHERE tenant = ? AND status <> 'final' ORDER BY started_ms, row`, tenant)
}

// Each implements store.Calls.
func (db *DB) Each(ctx context.Context, tenant int64, f func(*store.Call) error) error {
	const page = 200
	for after := int64(0); ; {
		calls, err := list(ctx, db.read, func(rows *sql.Rows, c *store.Found) error { return scanCall(rows, c, &c.Graph) },
			`SELECT `+callColumns+`, g.graph FROM calls c JOIN graphs g ON g.call = c.row WHERE c.tenant = ? AND c.row > ? ORDER BY c.row LIMIT ?`, tenant, after, page)
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
