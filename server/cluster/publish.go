package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// changesAtOnce is how many changes one message has at most, and changesSize how many bytes,
// unless one has more.
const (
	changesAtOnce = 200
	changesSize   = 256 << 10
)

// publishing is the store of a partition whose changes are published.
type publishing struct {
	store.Partition
	publisher *publisher
}

// Apply implements store.Calls.
func (p publishing) Apply(ctx context.Context, u *store.Update) (int64, error) {
	began := p.publisher.begin()
	change, err := p.Partition.Apply(ctx, u)
	if err == nil {
		p.publisher.made(u, began)
	} else {
		p.publisher.lost(u.Tenant)
	}
	p.publisher.changed(u.Tenant, change)
	return change, err
}

// Purge implements store.Calls.
func (p publishing) Purge(ctx context.Context, tenant int64, number string) (r store.Removed, gone []call.SessionID, err error) {
	p.publisher.begin()
	r, gone, err = p.Partition.Purge(ctx, tenant, number)
	if err == nil {
		p.publisher.unsure(tenant)
	} else {
		p.publisher.lost(tenant)
	}
	p.publisher.changed(tenant, 0)
	return r, gone, err
}

// publisher tells the stream of changes what became of the calls of a partition: each
// change once, in order by tenant, also when a node dies in between. A message has several
// changes of a tenant's, says how far these are published with it, and is refused when the
// last message was not the one that the publisher thought.
type publisher struct {
	o    *ownership
	db   store.Partition
	wake chan struct{}

	mu      sync.Mutex
	dirty   map[int64]bool
	writing int              // Apply's under way
	top     int64            // the highest change that was heard of
	fresh   map[int64]*fresh // what the tenants' changes are
	bytes   int              // of them
	begun   int64            // how many Apply's and Purges
	doubted int64            // how many had begun when the outcome of one got lost; 0 when none may be under way still
	dropped int64            // how often changes were not remembered

	// Of run alone:
	at    map[int64]place
	floor int64 // everything up to it is published
}

// place is how far a tenant's changes are published, and the message that says so, 0 for
// none, if that is known.
type place struct {
	change int64
	seq    uint64
	known  bool
}

// fresh is a tenant's changes that were made a moment ago, so that they need not be read
// from the database: all of those after some change, when that is known.
type fresh struct {
	after int64 // 0 when it is not known
	last  int64
	lines []line
}

// line is a change as it is published.
type line struct {
	change int64
	text   []byte
}

// maxFresh is how many bytes of changes a publisher remembers. Above it they are read.
const maxFresh = 1 << 20

func newPublisher(o *ownership, db store.Partition) *publisher {
	return &publisher{o: o, db: db, wake: make(chan struct{}, 1), dirty: map[int64]bool{}, fresh: map[int64]*fresh{}, at: map[int64]place{}}
}

