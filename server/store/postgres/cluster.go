package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// maxPartitions is how many partitions a database may have.
const maxPartitions = 1024

// Cluster is a database that several servers write at once. Make one with OpenShared.
type Cluster struct {
	*DB
	cfg  *pgxpool.Config
	stop context.CancelFunc
	kept sync.WaitGroup // whoever keeps the lock
}

var _ store.Shared = (*Cluster)(nil)

// OpenShared connects to a database that several servers share, as Open does to one of a
// single server, and makes it with as many partitions as opt says when there is none.
// A database of a single server is refused, as is one with another number of partitions.
// Servers that share one and a single server refuse each other with store.ErrInUse.
func OpenShared(ctx context.Context, dsn string, opt Options) (*Cluster, error) {
	if opt.Partitions < 2 || opt.Partitions > maxPartitions {
		return nil, fmt.Errorf("a database that several servers share has 2 to %d partitions, not %d", maxPartitions, opt.Partitions)
	}
	if opt.PartitionOf == nil {
		return nil, errors.New("nothing says which partition a tenant belongs to")
	}
	cfg, err := opt.configure(dsn)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 6*opt.Patience)
	defer cancel()
	c := &Cluster{cfg: cfg, DB: &DB{together: &together{}, analyzed: newAnalyzed(), parts: int64(opt.Partitions), lost: store.ErrFenced,
		partOf: func(tenant int64) int64 { return int64(opt.PartitionOf(tenant)) }}}
	if err := c.open(ctx); err != nil {
		c.Close()
		return nil, known(err)
	}
	return c, nil
}

func (c *Cluster) open(ctx context.Context) (err error) {
	if c.held, err = pgx.ConnectConfig(ctx, c.cfg.ConnConfig.Copy()); err != nil {
		return err
	}
	if c.lock, err = schemaLock(ctx, c.held); err != nil {
		return err
	}
	if err := c.make(ctx); err != nil {
		return err
	}
	if c.pool, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), c.cfg); err != nil {
		return err
	}
	keep, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	c.kept.Go(func() { c.keep(keep) })
	return nil
}

// make takes the shared lock and brings the tables to the newest version, one server
// after another.
func (c *Cluster) make(ctx context.Context) error {
	if _, err := c.held.Exec(ctx, `SELECT pg_advisory_lock($1, $2)`, makeName, c.lock); err != nil {
		return err
	}
	if err := c.share(ctx, c.held); err != nil {
		return err
	}
	if err := finished(ctx, c.held); err != nil {
		return err
	}
	parts, err := migrate(ctx, c.held, c.lock, c.parts)
	switch {
	case err != nil:
		return err
	case parts == 1:
		return errors.New("the database was made for a single server; copy it with legwork migrate into one that several share")
	case parts != c.parts:
		return fmt.Errorf("the database has %d partitions, not %d: that is settled when it is made", parts, c.parts)
	}
	_, err = c.held.Exec(ctx, `SELECT pg_advisory_unlock($1, $2)`, makeName, c.lock)
	return err
}

// share takes the lock of the schema together with others that share it.
func (c *Cluster) share(ctx context.Context, conn *pgx.Conn) error {
	ok, err := try(ctx, conn, `SELECT pg_try_advisory_lock_shared($1, $2)`, c.lock)
	if err == nil && !ok {
		err = fmt.Errorf("%w: a single server", store.ErrInUse)
	}
	return err
}

// keep takes the lock again when its connection is lost, as long as it takes. Without it
// everything goes on: tokens say who may write, and a database with several partitions is
// none for a single server.
func (c *Cluster) keep(ctx context.Context) {
	for ctx.Err() == nil {
		if _, err := c.held.WaitForNotification(ctx); err == nil || ctx.Err() != nil {
			continue
		}
		_ = c.held.Close(ctx)
		for !c.again(ctx) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Second):
			}
		}
	}
}

// again connects and takes the lock.
func (c *Cluster) again(ctx context.Context) bool {
	conn, err := pgx.ConnectConfig(ctx, c.cfg.ConnConfig.Copy())
	if err != nil {
		return false
	}
	if c.share(ctx, conn) != nil {
		_ = conn.Close(ctx)
		return false
	}
	c.held = conn
	return true
}

