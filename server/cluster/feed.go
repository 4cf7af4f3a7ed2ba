package cluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/ingest"
)

const (
	maxBatch      = 512     // notifications that are written together, and what else is in the last message
	maxBatchBytes = 3 << 20 // bytes of them
	buffered      = 32      // messages that are decoded ahead
	fetched       = 2048    // messages that are asked for at once
	fetchedBytes  = 8 << 20 // bytes of them
	heartbeat     = 500 * time.Millisecond
	makeWithin    = 3 * time.Second  // a consumer; NATS loses such a question while its leader changes
	lookAfter     = 5 * time.Second  // how often is looked whether something more should have come
	stalledAfter  = 10 * time.Second // without anything although something should have come
)

// Why a consumer is given up.
var (
	errStalled = errors.New("nothing comes from the stream although it has more")
	errGap     = errors.New("something got lost on its way from the stream")
	errAgain   = errors.New("the connection was lost in between")
)

// message is one of the stream, with the notifications that are in it.
type message struct {
	taken []ingest.Taken
	size  int // in bytes
	seq   int64
	nth   uint64    // of what its consumer gave
	after int64     // how many the stream had after it
	at    time.Time // when the stream took it
}

// feed reads the partition's part of the stream from a position on, and gives it to the
// work, until the ownership ends or the work fails. What a consumer does not give the next
// one does.
func (o *ownership) feed(w Work, position int64) error {
	o.note(func(s *PartitionState) { s.Position = position }) // an earlier owner came so far
	marks := &marks{keep: o.n.cfg.Keep}
	for o.ctx.Err() == nil {
		failed, err := o.consume(w, &position, marks)
		if failed {
			return err
		}
		if o.ctx.Err() == nil {
			o.n.cfg.Log.Warn("reading the stream anew", "once", "feed "+short(err), "partition", o.p, "error", err)
			pause(o.ctx, 250*time.Millisecond)
		}
	}
	return o.ctx.Err()
}

// consume reads with one consumer. failed tells whether the error is one of the work's.
// An ordered consumer of the library would do likewise, but waits for up to half a minute
// between its attempts, and nobody can stop it meanwhile.
func (o *ownership) consume(w Work, position *int64, marks *marks) (failed bool, err error) {
	ctx, cancel := context.WithCancel(o.ctx)
	defer cancel()
	made, enough := context.WithTimeout(ctx, makeWithin)
	consumer, err := o.n.stream.CreateConsumer(made, jetstream.ConsumerConfig{
		FilterSubject: o.n.names.partitioned(o.p), DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: uint64(*position) + 1,
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: time.Minute})
	enough()
	if err != nil {
		return false, err
	}
	defer o.discard(consumer)
	o.note(func(s *PartitionState) { s.Lag = int64(consumer.CachedInfo().NumPending) })
	messages, err := consumer.Messages(jetstream.PullMaxMessagesWithBytesLimit(fetched, fetchedBytes), jetstream.PullHeartbeat(heartbeat))
	if err != nil {
		return false, err
	}
	defer messages.Stop()
	f := &fetcher{messages: messages, in: make(chan message, buffered), reconnects: o.n.nc.Stats().Reconnects}
	ended := make(chan error, 1)
	go func() { ended <- f.run(ctx) }()
	trim := time.NewTicker(time.Minute)
	defer trim.Stop()
	looked := make(chan sight)
	go o.watch(ctx, consumer, f.in, looked)
	last, owed := time.Now(), uint64(0)
	for {
		select {
		case m := <-f.in:
			o.pace(ctx, last, f.in)
			b := gather(m, f.in)
			if err := o.put(w, b, int64(len(f.in))); err != nil {
				return true, err
			}
			*position = b.last.seq
			last = time.Now()
		case err := <-ended:
			return false, err
		case <-ctx.Done():
			return false, ctx.Err()
		case <-trim.C:
			o.trim(ctx, marks)
		case l := <-looked:
			silent := time.Since(last)
			switch {
			case o.n.nc.Stats().Reconnects != f.reconnects:
				return false, errAgain
			case l.err != nil && silent > stalledAfter:
				return false, errors.Join(errStalled, l.err)
			case l.err != nil || len(f.in) > 0:
			case f.got.Load() < owed && silent > lookAfter/2: // of what was sent before the last look
				return false, errGap
			case l.pending > 0 && silent > stalledAfter:
				return false, errStalled
			}
			owed = max(owed, l.sent)
		}
	}
}

// discard removes a consumer that is not needed any more, if it can be done at once. NATS
// does it after a minute.
func (o *ownership) discard(c jetstream.Consumer) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), makeWithin)
		defer cancel()
		_ = o.n.stream.DeleteConsumer(ctx, c.CachedInfo().Name)
	}()
}

// paceFor is how long, at least, lies between two transactions of a partition, unless much
// has come: each costs a sync of the shared database's disk.
const paceFor = 100 * time.Millisecond

// pace waits until it is time for the next transaction after the last.
func (o *ownership) pace(ctx context.Context, last time.Time, in <-chan message) {
	if wait := paceFor - time.Since(last); wait > 0 && len(in) < cap(in)/2 {
		pause(ctx, wait)
	}
}

// sight is how many messages the stream has that were not fetched, and how many it sent.
type sight struct {
	pending int64
	sent    uint64
	err     error
}

// watch notes how many messages wait, beside the one who writes them: the store may be
// away, and NATS too.
func (o *ownership) watch(ctx context.Context, consumer jetstream.Consumer, in <-chan message, looked chan<- sight) {
	tick := time.NewTicker(lookAfter)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		l := look(ctx, consumer)
		if ctx.Err() != nil {
			return
		}
		o.saw(l, int64(len(in)))
		select {
		case looked <- l:
		default: // it writes
		}
	}
}

