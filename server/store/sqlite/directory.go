package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// Tenants implements store.Directory.
func (db *DB) Tenants(ctx context.Context) ([]store.Tenant, error) {
	return list(ctx, db.read, func(rows *sql.Rows, t *store.Tenant) error {
		var kinds string
		err := rows.Scan(&t.ID, &t.Name, &t.Scope, &t.Region, &t.TokenHash, &t.NoticeURL, &t.NoticeSecret, &kinds, &t.Configured, &t.Created)
		t.NoticeKinds = strings.Fields(kinds)
		return err
	}, `SELECT id, name, scope, region, token_hash, notice_url, notice_secret, notice_kinds, configured, created_ms FROM tenants ORDER BY name`)
}

// AddTenant implements store.Directory.
func (db *DB) AddTenant(ctx context.Context, t *store.Tenant) error {
	if t.Created == 0 {
		t.Created = call.TimeOf(time.Now())
	}
	return db.tx(func(tx tx) error {
		res, err := tx.result(`INSERT INTO tenants (name, scope, region, token_hash, notice_url, notice_secret, notice_kinds, configured, created_ms)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, t.Name, t.Scope, t.Region, t.TokenHash, t.NoticeURL, t.NoticeSecret, strings.Join(t.NoticeKinds, " "), t.Configured, ms(t.Created))
		if err != nil {
			return taken(err, "tenant "+t.Name)
		}
		t.ID, err = res.LastInsertId()
		return err
	})
}

// taken names what exists already, if that is what err says.
func taken(err error, what string) error {
	var e *driver.Error
	if errors.As(err, &e) && (e.Code() == lib.SQLITE_CONSTRAINT_UNIQUE || e.Code() == lib.SQLITE_CONSTRAINT_PRIMARYKEY) {
		return fmt.Errorf("%s %w", what, store.ErrExists)
	}
	return err
}

// ChangeTenant implements store.Directory.
func (db *DB) ChangeTenant(ctx context.Context, t store.Tenant) error {
	return db.one(ctx, `UPDATE tenants SET scope = ?, region = ?, token_hash = ?, notice_url = ?, notice_secret = ?, notice_kinds = ?, configured = ? WHERE id = ?`,
		t.Scope, t.Region, t.TokenHash, t.NoticeURL, t.NoticeSecret, strings.Join(t.NoticeKinds, " "), t.Configured, t.ID)
}

// one runs a statement that changes one row, or is ErrNotFound.
func (db *DB) one(ctx context.Context, query string, args ...any) error {
	return db.tx(func(tx tx) error {
		n, err := tx.exec(query, args...)
		if err == nil && n == 0 {
			err = store.ErrNotFound
		}
		return err
	})
}

// RemoveTenant implements store.Directory. The number of the last entry is kept, so
// that no later one gets it.
func (db *DB) RemoveTenant(ctx context.Context, id int64) error {
	err := db.tx(func(tx tx) error {
		n, err := tx.exec(`DELETE FROM tenants WHERE id = ?`, id)
		if err == nil && n == 0 {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := dropSnapshots(tx, `tenant = ?`, id); err != nil {
			return err
		}
		for _, query := range []string{
			`DELETE FROM tokens WHERE tenant = ?`, `DELETE FROM graphs WHERE call IN (SELECT row FROM calls WHERE tenant = ?)`,
			`DELETE FROM calls WHERE tenant = ?`, `DELETE FROM call_keys WHERE tenant = ?`, `DELETE FROM aliases WHERE tenant = ?`,
			`DELETE FROM progress WHERE tenant = ?`, `DELETE FROM notices WHERE tenant = ?`, `DELETE FROM journal WHERE tenant = ?`,
		} {
			if _, err := tx.exec(query, id); err != nil {
				return err
			}
		}
		for k := range db.later.keys {
			if k.tenant == id {
				db.later.stage(k, false)
			}
		}
		return db.keepSeq(tx)
	})
	if err == nil {
		err = db.wipe()
	}
	return err
}

// keepSeq notes the number of the last entry before some are removed.
func (db *DB) keepSeq(tx tx) error {
	return setMeta(tx, "seq", db.seq)
}

// Tokens implements store.Directory.
func (db *DB) Tokens(ctx context.Context) ([]store.Token, error) {
	return list(ctx, db.read, func(rows *sql.Rows, t *store.Token) error {
		return rows.Scan(&t.Name, &t.Hash, &t.Role, &t.Tenant, &t.Created)
	}, `SELECT name, hash, role, tenant, created_ms FROM tokens ORDER BY name`)
}

// AddToken implements store.Directory.
func (db *DB) AddToken(ctx context.Context, t store.Token) error {
	if t.Created == 0 {
		t.Created = call.TimeOf(time.Now())
	}
	return db.tx(func(tx tx) error {
		_, err := tx.exec(`INSERT INTO tokens (name, hash, role, tenant, created_ms) VALUES (?, ?, ?, ?, ?)`, t.Name, t.Hash, string(t.Role), t.Tenant, ms(t.Created))
		return taken(err, "token "+t.Name)
	})
}

// RemoveToken implements store.Directory.
func (db *DB) RemoveToken(ctx context.Context, name string) error {
	return db.one(ctx, `DELETE FROM tokens WHERE name = ?`, name)
}
