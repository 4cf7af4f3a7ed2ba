package postgres

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/storetest"
)

func TestStoreMove(t *testing.T) {
	t.Run("single", func(t *testing.T) { moves(t, 1) })
	t.Run("shared", func(t *testing.T) { moves(t, parts) })
}

// modulo is which partition a tenant belongs to.
func modulo(tenant int64, parts int) int { return int(tenant) % parts }

func moves(t *testing.T, n int) {
	storetest.RunMove(t, func(t *testing.T) storetest.Movable {
		dsn := storetest.EmptySchema(t)
		few := Options{Connections: 2, Partitions: n, PartitionOf: func(tenant int64) int { return modulo(tenant, n) }}
		return storetest.Movable{
			Target: func(ctx context.Context) (store.Target, error) { return OpenTarget(ctx, dsn, few, modulo) },
			Origin: func(ctx context.Context) (store.Origin, error) { return OpenOrigin(ctx, dsn, few, modulo) },
			Store: func(ctx context.Context) (store.Store, error) {
				if n == 1 {
					return Open(ctx, dsn, few)
				}
				c, err := OpenShared(ctx, dsn, few)
				if err != nil {
					return nil, err
				}
				p, err := c.Claim(ctx, modulo(7, n), 1, "test")
				return closing{p, c}, err
			},
		}
	})
}

// closing closes the cluster with the partition.
type closing struct {
	store.Partition
	c *Cluster
}

// Close implements io.Closer.
func (p closing) Close() error { return p.c.Close() }

func TestOriginRefused(t *testing.T) {
	dsn := storetest.EmptySchema(t)
	_, err := OpenOrigin(t.Context(), dsn, Options{}, modulo)
	require.ErrorIs(t, err, store.ErrNotFound)
	for version, want := range map[int]error{999: store.ErrNewer, 1: store.ErrOlder} {
		db := open(t, dsn)
		_, err := db.pool.Exec(t.Context(), `UPDATE meta SET value = $1 WHERE name = 'version'`, version)
		require.NoError(t, err)
		require.NoError(t, db.Close())
		_, err = OpenOrigin(t.Context(), dsn, Options{}, modulo)
		require.ErrorIs(t, err, want)
		dsn = storetest.EmptySchema(t)
	}
}

// TestTargetOfOthers: who fills a database is kept away when somebody else began to.
func TestTargetOfOthers(t *testing.T) {
	dsn := storetest.EmptySchema(t)
	first, err := OpenTarget(t.Context(), dsn, Options{Partitions: parts}, modulo)
	require.NoError(t, err)
	defer first.Close()
	require.NoError(t, first.held.Close(t.Context()))
	require.Error(t, first.Alone(t.Context()))
	_, err = OpenTarget(t.Context(), dsn, Options{Partitions: 1}, modulo)
	require.ErrorContains(t, err, "began to fill it with 4 partitions, not with 1")
	second, err := OpenTarget(t.Context(), dsn, Options{Partitions: parts}, modulo)
	require.NoError(t, err)
	defer second.Close()
	token := &store.Portion{Tokens: []store.Token{{Name: "a", Hash: []byte{1}}}}
	require.ErrorIs(t, first.Import(t.Context(), token), store.ErrInUse)
	require.NoError(t, second.Import(t.Context(), token))
}

func TestDiscard(t *testing.T) {
	dsn := storetest.EmptySchema(t)
	require.ErrorIs(t, Discard(t.Context(), dsn, Options{}), store.ErrNotFound)
	to, err := OpenTarget(t.Context(), dsn, Options{Partitions: parts}, modulo)
	require.NoError(t, err)
	require.ErrorIs(t, Discard(t.Context(), dsn, Options{}), store.ErrInUse)
	require.NoError(t, to.Close())
	require.NoError(t, Discard(t.Context(), dsn, Options{}))
	require.NoError(t, open(t, dsn).Close())
	require.ErrorIs(t, Discard(t.Context(), dsn, Options{}), store.ErrNotFound, "it is none that is not full yet")
}
