// Package migrate moves everything that a server has from one store into another: from the
// embedded database into PostgreSQL, into that of a cluster, and back.
//
//	migrate.go    what is done in which order, and how an interrupted move goes on
//	journal.go    notifications, of all tenants of a partition side by side
//	tenant.go     calls, notices and what the engine knows, tenant by tenant
//	verify.go     is everything there
//
// The target is marked as unfinished from the first portion on. Each portion is written
// together with a note of how far the move is, so it can end anywhere and go on there.
package migrate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/legworkhq/legwork/server/store"
)

// What Run's errors wrap.
var (
	// ErrChanged: the source was written since the move began.
	ErrChanged = errors.New("what is moved is not what it was when the move began")
	// ErrDiffers: the target is not equal to the source.
	ErrDiffers = errors.New("what was moved is not the same there")
)

// Progress is how far a move is; it may be read while it runs.
type Progress struct {
	// Done of Total rows: all are moved, and looked at again.
	Done, Total atomic.Int64
	phase       atomic.Pointer[string]
}

// Phase says in a word what is done at the moment.
func (p *Progress) Phase() string {
	if s := p.phase.Load(); s != nil {
		return *s
	}
	return ""
}

func (p *Progress) begin(phase string) { p.phase.Store(&phase) }

// Report says what was moved.
type Report struct {
	Tenants, Tokens, Snapshots int
	store.Amount
	// Resumed is how many rows an earlier run had moved.
	Resumed int64
	// How long it took.
	ForEntries, ForCalls, ForVerifying time.Duration
}

// Run moves everything from one store into another, and finishes that. When it ends with
// an error, or is not let end, the same call goes on where it was. p may be nil.
func Run(ctx context.Context, from store.Origin, to store.Target, p *Progress) (*Report, error) {
	if p == nil {
		p = &Progress{}
	}
	m := &move{from: from, to: to, progress: p, report: &Report{}, states: map[int64]*state{}}
	for _, step := range []func(context.Context) error{m.begin, m.journal, m.everyTenant, m.verify, m.end} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return m.report, nil
}

// move is one run.
type move struct {
	from     store.Origin
	to       store.Target
	progress *Progress
	report   *Report
	tenants  []store.Tenant
	tokens   []store.Token
	states   map[int64]*state
}

// state is how far a tenant is moved. The target has it as a note.
type state struct {
	tenant store.Tenant
	// progress and snapshot are those of the source; its snapshot is nil without one.
	progress store.Progress
	snapshot *store.Progress

	// Entry, Change and Notice are the last ones that were moved, as the source counts.
	Entry  int64 `json:"entry"`
	Change int64 `json:"change"`
	Notice int64 `json:"notice"`
	// Applied and Saved are the Seq, in the target, of the last entry up to the progress and
	// up to the snapshot; 0 when there is none.
	Applied int64 `json:"applied"`
	Saved   int64 `json:"saved"`
	// Done: the rest is moved too.
	Done bool `json:"done"`
}

// moved takes down that an entry got another Seq.
func (s *state) moved(was, is int64) {
	s.Entry = was
	if was <= s.progress.Seq {
		s.Applied = is
	}
	if s.snapshot != nil && was <= s.snapshot.Seq {
		s.Saved = is
	}
}

// note writes states as notes.
func note(states ...*state) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, s := range states {
		text, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		out[strconv.FormatInt(s.tenant.ID, 10)] = text
	}
	return out, nil
}

// noteSource names the note that says what is moved.
const noteSource = "source"

// begin reads who there is, and how far an earlier run came.
func (m *move) begin(ctx context.Context) (err error) {
	m.progress.begin("looking")
	if m.tenants, err = m.from.Tenants(ctx); err != nil {
		return err
	}
	if m.tokens, err = m.from.Tokens(ctx); err != nil {
		return err
	}
	m.report.Tenants, m.report.Tokens = len(m.tenants), len(m.tokens)
	for _, t := range m.tenants {
		if err := m.look(ctx, t); err != nil {
			return fmt.Errorf("tenant %s: %w", t.Name, err)
		}
	}
	print, err := m.print(ctx)
	if err != nil {
		return err
	}
	notes, err := m.to.Notes(ctx)
	if err != nil {
		return err
	}
	switch was := notes[noteSource]; {
	case was == nil:
		return m.to.Import(ctx, &store.Portion{Tenants: m.tenants, Tokens: m.tokens, Notes: func() (map[string][]byte, error) {
			return map[string][]byte{noteSource: print}, nil
		}})
	case string(was) != string(print):
		return ErrChanged
	}
	return m.resume(ctx, notes)
}

// look finds out what the engine of a tenant had done.
func (m *move) look(ctx context.Context, t store.Tenant) (err error) {
	s := &state{tenant: t}
	m.states[t.ID] = s
	if s.progress, err = m.from.Progress(ctx, t.ID); err != nil {
		return err
	}
	at, data, err := m.from.Snapshot(ctx, t.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the snapshot: %w", err)
	}
	m.report.Snapshots++
	s.snapshot = &at
	return data.Close()
}

// print is a fingerprint of the source, so that nothing is added to what was moved from
// another one. What escapes it the verification finds.
func (m *move) print(ctx context.Context) ([]byte, error) {
	amounts, err := m.from.Amounts(ctx)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	write := json.NewEncoder(h)
	if err := write.Encode([]any{m.tenants, m.tokens}); err != nil {
		return nil, err
	}
	for _, t := range m.tenants {
		a, s := amounts[t.ID], m.states[t.ID]
		last, err := m.from.LastChange(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		if err := write.Encode([]any{a, last, s.progress, s.snapshot}); err != nil {
			return nil, err
		}
		m.report.Add(a)
	}
	m.progress.Total.Store(2 * rows(m.report.Amount))
	return hex.AppendEncode(nil, h.Sum(nil)), nil
}

// rows is how many there are of all kinds.
func rows(a store.Amount) int64 { return a.Entries + a.Calls + a.Gone + a.Notices }

// resume goes on where the notes say.
func (m *move) resume(ctx context.Context, notes map[string][]byte) error {
	for id, s := range m.states {
		if text := notes[strconv.FormatInt(id, 10)]; text != nil {
			if err := json.Unmarshal(text, s); err != nil {
				return fmt.Errorf("the note of tenant %d: %w", id, err)
			}
		}
	}
	amounts, err := m.to.Amounts(ctx)
	for _, a := range amounts {
		m.report.Resumed += rows(a)
	}
	m.progress.Done.Store(m.report.Resumed)
	return err
}

// end finishes the target, if nobody can have written the source meanwhile.
func (m *move) end(ctx context.Context) error {
	m.progress.begin("finishing")
	if err := m.from.Alone(ctx); err != nil {
		return err
	}
	last, err := m.from.LastTenant(ctx)
	if err != nil {
		return err
	}
	return m.to.Finish(ctx, last)
}

// ahead lets what is taken be made beside the one who takes it, one value ahead.
func ahead[T any](ctx context.Context, produce func(ctx context.Context, put func(T) error) error, take func(T) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	made, ended := make(chan T), make(chan error, 1)
	go func() {
		defer close(made)
		ended <- produce(ctx, func(v T) error {
			select {
			case made <- v:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	for v := range made {
		err := ctx.Err()
		if err == nil {
			err = take(v)
		}
		if err != nil {
			cancel()
			<-ended
			return err
		}
	}
	return <-ended
}
