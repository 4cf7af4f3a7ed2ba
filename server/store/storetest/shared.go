package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// SharedOpener makes an empty database that several servers share, with at least two
// partitions, of which tenant N belongs to number N modulo their number. It returns how
// one more server opens it.
type SharedOpener func(t *testing.T) (open func() store.Shared)

// RunShared runs the suite for stores that several servers write at once. That the owner
// of a partition has a Store is for Run to see.
func RunShared(t *testing.T, open SharedOpener) {
	tests := []struct {
		name string
		test func(*testing.T, *cluster)
	}{
		{"Tokens", testSharedTokens}, {"Fence", testFence}, {"FenceUnderWay", testFenceUnderWay}, {"Position", testPosition}, {"Active", testActive},
		{"Parallel", testParallel}, {"NoticesOfAPartition", testPartNotices}, {"Base", testBase}, {"PruneAndRemove", testSharedPrune},
		{"PruneWhileWritten", testPruneWhileWritten}, {"OpenedAtOnce", testOpenedAtOnce}, {"Belongs", testBelongs},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			again := open(t)
			s := &cluster{Shared: again(), t: t, ctx: t.Context(), again: again}
			c.test(t, s)
		})
	}
}

// testBelongs: the first cluster that says so has the database, and no other one.
func testBelongs(t *testing.T, c *cluster) {
	for _, s := range []struct {
		store.Shared
		id   int64
		ours bool
	}{{c, 7, true}, {c.again(), 7, true}, {c, 8, false}, {c, 7, true}} {
		ours, err := s.Belongs(c.ctx, s.id)
		require.NoError(t, err)
		require.Equal(t, s.ours, ours, s.id)
	}
}

// cluster is a shared store under test.
type cluster struct {
	store.Shared
	t     *testing.T
	ctx   context.Context
	again func() store.Shared
	token int64
}

// claim makes another owner of a partition.
func (c *cluster) claim(part int) store.Partition {
	c.token++
	p, err := c.Claim(c.ctx, part, c.token, fmt.Sprint("worker ", c.token))
	require.NoError(c.t, err)
	return p
}

// tenant makes one that belongs to a partition.
func (c *cluster) tenant(part int) int64 {
	for range 2 * c.Partitions() {
		t := store.Tenant{Name: fmt.Sprintf("t%d-%d", part, c.token), Scope: "account", Region: "US"}
		c.token++
		require.NoError(c.t, c.AddTenant(c.ctx, &t))
		if int(t.ID)%c.Partitions() == part {
			return t.ID
		}
	}
	require.FailNow(c.t, "no tenant for the partition")
	return 0
}

// writes are all that an owner may write.
func writes(ctx context.Context, t testing.TB, p store.Partition, tenant int64, n int) map[string]func() error {
	g := Graph(t, "direct-inbound", n)
	return map[string]func() error{
		"Append":             func() error { return p.Append(ctx, Entries(t, tenant, "direct-inbound", n)) },
		"AppendFrom":         func() error { return p.AppendFrom(ctx, Entries(t, tenant, "direct-outbound", n), int64(n)) },
		"AppendFrom nothing": func() error { return p.AppendFrom(ctx, nil, int64(n)) },
		"Apply": func() error {
			_, err := p.Apply(ctx, &store.Update{Tenant: tenant, Calls: []store.Call{store.Row(tenant, g)}, Progress: &store.Progress{Seq: int64(n), Now: 1}})
			return err
		},
		"Apply progress": func() error {
			_, err := p.Apply(ctx, &store.Update{Tenant: tenant, Progress: &store.Progress{Seq: int64(n), Now: 1}})
			return err
		},
		"SaveSnapshot": func() error {
			return p.SaveSnapshot(ctx, tenant, store.Progress{Seq: int64(n)}, strings.NewReader("x"))
		},
		"DropSnapshot": func() error { return p.DropSnapshot(ctx, tenant) },
		"Purge":        func() error { _, _, err := p.Purge(ctx, tenant, "+1000000000"); return err },
		"Enqueue":      func() error { return p.Enqueue(ctx, notice(tenant, fmt.Sprint("e", n), "", 0)) },
		"Delivered":    func() error { return p.Delivered(ctx, 1<<40) },
		"Failed":       func() error { return p.Failed(ctx, 1<<40, 1, "x", false) },
		"Resend":       func() error { _, err := p.Resend(ctx, tenant, "", 1); return err },
		"Prune":        func() error { _, _, err := p.Prune(ctx, store.Policy{DeadBefore: 1}, 10); return err },
		"AddTenant": func() error {
			return p.AddTenant(ctx, &store.Tenant{Name: fmt.Sprint("w", n), Scope: "account"})
		},
		"AddToken": func() error { return p.AddToken(ctx, store.Token{Name: fmt.Sprint("w", n), Hash: []byte{1}}) },
	}
}