// Close closes the connections, also those of its partitions' owners.
func (c *Cluster) Close() error {
	if c.stop != nil {
		c.stop()
		c.kept.Wait()
	}
	return c.DB.Close()
}

// Partitions implements store.Shared.
func (c *Cluster) Partitions() int { return int(c.parts) }

// Belongs implements store.Shared.
func (c *Cluster) Belongs(ctx context.Context, cluster int64) (ours bool, err error) {
	if _, err := c.pool.Exec(ctx, `INSERT INTO meta (name, value) VALUES ('cluster', $1) ON CONFLICT (name) DO NOTHING`, cluster); err != nil {
		return false, known(err)
	}
	err = c.pool.QueryRow(ctx, `SELECT value = $1 FROM meta WHERE name = 'cluster'`, cluster).Scan(&ours)
	return ours, known(err)
}

// Claim implements store.Shared.
func (c *Cluster) Claim(ctx context.Context, partition int, token int64, owner string) (store.Partition, error) {
	if partition < 0 || partition >= c.Partitions() {
		return nil, fmt.Errorf("there is no partition %d: there are %d", partition, c.parts)
	}
	tx, err := c.pool.Begin(ctx)
	if err != nil {
		return nil, known(err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	if err := claim(ctx, tx, int64(partition), token, owner); err != nil {
		return nil, known(fmt.Errorf("partition %d, token %d: %w", partition, token, err))
	}
	if err := tx.Commit(ctx); err != nil {
		return nil, known(err)
	}
	view := c.in(int64(partition))
	view.together = &together{}
	view.token, view.lost, view.held = token, fmt.Errorf("partition %d, token %d: %w", partition, token, store.ErrFenced), nil
	return &Partition{view}, nil
}

// Owners implements store.Shared.
func (c *Cluster) Owners(ctx context.Context) ([]store.Owner, error) {
	return list(ctx, c.pool, func(rows pgx.Rows, o *store.Owner) error {
		return rows.Scan(&o.Partition, &o.Token, undo(&o.Name), &o.Claimed, &o.Position)
	}, `SELECT p.part, p.token, p.owner, p.claimed_ms, c.position FROM partitions p JOIN counters c ON c.part = p.part AND c.name = 'seq' WHERE p.claimed_ms <> 0 ORDER BY p.part`)
}

// errNoOwner: who owns no partition was asked for what its owner does.
var errNoOwner = errors.New("only the owner of the tenant's partition does that")

// Append fails: see Claim.
func (c *Cluster) Append(context.Context, []store.Entry) error { return errNoOwner }

// Apply fails: see Claim.
func (c *Cluster) Apply(context.Context, *store.Update) (int64, error) { return 0, errNoOwner }

// SaveSnapshot fails: see Claim.
func (c *Cluster) SaveSnapshot(context.Context, int64, store.Progress, io.Reader) error {
	return errNoOwner
}

// DropSnapshot fails: see Claim.
func (c *Cluster) DropSnapshot(context.Context, int64) error { return errNoOwner }

// Purge fails: see Claim.
func (c *Cluster) Purge(context.Context, int64, string) (store.Removed, []call.SessionID, error) {
	return store.Removed{}, nil, errNoOwner
}

// Enqueue fails: see Claim.
func (c *Cluster) Enqueue(context.Context, store.Notice) error { return errNoOwner }

// Due fails: see Claim.
func (c *Cluster) Due(context.Context, call.Time, int) ([]store.Notice, error) {
	return nil, errNoOwner
}

// NextDue fails: see Claim.
func (c *Cluster) NextDue(context.Context) (call.Time, error) { return 0, errNoOwner }

// Delivered fails: see Claim.
func (c *Cluster) Delivered(context.Context, int64) error { return errNoOwner }

// Failed fails: see Claim.
func (c *Cluster) Failed(context.Context, int64, call.Time, string, bool) error { return errNoOwner }
