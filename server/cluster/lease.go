package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"github.com/legworkhq/legwork/server/store"
)

// Member is a node as others see it.
type Member struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Address is where it serves.
	Address string `json:"address,omitzero"`
	// Worker: it owns partitions. Leaving: it gives them up.
	Worker bool `json:"worker"`
	// Takes: it takes notifications.
	Takes bool `json:"takes"`
	// Reads is which messages of the stream it understands: 3 for bundles, less for none.
	Reads   int  `json:"reads,omitzero"`
	Leaving bool `json:"leaving,omitzero"`
	// At is when it said so, on its own clock, Since when it started; both in milliseconds
	// since 1970.
	At     int64       `json:"at"`
	Since  int64       `json:"since"`
	Outbox OutboxState `json:"outbox"`
	// Partitions are those that it works on.
	Partitions []PartitionState `json:"partitions,omitzero"`
	// Trouble is what keeps it from its work, in words.
	Trouble string `json:"trouble,omitzero"`
}

// PartitionState is how a partition stands with its owner.
type PartitionState struct {
	Partition int `json:"partition"`
	// Position is the place in the stream up to which everything is in the journal.
	Position int64 `json:"position"`
	// Lag is how many messages of the stream are not in the journal yet, less than 0
	// when that is not known: the work has not begun.
	Lag int64 `json:"lag"`
	// Behind is how old the last one was when it came there, in milliseconds, or how old the
	// first one is that does not come there; while Lag is not known, how long the work has
	// not begun.
	Behind int64 `json:"behind"`
}

// keep says again and again that the node is there, and takes or gives up partitions so
// that each worker has its share.
func (n *Node) keep(ctx context.Context, host Host, db store.Shared) {
	since := time.Now().UnixMilli()
	tick := time.NewTicker(n.cfg.Lease / 4)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := n.meet(ctx, since, host, db); err != nil && ctx.Err() == nil {
			n.before.apart = true
			err = explain(err, n.cfg.URL)
			n.troubled(err)
			n.cfg.Log.Warn("cannot say to the cluster that this node is there", "once", "meet "+short(err), "error", err)
		} else {
			n.troubled(nil)
		}
		n.giveUpExpired()
		n.tell()
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	n.leave(since)
}

// meet is one round.
func (n *Node) meet(ctx context.Context, since int64, host Host, db store.Shared) error {
	ctx, cancel := context.WithTimeout(ctx, n.cfg.Lease/3)
	defer cancel()
	n.renew(ctx)
	if n.twinned = n.twin(ctx, since); n.twinned {
		n.cfg.Log.Error("another node has the name of this one: each needs its own, see cluster.node", "once", "twin", "name", n.cfg.Name)
	}
	if err := n.sayHere(ctx, since, false); err != nil {
		return err
	}
	members, err := n.Members(ctx)
	if err != nil {
		return err
	}
	held, err := n.Leases(ctx)
	if err != nil {
		return err
	}
	n.mu.Lock()
	before := n.members
	n.members, n.held = members, held
	n.mu.Unlock()
	n.bundling.Store(canBundle(members))
	if n.cfg.Worker && db != nil {
		n.share(ctx, n.before.presume(before, members, n.cfg.Lease/2), held, host, db)
	}
	return nil
}

// canBundle: there are workers, and all of them understand bundles.
func canBundle(members []Member) bool {
	works := func(m Member) bool { return m.Worker }
	cannot := func(m Member) bool { return m.Worker && m.Reads < readsBundles }
	return slices.ContainsFunc(members, works) && !slices.ContainsFunc(members, cannot)
}

// before is who was there before NATS was out of reach.
type before struct {
	apart   bool // it is out of reach
	members []Member
	until   time.Time
}

// presume adds them to those who are there, for some time after it is back: each has to
// come back first, and whoever is the first must not take the work of all.
func (b *before) presume(last, now []Member, grace time.Duration) []Member {
	if b.apart {
		b.apart, b.members, b.until = false, last, time.Now().Add(grace)
	}
	if time.Now().After(b.until) {
		b.members = nil
	}
	out := slices.Clone(now)
	for _, m := range b.members {
		if !slices.ContainsFunc(now, func(o Member) bool { return o.Name == m.Name }) {
			out = append(out, m)
		}
	}
	return out
}

