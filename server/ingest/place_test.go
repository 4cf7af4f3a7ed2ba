package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// patience is that of a shelf.
const patience = 20 * time.Millisecond

// shelf is a spooler in memory, whose journal is let go on by tests.
type shelf struct {
	mu      sync.Mutex
	journal lossy
	spooled []string
	number  uint64
	taken   uint64 // by Place
	settled int
	free    bool
	fail    error // of Place
	refuse  error // of Spool
	hold    chan struct{}
}

func newShelf() *shelf { return &shelf{journal: lossy{kept: map[string]bool{}}} }

func (s *shelf) set(f func(s *shelf)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

func get[T any](s *shelf, f func(s *shelf) T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return f(s)
}

func (s *shelf) Spool(_ context.Context, entries []store.Entry) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return 0, s.refuse
	}
	for _, e := range entries {
		s.spooled = append(s.spooled, string(e.Body))
	}
	s.number++
	return s.number, nil
}

func (s *shelf) Place(ctx context.Context, entries []store.Entry, upTo uint64) error {
	if hold := get(s, func(s *shelf) chan struct{} { return s.hold }); hold != nil {
		<-hold
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	s.taken = max(s.taken, upTo)
	return s.journal.Append(ctx, entries)
}

func (s *shelf) Write(ctx context.Context, entries []store.Entry) error {
	return s.Place(ctx, entries, 0)
}

func (s *shelf) Append(context.Context, []store.Entry) error { panic("not of a pipeline") }
func (s *shelf) Sync(context.Context) error                  { return nil }
func (s *shelf) Free() bool                                  { return get(s, func(s *shelf) bool { return s.free }) }

func (s *shelf) Patience() time.Duration { return patience }

func (s *shelf) Settle(context.Context) error {
	s.set(func(s *shelf) { s.settled++ })
	return nil
}

// running is a committer that runs, and what its sink was told.
type running struct {
	*Committer
	t     *testing.T
	ended chan struct{}
	mu    sync.Mutex
	told  []string
	now   time.Time
}

func run(t *testing.T, j Journal, and ...func(*Committer)) *running {
	r := &running{t: t, ended: make(chan struct{}), now: time.Unix(1_000_000, 0)}
	r.Committer = NewCommitter(j, noMeter{}, func() time.Time {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.now = r.now.Add(time.Second)
		return r.now
	}, 0, func(in []Taken) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, e := range in {
			r.told = append(r.told, fmt.Sprintf("%d %s", e.Seq, e.Body))
		}
	})
	for _, f := range and {
		f(r.Committer)
	}
	go func() { defer close(r.ended); r.Run() }()
	t.Cleanup(r.end)
	return r
}

func (r *running) end() {
	r.Close()
	<-r.ended
}

func (r *running) heard() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.told...)
}

func (r *running) post(body string) error {
	return r.Commit(r.t.Context(), store.Entry{Tenant: 7, Body: []byte(body)}, nil, 5*time.Second)
}

// TestSpooled: who posts is answered while the journal is busy. The engine hears of it, and
// the time goes on, when the journal has it.
func TestSpooled(t *testing.T) {
	s := newShelf()
	s.hold = make(chan struct{})
	c := run(t, s)
	require.NoError(t, c.post("a"))
	require.NoError(t, c.post("b"))
	require.NoError(t, c.post("a"))
	require.Equal(t, []string{"a", "b", "a"}, get(s, func(s *shelf) []string { return s.spooled }))
	require.Empty(t, c.heard())
	before := c.Horizon()
	fates, settled := make(chan []string), make(chan error)
	go func() {
		f, err := c.CommitAll(t.Context(), []Taken{{Entry: store.Entry{Tenant: 7, Body: []byte("c")}}, {Entry: store.Entry{Tenant: 7, Body: []byte("b")}}})
		if err != nil {
			t.Error(err)
		}
		fates <- f
	}()
	require.Eventually(t, func() bool { return get(s, func(s *shelf) int { return len(s.spooled) }) == 5 }, 5*time.Second, time.Millisecond)
	go func() { settled <- c.Settle(t.Context()) }()
	select {
	case <-fates:
		t.Fatal("the fate of what is in no journal is not known")
	case <-settled:
		t.Fatal("the journal does not have all")
	case <-time.After(3 * patience):
	}
	require.Equal(t, before, c.Horizon())
	close(s.hold)
	require.Equal(t, []string{New, Duplicate}, <-fates)
	require.NoError(t, <-settled)
	require.Equal(t, []string{"1 a", "2 b", "3 c"}, c.heard())
	require.Eventually(t, func() bool { return c.Horizon() > before }, 5*time.Second, time.Millisecond)
	require.Equal(t, uint64(4), get(s, func(s *shelf) uint64 { return s.taken }))
	require.Eventually(t, func() bool { return get(s, func(s *shelf) int { return s.settled }) == 1 }, 5*time.Second, time.Millisecond)
	time.Sleep(idleAfter + idleAfter/5)
	require.Equal(t, 1, get(s, func(s *shelf) int { return s.settled }), "the spool is empty already")
}