func testSharedTokens(t *testing.T, c *cluster) {
	owners, err := c.Owners(c.ctx)
	require.NoError(t, err)
	require.Empty(t, owners, "nobody claimed any")
	_, err = c.Claim(c.ctx, 1, 5, "a")
	require.NoError(t, err)
	for _, token := range []int64{5, 4, 0, -1} {
		_, err = c.Claim(c.ctx, 1, token, "b")
		require.ErrorIs(t, err, store.ErrFenced, "token %d", token)
	}
	_, err = c.Claim(c.ctx, 0, 3, "b")
	require.NoError(t, err, "each partition has its own")
	_, err = c.again().Claim(c.ctx, 1, 6, "c")
	require.NoError(t, err)
	for _, part := range []int{-1, c.Partitions()} {
		_, err = c.Claim(c.ctx, part, 9, "d")
		require.Error(t, err)
	}
	owners, err = c.Owners(c.ctx)
	require.NoError(t, err)
	for i := range owners {
		require.NotZero(t, owners[i].Claimed)
		owners[i].Claimed = 0
	}
	require.Equal(t, []store.Owner{{Partition: 0, Token: 3, Name: "b"}, {Partition: 1, Token: 6, Name: "c"}}, owners)
}

func testFence(t *testing.T, c *cluster) {
	tenant := c.tenant(1)
	old := c.claim(1)
	for name, write := range writes(c.ctx, t, old, tenant, 0) {
		require.NoError(t, write(), name)
	}
	due, err := old.Due(c.ctx, 100, 10)
	require.NoError(t, err)
	require.Len(t, due, 1)
	stats, err := c.Stats(c.ctx)
	require.NoError(t, err)
	position, err := old.Position(c.ctx)
	require.NoError(t, err)
	other := &cluster{Shared: c.again(), t: t, ctx: c.ctx, token: 100}
	young := other.claim(1)
	for name, write := range writes(c.ctx, t, old, tenant, 30) {
		require.ErrorIs(t, write(), store.ErrFenced, name)
	}
	require.ErrorIs(t, old.Delivered(c.ctx, due[0].Seq), store.ErrFenced)
	require.ErrorIs(t, old.Failed(c.ctx, due[0].Seq, 1000, "x", true), store.ErrFenced)
	again, err := young.Due(c.ctx, 100, 10)
	require.NoError(t, err)
	require.Equal(t, due, again)
	now, err := c.Stats(c.ctx)
	require.NoError(t, err)
	stats.Bytes, now.Bytes = 0, 0
	require.Equal(t, stats, now, "nothing was written")
	at, err := young.Position(c.ctx)
	require.NoError(t, err)
	require.Equal(t, position, at)
	for name, write := range writes(c.ctx, t, young, tenant, 60) {
		require.NoError(t, write(), name)
	}
}

// testFenceUnderWay: owners write until they are fenced, while others take over. What an
// owner was told is written is there, and nothing else.
func testFenceUnderWay(t *testing.T, c *cluster) {
	tenant := c.tenant(1)
	var mu sync.Mutex
	want := map[int64]string{}
	last := int64(0)
	var wg sync.WaitGroup
	for round := range 8 {
		p := c.claim(1)
		changes, err := p.LastChange(c.ctx, tenant)
		require.NoError(t, err)
		written := make(chan bool, 1000)
		wg.Go(func() {
			for i := range 1000 {
				e := []store.Entry{{Tenant: tenant, Received: 5, Session: "s", Body: fmt.Appendf(nil, `%d of %d`, i, round)}}
				err := p.AppendFrom(c.ctx, e, int64(round))
				if err != nil {
					if !errors.Is(err, store.ErrFenced) || e[0].Seq != 0 {
						t.Errorf("append: %v", err)
					}
					return
				}
				mu.Lock()
				want[e[0].Seq] = string(e[0].Body)
				if e[0].Seq <= last {
					t.Errorf("number %d after %d", e[0].Seq, last)
				}
				last = e[0].Seq
				mu.Unlock()
				written <- true
			}
		})
		wg.Go(func() {
			g := Graph(t, "direct-inbound", 0)
			for {
				change, err := p.Apply(c.ctx, &store.Update{Tenant: tenant, Calls: []store.Call{store.Row(tenant, g)}})
				if err != nil {
					if !errors.Is(err, store.ErrFenced) {
						t.Errorf("apply: %v", err)
					}
					return
				}
				if change <= changes {
					t.Errorf("change %d after %d", change, changes)
				}
				changes = change
			}
		})
		for range 5 {
			<-written
		}
	}
	c.claim(1)
	wg.Wait()
	got := map[int64]string{}
	all, err := c.Entries(c.ctx, tenant, 0, 1<<30)
	require.NoError(t, err)
	for _, e := range all {
		got[e.Seq] = string(e.Body)
	}
	require.Equal(t, want, got)
}