// made remembers the changes of an update that was written. It had the counter of changes
// locked: what began before it and got lost is over.
func (p *publisher) made(u *store.Update, began int64) {
	lines, err := p.lines(u)
	size := 0
	for _, l := range lines {
		size += len(l.text)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if began > p.doubted {
		p.doubted = 0
	}
	if err != nil || p.bytes+size > maxFresh {
		p.drop(u.Tenant)
		return
	}
	f := p.fresh[u.Tenant]
	if f == nil {
		f = &fresh{}
		p.fresh[u.Tenant] = f
	}
	if len(lines) > 0 {
		f.lines = append(f.lines, lines...)
		f.last = lines[len(lines)-1].change
		p.bytes += size
	}
}

func (p *publisher) lines(u *store.Update) (out []line, err error) {
	add := func(c store.Change) {
		text, failed := p.o.n.cfg.Change(&c)
		out, err = append(out, line{c.Change, text}), errors.Join(err, failed)
	}
	for _, m := range u.Merged {
		add(store.Change{Change: m.Change, Gone: m.From, Into: m.Into})
	}
	for i := range u.Calls {
		add(store.Change{Change: u.Calls[i].Change, Call: &u.Calls[i]})
	}
	return out, err
}

// unsure says that a tenant's changes are not known.
func (p *publisher) unsure(tenant int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(tenant)
}

// lost says that an update of a tenant's may have been written, or may be a moment later.
func (p *publisher) lost(tenant int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(tenant)
	p.doubted = p.begun
}

func (p *publisher) drop(tenant int64) {
	p.dropped++
	if f := p.fresh[tenant]; f != nil {
		for _, l := range f.lines {
			p.bytes -= len(l.text)
		}
		delete(p.fresh, tenant)
	}
}

// after returns what a tenant's changes after some change are, if that is known.
func (p *publisher) after(tenant, change int64) (lines []line, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.fresh[tenant]
	if f == nil || f.after == 0 || f.after > change {
		return nil, false
	}
	for len(f.lines) > 0 && f.lines[0].change <= change {
		p.bytes -= len(f.lines[0].text)
		f.after = f.lines[0].change
		f.lines = f.lines[1:]
	}
	return f.lines, true
}

// asking notes what read must know when the database is asked.
func (p *publisher) asking() (dropped int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dropped
}

// read says that the database had no changes of a tenant's after some change when it was
// asked: what is made from now on is all that there is. Unless something was made since.
func (p *publisher) read(tenant, change, dropped int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.writing > 0 || p.doubted > 0 || p.dropped != dropped {
		return
	}
	if f := p.fresh[tenant]; f == nil || f.last <= change {
		p.drop(tenant)
		p.fresh[tenant] = &fresh{after: max(change, 1), last: change}
	}
}

// begin notes that something is about to be written, and returns its number.
func (p *publisher) begin() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writing++
	p.begun++
	return p.begun
}

// changed ends what begin began. change is 0 when none was made, or it is not known.
func (p *publisher) changed(tenant, change int64) {
	p.mu.Lock()
	p.writing--
	p.dirty[tenant] = true
	p.top = max(p.top, change)
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// taken returns who has changes, and the change up to which those are all that there
// are, 0 when that is not known.
func (p *publisher) taken() (tenants []int64, top int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for t := range p.dirty {
		tenants = append(tenants, t)
	}
	slices.Sort(tenants)
	clear(p.dirty)
	if p.writing == 0 {
		top = p.top
	}
	return tenants, top
}

func (p *publisher) again(tenants []int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range tenants {
		p.dirty[t] = true
	}
}

// publishEvery is how long changes are gathered before they are published: shards have gathered
// what changed in a call already. breath is how long one waits for what NATS has but not told.
const (
	publishEvery = 100 * time.Millisecond
	breath       = 20 * time.Millisecond
)

func (p *publisher) run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := p.resume(ctx); err == nil {
			break
		} else {
			p.failed(ctx, err)
			pause(ctx, time.Second)
		}
	}
	saved := p.floor
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for ctx.Err() == nil {
		tenants, top := p.taken()
		for i, t := range tenants {
			err := p.tenant(ctx, t)
			if err == nil {
				continue
			}
			p.failed(ctx, err)
			top = 0
			var api *jetstream.APIError
			if errors.As(err, &api) || errors.Is(err, nats.ErrMaxPayload) { // of this tenant alone
				p.again(tenants[i : i+1])
				continue
			}
			p.again(tenants[i:])
			pause(ctx, 250*time.Millisecond)
			break
		}
		p.floor = max(p.floor, top)
		select {
		case <-ctx.Done():
		case <-p.wake:
			pause(ctx, publishEvery)
		case <-tick.C:
			if p.floor > saved && p.save(ctx) == nil {
				saved = p.floor
			}
		}
	}
}

func (p *publisher) failed(ctx context.Context, err error) {
	if ctx.Err() == nil {
		p.o.n.cfg.Log.Warn("changes are not published; trying again", "once", "publish "+short(err), "partition", p.o.p, "error", err)
	}
}

// resume finds what an earlier owner has not published. At the very first time everything
// that there is counts as published.
func (p *publisher) resume(ctx context.Context) error {
	m, err := p.o.n.changes.GetLastMsgForSubject(ctx, p.o.n.names.floor(p.o.p))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		m, err = p.o.n.changes.GetLastMsgForSubject(ctx, p.o.n.names.floorOfBefore(p.o.p))
	}
	first := errors.Is(err, jetstream.ErrMsgNotFound)
	if err != nil && !first {
		return err
	}
	if !first {
		if p.floor, err = strconv.ParseInt(string(m.Data), 10, 64); err != nil {
			return fmt.Errorf("subject %s: %w", m.Subject, err)
		}
	}
	tenants, top, err := p.db.ChangedSince(ctx, p.floor)
	if err != nil {
		return err
	}
	if first {
		p.floor = top
		return p.save(ctx)
	}
	p.again(tenants)
	p.mu.Lock()
	p.top = max(p.top, top)
	p.mu.Unlock()
	return nil
}

