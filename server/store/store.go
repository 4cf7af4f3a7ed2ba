package store

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
)

// What a store's errors wrap.
var (
	// ErrNotFound: there is no such tenant, call, token or notice.
	ErrNotFound = errors.New("not found")
	// ErrExists: the name is taken.
	ErrExists = errors.New("exists already")
	// ErrFull: the disk is full. Nothing of the transaction was kept.
	ErrFull = errors.New("the disk is full")
	// ErrReadOnly: the database cannot be written.
	ErrReadOnly = errors.New("the database is read-only")
	// ErrCorrupt: the database is damaged.
	ErrCorrupt = errors.New("the database is damaged")
	// ErrSpool: what lies beside the database and is not in it yet cannot be taken.
	ErrSpool = errors.New("its spool cannot be used")
	// ErrInUse: another process has the database.
	ErrInUse = errors.New("another process uses it")
	// ErrUnreachable: the database's server does not answer, or does not let us in.
	ErrUnreachable = errors.New("the database cannot be reached")
	// ErrNewer: a newer Legwork wrote the database.
	ErrNewer = errors.New("written by a newer version")
)

// Store is a durable database. Its methods may be called from any goroutine. A method
// that writes returns when what it wrote is on disk, all of it or nothing.
type Store interface {
	Journal
	Calls
	Notices
	Directory
	io.Closer
}

// Journal is what arrived.
type Journal interface {
	// Append adds entries in their order and sets the Seq of each: rising numbers, 0
	// for one that the journal had before, byte for byte, and for one whose tenant does not
	// exist, which is left out. Writers are not grouped here: one call is one transaction.
	Append(ctx context.Context, entries []Entry) error
	// Entries returns up to limit entries of a tenant with a Seq above after, in order.
	Entries(ctx context.Context, tenant int64, after int64, limit int) ([]Entry, error)
	// EntriesOf returns all entries of some of a tenant's sessions, in order of Seq.
	EntriesOf(ctx context.Context, tenant int64, sessions []string) ([]Entry, error)
	// Problems returns up to limit entries that could not be decoded, latest first, with
	// a Seq below before unless that is 0.
	Problems(ctx context.Context, tenant int64, before int64, limit int) ([]Entry, error)
	// LastReceived is the latest Received of all entries, zero for an empty journal.
	LastReceived(ctx context.Context) (call.Time, error)
}

// Entry is one notification as it arrived.
type Entry struct {
	Seq    int64
	Tenant int64
	// Received is when, on the clock of the server, which never runs backwards.
	Received call.Time
	// Session is the telephonySessionId, "" for what could not be decoded.
	Session string
	// UUID is the notification's, "" when it has none.
	UUID string
	// Problem says why Body is no notification, "" when it is one.
	Problem string
	// Body is what was posted.
	Body []byte
}

// Calls are what the engine made of the journal.
type Calls interface {
	// Apply writes one step of the engine's work, all or nothing. It outlives the process,
	// but a power failure may undo the latest ones, with their Progress: they are computed
	// again. The result is the Change that the last
	// of its calls got, 0 when it had none.
	Apply(ctx context.Context, u *Update) (change int64, err error)
	// Progress is how far the engine has come with a tenant's journal; the zero Progress
	// before it began.
	Progress(ctx context.Context, tenant int64) (Progress, error)
	// SaveSnapshot replaces a tenant's snapshot of the engine.
	SaveSnapshot(ctx context.Context, tenant int64, at Progress, data io.Reader) error
	// Snapshot returns a tenant's latest complete snapshot, or ErrNotFound.
	Snapshot(ctx context.Context, tenant int64) (Progress, io.ReadCloser, error)
	// DropSnapshot removes it: the engine starts from the whole journal next time.
	DropSnapshot(ctx context.Context, tenant int64) error

	// Call returns the call that id names: a call's id, one that it had before calls
	// turned out to be one, or that of one of its sessions. Or ErrNotFound.
	Call(ctx context.Context, tenant int64, id call.SessionID) (*Call, error)
	// Keepers finds the calls that have one of some sessions, or name it as a peer of which
	// nothing has arrived. In no order; sessions that no call has are left out.
	Keepers(ctx context.Context, tenant int64, sessions []call.SessionID) ([]Keeper, error)
	// Search returns up to q.Limit calls without their graphs, latest first, and where
	// to go on, nil at the end.
	Search(ctx context.Context, tenant int64, q Query) ([]Call, *Cursor, error)
	// Changes returns up to limit calls and disappearances with a Change above after, in
	// order of Change: the state of today, without what lay between. Graphs are left out.
	Changes(ctx context.Context, tenant int64, after int64, limit int) ([]Change, error)
	// LastChange is the highest Change so far of a tenant, or of tenants that are counted
	// together with it, removed calls included: no Change of the tenant's was higher, and
	// all to come will be. 0 when there was none.
	LastChange(ctx context.Context, tenant int64) (int64, error)
	// Hours counts, hour by hour, a tenant's calls that began at from or later; hours
	// without are left out.
	Hours(ctx context.Context, tenant int64, from call.Time) ([]Hour, error)
	// Counts is how many of a tenant's calls are open and settling.
	Counts(ctx context.Context, tenant int64) (open, settling int64, err error)
	// Unfinished returns the ids of a tenant's calls that are not final.
	Unfinished(ctx context.Context, tenant int64) ([]call.SessionID, error)
	// Each calls f with every call of a tenant, graph included, in order of their rows,
	// until f fails.
	Each(ctx context.Context, tenant int64, f func(*Call) error) error

	// Prune removes what p no longer wants, at most about limit rows at a time. more is
	// whether something is left to remove.
	Prune(ctx context.Context, p Policy, limit int) (removed Removed, more bool, err error)
	// Purge removes everything about a number: calls in which it appears, the journal of
	// their sessions, what could not be decoded and contains its digits, and notices.
	Purge(ctx context.Context, tenant int64, number string) (Removed, []call.SessionID, error)
	// Stats counts what there is.
	Stats(ctx context.Context) (Stats, error)
}