// twin tells whether a node that began later has this one's name.
func (n *Node) twin(ctx context.Context, since int64) bool {
	e, err := n.nodes.Get(ctx, key(n.cfg.Name))
	if err != nil {
		return false
	}
	var m Member
	return json.Unmarshal(e.Value(), &m) == nil && m.Since > since
}

func (n *Node) sayHere(ctx context.Context, since int64, leaving bool) error {
	m := Member{Name: n.cfg.Name, Version: n.cfg.Version, Address: n.cfg.Address, Worker: n.cfg.Worker, Takes: n.cfg.Takes, Reads: readsBundles, Leaving: leaving, At: time.Now().UnixMilli(), Since: since, Partitions: n.States()}
	m.Outbox, _ = n.OutboxState(ctx)
	if err := n.Trouble(); err != nil {
		m.Trouble = err.Error()
	} else if n.twinned {
		m.Trouble = "two nodes have this name"
	} else if err := n.database.Load(); err != nil && *err != nil {
		m.Trouble = "PostgreSQL is away or cannot be written, and calls stand still: " + strings.Join(strings.Fields((*err).Error()), " ")
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if _, err = n.nodes.Put(ctx, key(n.cfg.Name), text); err == nil && !leaving && time.Since(n.noted) > noteEvery {
		n.noted = time.Now()
		ctx, cancel := context.WithTimeout(ctx, time.Second) // nothing depends on it
		defer cancel()
		_, _ = n.seen.Put(ctx, key(n.cfg.Name), text)
	}
	return err
}

// noteEvery is how often a node says that it is there to those who look for it later.
const noteEvery = time.Minute

// key is a name as a key of a bucket: other bytes than letters, digits, hyphens and
// underscores are =XX.
func key(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}

// entries reads a whole bucket, from whichever server has it: what it takes to watch one, a
// consumer, can be made only while the servers have a leader. It may be a moment old.
func (n *Node) entries(ctx context.Context, kv jetstream.KeyValue) (map[string][]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, max(time.Second, n.cfg.Lease/3)) // at most
	defer cancel()
	prefix := "$KV." + kv.Bucket() + "."
	list, err := jetstreamext.GetLastMsgsFor(ctx, n.js, "KV_"+kv.Bucket(), []string{prefix + ">"})
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for m, err := range list {
		if errors.Is(err, jetstreamext.ErrNoMessages) {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(m.Data) > 0 { // it was not deleted
			out[strings.TrimPrefix(m.Subject, prefix)] = m.Data
		}
	}
	return out, ctx.Err() // the list ends early then
}

// Members are the nodes that said of late that they are there, in order of their names.
func (n *Node) Members(ctx context.Context) ([]Member, error) {
	return n.membersIn(ctx, n.nodes)
}

func (n *Node) membersIn(ctx context.Context, kv jetstream.KeyValue) ([]Member, error) {
	list, err := n.entries(ctx, kv)
	if err != nil {
		return nil, err
	}
	var out []Member
	for _, text := range list {
		var m Member
		if json.Unmarshal(text, &m) == nil && m.Name != "" {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b Member) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// Leases tells which node holds which partition.
func (n *Node) Leases(ctx context.Context) (map[int]string, error) {
	list, err := n.entries(ctx, n.leases)
	if err != nil {
		return nil, err
	}
	out := map[int]string{}
	for key, who := range list {
		if p, err := strconv.Atoi(key); err == nil {
			out[p] = string(who)
		}
	}
	return out, nil
}

// Shares says which worker should own which partition: as many each, give or take one,
// and as few as can be move when one comes or goes. Every node that sees the same
// workers says the same.
func Shares(workers []string, partitions int) []string {
	out := make([]string, partitions)
	if len(workers) == 0 {
		return out
	}
	type bid struct {
		partition, worker int
		score             uint64
	}
	bids := make([]bid, 0, partitions*len(workers))
	for p := range partitions {
		for w, name := range workers {
			h := fnv.New64a()
			h.Write([]byte(name + "\x00" + strconv.Itoa(p)))
			bids = append(bids, bid{p, w, mix(h.Sum64())})
		}
	}
	slices.SortFunc(bids, func(a, b bid) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.partition, b.partition), cmp.Compare(workers[a.worker], workers[b.worker]))
	})
	room := make([]int, len(workers))
	for i := range room {
		room[i] = partitions / len(workers)
	}
	extra := partitions % len(workers)
	for _, b := range bids {
		if out[b.partition] != "" {
			continue
		}
		switch {
		case room[b.worker] > 0:
			room[b.worker]--
		case room[b.worker] == 0 && extra > 0:
			room[b.worker]--
			extra--
		default:
			continue
		}
		out[b.partition] = workers[b.worker]
	}
	return out
}

