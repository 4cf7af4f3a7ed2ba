package sqlite

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/storetest"
)

func TestStoreMove(t *testing.T) {
	storetest.RunMove(t, func(t *testing.T) storetest.Movable {
		path := filepath.Join(t.TempDir(), "legwork.db")
		return storetest.Movable{
			Target: func(ctx context.Context) (store.Target, error) { return OpenTarget(ctx, path) },
			Origin: func(ctx context.Context) (store.Origin, error) { return OpenOrigin(ctx, path) },
			Store:  func(ctx context.Context) (store.Store, error) { return Open(ctx, path, Options{}) },
		}
	})
}

// files are those of a directory, and what is in them; locks are left out.
func files(t *testing.T, dir string) map[string]string {
	out := map[string]string{}
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, f := range list {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(t, err)
		if !strings.HasSuffix(f.Name(), ".lock") && !strings.HasSuffix(f.Name(), "-shm") {
			out[f.Name()] = string(text)
		}
	}
	return out
}

// TestOriginStaysAsItIs: also one whose process was killed, and left a log.
func TestOriginStaysAsItIs(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "legwork.db")
	db := open(t, path)
	tenant := store.Tenant{Name: "acme", Scope: "account"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	killed := t.TempDir()
	for name, text := range files(t, dir) {
		require.NoError(t, os.WriteFile(filepath.Join(killed, name), []byte(text), 0o600))
	}
	require.NoError(t, db.Close())
	for _, dir := range []string{dir, killed} {
		before := files(t, dir)
		from, err := OpenOrigin(t.Context(), filepath.Join(dir, "legwork.db"))
		require.NoError(t, err)
		tenants, err := from.Tenants(t.Context())
		require.NoError(t, err)
		require.Len(t, tenants, 1)
		require.NoError(t, from.Close())
		require.Equal(t, before, files(t, dir))
	}
}

func TestOriginRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "legwork.db")
	_, err := OpenOrigin(t.Context(), path)
	require.ErrorIs(t, err, fs.ErrNotExist)
	for version, want := range map[string]error{"999": store.ErrNewer, "0": store.ErrOlder} {
		db := open(t, path)
		require.NoError(t, db.run("PRAGMA user_version = "+version))
		require.NoError(t, db.Close())
		_, err = OpenOrigin(t.Context(), path)
		require.ErrorIs(t, err, want)
		require.NoError(t, os.Remove(path))
	}
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("no database\n", 1000)), 0o600))
	_, err = OpenOrigin(t.Context(), path)
	require.ErrorIs(t, err, store.ErrCorrupt)
}

func TestDiscard(t *testing.T) {
	path := filepath.Join(t.TempDir(), "legwork.db")
	require.ErrorIs(t, Discard(t.Context(), path), store.ErrNotFound)
	to, err := OpenTarget(t.Context(), path)
	require.NoError(t, err)
	require.ErrorIs(t, Discard(t.Context(), path), store.ErrInUse)
	require.NoError(t, to.Close())
	require.NoError(t, Discard(t.Context(), path))
	require.NoFileExists(t, path)
	require.NoError(t, open(t, path).Close())
	require.ErrorIs(t, Discard(t.Context(), path), store.ErrNotFound, "it is none that is not full yet")
	require.FileExists(t, path)
}

func TestOutboxed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.db")
	n, err := Outboxed(t.Context(), path)
	require.NoError(t, err)
	require.Zero(t, n)
	require.NoFileExists(t, path)
	o, err := OpenOutbox(t.Context(), path, 0, Options{})
	require.NoError(t, err)
	require.NoError(t, o.Append(t.Context(), []store.Entry{{Tenant: 1, Body: []byte("x")}, {Tenant: 1, Body: []byte("y")}}))
	_, err = Outboxed(t.Context(), path)
	require.ErrorIs(t, err, store.ErrInUse)
	require.NoError(t, o.Close())
	n, err = Outboxed(t.Context(), path)
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
}
