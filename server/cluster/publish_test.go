package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// ledger is a partition that knows changes and nothing else.
type ledger struct {
	store.Partition
	mu     sync.Mutex
	last   int64
	of     map[int64]map[call.SessionID]int64 // the last change of each id of a tenant
	reads  int
	asked  func() // called once, after the answer of Changes is made
	broken error  // Apply writes, and the answer is lost
}

func (l *ledger) note(tenant int64, id call.SessionID) int64 {
	l.last++
	if l.of[tenant] == nil {
		l.of[tenant] = map[call.SessionID]int64{}
	}
	l.of[tenant][id] = l.last
	return l.last
}

func (l *ledger) Apply(_ context.Context, u *store.Update) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range u.Merged {
		u.Merged[i].Change = l.note(u.Tenant, u.Merged[i].From)
	}
	for i := range u.Calls {
		u.Calls[i].Change = l.note(u.Tenant, u.Calls[i].ID)
	}
	return l.last, l.broken
}

func (l *ledger) Purge(_ context.Context, tenant int64, id string) (r store.Removed, gone []call.SessionID, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(tenant, call.SessionID(id))
	return r, nil, nil
}

func (l *ledger) Changes(_ context.Context, tenant, after int64, limit int) (out []store.Change, err error) {
	defer func() {
		if f := l.asked; f != nil {
			l.asked = nil
			f()
		}
	}()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	for id, at := range l.of[tenant] {
		if at > after {
			out = append(out, store.Change{Change: at, Gone: id})
		}
	}
	slices.SortFunc(out, func(a, b store.Change) int { return cmp.Compare(a.Change, b.Change) })
	return out[:min(len(out), limit)], nil
}

func (l *ledger) ChangedSince(_ context.Context, after int64) (tenants []int64, top int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for t := range l.of {
		tenants = append(tenants, t)
	}
	return tenants, l.last, nil
}

// changeText is a change in one line: its number and the id.
func changeText(c *store.Change) ([]byte, error) {
	id := c.Gone
	if c.Call != nil {
		id = c.Call.ID
	}
	return fmt.Appendf(nil, "%d %s", c.Change, id), nil
}

// published reads the stream of changes: the last change of each id of each tenant, and that
// all are in order, each once.
func published(t *testing.T, n *Node) map[int64]map[call.SessionID]int64 {
	t.Helper()
	out, last := map[int64]map[call.SessionID]int64{}, map[int64]int64{}
	info, err := n.changes.Info(t.Context())
	require.NoError(t, err)
	for seq := info.State.FirstSeq; seq <= info.State.LastSeq; seq++ {
		m, err := n.changes.GetMsg(t.Context(), seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		require.NoError(t, err)
		if !strings.Contains(m.Subject, ".changes.") {
			continue
		}
		tenant, err := tenantOf(m.Subject)
		require.NoError(t, err)
		for line := range strings.Lines(string(m.Data)) {
			var change int64
			var id call.SessionID
			_, err := fmt.Sscan(line, &change, &id)
			require.NoError(t, err)
			require.Greater(t, change, last[tenant], "twice, or out of order")
			last[tenant] = change
			if out[tenant] == nil {
				out[tenant] = map[call.SessionID]int64{}
			}
			out[tenant][id] = change
		}
		require.Equal(t, strconv.FormatInt(last[tenant], 10), m.Header.Get(headerChange))
	}
	return out
}

// TestPublished: whatever is written, lost and purged, and whoever owns the partition, the
// stream has each change once, in order, and the last one of each call; most of them without
// reading them again.
func TestPublished(t *testing.T) {
	n := joined(t, prefixOf(), "a")
	n.cfg.Change = changeText
	db := &ledger{of: map[int64]map[call.SessionID]int64{}}
	r := rand.New(rand.NewPCG(5, 5))
	id := func() call.SessionID { return call.SessionID(fmt.Sprint("s-", r.IntN(30))) }
	applied := 0
	for range 4 { // owners
		o := &ownership{n: n, p: 1}
		p := publishing{db, newPublisher(o, db)}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); p.publisher.run(ctx) }()
		for range 150 {
			tenant := int64(1 + r.IntN(4))
			switch k := r.IntN(20); {
			case k < 17:
				u := &store.Update{Tenant: tenant}
				for range 1 + r.IntN(4) {
					u.Calls = append(u.Calls, store.Call{ID: id()})
				}
				if r.IntN(4) == 0 {
					u.Merged = []store.Merge{{From: id(), Into: id()}}
				}
				if r.IntN(12) == 0 {
					db.broken = errors.New("the answer was lost")
				}
				_, err := p.Apply(ctx, u)
				require.Equal(t, db.broken, err)
				db.broken = nil
				applied++
			case k < 18:
				_, _, err := p.Purge(ctx, tenant, string(id()))
				require.NoError(t, err)
			case k < 19:
				p.publisher.unsure(tenant) // as when there are too many
			}
			time.Sleep(time.Duration(r.IntN(10)) * time.Millisecond)
		}
		if r.IntN(2) == 0 { // the last of it is for the next owner
			time.Sleep(3 * publishEvery)
		}
		stop()
		<-ended
	}
	o := &ownership{n: n, p: 1}
	last := newPublisher(o, db)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go last.run(ctx)
	require.Eventually(t, func() bool {
		last.mu.Lock()
		defer last.mu.Unlock()
		return len(last.dirty) == 0 && last.top == db.last
	}, 10*time.Second, 10*time.Millisecond)
	time.Sleep(time.Second)
	require.Equal(t, db.of, published(t, n))
	db.mu.Lock()
	defer db.mu.Unlock()
	require.Less(t, db.reads, applied, "they were read again")
}

// TestPublishedInBetween: what is written between the database's answer and its arrival, and not
// remembered, is read the next time.
func TestPublishedInBetween(t *testing.T) {
	one := func() *store.Update { return &store.Update{Tenant: 1, Calls: []store.Call{{ID: "s-1"}}} }
	for name, between := range map[string]func(p publishing, db *ledger){
		"purged": func(p publishing, _ *ledger) {
			_, _, err := p.Purge(t.Context(), 1, "s-1")
			require.NoError(t, err)
		},
		"too many": func(p publishing, _ *ledger) {
			p.publisher.bytes = maxFresh
			_, err := p.Apply(t.Context(), one())
			require.NoError(t, err)
			p.publisher.bytes = 0
		},
		"lost": func(p publishing, db *ledger) {
			db.broken = errors.New("the answer was lost")
			_, err := p.Apply(t.Context(), one())
			require.Error(t, err)
			db.broken = nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := &ledger{of: map[int64]map[call.SessionID]int64{}, last: 50}
			p := publishing{db, newPublisher(&ownership{n: &Node{cfg: Config{Change: changeText}}}, db)}
			db.asked = func() { between(p, db) }
			for _, want := range []int{0, 1} {
				lines, err := p.publisher.unpublished(t.Context(), 1, 50)
				require.NoError(t, err)
				require.Len(t, lines, want)
			}
			lines, err := p.publisher.unpublished(t.Context(), 1, 51)
			require.NoError(t, err)
			require.Empty(t, lines)
			_, known := p.publisher.after(1, 51)
			require.Equal(t, name != "lost", known, "what got lost may be written still")
			_, err = p.Apply(t.Context(), one())
			require.NoError(t, err)
			for range 2 {
				lines, err = p.publisher.unpublished(t.Context(), 1, 51)
				require.NoError(t, err)
				require.Len(t, lines, 1)
			}
		})
	}
}