// Progress is how far the engine has come: all entries up to Seq are applied, and the
// engine was told the time Now.
type Progress struct {
	Seq int64
	Now call.Time
}

// Call is a call as it is kept. See Row.
type Call struct {
	Tenant   int64
	ID       call.SessionID
	Revision int
	Status   call.Status
	Summary  Summary
	// Change rises with every change of any of the tenant's calls.
	Change int64
	// Told is the highest revision that was told of as final, 0 for none. Apply raises it,
	// and leaves it as it is where it is lower.
	Told int
	// Updated is when the call was last written.
	Updated call.Time
	// Graph is the canonical JSON; nil where a method says so.
	Graph []byte
	// Keys are what it is found by. Only given to Apply.
	Keys []Key
}

// Keeper is a kept call that has a session.
type Keeper struct {
	Session, Call call.SessionID
	Revision      int
}

// Change is a changed call, or the id of one that became part of another or was purged.
type Change struct {
	Change int64
	// Call is nil when the id ceased to name a call.
	Call *Call
	// Gone is the id that ceased, Into the call that it is now part of, "" for none.
	Gone, Into call.SessionID
}

// FirstChanges puts changes in order and returns up to limit of them.
func FirstChanges(changes []Change, limit int) []Change {
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Change, b.Change) })
	return changes[:min(len(changes), limit)]
}

// Update is one step of the engine's work. It is written at once or not at all.
type Update struct {
	Tenant int64
	// At is when, for Call.Updated and the notices.
	At call.Time
	// Calls with Graph and Keys; Change and Updated are set by Apply. A call with
	// less Revision than the one that is kept is written all the same.
	Calls []Call
	// Merged are ids that ceased to name a call. They are taken before Calls.
	Merged []Merge
	// Notices to be sent. One whose ID is waiting or dead already is ignored.
	Notices []Notice
	// Progress is written when not nil.
	Progress *Progress
}

// Hour is how many calls began in an hour.
type Hour struct {
	Start call.Time
	Calls int
}

// Merge says that From is now part of Into.
type Merge struct {
	From, Into call.SessionID
	// Change is set by Apply.
	Change int64
}

// Query is what calls are searched by. Zero fields do not matter; all others must hold.
type Query struct {
	// Numbers: one of them appears in the call. As Numbers returns them.
	Numbers []string
	// Extension is an extension id or an extension number.
	Extension string
	// Name: every word of it begins a word of a name in the call. See Words.
	Name string
	// Session is a telephonySessionId, a legacy session id, a party id or a call's id.
	Session string
	// From and To: the call began at From or later, and before To.
	From, To  call.Time
	Outcome   call.Outcome
	Link      call.LinkKind
	Direction call.Direction
	Finding   call.FindingKind
	// Status "open" finds settling calls too: everything that is not final.
	Status call.Status
	Limit  int
	After  *Cursor
}

// maxWords is how many words of a name are searched for.
const maxWords = 16

// Words are those of Name that are searched for: each once, the first 16.
func (q Query) Words() []string {
	words := Words(q.Name)
	slices.Sort(words)
	words = slices.Compact(words)
	return words[:min(len(words), maxWords)]
}

// Cursor is a place among calls that are ordered by time: the last call before it, and
// the number of its row.
type Cursor struct {
	StartedAt call.Time
	Row       int64
}