// save notes the floor. An old one is as true as a new one.
func (p *publisher) save(ctx context.Context) error {
	_, err := p.o.n.js.PublishMsg(ctx, &nats.Msg{Subject: p.o.n.names.floor(p.o.p), Data: strconv.AppendInt(nil, p.floor, 10), Header: nats.Header{jetstream.MsgRollup: {jetstream.MsgRollupSubject}}})
	return err
}

// tenant publishes everything of a tenant that is not published yet.
func (p *publisher) tenant(ctx context.Context, tenant int64) error {
	at := p.at[tenant]
	for ctx.Err() == nil {
		var err error
		if !at.known {
			if at, err = p.published(ctx, tenant, at.change); err != nil {
				return err
			}
		}
		lines, err := p.unpublished(ctx, tenant, at.change)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			break
		}
		next, err := p.publish(ctx, tenant, at, lines)
		var api *jetstream.APIError
		if errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == wrongLastSequence) {
			at.known = false   // somebody else published, or an answer of ours was lost
			pause(ctx, breath) // whoever is asked how far it is may be behind
			continue
		}
		if err != nil {
			at.known = false
			p.at[tenant] = at
			return err
		}
		at = next
		p.at[tenant] = at
	}
	return ctx.Err()
}

// unpublished lists a tenant's changes after some change, the first ones at least.
func (p *publisher) unpublished(ctx context.Context, tenant, change int64) ([]line, error) {
	if lines, known := p.after(tenant, change); known {
		return lines, nil
	}
	dropped := p.asking()
	changes, err := p.db.Changes(ctx, tenant, change, changesAtOnce)
	if err != nil {
		return nil, err
	}
	if len(changes) == 0 {
		p.read(tenant, change, dropped)
		return nil, nil
	}
	lines := make([]line, len(changes))
	for i := range changes {
		lines[i].change = changes[i].Change
		if lines[i].text, err = p.o.n.cfg.Change(&changes[i]); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// wrongLastSequence is NATS's other code for it, of replicated streams.
const wrongLastSequence = 10164

// published finds how far a tenant's changes are published: what this node published is,
// also when the messages are so old that NATS has dropped them.
func (p *publisher) published(ctx context.Context, tenant, ours int64) (at place, err error) {
	m, err := p.o.n.changes.GetLastMsgForSubject(ctx, p.o.n.names.changed(tenant))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return place{max(p.floor, ours), 0, true}, nil
	}
	if err != nil {
		return at, err
	}
	at.seq, at.known = m.Sequence, true
	if at.change, err = strconv.ParseInt(m.Header.Get(headerChange), 10, 64); err != nil {
		return at, fmt.Errorf("subject %s: %w", m.Subject, err)
	}
	return at, nil
}

// publish publishes changes, as many as one message has, and how far they are published
// then.
func (p *publisher) publish(ctx context.Context, tenant int64, at place, lines []line) (place, error) {
	n := p.o.n
	var text []byte
	for i, l := range lines[:min(len(lines), changesAtOnce)] {
		if i > 0 && len(text)+len(l.text) > changesSize {
			break
		}
		text = append(append(text, l.text...), '\n')
		at.change = l.change
	}
	m := &nats.Msg{Subject: n.names.changed(tenant), Data: text, Header: nats.Header{headerChange: {strconv.FormatInt(at.change, 10)}}}
	ctx, cancel := context.WithTimeout(ctx, ackWithin)
	defer cancel()
	ack, err := n.js.PublishMsg(ctx, m, jetstream.WithMsgTTL(n.cfg.Changes), jetstream.WithExpectLastSequencePerSubject(at.seq))
	if err != nil {
		return at, err
	}
	at.seq = ack.Sequence
	_ = n.nc.Publish(n.names.hint(strconv.FormatInt(tenant, 10)), nil) // who misses it looks now and then
	return at, nil
}
