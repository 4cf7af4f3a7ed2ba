package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/legworkhq/legwork/server/store"
)

// newKey is a row for call_keys.
type newKey struct {
	tenant        int64
	kind, value   string
	started, call int64
}

// byPlace is the order in which call_keys has them.
func byPlace(a, b newKey) int {
	return cmp.Or(cmp.Compare(a.tenant, b.tenant), strings.Compare(a.kind, b.kind), strings.Compare(a.value, b.value), cmp.Compare(a.started, b.started), cmp.Compare(a.call, b.call))
}

// keysAtOnce is how many keys one statement writes at most.
const keysAtOnce = 16

// insertKeys are the statements that write one key, two keys and so on.
var insertKeys = func() (list [keysAtOnce]string) {
	query := `INSERT OR IGNORE INTO call_keys (tenant, kind, value, started_ms, call) VALUES `
	for i := range list {
		n := 2 + 4*i
		list[i] = fmt.Sprintf("%s(?1, ?%d, ?%d, ?%d, ?%d)", query, n, n+1, n+2, n+3)
		query = list[i] + ", "
	}
	return list
}()

// addKeys writes keys, which are in order: so that each page of the table is looked for
// once.
func (t tx) addKeys(keys []newKey) error {
	args := make([]any, 0, 1+4*keysAtOnce)
	for len(keys) > 0 {
		n := 1
		for n < min(len(keys), keysAtOnce) && keys[n].tenant == keys[0].tenant {
			n++
		}
		args = append(args[:0], keys[0].tenant)
		for _, k := range keys[:n] {
			args = append(args, k.kind, k.value, k.started, k.call)
		}
		if _, err := t.exec(insertKeys[n-1], args...); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// mayBeLater: keys of this kind come into the table later than their calls. A company's
// people and numbers are many, and each has a page of the table for itself where its calls
// are added: one call at a time, these pages are most of what a call costs, and the calls of
// a second share them.
func mayBeLater(kind string) bool {
	switch store.KeyKind(kind) {
	case store.KeyNumber, store.KeyExtension, store.KeyName:
		return true
	}
	return false
}

// laterKeys are keys of calls that are not in the table yet. They belong to the writer.
type laterKeys struct {
	keys map[newKey]struct{}
	// staged is what the transaction that is under way puts into keys (true) and takes out.
	staged map[newKey]bool
	timer  *time.Timer // has them written; nil while there are none
	hurry  bool        // the timer runs at once
	upTo   int64       // of metaIndexed
	closed bool        // the timer is not set any more

	some     atomic.Bool // there are some
	indexing sync.Mutex  // held by who writes them; it is locked before the writer
}

// Keys are in the table so long after their calls, or earlier when there are so many; so
// many are written in one transaction.
const (
	indexAfter  = time.Second
	indexMany   = 1 << 15
	indexAtOnce = 1 << 12
)

// metaIndexed names in table meta the last change of calls all of whose keys are in the
// table. Those of later changes are looked for when the database is opened.
const metaIndexed = "indexed"

func (l *laterKeys) has(k newKey) bool {
	if there, ok := l.staged[k]; ok {
		return there
	}
	_, ok := l.keys[k]
	return ok
}

func (l *laterKeys) stage(k newKey, there bool) {
	if l.staged == nil {
		l.staged = map[newKey]bool{}
	}
	l.staged[k] = there
}

// list is all of them, in order.
func (l *laterKeys) list() []newKey {
	return slices.SortedFunc(maps.Keys(l.keys), byPlace)
}

// stageKeys ends what a transaction does to the keys that come later.
func (db *DB) stageKeys(written bool) {
	l := &db.later
	if len(l.staged) == 0 {
		return
	}
	if l.keys == nil {
		l.keys = map[newKey]struct{}{}
	}
	for k, there := range l.staged {
		switch {
		case !written:
		case there:
			l.keys[k] = struct{}{}
		default:
			delete(l.keys, k)
		}
	}
	clear(l.staged)
	l.some.Store(len(l.keys) > 0)
	db.indexSoon()
	if l.timer != nil && len(l.keys) >= indexMany && !l.hurry {
		l.hurry = true
		l.timer.Reset(0)
	}
}

// indexSoon has the keys written that there are. The writer is locked.
func (db *DB) indexSoon() {
	l := &db.later
	if len(l.keys) > 0 && l.timer == nil && !l.closed {
		l.timer = time.AfterFunc(indexAfter, func() { _ = db.index() }) // what fails here is tried again
	}
}

// index writes the keys that are not in the table yet, so many at a time that others need
// not wait for long.
func (db *DB) index() error {
	db.later.indexing.Lock()
	defer db.later.indexing.Unlock()
	keys, upTo := db.toIndex()
	for {
		n := min(len(keys), indexAtOnce)
		if err := db.indexSome(keys[:n], n == len(keys), upTo); err != nil {
			return err
		}
		if keys = keys[n:]; len(keys) == 0 {
			return nil
		}
	}
}

// toIndex lists the keys that are to be written, which belong to changes up to the second
// result.
func (db *DB) toIndex() ([]newKey, int64) {
	db.mu.Lock()
	defer db.mu.Unlock()
	l := &db.later
	if l.timer != nil {
		l.timer.Stop()
		l.timer, l.hurry = nil, false
	}
	return l.list(), db.change.Load()
}

func (db *DB) indexSome(keys []newKey, last bool, upTo int64) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	l := &db.later
	if len(keys) == 0 && upTo == l.upTo {
		return nil
	}
	err := db.txLazily(func(tx tx) error {
		if err := db.putLater(tx, keys); err != nil || !last {
			return err
		}
		return setMeta(tx, metaIndexed, upTo)
	})
	if err == nil && last {
		l.upTo = upTo
	}
	db.indexSoon() // it failed, or more has come
	return err
}

// putLater writes those of the keys that are still to be written.
func (db *DB) putLater(tx tx, keys []newKey) error {
	keys = slices.DeleteFunc(slices.Clone(keys), func(k newKey) bool { return !db.later.has(k) })
	if err := tx.addKeys(keys); err != nil {
		return err
	}
	db.log.bytes += 512 * len(keys)
	for _, k := range keys {
		db.later.stage(k, false)
	}
	return nil
}

// resumeAtOnce is how many changes one transaction of resumeKeys is about.
const resumeAtOnce = 1 << 13

// resumeKeys writes the keys that a process which was killed left to be written.
func (db *DB) resumeKeys(ctx context.Context) error {
	l, end := &db.later, db.change.Load()
	err := db.conn.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = ?`, metaIndexed).Scan(&l.upTo)
	if errors.Is(err, sql.ErrNoRows) { // of a version that wrote them with their calls
		l.upTo = end
		return db.tx(func(tx tx) error { return setMeta(tx, metaIndexed, end) })
	}
	for err == nil && l.upTo < end {
		upTo := min(end, l.upTo+resumeAtOnce)
		if err = db.tx(func(tx tx) error { return resumeSome(tx, l.upTo, upTo) }); err == nil {
			l.upTo = upTo
		}
	}
	return err
}

func resumeSome(tx tx, after, upTo int64) error {
	calls, err := keptCalls(tx, `WHERE tenant IN (SELECT id FROM tenants) AND change > ? AND change <= ?`, after, upTo)
	if err != nil {
		return err
	}
	var keys []newKey
	for _, k := range calls {
		for _, key := range store.KeysOf(k.keys) {
			if mayBeLater(string(key.Kind)) {
				keys = append(keys, newKey{k.tenant, string(key.Kind), key.Value, k.started, k.row})
			}
		}
	}
	slices.SortFunc(keys, byPlace)
	if err := tx.addKeys(keys); err != nil {
		return err
	}
	return setMeta(tx, metaIndexed, upTo)
}
