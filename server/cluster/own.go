package cluster

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/legworkhq/legwork/server/store"
)

// ownership is a partition that this node holds the lease of.
type ownership struct {
	n     *Node
	p     int
	token int64
	taken time.Time

	revision atomic.Uint64
	until    atomic.Pointer[time.Time] // on the monotonic clock, which goes on while the process is stopped
	lost     atomic.Bool               // somebody else has the lease by now
	ended    atomic.Pointer[time.Time] // when it was to end

	ctx  context.Context
	stop context.CancelCauseFunc
	done chan struct{}

	state   atomic.Pointer[PartitionState]
	writing atomic.Pointer[written] // nil for nothing
	publish *publisher
}

// written is what is being written into the journal: so many, the first of them taken by
// the stream at a time.
type written struct {
	at    time.Time
	count int64
}

// margin is how much earlier than NATS a node thinks that its lease is over.
const margin = .8

// own works on a partition until the lease is lost or given up.
func (n *Node) own(p int, token int64, revision uint64, host Host, db store.Shared) {
	o := &ownership{n: n, p: p, token: token, taken: time.Now(), done: make(chan struct{})}
	o.revision.Store(revision)
	o.renewed(time.Now())
	o.state.Store(&PartitionState{Partition: p, Lag: -1})
	o.ctx, o.stop = context.WithCancelCause(context.Background())
	n.mu.Lock()
	n.owned[p] = o
	n.mu.Unlock()
	n.moves.took(p)
	n.cfg.Log.Debug("took a partition", "partition", p, "token", token)
	go func() {
		defer close(o.done)
		o.run(host, db)
		o.release()
		n.mu.Lock()
		if n.owned[p] == o {
			delete(n.owned, p)
		}
		n.mu.Unlock()
		why := context.Cause(o.ctx)
		n.moves.gave(p, why.Error())
		n.cfg.Log.Debug("gave a partition up", "partition", p, "token", token, "because", why)
	}()
}

func (o *ownership) renewed(at time.Time) {
	until := at.Add(time.Duration(float64(o.n.cfg.Lease) * margin))
	o.until.Store(&until)
}

// valid: nobody else can have the lease yet.
func (o *ownership) valid() bool { return !o.lost.Load() && time.Now().Before(*o.until.Load()) }

func (o *ownership) end(why string) {
	now := time.Now()
	o.ended.CompareAndSwap(nil, &now)
	o.stop(errors.New(why))
}

// closing: it has been ending for so long that others need not wait for it.
func (o *ownership) closing() bool {
	at := o.ended.Load()
	return at != nil && time.Since(*at) > o.n.cfg.Lease
}

func (o *ownership) renew(ctx context.Context) {
	if o.lost.Load() || o.closing() {
		return
	}
	at, key, revision := time.Now(), strconv.Itoa(o.p), o.revision.Load()
	rev, err := o.n.leases.Update(ctx, key, []byte(o.n.cfg.Name), revision)
	if another(err) {
		// Ours all the same, if an answer was lost on its way.
		e, asked := o.n.leases.Get(ctx, key)
		switch {
		case asked != nil || string(e.Value()) == o.n.cfg.Name && e.Revision() <= revision:
			return // it is gone, or a server told that is behind: what is not renewed ends by itself
		case string(e.Value()) == o.n.cfg.Name:
			rev, err = o.n.leases.Update(ctx, key, []byte(o.n.cfg.Name), e.Revision())
		}
	}
	switch {
	case err == nil:
		o.revision.Store(rev)
		o.renewed(at)
	case another(err):
		o.lost.Store(true)
		o.end("its lease is over")
	}
}

// another: the lease is not as we left it.
func another(err error) bool {
	return errors.Is(err, jetstream.ErrKeyRevisionMismatch) || errors.Is(err, jetstream.ErrKeyExists)
}

// release gives the lease back, so that nobody has to wait for its end.
func (o *ownership) release() {
	if o.lost.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = o.n.leases.Delete(ctx, strconv.Itoa(o.p), jetstream.LastRevision(o.revision.Load()))
}

// run works, again after what may pass, until the ownership ends.
func (o *ownership) run(host Host, shared store.Shared) {
	var db store.Partition
	for o.ctx.Err() == nil {
		var err error
		if db == nil {
			db, err = shared.Claim(o.ctx, o.p, o.token, o.n.cfg.Name)
		}
		if err == nil {
			err = o.work(host, db)
		}
		switch {
		case o.ctx.Err() != nil:
		case errors.Is(err, store.ErrFenced):
			o.lost.Store(true)
			o.end("another node owns it")
			return
		default:
			o.n.cfg.Log.Warn("a partition does not go on; trying again", "once", "own "+short(err), "partition", o.p, "error", err)
			pause(o.ctx, 500*time.Millisecond)
		}
	}
}

// work feeds the partition from the stream.
func (o *ownership) work(host Host, db store.Partition) error {
	position, err := db.Position(o.ctx)
	if err != nil {
		return err
	}
	o.publish = newPublisher(o, db)
	ctx, cancel := context.WithCancel(o.ctx)
	published := make(chan struct{})
	go func() { defer close(published); o.publish.run(ctx) }()
	defer func() { cancel(); <-published }()
	w, err := host.Open(o.ctx, o.p, publishing{db, o.publish}, o.valid)
	if err != nil {
		return err
	}
	defer w.Close()
	answers, err := o.n.nc.Subscribe(o.n.names.ask(o.p), func(m *nats.Msg) { go o.n.reply(o.ctx, host, m) })
	if err != nil {
		return err
	}
	defer func() { _ = answers.Unsubscribe() }()
	return o.feed(w, position)
}

// States are those of the partitions that this node works on, in order.
func (n *Node) States() (out []PartitionState) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, o := range n.owned {
		s := *o.state.Load()
		if s.Lag < 0 {
			s.Behind = time.Since(o.taken).Milliseconds()
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b PartitionState) int { return cmp.Compare(a.Partition, b.Partition) })
	return out
}
