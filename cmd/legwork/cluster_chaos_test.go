package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestClusterChaos has a cluster rebuild the calls of several tenants while whatever it is
// made of is killed, paused, stopped and cut off: NATS servers, workers, nodes that take
// notifications, the database. In the end every notification that was answered 200 is in
// one order in one journal, every call equals the answer key, nobody was told of a
// revision twice, and no partition had two owners.
//
// LEGWORK_SOAK=1 kills a hundred times and more. LEGWORK_CHAOS=N disturbs so many times, and
// LEGWORK_CHAOS_ONLY names, with commas between, the only kinds of disturbance that are
// wanted. With LEGWORK_OTHER, the path of another build, every other start of a node runs that: an
// upgrade that goes on and back. With LEGWORK_OLD each node begins as that build, and is this one when
// it starts again: an upgrade. The nodes' logs are kept with go test -artifacts.
func TestClusterChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: a cluster takes long")
	}
	plan := chaosPlan{kills: 0, count: 10, every: 3 * time.Second, calls: 60, tenants: 6}
	if os.Getenv("LEGWORK_SOAK") != "" {
		plan = chaosPlan{kills: 100, count: 160, every: 5 * time.Second, calls: 1200, tenants: 6}
	}
	if n, _ := strconv.Atoi(os.Getenv("LEGWORK_CHAOS")); n > 0 { // so many disturbances
		plan.count, plan.kills, plan.calls = n, 0, plan.calls*n/plan.count
	}
	plan.seed = uint64(time.Now().UnixNano())
	if s := os.Getenv("LEGWORK_SEED"); s != "" {
		plan.seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("again with: LEGWORK_SEED=%d go test ./cmd/legwork -run TestClusterChaos", plan.seed)
	began := time.Now()
	c := newChaos(t, plan)
	t.Logf("%s: the cluster is there", since(began))
	over := time.Duration(plan.count)*plan.every*11/10 + 10*time.Second
	replays := c.replay(over)
	c.began = time.Now()
	c.disturb()
	t.Logf("%s: everything is healed", since(began))
	time.Sleep(time.Until(c.began.Add(over)))
	c.answered(replays)
	t.Logf("%s: everything is answered 200", since(began))
	c.settle()
	t.Logf("%s: everything is settled", since(began))
	c.end()
	t.Logf("%s: every node has ended", since(began))
	c.check()
	c.measure()
}

func since(t time.Time) time.Duration { return time.Since(t).Round(100 * time.Millisecond) }

// chaosPlan is how much is disturbed: count times, one after every so long, with so many
// kills among them at least.
type chaosPlan struct {
	seed           uint64
	kills, count   int
	every          time.Duration
	calls, tenants int
}

// disturbance is something that is done to the cluster, and healed.
type disturbance struct {
	kind string
	// who it is done to, such as a node's name; what it affects.
	who        string
	from, to   time.Time
	partitions []int // that a worker held
}

func (d *disturbance) String() string { return d.kind + " " + d.who }

// way is a way to disturb: do does it to one of those that may be disturbed, undo heals.
type way struct {
	kind string
	kill bool
	cuts bool // it needs hosts that can be cut off
	of   func(c *chaos) []string
	do   func(c *chaos, who string)
	undo func(c *chaos, who string)
	// lasts is how long, at least and at most.
	lasts [2]time.Duration
}

var ways = []way{
	{"kill nats", true, false, (*chaos).servers, func(c *chaos, who string) { c.lab.Kill(c.server(who)) }, func(c *chaos, who string) { c.lab.Restart(c.server(who)) }, [2]time.Duration{0, 4 * time.Second}},
	{"kill worker", true, false, (*chaos).workers, func(c *chaos, who string) { c.nodes[who].kill() }, func(c *chaos, who string) { c.nodes[who].start() }, [2]time.Duration{0, 3 * time.Second}},
	{"kill ingest", true, false, (*chaos).takers, func(c *chaos, who string) { c.nodes[who].kill() }, func(c *chaos, who string) { c.nodes[who].start() }, [2]time.Duration{0, 3 * time.Second}},
	{"kill postgres", true, false, (*chaos).databases, func(c *chaos, _ string) { c.db.Kill() }, func(c *chaos, _ string) { c.db.Restart() }, [2]time.Duration{0, 3 * time.Second}},
	{"pause worker", false, false, (*chaos).workers, func(c *chaos, who string) { c.nodes[who].pause() }, func(c *chaos, who string) { c.nodes[who].resume() }, [2]time.Duration{chaosLease + time.Second, 2*chaosLease + 2*time.Second}},
	{"stop worker", false, false, (*chaos).workers, func(c *chaos, who string) { c.nodes[who].stop() }, func(c *chaos, who string) { c.nodes[who].start() }, [2]time.Duration{0, time.Second}},
	{"cut nats", false, true, (*chaos).servers, func(c *chaos, who string) { c.lab.Cut(c.server(who)) }, func(c *chaos, who string) { c.lab.Heal(c.server(who)) }, [2]time.Duration{time.Second, 8 * time.Second}},
	{"cut worker", false, true, (*chaos).workers, func(c *chaos, who string) { c.lab.Cut(c.nodes[who].host) }, func(c *chaos, who string) { c.lab.Heal(c.nodes[who].host) }, [2]time.Duration{time.Second, 8 * time.Second}},
	{"cut ingest", false, true, (*chaos).takers, func(c *chaos, who string) { c.lab.Cut(c.nodes[who].host) }, func(c *chaos, who string) { c.lab.Heal(c.nodes[who].host) }, [2]time.Duration{time.Second, 8 * time.Second}},
	{"cut postgres", false, true, (*chaos).databases, func(c *chaos, _ string) { c.lab.Cut(c.dbHost) }, func(c *chaos, _ string) { c.lab.Heal(c.dbHost) }, [2]time.Duration{time.Second, 6 * time.Second}},
}