// mix spreads what FNV leaves together.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// share gives up what others should have, and takes what is free and should be ours.
func (n *Node) share(ctx context.Context, members []Member, held map[int]string, host Host, db store.Shared) {
	workers := []string{n.cfg.Name} // although the server that was asked may not know it yet
	for _, m := range members {
		if m.Worker && !m.Leaving && m.Name != n.cfg.Name {
			workers = append(workers, m.Name)
		}
	}
	shares := Shares(workers, n.Partitions())
	var wg sync.WaitGroup
	for p, who := range shares {
		o := n.owns(p)
		switch {
		case o != nil && who != n.cfg.Name && who != "":
			o.end("its share is another node's")
		case o != nil && o.ctx.Err() == nil, who != n.cfg.Name, held[p] != "":
		default: // what is closing still, without its lease, is fenced
			if o != nil {
				o.lost.Store(true)
			}
			wg.Go(func() { n.take(ctx, p, host, db) })
		}
	}
	wg.Wait()
}

func (n *Node) owns(p int) *ownership {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.owned[p]
}

// take takes the lease of a partition, if nobody was faster.
func (n *Node) take(ctx context.Context, p int, host Host, db store.Shared) {
	revision, err := n.leases.Create(ctx, strconv.Itoa(p), []byte(n.cfg.Name))
	if errors.Is(err, jetstream.ErrKeyExists) {
		return
	}
	if err != nil {
		n.cfg.Log.Warn("cannot take a partition", "once", "take "+short(err), "partition", p, "error", err)
		return
	}
	token, err := n.token(ctx, revision)
	if err != nil {
		_ = n.leases.Delete(ctx, strconv.Itoa(p), jetstream.LastRevision(revision))
		n.cfg.Log.Warn("cannot take a partition", "once", "take "+short(err), "partition", p, "error", err)
		return
	}
	n.own(p, token, revision, host, db)
}

// token makes one that rises with each lease, also when the bucket was removed and made
// anew.
func (n *Node) token(ctx context.Context, revision uint64) (int64, error) {
	st, err := n.leases.Status(ctx)
	if err != nil {
		return 0, err
	}
	b, ok := st.(*jetstream.KeyValueBucketStatus)
	if !ok {
		return 0, errors.New("the bucket of leases does not tell when it was made")
	}
	return b.StreamInfo().Created.Unix()<<32 | int64(revision), nil
}

// renew renews the leases that are held.
func (n *Node) renew(ctx context.Context) {
	n.mu.Lock()
	list := make([]*ownership, 0, len(n.owned))
	for _, o := range n.owned {
		list = append(list, o)
	}
	n.mu.Unlock()
	var wg sync.WaitGroup
	for _, o := range list {
		wg.Go(func() { o.renew(ctx) })
	}
	wg.Wait()
}

// giveUpExpired ends what could not be renewed for as long as a lease lasts.
func (n *Node) giveUpExpired() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, o := range n.owned {
		if !o.valid() {
			o.end("its lease could not be renewed")
		}
	}
}

// leaveWithin is how long giving everything up may take: those that stop a server wait for
// half a minute, some of which its other parts need.
const leaveWithin = 15 * time.Second

// leave gives everything up.
func (n *Node) leave(since int64) {
	ctx, cancel := context.WithTimeout(context.Background(), leaveWithin)
	defer cancel()
	say, spoken := context.WithTimeout(ctx, time.Second)
	_ = n.sayHere(say, since, true)
	spoken()
	n.mu.Lock()
	list := make([]*ownership, 0, len(n.owned))
	for _, o := range n.owned {
		list = append(list, o)
	}
	n.mu.Unlock()
	for _, o := range list {
		o.end("this node leaves")
	}
	for _, o := range list {
		select {
		case <-o.done:
		case <-ctx.Done():
		}
	}
	n.tell()
	bye, gone := context.WithTimeout(context.Background(), time.Second)
	defer gone()
	_ = n.nodes.Delete(bye, key(n.cfg.Name))
	_ = n.seen.Delete(bye, key(n.cfg.Name))
}