// TestNotSpooled: what is spooled only where that is sooner, where it can be, and for whom.
func TestNotSpooled(t *testing.T) {
	s := newShelf()
	s.free = true
	c := run(t, s)
	none := func() { require.Empty(t, get(s, func(s *shelf) []string { return s.spooled })) }
	require.NoError(t, c.post("a"))
	none()
	s.set(func(s *shelf) { s.fail = store.ErrFull })
	require.ErrorIs(t, c.post("b"), store.ErrFull)
	s.set(func(s *shelf) { s.fail, s.refuse, s.free = nil, errors.New("no room for a spool"), false })
	require.NoError(t, c.post("b"))
	none()
	s.set(func(s *shelf) { s.refuse = nil })
	c.Remove(7, true)
	require.NoError(t, c.post("d"), "it is there still")
	none()
	c.end()
	require.Equal(t, []string{"1 a", "2 b", "3 d"}, c.heard())
}

// TestSpooledAndStuck: when the journal fails, those who come then hear of it. What was
// answered before comes into it when it can, in order and once.
func TestSpooledAndStuck(t *testing.T) {
	s := newShelf()
	s.fail = store.ErrFull
	c := run(t, s)
	require.NoError(t, c.post("a"))
	require.Eventually(t, func() bool { return c.queue.stuck() }, 5*time.Second, time.Millisecond)
	before := c.Horizon()
	require.ErrorIs(t, c.post("b"), store.ErrFull)
	require.ErrorIs(t, c.post("c"), store.ErrFull)
	require.LessOrEqual(t, c.Horizon(), before)
	require.Equal(t, []string{"a"}, get(s, func(s *shelf) []string { return s.spooled }))
	s.set(func(s *shelf) { s.fail = nil })
	require.NoError(t, c.post("c"))
	require.Eventually(t, func() bool { return len(c.heard()) == 2 }, 5*time.Second, time.Millisecond)
	require.Equal(t, []string{"1 a", "2 c"}, c.heard())
	require.Eventually(t, func() bool { return !c.queue.stuck() }, 5*time.Second, time.Millisecond)
	require.NoError(t, c.post("d"))
	require.Equal(t, []string{"a", "d"}, get(s, func(s *shelf) []string { return s.spooled }))
}

// TestSpooledAtTheEnd: the end does not wait for a journal that fails, and loses nothing. What
// is left in the spool keeps what came after it out of the journal, and the time where it is.
func TestSpooledAtTheEnd(t *testing.T) {
	s := newShelf()
	s.hold = make(chan struct{})
	c := run(t, s)
	require.NoError(t, c.post("a"))
	before := c.Horizon()
	time.Sleep(2 * patience) // it is being placed
	require.NoError(t, c.post("b"))
	require.NoError(t, c.post("c"))
	s.set(func(s *shelf) { s.fail = store.ErrFull })
	c.Close()
	require.ErrorIs(t, c.post("d"), ErrClosed)
	s.hold <- struct{}{}
	go func() { // who fails once may succeed the next time
		s.set(func(s *shelf) { s.fail = nil })
		close(s.hold)
	}()
	<-c.ended
	if c.Left() == 0 { // it could be tried again in time
		require.Equal(t, []string{"1 a", "2 b", "3 c"}, c.heard())
		return
	}
	require.Equal(t, 3, c.Left())
	require.Empty(t, c.heard())
	require.Zero(t, get(s, func(s *shelf) uint64 { return s.taken }), "the spool keeps all of it")
	require.Equal(t, before, c.Horizon())
}

// TestSpoolMended: a spool that could not be written is used again when it can be, also while
// something comes all the time.
func TestSpoolMended(t *testing.T) {
	s := newShelf()
	s.refuse = errors.New("input/output error")
	var said []error
	c := run(t, s, func(c *Committer) { c.Trouble(func(err error) { said = append(said, err) }) })
	require.NoError(t, c.post("a"))
	require.NoError(t, c.post("b"))
	require.Equal(t, 1, get(s, func(s *shelf) int { return s.settled }))
	s.set(func(s *shelf) { s.refuse = nil })
	require.NoError(t, c.post("c"))
	require.Equal(t, []string{"c"}, get(s, func(s *shelf) []string { return s.spooled }))
	c.end()
	require.Equal(t, []string{"1 a", "2 b", "3 c"}, c.heard())
	require.Len(t, said, 2, "it is told when that begins")
}

// TestSpooledMany: many at once, and a journal that fails now and then. Everybody who is
// answered is in the journal, once, in the order in which the engine hears of it.
func TestSpooledMany(t *testing.T) {
	s := newShelf()
	c := run(t, s)
	var wg sync.WaitGroup
	var mu sync.Mutex
	answered := map[string]bool{}
	stop := make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				s.set(func(s *shelf) {
					s.fail = nil
					if n%3 == 0 {
						s.fail = store.ErrFull
					}
				})
			}
		}
	}()
	for w := range 16 {
		wg.Go(func() {
			for n := range 100 {
				body := fmt.Sprint(w, "-", n)
				if err := c.post(body); err == nil {
					mu.Lock()
					answered[body] = true
					mu.Unlock()
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	wg.Wait()
	close(stop)
	time.Sleep(30 * time.Millisecond)
	s.set(func(s *shelf) { s.fail = nil })
	require.NoError(t, c.Settle(t.Context()))
	seen := map[string]bool{}
	for i, text := range c.heard() {
		var seq int
		var body string
		_, err := fmt.Sscan(text, &seq, &body)
		require.NoError(t, err)
		require.Equal(t, i+1, seq)
		require.False(t, seen[body])
		seen[body] = true
	}
	require.NotEmpty(t, get(s, func(s *shelf) []string { return s.spooled }))
	for body := range answered {
		require.True(t, seen[body], body)
	}
	require.Equal(t, call.Time(0), call.Time(len(c.flying)), "nothing is under way")
}
