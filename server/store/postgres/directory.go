package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// Tenants implements store.Directory.
func (db *DB) Tenants(ctx context.Context) ([]store.Tenant, error) {
	return list(ctx, db.pool, func(rows pgx.Rows, t *store.Tenant) error {
		var kinds string
		err := rows.Scan(&t.ID, undo(&t.Name), undo(&t.Scope), undo(&t.Region), &t.TokenHash, undo(&t.NoticeURL), undo(&t.NoticeSecret), &kinds, &t.Configured, &t.Created)
		t.NoticeKinds = strings.Fields(kinds)
		return err
	}, `SELECT id, name, scope, region, token_hash, notice_url, notice_secret, notice_kinds, configured, created_ms FROM tenants ORDER BY name`)
}

// AddTenant implements store.Directory.
func (db *DB) AddTenant(ctx context.Context, t *store.Tenant) error {
	if t.Created == 0 {
		t.Created = call.TimeOf(time.Now())
	}
	return db.hold(ctx, func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `INSERT INTO tenants (name, scope, region, token_hash, notice_url, notice_secret, notice_kinds, configured, created_ms)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`, clean(t.Name), clean(t.Scope), clean(t.Region), t.TokenHash, clean(t.NoticeURL), clean(t.NoticeSecret),
			clean(strings.Join(t.NoticeKinds, " ")), t.Configured, ms(t.Created)).Scan(&t.ID)
		return taken(err, "tenant "+t.Name)
	})
}

// ChangeTenant implements store.Directory.
func (db *DB) ChangeTenant(ctx context.Context, t store.Tenant) error {
	return db.one(ctx, `UPDATE tenants SET scope = $1, region = $2, token_hash = $3, notice_url = $4, notice_secret = $5, notice_kinds = $6, configured = $7 WHERE id = $8`,
		clean(t.Scope), clean(t.Region), t.TokenHash, clean(t.NoticeURL), clean(t.NoticeSecret), clean(strings.Join(t.NoticeKinds, " ")), t.Configured, t.ID)
}

// one runs a statement that changes one row, or is ErrNotFound.
func (db *DB) one(ctx context.Context, query string, args ...any) error {
	return db.hold(ctx, func(ctx context.Context, tx pgx.Tx) error {
		n, err := exec(ctx, tx, query, args...)
		if err == nil && n == 0 {
			err = store.ErrNotFound
		}
		return err
	})
}

// RemoveTenant implements store.Directory.
func (db *DB) RemoveTenant(ctx context.Context, id int64) error {
	db = db.in(db.partOf(id))
	return db.tx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		// Nothing of the tenant's is added from now on, and afterwards it is not there.
		for _, name := range []string{ofJournal, ofChanges} {
			if _, err := db.locked(ctx, tx, name); err != nil {
				return err
			}
		}
		n, err := exec(ctx, tx, `DELETE FROM tenants WHERE id = $1`, id)
		if err == nil && n == 0 {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		if _, err := db.removeEntries(ctx, tx, `tenant = $1`, id); err != nil {
			return err
		}
		if err := dropSnapshots(ctx, tx, `tenant = $1`, id); err != nil {
			return err
		}
		var calls, bytes int64
		if err := tx.QueryRow(ctx, `SELECT count(*), coalesce(sum(octet_length(graph) + $2::bigint), 0)::bigint FROM graphs WHERE call IN (SELECT row FROM calls WHERE tenant = $1)`, id, callOverhead).Scan(&calls, &bytes); err != nil {
			return err
		}
		if err := db.add(ctx, tx, ofChanges, 0, -calls, -bytes); err != nil {
			return err
		}
		for _, query := range []string{
			`DELETE FROM tokens WHERE tenant = $1`, `DELETE FROM graphs WHERE call IN (SELECT row FROM calls WHERE tenant = $1)`,
			`DELETE FROM calls WHERE tenant = $1`, `DELETE FROM call_keys WHERE tenant = $1`, `DELETE FROM aliases WHERE tenant = $1`,
			`DELETE FROM progress WHERE tenant = $1`, `DELETE FROM notices WHERE tenant = $1`,
		} {
			if _, err := tx.Exec(ctx, query, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Tokens implements store.Directory.
func (db *DB) Tokens(ctx context.Context) ([]store.Token, error) {
	return list(ctx, db.pool, func(rows pgx.Rows, t *store.Token) error {
		return rows.Scan(undo(&t.Name), &t.Hash, &t.Role, &t.Tenant, &t.Created)
	}, `SELECT name, hash, role, tenant, created_ms FROM tokens ORDER BY name`)
}

// AddToken implements store.Directory.
func (db *DB) AddToken(ctx context.Context, t store.Token) error {
	if t.Created == 0 {
		t.Created = call.TimeOf(time.Now())
	}
	return db.hold(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO tokens (name, hash, role, tenant, created_ms) VALUES ($1, $2, $3, $4, $5)`, clean(t.Name), t.Hash, string(t.Role), t.Tenant, ms(t.Created))
		return taken(err, "token "+t.Name)
	})
}

// RemoveToken implements store.Directory.
func (db *DB) RemoveToken(ctx context.Context, name string) error {
	return db.one(ctx, `DELETE FROM tokens WHERE name = $1`, clean(name))
}
