package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// ChangedSince implements store.Partition. Of each of the partition's tenants it looks at
// two indexes.
func (p *Partition) ChangedSince(ctx context.Context, after int64) (tenants []int64, top int64, err error) {
	if err := p.pool.QueryRow(ctx, `SELECT value FROM counters WHERE part = $1 AND name = 'change'`, p.part).Scan(&top); err != nil {
		return nil, 0, known(err)
	}
	if top > 0 {
		top = p.number(top)
	}
	mine, err := p.tenants(ctx)
	if err != nil || len(mine) == 0 {
		return nil, top, err
	}
	tenants, err = list(ctx, p.pool, func(rows pgx.Rows, id *int64) error { return rows.Scan(id) }, `SELECT id FROM unnest($1::bigint[]) AS t (id)
		WHERE EXISTS (SELECT FROM calls c WHERE c.tenant = t.id AND c.change > $2)
		OR EXISTS (SELECT FROM aliases a WHERE a.tenant = t.id AND a.change > $2)`, mine, after)
	return tenants, top, err
}
