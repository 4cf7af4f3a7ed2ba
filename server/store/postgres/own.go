package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/legworkhq/legwork/server/store"
)

// errOwner: what a server writes after another one took over.
var errOwner = fmt.Errorf("another server took the database over: %w", store.ErrInUse)

// Who writes locks, in this order: the partition's counter of the journal, that of
// changes, its row in partitions, then tenants; of several partitions the lowest first.
// Each lock says whether the partition is the writer's still, for a claim changes all
// three rows: it waits for who has them, and who comes later finds another token. A token
// of 0 stands for who owns nothing and may write all the same.
const (
	ofJournal = "seq"
	ofChanges = "change"
)

// wholeWithin is how long what an owner writes may take: longer than any of it does, and
// much shorter than a database that accepts connections and answers nothing would.
const wholeWithin = time.Minute

// whole is the context of what is not broken off when a request ends.
func whole(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), wholeWithin)
}

// tx runs one transaction. It is all on disk, or nothing is. One that has begun is not
// broken off when a request ends.
func (db *DB) tx(ctx context.Context, f func(ctx context.Context, tx pgx.Tx) error) error {
	ctx = context.WithoutCancel(ctx)
	tx, err := db.pool.Begin(ctx)
	if err != nil {
		return known(err)
	}
	err = f(ctx, tx)
	if err == nil {
		err = tx.Commit(ctx)
	}
	if err != nil {
		_ = tx.Rollback(ctx)
	}
	return known(err)
}

// exec runs a statement and returns how many rows it changed.
func exec(ctx context.Context, tx pgx.Tx, query string, args ...any) (int64, error) {
	tag, err := tx.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

// number is what stands in the tables for a counter's value.
func (db *DB) number(value int64) int64 { return value*db.parts + db.part }

// in is the store as who writes another partition sees it, with the same token.
func (db *DB) in(part int64) *DB {
	other := *db
	other.part = part
	return &other
}

// owned is what a row that was asked for with the token says: without one, the partition
// is not ours any more.
func (db *DB) owned(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return db.lost
	}
	return err
}

const lockCounter = `SELECT value FROM counters WHERE part = $1 AND name = $2 AND ($3::bigint = 0 OR token = $3) FOR NO KEY UPDATE`

// locked locks a counter, and returns its value: until the transaction ends nobody else
// counts.
func (db *DB) locked(ctx context.Context, tx pgx.Tx, name string) (value int64, err error) {
	err = tx.QueryRow(ctx, lockCounter, db.part, name, db.token).Scan(&value)
	return value, db.owned(err)
}

const addToCounter = `UPDATE counters SET value = value + $3, rows = greatest(rows + $4, 0), bytes = greatest(bytes + $5, 0) WHERE part = $1 AND name = $2`

// add adds to a counter that is locked.
func (db *DB) add(ctx context.Context, tx pgx.Tx, name string, n, rows, bytes int64) error {
	_, err := tx.Exec(ctx, addToCounter, db.part, name, n, rows, bytes)
	return err
}

const holdPartition = `SELECT 1 FROM partitions WHERE part = $1 AND ($2::bigint = 0 OR token = $2) FOR SHARE`

// hold runs a transaction that counts nothing; it is not in the way of others.
func (db *DB) hold(ctx context.Context, f func(ctx context.Context, tx pgx.Tx) error) error {
	return db.tx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var one int
		if err := tx.QueryRow(ctx, holdPartition, db.part, db.token).Scan(&one); err != nil {
			return db.owned(err)
		}
		return f(ctx, tx)
	})
}

// do runs one statement as hold does, in one exchange with the server, and returns how
// many rows it changed. The statement's own arguments begin with $3, and it holds
// EXISTS (SELECT FROM fence).
func (db *DB) do(ctx context.Context, query string, args ...any) (n int64, err error) {
	ctx, cancel := whole(ctx)
	defer cancel()
	var owned bool
	err = db.pool.QueryRow(ctx, `WITH fence AS MATERIALIZED (`+holdPartition+`), done AS (`+query+` RETURNING 1)
		SELECT EXISTS (SELECT FROM fence), (SELECT count(*) FROM done)`, append([]any{db.part, db.token}, args...)...).Scan(&owned, &n)
	if err == nil && !owned {
		err = db.lost
	}
	return n, known(err)
}

// claim makes who has a token the owner of a partition. It waits for transactions of the
// one before. A token that is not higher than the last one changes nothing.
func claim(ctx context.Context, tx pgx.Tx, part, token int64, owner string) error {
	for _, name := range []string{ofJournal, ofChanges} {
		n, err := exec(ctx, tx, `UPDATE counters SET token = $3 WHERE part = $1 AND name = $2 AND token < $3`, part, name, token)
		if err == nil && n == 0 {
			err = store.ErrFenced
		}
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `UPDATE partitions SET token = $2, owner = $3, claimed_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint WHERE part = $1`, part, token, clean(owner))
	return err
}
