package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/legworkhq/legwork/server/store"
)

// Partition is what the owner of a partition sees of a database. Cluster.Claim makes one.
type Partition struct{ *DB }

var _ store.Partition = (*Partition)(nil)

// Close does nothing: the connections are the cluster's.
func (p *Partition) Close() error { return nil }

// Position implements store.Partition.
func (p *Partition) Position(ctx context.Context) (position int64, err error) {
	err = p.pool.QueryRow(ctx, `SELECT position FROM counters WHERE part = $1 AND name = 'seq'`, p.part).Scan(&position)
	return position, known(err)
}

// AppendFrom implements store.Partition. It takes one exchange with the server.
func (p *Partition) AppendFrom(ctx context.Context, entries []store.Entry, position int64) error {
	return p.append(ctx, entries, &position)
}

// tenants are those that belong to the partition.
func (p *Partition) tenants(ctx context.Context) ([]int64, error) {
	all, err := list(ctx, p.pool, func(rows pgx.Rows, id *int64) error { return rows.Scan(id) }, `SELECT id FROM tenants`)
	mine := all[:0]
	for _, id := range all {
		if p.partOf(id) == p.part {
			mine = append(mine, id)
		}
	}
	return mine, err
}

// Active implements store.Partition. Only the partition's tenants are looked at, and of
// each two indexes.
func (p *Partition) Active(ctx context.Context) ([]int64, error) {
	mine, err := p.tenants(ctx)
	if err != nil {
		return nil, err
	}
	return list(ctx, p.pool, func(rows pgx.Rows, id *int64) error { return rows.Scan(id) }, `SELECT id FROM unnest($1::bigint[]) AS t (id)
		WHERE EXISTS (SELECT FROM calls c WHERE c.tenant = t.id AND c.status <> 'final')
		OR EXISTS (SELECT FROM journal j WHERE j.tenant = t.id AND j.seq > coalesce((SELECT p.seq FROM progress p WHERE p.tenant = t.id), 0))`, mine)
}
