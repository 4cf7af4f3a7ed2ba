package server

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/legworkhq/legwork/server/api"
	"github.com/legworkhq/legwork/server/cluster"
	"github.com/legworkhq/legwork/server/metric"
)

// outlook watches what a node of a cluster has not passed on yet, and tells how long
// there is room for more.
type outlook struct {
	c      *Cluster
	log    *slog.Logger
	tokens api.Tokens // those of before, while the store is away

	began time.Time // what waited before did so for want of this process

	mu      sync.Mutex
	growth  growth
	streams []cluster.StreamStatus // nil when not known
}

func newOutlook(c *Cluster, log *slog.Logger, tokens api.Tokens) *outlook {
	return &outlook{c: c, log: log, tokens: tokens, began: time.Now()}
}

const (
	lookEvery    = 10 * time.Second
	streamsEvery = 3 // looks
	awayAfter    = time.Minute
)

func (o *outlook) run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for n := 0; ; n++ {
		o.look(ctx, n%streamsEvery == 0)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look notes how large the outbox is, and says what an operator should know about it.
func (o *outlook) look(ctx context.Context, streams bool) {
	ctx, cancel := context.WithTimeout(ctx, lookEvery/2)
	defer cancel()
	st, err := o.c.Node.OutboxState(ctx)
	if err != nil {
		return // whoever writes into it says so
	}
	now := time.Now()
	waits := waited(st, now)
	o.mu.Lock()
	o.growth.add(now, waits, st.Bytes)
	o.mu.Unlock()
	if away := min(waits, now.Sub(o.began)); away >= awayAfter {
		o.log.Warn(o.text(away, st), "once", "outbox waits")
	}
	o.mu.Lock()
	known := o.streams != nil
	o.mu.Unlock()
	var list []cluster.StreamStatus
	if o.c.Node.Connected() {
		if known && !streams {
			return
		}
		list, _ = o.c.Node.Streams(ctx)
	}
	o.mu.Lock()
	o.streams = list
	o.mu.Unlock()
}

func waited(st cluster.OutboxState, now time.Time) time.Duration {
	if st.Waiting == 0 || st.Oldest == 0 {
		return 0
	}
	return max(0, now.Sub(time.UnixMilli(st.Oldest)))
}

func (o *outlook) text(waits time.Duration, st cluster.OutboxState) string {
	what := "NATS has been away for"
	switch {
	case o.c.Node.Connected():
		what = "NATS has not taken what was sent to it for"
	case o.c.Node.Refused() != nil:
		what = "NATS does not let this node in: its user, password or credentials are wrong; nothing was passed on for"
	}
	text := fmt.Sprintf("%s %v; notifications are kept in the outbox (%d, %s)", what, waits.Round(time.Second), st.Waiting, size(st.Bytes))
	if left := o.left(st.Bytes); left > 0 {
		text += "; at this rate there is room for another " + span(left)
	}
	return text
}

// left is how long there is room, 0 when the outbox does not grow.
func (o *outlook) left(bytes int64) time.Duration {
	o.mu.Lock()
	rate := o.growth.rate()
	o.mu.Unlock()
	return lasts(o.c.Outbox.Max(), bytes, metric.DiskFree(o.c.Outbox.Path()), rate)
}

// room is how much there is for more, in words.
func (o *outlook) room() string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	st, err := o.c.Node.OutboxState(ctx)
	if n := room(o.c.Outbox.Max(), st.Bytes, metric.DiskFree(o.c.Outbox.Path())); err == nil && n >= 0 {
		return size(n)
	}
	return "unknown"
}

// room is how many bytes there are for more, less than 0 when unknown.
func room(max, bytes, free int64) int64 {
	if max > 0 && (free < 0 || max-bytes < free) {
		return max - bytes
	}
	return free
}

// lasts is how long there is room at a rate in bytes a second, 0 for no rate or an unknown
// room. max bounds the outbox, 0 for no bound; free is what the disk has, less than 0 when
// unknown.
func lasts(max, bytes, free int64, rate float64) time.Duration {
	room := room(max, bytes, free)
	if rate <= 0 || room < 0 {
		return 0
	}
	s := float64(room) / rate
	const year = 365 * 24 * 3600
	if s > year {
		s = year
	}
	return time.Duration(s*float64(time.Second)) + 1 // never 0: it does grow
}

// state is what a scrape shows.
func (o *outlook) state(ctx context.Context) *metric.ClusterState {
	n := o.c.Node
	out := &metric.ClusterState{Connected: n.Connected(), Nodes: -1, Free: -1, Partitions: int64(n.Partitions()), Outbox: metric.OutboxState{Events: -1, Bytes: -1, Oldest: -1}}
	if nodes, free, ok := n.Seen(); ok {
		out.Nodes, out.Free = int64(nodes), int64(free)
	}
	for _, p := range n.States() {
		out.Owned = append(out.Owned, metric.PartitionState{Partition: p.Partition, Lag: p.Lag, Behind: time.Duration(p.Behind) * time.Millisecond})
	}
	if st, err := n.OutboxState(ctx); err == nil {
		out.Outbox = metric.OutboxState{Events: st.Waiting, Bytes: st.Bytes, Oldest: waited(st, time.Now()), Left: o.left(st.Bytes), Relayed: st.Relayed}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.streams {
		t := metric.StreamState{Name: s.Name, Bytes: int64(s.Bytes), Limit: max(0, s.MaxBytes)}
		for _, r := range s.Replicas {
			if r.Missing() {
				t.Away++
			} else {
				t.Current++
			}
		}
		out.Streams = append(out.Streams, t)
	}
	return out
}

// growth tells how fast an outbox grows.
type growth struct{ list []sample }

type sample struct {
	at    time.Time
	bytes int64
}

// growthOver is how far back growth looks.
const growthOver = 5 * time.Minute

// add notes how large it is, and how long the first notification has waited in it.
func (g *growth) add(at time.Time, waits time.Duration, bytes int64) {
	for len(g.list) > 0 && at.Sub(g.list[0].at) > growthOver {
		g.list = g.list[1:]
	}
	if waits < lookEvery { // NATS takes them: what was says nothing about what follows
		g.list = nil
	}
	g.list = append(g.list, sample{at, bytes})
}

// rate is in bytes a second, 0 while it does not grow.
func (g *growth) rate() float64 {
	if len(g.list) < 2 {
		return 0
	}
	a, b := g.list[0], g.list[len(g.list)-1]
	if b.bytes <= a.bytes || !b.at.After(a.at) {
		return 0
	}
	return float64(b.bytes-a.bytes) / b.at.Sub(a.at).Seconds()
}

func size(n int64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

// span is a time in its largest unit that fits twice.
func span(d time.Duration) string {
	for _, u := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d >= 2*u.of {
			return fmt.Sprintf("%d%s", d/u.of, u.name)
		}
	}
	return fmt.Sprintf("%ds", d/time.Second)
}
