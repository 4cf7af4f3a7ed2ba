package store

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
)

// What moving from one store into another may find. See package migrate.
var (
	// ErrUnfinished: what is there was not moved to the end, so nobody may serve it.
	ErrUnfinished = errors.New("legwork migrate was not finished here: run it again with the same arguments, and it goes on")
	// ErrOlder: an older Legwork wrote the database, and it is only to be read.
	ErrOlder = errors.New("written by an older version")
	// ErrUnplaced: whoever wrote the database was killed, and some of what it took is beside
	// the journal still. Opening it as a Store puts that in its place.
	ErrUnplaced = errors.New("its server was killed, and some of what it took is not in the journal yet")
)

// Origin is a store that is read in order to be moved. Nobody writes it meanwhile: it is
// opened as by a server that has it alone.
type Origin interface {
	// Tenants and Tokens are those of Directory, Entries is that of Journal, Progress,
	// Snapshot and LastChange are those of Calls.
	Tenants(ctx context.Context) ([]Tenant, error)
	Tokens(ctx context.Context) ([]Token, error)
	Entries(ctx context.Context, tenant int64, after int64, limit int) ([]Entry, error)
	Progress(ctx context.Context, tenant int64) (Progress, error)
	Snapshot(ctx context.Context, tenant int64) (Progress, io.ReadCloser, error)
	LastChange(ctx context.Context, tenant int64) (int64, error)
	// LastTenant is the highest ID that a tenant ever had.
	LastTenant(ctx context.Context) (int64, error)
	// Amounts counts what there is of each tenant's, exactly.
	Amounts(ctx context.Context) (map[int64]Amount, error)
	// Kept returns up to limit calls and ceased ids of a tenant with a Change above after,
	// in order of Change.
	Kept(ctx context.Context, tenant int64, after int64, limit int) ([]Kept, error)
	// NoticesOf returns up to limit notices of a tenant with a Seq above after, waiting
	// ones and dead ones, in order of Seq.
	NoticesOf(ctx context.Context, tenant int64, after int64, limit int) ([]Notice, error)
	// Alone fails when somebody else may have written meanwhile.
	Alone(ctx context.Context) error
	io.Closer
}

// Target is a store that is filled with what another one has. From when it is made to
// Finish, nobody can open it as a Store: ErrUnfinished.
type Target interface {
	Origin
	// Notes are what Import noted, by their names.
	Notes(ctx context.Context) (map[string][]byte, error)
	// Import writes a portion with its notes, all of it or nothing. After a crash of the
	// machine the latest ones may be missing, with their notes.
	Import(ctx context.Context, p *Portion) error
	// SaveSnapshot is that of Calls.
	SaveSnapshot(ctx context.Context, tenant int64, at Progress, data io.Reader) error
	// PartitionOf is the partition that a tenant's are counted in.
	PartitionOf(tenant int64) int
	// Finish makes it a Store like any other, with everything on disk. Tenants to come get
	// IDs above lastTenant.
	Finish(ctx context.Context, lastTenant int64) error
}

// Amount counts what a tenant has.
type Amount struct{ Entries, Calls, Gone, Notices int64 }

// Add adds what another one counted.
func (a *Amount) Add(b Amount) {
	a.Entries += b.Entries
	a.Calls += b.Calls
	a.Gone += b.Gone
	a.Notices += b.Notices
}

// CountAll makes amounts by tenant of what count says of a table: pairs of a tenant and how
// many rows it has.
func CountAll(count func(table string) ([][2]int64, error)) (map[int64]Amount, error) {
	out := map[int64]Amount{}
	for table, to := range map[string]func(*Amount) *int64{
		"journal": func(a *Amount) *int64 { return &a.Entries }, "calls": func(a *Amount) *int64 { return &a.Calls },
		"aliases": func(a *Amount) *int64 { return &a.Gone }, "notices": func(a *Amount) *int64 { return &a.Notices },
	} {
		rows, err := count(table)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			a := out[r[0]]
			*to(&a) = r[1]
			out[r[0]] = a
		}
	}
	return out, nil
}

// Kept is a call exactly as it is kept, or an id that ceased to name one.
type Kept struct {
	Change int64
	// Gone is the id that ceased, Into the call that it is part of, "" for none. The rest
	// is zero then.
	Gone, Into call.SessionID

	Row                        int64
	ID                         call.SessionID
	Revision, Told             int64
	Status, Direction, Outcome string
	Started, Answered, Ended   call.Time
	Updated                    call.Time
	Summary                    []byte // JSON
	Keys                       string // see KeyLines
	Graph                      []byte
}

// FirstKept puts calls and ceased ids in order of Change and returns up to limit of them.
func FirstKept(all []Kept, limit int) []Kept {
	slices.SortFunc(all, func(a, b Kept) int { return cmp.Compare(a.Change, b.Change) })
	return all[:min(len(all), limit)]
}

// Portion is a part of what is moved.
type Portion struct {
	// Tenants and Tokens are written as they are; tenants keep their IDs.
	Tenants []Tenant
	Tokens  []Token
	// Entries, all of one partition's tenants. They are numbered anew, in their order: Seq
	// is set.
	Entries []Entry

	// Tenant is whose the rest is.
	Tenant int64
	// Kept in order of Change. Each gets the lowest number that the store can give it and
	// that is neither below its own nor that of one before it: whoever follows changes asks
	// for what is above the last number seen, and misses nothing.
	Kept []Kept
	// LastChange: no Change to come is that low.
	LastChange int64
	// Notices in order of Seq. They are numbered anew, in their order.
	Notices  []Notice
	Progress *Progress

	// Notes replace those of the same names. They are asked for once, when the entries
	// have their numbers. Nil is for none.
	Notes func() (map[string][]byte, error)
}

// Noted asks for the notes.
func (p *Portion) Noted() (map[string][]byte, error) {
	if p.Notes == nil {
		return nil, nil
	}
	return p.Notes()
}

// NextNumber is the lowest number above before, and not below want, that a store of so
// many partitions gives in one of them.
func NextNumber(before, want, parts, part int64) int64 {
	n := max(want, before+1, parts)
	return n + (part-n%parts+parts)%parts
}

// KeysOf reads the lines that KeyLines writes, each key once.
func KeysOf(lines string) (keys []Key) {
	seen := map[Key]bool{}
	for line := range strings.Lines(lines) {
		if k, ok := CutKey(line); ok && !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	return keys
}