func testPosition(t *testing.T, c *cluster) {
	tenant := c.tenant(0)
	p := c.claim(0)
	at, err := p.Position(c.ctx)
	require.NoError(t, err)
	require.Zero(t, at)
	entries := Entries(t, tenant, "direct-inbound", 0)
	require.NoError(t, p.AppendFrom(c.ctx, entries, 7))
	require.NotZero(t, entries[0].Seq)
	require.NoError(t, p.AppendFrom(c.ctx, entries, 9))
	require.Zero(t, entries[0].Seq, "had before")
	require.NoError(t, p.AppendFrom(c.ctx, nil, 11))
	require.NoError(t, p.Append(c.ctx, Entries(t, tenant, "direct-inbound", 9)), "it says nothing about the log")
	at, err = c.claim(0).Position(c.ctx)
	require.NoError(t, err)
	require.EqualValues(t, 11, at)
	at, err = c.claim(1).Position(c.ctx)
	require.NoError(t, err)
	require.Zero(t, at, "of this partition alone")
	owners, err := c.Owners(c.ctx)
	require.NoError(t, err)
	require.EqualValues(t, 11, owners[0].Position)
}

func testActive(t *testing.T, c *cluster) {
	zero, one := c.claim(0), c.claim(1)
	waiting, open, idle, done, other := c.tenant(1), c.tenant(1), c.tenant(1), c.tenant(1), c.tenant(0)
	_ = idle
	entries := Entries(t, waiting, "direct-inbound", 0)
	require.NoError(t, one.Append(c.ctx, entries))
	g := Graph(t, "direct-inbound", 0)
	apply := func(p store.Partition, tenant int64, status call.Status, seq int64) {
		row := *g
		row.Status = status
		_, err := p.Apply(c.ctx, &store.Update{Tenant: tenant, Calls: []store.Call{store.Row(tenant, &row)}, Progress: &store.Progress{Seq: seq, Now: 1}})
		require.NoError(t, err)
	}
	apply(one, open, call.Open, 0)
	finished := Entries(t, done, "direct-inbound", 0)
	require.NoError(t, one.Append(c.ctx, finished))
	apply(one, done, call.Final, finished[len(finished)-1].Seq)
	apply(zero, other, call.Settling, 0)
	for _, w := range []struct {
		p    store.Partition
		want []int64
	}{{one, []int64{waiting, open}}, {zero, []int64{other}}} {
		got, err := w.p.Active(c.ctx)
		require.NoError(t, err)
		require.ElementsMatch(t, w.want, got)
	}
	apply(one, waiting, call.Final, entries[len(entries)-1].Seq)
	got, err := one.Active(c.ctx)
	require.NoError(t, err)
	require.Equal(t, []int64{open}, got)
}