// Policy says what is kept how long. Zero fields keep everything.
type Policy struct {
	// RawBefore and CallsBefore: what was received, or last changed and final, before.
	RawBefore, CallsBefore call.Time
	// DeadBefore: dead letters that were made before.
	DeadBefore call.Time
	// MaxBytes is how large the database may be; above it the oldest raw entries go, and
	// when there are none the oldest final calls.
	MaxBytes int64
}

// Removed counts what was removed.
type Removed struct {
	Entries, Calls, Notices int64
}

// Add adds what another one counted.
func (r *Removed) Add(o Removed) {
	r.Entries += o.Entries
	r.Calls += o.Calls
	r.Notices += o.Notices
}

// Stats counts what there is. Counts of many rows may be estimates.
type Stats struct {
	Entries, Calls, Open, Undecoded int64
	Waiting, Dead                   int64 // notices
	Bytes                           int64
}

// Notices are what is to be posted to integrators.
type Notices interface {
	// Due returns up to limit notices that may be sent now: of each call the first that
	// waits, when its time has come, in order of Seq.
	Due(ctx context.Context, now call.Time, limit int) ([]Notice, error)
	// NextDue is when the next notice wants to be sent; zero when none waits.
	NextDue(ctx context.Context) (call.Time, error)
	// Delivered removes a notice.
	Delivered(ctx context.Context, seq int64) error
	// Failed notes a failed attempt: the next one is at next, or the notice is dead.
	Failed(ctx context.Context, seq int64, next call.Time, why string, dead bool) error
	// Dead returns up to limit dead letters of a tenant with a Seq above after.
	Dead(ctx context.Context, tenant int64, after int64, limit int) ([]Notice, error)
	// Resend makes a dead letter wait again, or all of a tenant's when id is "". It
	// returns how many; ErrNotFound when id names none.
	Resend(ctx context.Context, tenant int64, id string, now call.Time) (int64, error)
	// Enqueue adds a notice that is about no call.
	Enqueue(ctx context.Context, n Notice) error
}

// Notice is one message to an integrator.
type Notice struct {
	Seq    int64
	Tenant int64
	// ID is the webhook-id: equal for equal tenant, call, kind and revision, so that a
	// receiver can tell a repetition.
	ID string
	// Kind is call.updated, call.final, call.revised or subscription.suspect.
	Kind string
	// Call orders: notices of one call are sent one after another. "" for none.
	Call     call.SessionID
	Revision int
	// Body is what is posted.
	Body     []byte
	Created  call.Time
	Next     call.Time
	Attempts int
	// Failure is why the last attempt failed.
	Failure string
	Dead    bool
}

// Directory is who may do what.
type Directory interface {
	// Tenants lists all, in order of their names.
	Tenants(ctx context.Context) ([]Tenant, error)
	// AddTenant sets its ID and Created. ErrExists when the name is taken.
	AddTenant(ctx context.Context, t *Tenant) error
	// ChangeTenant replaces everything but ID, Name and Created.
	ChangeTenant(ctx context.Context, t Tenant) error
	// RemoveTenant removes a tenant and everything it has.
	RemoveTenant(ctx context.Context, id int64) error
	// Tokens lists the API tokens, in order of their names.
	Tokens(ctx context.Context) ([]Token, error)
	// AddToken adds one. ErrExists when the name is taken.
	AddToken(ctx context.Context, t Token) error
	RemoveToken(ctx context.Context, name string) error
}

// Tenant is one account, or one extension, whose notifications are received.
type Tenant struct {
	ID int64
	// Name is what stands in URLs: 1 to 64 of a-z, 0-9, dot, hyphen, underscore.
	Name string
	// Scope is "account" or "extension".
	Scope string
	// Region is the country whose national numbers searches understand: "US".
	Region string
	// TokenHash is the SHA-256 of the verification token. Nil takes every notification.
	TokenHash []byte
	// NoticeURL is where notices go, "" for none; NoticeSecret signs them; NoticeKinds
	// are the kinds that are wanted, empty for call.final and call.revised.
	NoticeURL, NoticeSecret string
	NoticeKinds             []string
	// Configured: it stands in the configuration file, which is the place to change it.
	Configured bool
	Created    call.Time
}

// Token lets somebody use the API.
type Token struct {
	Name string
	// Hash is the SHA-256 of the token.
	Hash []byte
	Role Role
	// Tenant restricts it to one tenant; 0 is for all.
	Tenant  int64
	Created call.Time
}

// Role is what a token lets do.
type Role string

const (
	RoleIngest Role = "ingest" // post notifications
	RoleRead   Role = "read"   // see calls
	RoleAdmin  Role = "admin"  // everything
)
