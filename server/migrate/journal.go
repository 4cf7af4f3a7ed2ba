package migrate

import (
	"container/heap"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/legworkhq/legwork/server/store"
)

const (
	entriesAtOnce = 4096     // that are written together
	bytesAtOnce   = 4 << 20  // of them
	entriesAhead  = 16 << 10 // that are read ahead, of all tenants together
)

// journal moves the notifications, partition by partition.
func (m *move) journal(ctx context.Context) error {
	m.progress.begin("notifications")
	began := time.Now()
	parts := map[int][]*state{}
	for _, t := range m.tenants {
		p := m.to.PartitionOf(t.ID)
		parts[p] = append(parts[p], m.states[t.ID])
	}
	for _, p := range slices.Sorted(maps.Keys(parts)) {
		if err := ahead(ctx, func(ctx context.Context, put func([]store.Entry) error) error {
			return m.readEntries(ctx, parts[p], put)
		}, func(entries []store.Entry) error { return m.putEntries(ctx, entries) }); err != nil {
			return err
		}
	}
	m.report.ForEntries = time.Since(began)
	return nil
}

// readEntries reads the entries of some tenants: of each in its order, those of different
// ones in order of time.
func (m *move) readEntries(ctx context.Context, states []*state, put func([]store.Entry) error) error {
	page := min(1000, max(16, entriesAhead/len(states)))
	var all queues
	for _, s := range states {
		q := &queue{from: m.from, tenant: s.tenant.ID, after: s.Entry, page: page}
		if ok, err := q.fill(ctx); err != nil {
			return err
		} else if ok {
			all = append(all, q)
		}
	}
	heap.Init(&all)
	var batch []store.Entry
	bytes := 0
	for len(all) > 0 {
		q := all[0]
		e := q.entries[0]
		batch, bytes = append(batch, e), bytes+len(e.Body)
		q.entries = q.entries[1:]
		ok, err := q.fill(ctx)
		if err != nil {
			return err
		}
		if ok {
			heap.Fix(&all, 0)
		} else {
			heap.Pop(&all)
		}
		if len(batch) >= entriesAtOnce || bytes >= bytesAtOnce || len(all) == 0 {
			if err := put(batch); err != nil {
				return err
			}
			batch, bytes = nil, 0
		}
	}
	return nil
}

// queue is the entries of one tenant, read page by page.
type queue struct {
	from    store.Origin
	tenant  int64
	after   int64
	page    int
	entries []store.Entry
	ended   bool
}

// fill reads a page when there is nothing left of the one before, and tells whether there
// is something.
func (q *queue) fill(ctx context.Context) (ok bool, err error) {
	if len(q.entries) > 0 || q.ended {
		return len(q.entries) > 0, nil
	}
	if q.entries, err = q.from.Entries(ctx, q.tenant, q.after, q.page); err != nil {
		return false, err
	}
	q.ended = len(q.entries) < q.page
	if len(q.entries) > 0 {
		q.after = q.entries[len(q.entries)-1].Seq
	}
	return len(q.entries) > 0, nil
}

// queues have the earliest entry first.
type queues []*queue

// Len implements sort.Interface.
func (h queues) Len() int { return len(h) }

// Less implements sort.Interface.
func (h queues) Less(i, k int) bool {
	a, b := &h[i].entries[0], &h[k].entries[0]
	return a.Received < b.Received || a.Received == b.Received && a.Seq < b.Seq
}

// Swap implements sort.Interface.
func (h queues) Swap(i, k int) { h[i], h[k] = h[k], h[i] }

// Push implements heap.Interface.
func (h *queues) Push(x any) { *h = append(*h, x.(*queue)) }

// Pop implements heap.Interface.
func (h *queues) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// putEntries writes entries, and how far their tenants are.
func (m *move) putEntries(ctx context.Context, entries []store.Entry) error {
	was := make([]int64, len(entries))
	for i := range entries {
		was[i] = entries[i].Seq
	}
	return m.put(ctx, &store.Portion{Entries: entries, Notes: func() (map[string][]byte, error) {
		touched := map[*state]bool{}
		for i := range entries {
			s := m.states[entries[i].Tenant]
			s.moved(was[i], entries[i].Seq)
			touched[s] = true
		}
		return note(slices.Collect(maps.Keys(touched))...)
	}}, len(entries))
}

// put writes a portion of so many rows.
func (m *move) put(ctx context.Context, p *store.Portion, rows int) error {
	err := m.to.Import(ctx, p)
	if err == nil {
		m.progress.Done.Add(int64(rows))
	}
	return err
}