// sequence is the ways to disturb in the order in which they are tried: each once, then
// again and again, kills more often.
func (c *chaos) sequence() (out []way) {
	var all, kills []way
	for _, w := range ways {
		if only := os.Getenv("LEGWORK_CHAOS_ONLY"); w.cuts && !c.cuts || only != "" && !strings.Contains(","+only+",", ","+w.kind+",") {
			continue
		}
		all = append(all, w)
		if w.kill {
			kills = append(kills, w)
		}
	}
	need := c.plan.kills
	for len(out) < c.plan.count || need > 0 {
		round := slices.Clone(all)
		if c.plan.kills > 0 {
			round = append(round, slices.Concat(kills, kills)...)
		}
		c.rand.Shuffle(len(round), func(i, j int) { round[i], round[j] = round[j], round[i] })
		if c.plan.kills == 0 {
			round = round[:min(len(round), c.plan.count-len(out))]
		}
		for _, w := range round {
			if w.kill {
				need--
			}
		}
		out = append(out, round...)
	}
	return out
}

// disturb disturbs the cluster as planned, several things at a time, and returns when
// everything is healed.
func (c *chaos) disturb() {
	var wg sync.WaitGroup
	defer wg.Wait()
	next := time.Now()
	for _, w := range c.sequence() {
		next = next.Add(c.plan.every/2 + time.Duration(c.rand.Int64N(int64(c.plan.every))))
		if now := time.Now(); next.Before(now) {
			next = now
		}
		lasts := w.lasts[0] + time.Duration(c.rand.Int64N(int64(w.lasts[1]-w.lasts[0])))
		choice := c.rand.Uint64()
		time.Sleep(time.Until(next))
		who := c.choose(w, choice)
		c.watch()
		d := &disturbance{kind: w.kind, who: who, partitions: c.held(who), from: time.Now()}
		w.do(c, who)
		c.t.Logf("%s: %s, for %s", since(c.began), d, lasts.Round(10*time.Millisecond))
		wg.Go(func() {
			time.Sleep(lasts)
			w.undo(c, who)
			d.to = time.Now()
			if strings.HasSuffix(d.kind, "nats") {
				c.natsReady()
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.done = append(c.done, d)
			delete(c.busy, who)
		})
	}
}

// choose waits until something may be disturbed, and takes it: one of the workers and of
// the NATS servers must be left alone.
func (c *chaos) choose(w way, choice uint64) string {
	for {
		c.mu.Lock()
		var free []string
		all := w.of(c)
		for _, who := range all {
			if !c.busy[who] {
				free = append(free, who)
			}
		}
		alone := min(len(all)-1, map[bool]int{true: 2, false: 1}[all[0] == "n1"])
		if len(free) > alone {
			who := free[choice%uint64(len(free))]
			c.busy[who] = true
			c.mu.Unlock()
			return who
		}
		c.mu.Unlock()
		time.Sleep(50 * time.Millisecond)
	}
}

// natsReady waits until the NATS servers have what they must have, so that the next one
// can be taken away.
func (c *chaos) natsReady() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := c.lab.WaitReady(ctx); err != nil {
		c.t.Errorf("%s: %v", since(c.began), err)
	}
}

// watch fails the test when a node ended that was not made to.
func (c *chaos) watch() {
	for _, n := range c.nodes {
		if err := n.fallen(); err != nil {
			require.NoError(c.t, err, "%s ended by itself", n.name)
		}
	}
}

// measure tells how long it took after each kind of disturbance until calls were updated
// again, in the partitions that were affected.
func (c *chaos) measure() {
	took := map[string][]time.Duration{}
	for _, d := range c.done {
		if r, ok := c.recovered(d); ok {
			took[d.kind] = append(took[d.kind], r)
		}
	}
	for _, w := range ways {
		list := took[w.kind]
		if len(list) == 0 {
			continue
		}
		slices.Sort(list)
		c.t.Logf("%-13s %3d times; calls were updated again after %s at most, %s in the middle", w.kind, len(list), list[len(list)-1].Round(10*time.Millisecond), list[len(list)/2].Round(10*time.Millisecond))
	}
	c.t.Logf("%d notifications, %d calls, %d notices, %d changes; longest answer %s", c.sum.notifications, c.sum.calls, c.sum.notices, c.sum.changes, c.sum.longest)
}

func chaosRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 2)) }

func tenantName(i int) string { return fmt.Sprintf("acme-%d", i+1) }