func look(ctx context.Context, consumer jetstream.Consumer) sight {
	ctx, cancel := context.WithTimeout(ctx, makeWithin)
	defer cancel()
	info, err := consumer.Info(ctx)
	if err != nil {
		return sight{err: err}
	}
	return sight{pending: int64(info.NumPending), sent: info.Delivered.Consumer}
}

// saw notes how many messages wait, and for how long those do that are being written.
func (o *ownership) saw(l sight, buffered int64) {
	behind := int64(0)
	if w := o.writing.Load(); w != nil {
		buffered += w.count
		behind = time.Since(w.at).Milliseconds()
	}
	o.note(func(s *PartitionState) {
		s.Behind = max(s.Behind, behind)
		if l.err == nil {
			s.Lag = l.pending + buffered
		} else {
			s.Lag = max(s.Lag, buffered)
		}
		if s.Lag == 0 {
			s.Behind = 0
		}
	})
}

// note changes the state.
func (o *ownership) note(change func(*PartitionState)) {
	for {
		old := o.state.Load()
		s := *old
		change(&s)
		if o.state.CompareAndSwap(old, &s) {
			return
		}
	}
}

// fetcher decodes what comes, beside the one who writes it.
type fetcher struct {
	messages   jetstream.MessagesContext
	in         chan message
	got        atomic.Uint64 // how many came
	reconnects uint64        // of the connection, when the consumer was made
}

// run fetches until something is not as it should be: each message is numbered, and what is
// lost does not come again.
func (f *fetcher) run(ctx context.Context) error {
	silent := false
	for {
		msg, err := f.messages.Next(jetstream.NextContext(ctx))
		if errors.Is(err, jetstream.ErrNoHeartbeat) && !silent {
			silent = true // the first request to a new consumer may have been lost
			continue
		}
		if err != nil {
			return err
		}
		silent = false
		m, err := read(msg)
		if err != nil {
			return err
		}
		if m.nth != f.got.Load()+1 {
			return errGap
		}
		select {
		case f.in <- m:
			f.got.Add(1)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func read(msg jetstream.Msg) (m message, err error) {
	meta, err := msg.Metadata()
	if err != nil {
		return m, err
	}
	m.size = len(msg.Data())
	m.seq, m.nth, m.after, m.at = int64(meta.Sequence.Stream), meta.Sequence.Consumer, int64(meta.NumPending), meta.Timestamp
	if bundle, plain := isBundle(msg.Subject()); bundle {
		data := msg.Data()
		if !plain {
			if data, err = unpack(data); err != nil {
				return m, err
			}
			m.size = len(data)
		}
		m.taken, err = readBundle(data)
		return m, err
	}
	tenant, err := tenantOf(msg.Subject())
	if err != nil {
		return m, fmt.Errorf("subject %q: %w", msg.Subject(), err)
	}
	var t ingest.Taken
	t.Entry, t.Event = ingest.Entry(tenant, msg.Data())
	if received, err := strconv.ParseInt(msg.Headers().Get(headerReceived), 10, 64); err == nil {
		t.Arrived = call.Time(received)
	}
	m.taken = []ingest.Taken{t}
	return m, nil
}

// batch is what is written together: whole messages, up to last.
type batch struct {
	taken []ingest.Taken
	since time.Time // when the stream took the first
	last  message
}

// gather takes what is there already.
func gather(first message, in <-chan message) batch {
	b, size := batch{first.taken, first.at, first}, first.size
	for len(b.taken) < maxBatch && size < maxBatchBytes {
		select {
		case m := <-in:
			b.taken, b.last = append(b.taken, m.taken...), m
			size += m.size
			continue
		default:
		}
		break
	}
	return b
}

// put gives a batch to the work. It is tried again until it is on disk.
func (o *ownership) put(w Work, b batch, buffered int64) error {
	o.writing.Store(&written{b.since, int64(len(b.taken))})
	defer o.writing.Store(nil)
	if err := w.Take(o.ctx, b.taken, b.last.seq); err != nil {
		return err
	}
	o.note(func(s *PartitionState) {
		s.Position, s.Lag, s.Behind = b.last.seq, max(b.last.after, buffered), time.Since(b.last.at).Milliseconds()
	})
	return nil
}

// marks remembers when which position was reached.
type marks struct {
	keep time.Duration
	list []mark
	gone int64 // up to here is removed
}

type mark struct {
	at  time.Time
	seq int64
}

// until is the position that was reached long enough ago, 0 for none.
func (m *marks) until(now time.Time, seq int64) (out int64) {
	m.list = append(m.list, mark{now, seq})
	for len(m.list) > 0 && now.Sub(m.list[0].at) >= m.keep {
		out = m.list[0].seq
		m.list = m.list[1:]
	}
	return out
}

// full is how much of the stream's room may be taken before what was applied goes at
// once.
const full = .8

// trim removes from the stream what has long been in the journal.
func (o *ownership) trim(ctx context.Context, m *marks) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	position := o.state.Load().Position
	upTo := m.until(time.Now(), position)
	if info, err := o.n.stream.Info(ctx); err == nil && info.Config.MaxBytes > 0 && float64(info.State.Bytes) > full*float64(info.Config.MaxBytes) {
		upTo = position
	}
	if upTo <= m.gone || !o.valid() {
		return
	}
	if err := o.n.stream.Purge(ctx, jetstream.WithPurgeSubject(o.n.names.partitioned(o.p)), jetstream.WithPurgeSequence(uint64(upTo)+1)); err != nil {
		o.n.cfg.Log.Warn("cannot remove from the stream what is in the journal", "once", "trim", "error", err)
		return
	}
	m.gone = upTo
}
