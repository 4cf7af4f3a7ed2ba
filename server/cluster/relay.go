package cluster

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/store"
)

const (
	window    = 2048            // messages under way to the stream at once
	windowOf  = 16 << 20        // bytes of them, or one
	ackWithin = 5 * time.Second // then they are published again; the stream knows them by their identity
	maxOffers = 4 * window      // notifications in memory; what is beyond is read from the outbox
	removeAt  = 1024            // relayed ones that stay in the outbox, for as long as
	removeBy  = 250 * time.Millisecond
	// bundleFor is how long, at least, lies between two passes once nodes bundle, unless much
	// is there. What comes after a pause goes at once.
	bundleFor = 100 * time.Millisecond
)

// relay passes on what is in the outbox, in order.
type relay struct {
	n    *Node
	wake chan struct{}

	mu      sync.Mutex
	offers  []store.Entry
	behind  bool  // the outbox has more than what was offered since
	dropped int64 // offers that were not kept

	// Of run alone:
	tokens  []string // of the bundles of each partition
	read    int64    // Seq of the last one of the last pass
	flying  []flight
	size    int       // of their messages, in bytes
	sent    time.Time // when something was published last
	removed int64
	at      time.Time // of the last removal

	acked   atomic.Int64 // Seq of the last one that the stream has
	counted atomic.Int64 // how many it took
	failing atomic.Bool
}

// flight is a message that was published, and its answer.
type flight struct {
	upTo    int64 // the Seq up to which everything was published, with this one
	msg     *nats.Msg
	ack     jetstream.PubAckFuture
	refused bool // NATS said so, which it does once
}

// answered: NATS has said something of it.
func (f *flight) answered() bool { return len(f.ack.Ok())+len(f.ack.Err()) > 0 }

// landed notes that the stream has the first one.
func (r *relay) landed() {
	upTo := r.flying[0].upTo
	r.size -= len(r.flying[0].msg.Data)
	r.flying = r.flying[1:]
	r.failing.Store(false)
	r.counted.Add(upTo - r.acked.Swap(upTo)) // the outbox numbers without gaps
	if len(r.flying)%256 == 0 {
		r.remove(false)
	}
}

func (r *relay) init(n *Node) { r.n, r.wake, r.behind = n, make(chan struct{}, 1), true }

func (r *relay) offer(entries []ingest.Taken) {
	r.mu.Lock()
	r.behind = r.behind || len(r.offers)+len(entries) > maxOffers
	for i := range entries {
		if r.behind { // it is read from the outbox
			r.dropped++
			continue
		}
		r.offers = append(r.offers, entries[i].Entry)
	}
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *relay) run(ctx context.Context) {
	select {
	case <-r.n.ready:
	case <-ctx.Done():
		return
	}
	for ctx.Err() == nil {
		if err := r.begin(ctx); err == nil {
			break
		} else {
			r.failed(err)
			pause(ctx, time.Second)
		}
	}
	tick := time.NewTicker(removeBy)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := r.pass(ctx); err != nil {
			r.failed(err)
			r.abandon()
			pause(ctx, 250*time.Millisecond)
			continue
		}
		select {
		case <-ctx.Done():
		case <-r.wake:
		case <-tick.C:
		}
	}
	r.abandon()
	r.remove(true)
}

func (r *relay) failed(err error) {
	r.failing.Store(true)
	r.n.cfg.Log.Warn("notifications stay in the outbox", "once", "relay "+short(err), "error", explain(err, r.n.cfg.URL))
}

// short is what tells errors of one cause from those of others.
func short(err error) string {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return strconv.Itoa(int(api.ErrorCode))
	}
	return err.Error()
}

// begin finds where to go on.
func (r *relay) begin(ctx context.Context) error {
	st, err := r.n.cfg.Outbox.State(ctx)
	if err != nil {
		return err
	}
	r.read, r.removed = st.First-1, st.First-1
	r.acked.Store(r.read)
	r.tokens = bundleTokens(r.n.Partitions())
	return nil
}

// pass publishes everything that is there.
func (r *relay) pass(ctx context.Context) error {
	for ctx.Err() == nil {
		r.gather(ctx)
		if err := r.hear(ctx); err != nil {
			return err
		}
		entries, err := r.next(ctx)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			if len(r.flying) == 0 {
				r.failing.Store(false)
				return nil
			}
			// The last ones are on their way; more may come meanwhile.
			if err := r.land(ctx, len(r.flying)-1); err != nil {
				return err
			}
			continue
		}
		if err := r.send(ctx, entries); err != nil {
			return err
		}
	}
	return nil
}

// gather waits for more of what is sent together.
func (r *relay) gather(ctx context.Context) {
	wait := bundleFor - time.Since(r.sent)
	if wait <= 0 || !r.n.bundling.Load() {
		return
	}
	r.mu.Lock()
	enough := r.behind || len(r.offers) >= window/2
	r.mu.Unlock()
	if !enough {
		pause(ctx, wait)
	}
}

// send publishes entries, in bundles when all nodes understand them.
func (r *relay) send(ctx context.Context, entries []store.Entry) error {
	r.sent = time.Now()
	together := slices.Collect(slices.Chunk(entries, 1))
	if r.n.bundling.Load() {
		together = bundles(entries, r.n.PartitionOf)
	}
	last := entries[len(entries)-1].Seq
	for i, some := range together {
		upTo := last
		if i+1 < len(together) {
			upTo = together[i+1][0].Seq - 1 // they are in the order of their first ones
		}
		if err := r.publish(some, upTo); err != nil {
			return err
		}
		for len(r.flying) > window || r.size > windowOf && len(r.flying) > 1 {
			if err := r.land(ctx, len(r.flying)-1); err != nil {
				return err
			}
		}
	}
	r.read = last
	return nil
}

