package store

import (
	"context"
	"errors"

	"github.com/legworkhq/legwork/recon/call"
)

// ErrFenced: somebody else owns the partition by now. Nothing of the transaction was kept.
var ErrFenced = errors.New("another server owns the partition")

// ErrNoOwner: no server works on the partition at the moment.
var ErrNoOwner = errors.New("no server works on these calls at the moment; try again in a few seconds")

// Shared is a store that several servers write at once. Each tenant belongs to one
// partition, for ever; who owns a partition writes what belongs to its tenants. What the
// Store itself writes belongs to no owner: tenants, tokens, dead letters that are sent
// again, what is too old. Its Append, Apply, SaveSnapshot, DropSnapshot, Purge, Enqueue,
// Due and NextDue fail.
type Shared interface {
	Store
	// Partitions is how many there are, numbered from 0: settled when the database was
	// made.
	Partitions() int
	// Claim makes the holder of a token the owner of a partition. From when it returns,
	// whatever was opened with a lower token can write nothing more; it waits for their
	// transactions that are under way. A token that is not higher than the last one is
	// ErrFenced.
	Claim(ctx context.Context, partition int, token int64, owner string) (Partition, error)
	// Belongs notes which cluster the database is of, when none is noted, and tells whether
	// it is that one.
	Belongs(ctx context.Context, cluster int64) (bool, error)
	// Owners lists who claimed each partition last, in order of their numbers. Partitions
	// that nobody ever claimed are left out.
	Owners(ctx context.Context) ([]Owner, error)
}

// Partition is a shared store as the owner of a partition sees it. Everything that it
// writes fails with ErrFenced when it is not the owner any more. Due and NextDue are about
// the notices of this partition alone.
type Partition interface {
	Store
	// Position is how far the log that feeds the partition was read: what the last
	// AppendFrom noted, 0 before.
	Position(ctx context.Context) (int64, error)
	// AppendFrom is Append, and notes in the same transaction how far the log was read.
	// Entries of tenants that do not exist are left out: their Seq is 0.
	AppendFrom(ctx context.Context, entries []Entry, position int64) error
	// Active returns the partition's tenants that have something under way: calls that are
	// not final, or entries that are not applied. In no order.
	Active(ctx context.Context) ([]int64, error)
	// ChangedSince returns the partition's tenants that have a Change above after, in no
	// order, and the highest Change of the partition, 0 for none.
	ChangedSince(ctx context.Context, after int64) (tenants []int64, top int64, err error)
}

// Owner is who claimed a partition last.
type Owner struct {
	Partition int
	Token     int64
	Name      string
	Claimed   call.Time
	// Position is how far the log was read.
	Position int64
}