// testParallel: two partitions are written at once, and in each the journal and the calls.
func testParallel(t *testing.T, c *cluster) {
	var mu sync.Mutex
	seqs, changes := map[int64]bool{}, map[int64]bool{}
	note := func(seen map[int64]bool, n, last int64) {
		mu.Lock()
		defer mu.Unlock()
		if seen[n] || n <= last {
			t.Errorf("number %d twice, or after %d", n, last)
		}
		seen[n] = true
	}
	var wg sync.WaitGroup
	for part := range 2 {
		tenant, p := c.tenant(part), c.claim(part)
		wg.Go(func() {
			last := int64(0)
			for i := range 40 {
				e := []store.Entry{{Tenant: tenant, Received: 5, Session: "s", Body: fmt.Append(nil, i)}, {Tenant: tenant, Received: 5, Session: "s", Body: fmt.Append(nil, "-", i)}}
				if err := p.AppendFrom(c.ctx, e, int64(i)); err != nil {
					t.Error(err)
				}
				note(seqs, e[0].Seq, last)
				note(seqs, e[1].Seq, e[0].Seq)
				last = e[1].Seq
			}
		})
		wg.Go(func() {
			last, g := int64(0), Graph(t, "direct-inbound", part)
			for range 40 {
				change, err := p.Apply(c.ctx, &store.Update{Tenant: tenant, Calls: []store.Call{store.Row(tenant, g)}, Notices: []store.Notice{notice(tenant, "n", "", 0)}})
				if err != nil {
					t.Error(err)
				}
				note(changes, change, last)
				last = change
			}
		})
		wg.Go(func() {
			for i := range 10 {
				if err := p.SaveSnapshot(c.ctx, tenant, store.Progress{Seq: int64(i)}, strings.NewReader("x")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.Len(t, seqs, 160)
	require.Len(t, changes, 80)
}

func testPartNotices(t *testing.T, c *cluster) {
	var views []store.Partition
	for part := range 2 {
		tenant, p := c.tenant(part), c.claim(part)
		_, err := p.Apply(c.ctx, &store.Update{Tenant: tenant, Notices: []store.Notice{notice(tenant, fmt.Sprint("applied ", part), "c", 1)}})
		require.NoError(t, err)
		require.NoError(t, p.Enqueue(c.ctx, notice(tenant, fmt.Sprint("enqueued ", part), "", 1)))
		views = append(views, p)
	}
	for part, p := range views {
		due, err := p.Due(c.ctx, 10, 10)
		require.NoError(t, err)
		require.Len(t, due, 2)
		require.Equal(t, []string{fmt.Sprint("applied ", part), fmt.Sprint("enqueued ", part)}, []string{due[0].ID, due[1].ID})
		other := views[1-part]
		require.NoError(t, other.Delivered(c.ctx, due[0].Seq), "not its own")
		require.NoError(t, p.Failed(c.ctx, due[0].Seq, 50, "no", false))
		require.NoError(t, p.Failed(c.ctx, due[1].Seq, 50, "no", true))
		at, err := p.NextDue(c.ctx)
		require.NoError(t, err)
		require.Equal(t, call.Time(50), at)
		n, err := c.Resend(c.ctx, due[1].Tenant, "", 20)
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
		require.NoError(t, p.Delivered(c.ctx, due[0].Seq))
		require.NoError(t, p.Delivered(c.ctx, due[1].Seq))
		at, err = p.NextDue(c.ctx)
		require.NoError(t, err)
		require.Zero(t, at)
	}
}

// testBase: what belongs to an owner fails without one; the rest works.
func testBase(t *testing.T, c *cluster) {
	tenant := c.tenant(1)
	p := c.claim(1)
	g := Graph(t, "direct-inbound", 0)
	entries := Entries(t, tenant, "direct-inbound", 0)
	require.NoError(t, p.Append(c.ctx, entries))
	change, err := p.Apply(c.ctx, &store.Update{Tenant: tenant, Calls: []store.Call{store.Row(tenant, g)}, Progress: &store.Progress{Seq: 5, Now: 1}})
	require.NoError(t, err)
	got, err := c.Entries(c.ctx, tenant, 0, 100)
	require.NoError(t, err)
	require.Equal(t, entries, got)
	last, err := c.LastChange(c.ctx, tenant)
	require.NoError(t, err)
	require.Equal(t, change, last)
	last, err = c.LastChange(c.ctx, c.tenant(0))
	require.NoError(t, err)
	require.Zero(t, last)
	one, err := c.Call(c.ctx, tenant, g.ID)
	require.NoError(t, err)
	require.Equal(t, change, one.Change)

	_, err = c.Apply(c.ctx, &store.Update{Tenant: tenant})
	require.Error(t, err)
	_, _, err = c.Purge(c.ctx, tenant, "+14045550134")
	require.Error(t, err)
	_, err = c.Due(c.ctx, 1, 1)
	require.Error(t, err)
	_, err = c.NextDue(c.ctx)
	require.Error(t, err)
	for _, err := range []error{c.Append(c.ctx, Entries(t, tenant, "missed", 0)), c.SaveSnapshot(c.ctx, tenant, store.Progress{}, strings.NewReader("x")), c.DropSnapshot(c.ctx, tenant),
		c.Enqueue(c.ctx, notice(tenant, "n", "", 0)), c.Delivered(c.ctx, 1), c.Failed(c.ctx, 1, 1, "", false)} {
		require.Error(t, err)
	}
}

// written fills two partitions alike: entries that are applied, and calls.
func (c *cluster) written() (views []store.Partition, tenants []int64) {
	for part := range 2 {
		tenant, p := c.tenant(part), c.claim(part)
		entries := Entries(c.t, tenant, "direct-inbound", 0)
		require.NoError(c.t, p.Append(c.ctx, entries))
		g := Graph(c.t, "direct-inbound", 0)
		at := store.Progress{Seq: entries[len(entries)-1].Seq, Now: 1}
		_, err := p.Apply(c.ctx, &store.Update{Tenant: tenant, At: 1000, Calls: []store.Call{store.Row(tenant, g)}, Progress: &at})
		require.NoError(c.t, err)
		require.NoError(c.t, p.SaveSnapshot(c.ctx, tenant, at, strings.NewReader("x")))
		views, tenants = append(views, p), append(tenants, tenant)
	}
	return views, tenants
}

func testSharedPrune(t *testing.T, c *cluster) {
	_, tenants := c.written()
	n := int64(len(Entries(t, 1, "direct-inbound", 0)))
	r, _, err := c.Prune(c.ctx, store.Policy{RawBefore: 1 << 60, CallsBefore: 2000}, 100)
	require.NoError(t, err)
	require.Equal(t, store.Removed{Entries: 2 * n, Calls: 2}, r)
	stats, err := c.Stats(c.ctx)
	require.NoError(t, err)
	stats.Bytes = 0
	require.Zero(t, stats)
	r, more, err := c.Prune(c.ctx, store.Policy{MaxBytes: 1}, 100)
	require.NoError(t, err)
	require.False(t, more)
	require.Zero(t, r)

	for _, tenant := range tenants {
		require.NoError(t, c.RemoveTenant(c.ctx, tenant))
	}
	views, tenants := c.written()
	require.NoError(t, c.RemoveTenant(c.ctx, tenants[0]))
	entries := slices.Concat(Entries(t, tenants[0], "missed", 0), Entries(t, 1<<40, "missed", 0))
	require.NoError(t, views[0].AppendFrom(c.ctx, entries, 3))
	for _, e := range entries {
		require.Zero(t, e.Seq)
	}
	require.ErrorIs(t, views[0].Enqueue(c.ctx, notice(tenants[0], "n", "", 0)), store.ErrNotFound)
	require.ErrorIs(t, views[0].SaveSnapshot(c.ctx, tenants[0], store.Progress{}, strings.NewReader("x")), store.ErrNotFound)
	stats, err = c.Stats(c.ctx)
	require.NoError(t, err)
	stats.Bytes = 0
	require.Equal(t, store.Stats{Entries: n, Calls: 1}, stats)
}

// testPruneWhileWritten: one server prunes, and removes tenants, while owners write.
func testPruneWhileWritten(t *testing.T, c *cluster) {
	views, tenants := c.written()
	var writers, others sync.WaitGroup
	done := make(chan bool)
	for part, p := range views {
		writers.Go(func() {
			g := Graph(t, "direct-inbound", 0)
			for i := range 40 {
				entries := Entries(t, tenants[part], "direct-inbound", 0) // the same again, pruned meanwhile or not
				err := p.AppendFrom(c.ctx, entries, int64(i))
				if err == nil {
					u := &store.Update{Tenant: tenants[part], At: 1000, Calls: []store.Call{store.Row(tenants[part], g)}}
					if seq := entries[len(entries)-1].Seq; seq > 0 {
						u.Progress = &store.Progress{Seq: seq, Now: 1}
					}
					_, err = p.Apply(c.ctx, u)
				}
				if err == nil {
					err = p.SaveSnapshot(c.ctx, tenants[part], store.Progress{Seq: 1 << 50}, strings.NewReader("x"))
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	others.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			gone := c.tenant(0)
			if _, _, err := c.Prune(c.ctx, store.Policy{RawBefore: 1 << 60, CallsBefore: 2000, DeadBefore: 1, MaxBytes: 1}, 3); err != nil {
				t.Error(err)
			}
			if err := c.RemoveTenant(c.ctx, gone); err != nil {
				t.Error(err)
			}
		}
	})
	writers.Wait()
	close(done)
	others.Wait()
	for _, tenant := range tenants {
		require.NoError(t, c.RemoveTenant(c.ctx, tenant))
	}
	stats, err := c.Stats(c.ctx)
	require.NoError(t, err)
	stats.Bytes = 0
	require.Zero(t, stats, "counted to nothing")
}

func testOpenedAtOnce(t *testing.T, c *cluster) {
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			p, err := c.again().Claim(c.ctx, i%2, int64(10+i), "x")
			if err == nil {
				_, err = p.Position(c.ctx)
			}
			if err != nil && !errors.Is(err, store.ErrFenced) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
