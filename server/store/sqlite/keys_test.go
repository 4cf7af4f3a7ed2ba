package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// inTable lists what is in call_keys, and kept what should be there by the rows of calls.
func inTable(t *testing.T, db *DB) (have []newKey) {
	t.Helper()
	have, err := list(t.Context(), db.read, func(rows *sql.Rows, k *newKey) error {
		return rows.Scan(&k.tenant, &k.kind, &k.value, &k.started, &k.call)
	}, `SELECT tenant, kind, value, started_ms, call FROM call_keys`)
	require.NoError(t, err)
	slices.SortFunc(have, byPlace)
	return have
}

func ofCalls(t *testing.T, db *DB) (want []newKey) {
	t.Helper()
	calls, err := keptCalls(tx{db}, ``)
	require.NoError(t, err)
	for _, k := range calls {
		for _, key := range store.KeysOf(k.keys) {
			want = append(want, newKey{k.tenant, string(key.Kind), key.Value, k.started, k.row})
		}
	}
	slices.SortFunc(want, byPlace)
	return want
}

// never has keys that come later come when they are asked for alone.
func (l *laterKeys) never() {
	if l.timer != nil {
		l.timer.Stop()
	}
}

// TestKeysLater: whatever is written, merged, removed and purged, and whenever the process
// is killed, the table has the keys of the calls that there are once they are asked for.
func TestKeysLater(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 2))
		db := open(t, filepath.Join(t.TempDir(), "x.db"))
		var tenants []int64
		for _, name := range []string{"a", "b", "c"} {
			tenant := store.Tenant{Name: name, Scope: "account", Region: "US"}
			require.NoError(t, db.AddTenant(t.Context(), &tenant))
			tenants = append(tenants, tenant.ID)
		}
		some := func() int64 { return tenants[r.IntN(len(tenants))] }
		id := func() call.SessionID { return call.SessionID(fmt.Sprint("s-", r.IntN(12))) }
		number := func() string { return fmt.Sprintf("+1650555%04d", r.IntN(6)) }
		later := 0
		for range 60 {
			switch n := r.IntN(20); {
			case n < 12:
				u := &store.Update{Tenant: some(), At: call.Time(r.IntN(1000))}
				for range 1 + r.IntN(4) {
					c := store.Call{ID: id(), Status: call.Final, Graph: []byte("{}")}
					c.Summary.StartedAt = call.Time(r.IntN(3))
					c.Keys = []store.Key{{Kind: store.KeySession, Value: string(c.ID)}, {Kind: store.KeyName, Value: fmt.Sprint("name", r.IntN(4))}}
					for range r.IntN(3) {
						c.Keys = append(c.Keys, store.Key{Kind: store.KeyNumber, Value: number()})
					}
					u.Calls = append(u.Calls, c)
				}
				if r.IntN(3) == 0 {
					u.Merged = []store.Merge{{From: id(), Into: id()}}
				}
				_, err := db.Apply(t.Context(), u)
				require.NoError(t, err)
			case n < 14:
				_, _, err := db.Prune(t.Context(), store.Policy{CallsBefore: call.Time(r.IntN(300))}, 3)
				require.NoError(t, err)
			case n < 15:
				_, _, err := db.Purge(t.Context(), some(), number())
				require.NoError(t, err)
			case n < 16 && len(tenants) > 1:
				require.NoError(t, db.RemoveTenant(t.Context(), tenants[0]))
				tenants = tenants[1:]
			case n < 18:
				require.NoError(t, db.index())
				require.Equal(t, ofCalls(t, db), inTable(t, db), "seed %d", seed)
			case n < 19: // what fails changes nothing
				db.mu.Lock()
				before := db.later.list()
				err := db.txLazily(func(tx tx) error {
					w := &writer{db: db, tx: tx, u: &store.Update{Tenant: tenants[0]}}
					for _, k := range before {
						if err := w.dropKey(kept{row: k.call, started: k.started}, k.kind+":"+k.value+"\n"); err != nil {
							return err
						}
					}
					db.later.stage(newKey{kind: "number"}, true)
					return context.Canceled
				})
				require.ErrorIs(t, err, context.Canceled)
				require.Equal(t, before, db.later.list())
				db.mu.Unlock()
			default:
				db = open(t, killed(t, db))
				require.Equal(t, ofCalls(t, db), inTable(t, db), "seed %d", seed)
			}
			db.mu.Lock()
			db.later.never()
			later += len(db.later.keys)
			db.mu.Unlock()
		}
		require.NotZero(t, later, "none came later")
		path := db.path
		require.NoError(t, db.Close())
		db = open(t, path)
		require.Equal(t, ofCalls(t, db), inTable(t, db), "seed %d", seed)
	}
}

// TestKeysSoon: keys come without being asked for.
func TestKeysSoon(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	for n := range 3 {
		c := store.Call{ID: call.SessionID(fmt.Sprint("s-", n)), Status: call.Final, Graph: []byte("{}"), Keys: []store.Key{{Kind: store.KeyName, Value: "ann"}}}
		_, err := db.Apply(t.Context(), &store.Update{Tenant: tenant.ID, Calls: []store.Call{c}})
		require.NoError(t, err)
		require.Len(t, inTable(t, db), n)
		require.Eventually(t, func() bool { return len(inTable(t, db)) == n+1 }, 10*indexAfter, indexAfter/20)
	}
}

// TestKeysOfBefore: a database of a version that knew no later keys has all of them.
func TestKeysOfBefore(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	put := func(db *DB, id string) {
		c := store.Call{ID: call.SessionID(id), Status: call.Final, Graph: []byte("{}"), Keys: []store.Key{{Kind: store.KeyName, Value: "ann"}}}
		_, err := db.Apply(t.Context(), &store.Update{Tenant: tenant.ID, Calls: []store.Call{c}})
		require.NoError(t, err)
	}
	put(db, "s-1")
	require.NoError(t, db.index())
	require.NoError(t, db.tx(func(tx tx) error {
		_, err := tx.exec(`DELETE FROM meta WHERE name = ?`, metaIndexed)
		return err
	}))
	db = open(t, killed(t, db))
	require.Equal(t, ofCalls(t, db), inTable(t, db))
	put(db, "s-2")
	db = open(t, killed(t, db))
	require.Equal(t, ofCalls(t, db), inTable(t, db))
}

// TestKeysAtTheEnd: a database that is closed does not go on trying.
func TestKeysAtTheEnd(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	tenant := store.Tenant{Name: "a", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	c := store.Call{ID: "s-1", Status: call.Final, Graph: []byte("{}"), Keys: []store.Key{{Kind: store.KeyName, Value: "ann"}}}
	_, err := db.Apply(t.Context(), &store.Update{Tenant: tenant.ID, Calls: []store.Call{c}})
	require.NoError(t, err)
	require.NoError(t, db.run("PRAGMA query_only = ON"))
	require.Error(t, db.Close())
	require.Nil(t, db.later.timer)
}