// next returns what follows: from memory, where it is all there.
func (r *relay) next(ctx context.Context) ([]store.Entry, error) {
	r.mu.Lock()
	offers, behind, dropped := r.offers, r.behind, r.dropped
	r.offers = nil
	r.mu.Unlock()
	if !behind {
		return offers, nil
	}
	entries, err := r.n.cfg.Outbox.Next(ctx, r.read, window)
	if err != nil || len(entries) > 0 {
		return entries, err
	}
	r.mu.Lock()
	r.behind = r.dropped != dropped
	again := r.behind
	r.mu.Unlock()
	if again {
		return r.next(ctx)
	}
	return nil, nil
}

// publish publishes one message.
func (r *relay) publish(some []store.Entry, upTo int64) error {
	msg := r.message(some)
	ack, err := r.n.js.PublishMsgAsync(msg)
	if err == nil {
		r.size += len(msg.Data)
		r.flying = append(r.flying, flight{upTo: upTo, msg: msg, ack: ack})
	}
	return err
}

// message is that of one notification or more of a partition.
func (r *relay) message(some []store.Entry) *nats.Msg {
	e := &some[0]
	token, data, header := strconv.FormatInt(e.Tenant, 10), e.Body, nats.Header{}
	if len(some) == 1 {
		header.Set(headerReceived, strconv.FormatInt(int64(e.Received), 10))
	} else {
		token, data = r.tokens[r.n.PartitionOf(e.Tenant)], pack(appendBundle(nil, some))
	}
	header.Set(headerID, identity(token, data))
	return &nats.Msg{Subject: r.n.names.in(token), Data: data, Header: header}
}

// land waits until at most so many are on their way.
func (r *relay) land(ctx context.Context, most int) error {
	for len(r.flying) > most {
		f := &r.flying[0]
		select {
		case <-f.ack.Ok():
			r.landed()
		case err := <-f.ack.Err():
			if err := r.again(ctx, f, err); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// hear takes the answers that are there.
func (r *relay) hear(ctx context.Context) error {
	for len(r.flying) > 0 && r.flying[0].answered() {
		if err := r.land(ctx, len(r.flying)-1); err != nil {
			return err
		}
	}
	r.remove(time.Since(r.at) > removeBy)
	return nil
}

// again publishes a message again that NATS did not take, if that is no trouble. One that
// is refused stays the first: what follows must not count as passed on before it.
func (r *relay) again(ctx context.Context, f *flight, err error) error {
	if inProcess(err) {
		pause(ctx, inProcessFor)
		var ack jetstream.PubAckFuture
		if ack, err = r.n.js.PublishMsgAsync(f.msg); err == nil {
			f.ack = ack
			return nil
		}
	}
	f.refused = true
	return err
}

// The stream takes no notification while it is taking the same one from somebody else,
// which RingCentral sent twice, or we did: that one may fail still.
const (
	duplicateInProcess = 10158
	inProcessFor       = 20 * time.Millisecond
)

func inProcess(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == duplicateInProcess
}

// abandon forgets what is on its way: it is published again. What had arrived is known
// there if it is the same message, and in the journal in any case.
func (r *relay) abandon() {
	for len(r.flying) > 0 && len(r.flying[0].ack.Ok()) > 0 {
		r.landed()
	}
	for _, f := range r.flying { // wait, so that nothing old comes between what is new
		if f.refused {
			continue
		}
		select {
		case <-f.ack.Ok():
		case <-f.ack.Err():
		case <-time.After(ackWithin):
		}
	}
	r.flying, r.size = nil, 0
	r.read = r.acked.Load()
	r.mu.Lock()
	r.behind, r.offers = true, nil
	r.mu.Unlock()
}

// remove takes what the stream has out of the outbox, many at once.
func (r *relay) remove(now bool) {
	acked := r.acked.Load()
	if acked == r.removed || !now && acked-r.removed < removeAt {
		return
	}
	r.at = time.Now()
	if err := r.n.cfg.Outbox.Remove(acked); err != nil {
		r.n.cfg.Log.Warn("cannot remove from the outbox what was passed on", "once", "outbox", "error", err)
		return
	}
	r.removed = acked
}

// OutboxState is what waits in a node's outbox.
type OutboxState struct {
	// Waiting notifications are not passed on, Oldest is the time of the first of them, in
	// milliseconds since 1970, 0 for none.
	Waiting int64 `json:"waiting"`
	Oldest  int64 `json:"oldest,omitzero"`
	// Bytes of the file are in use.
	Bytes int64 `json:"bytes"`
	// Relayed is how many the stream took since the start.
	Relayed int64 `json:"relayed"`
	// Failing: the last attempt failed.
	Failing bool `json:"failing,omitzero"`
}

// OutboxState tells what waits.
func (n *Node) OutboxState(ctx context.Context) (OutboxState, error) {
	st, err := n.cfg.Outbox.State(ctx)
	if err != nil {
		return OutboxState{}, err
	}
	acked := n.relay.acked.Load()
	out := OutboxState{Waiting: max(0, st.Last-max(acked, st.First-1)), Bytes: st.Bytes, Relayed: n.relay.counted.Load(), Failing: n.relay.failing.Load()}
	if out.Waiting == 0 {
		return out, nil
	}
	first, err := n.cfg.Outbox.Next(ctx, acked, 1)
	if err == nil && len(first) > 0 {
		out.Oldest = int64(first[0].Received)
	}
	return out, err
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
