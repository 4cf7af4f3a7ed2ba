package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/legworkhq/legwork/server/api"
	"github.com/legworkhq/legwork/server/cluster"
	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/shard"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/sqlite"
)

// Cluster is what makes a server one node of several.
type Cluster struct {
	Node   *cluster.Node
	Outbox *sqlite.Outbox
	// Open opens the store that all nodes share, of so many partitions. It is called again
	// when it fails with something that may pass.
	Open func(ctx context.Context, partitions int) (store.Shared, error)
	// Ingest: the node takes notifications at its webhooks.
	Ingest bool
	// Patience is how long New waits for what is out of reach. Zero means ten seconds.
	Patience time.Duration

	mu   sync.Mutex
	kept []byte // what remember kept last
}

// memory is what a node keeps of the cluster in its outbox, for a start when that is out
// of reach.
type memory struct {
	Partitions int            `json:"partitions"`
	Tenants    []store.Tenant `json:"tenants"`
	// Tokens let somebody see the metrics while the store is away.
	Tokens []store.Token `json:"tokens,omitzero"`
}

const noteMemory = "cluster"

func (c *Cluster) remember(m memory) error {
	m.Partitions = c.Node.Partitions()
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if bytes.Equal(text, c.kept) {
		return nil
	}
	err = c.Outbox.SetNote(noteMemory, text)
	if err == nil {
		c.kept = text
	}
	return err
}

// remembered is what remember kept, nil for nothing.
func (c *Cluster) remembered(ctx context.Context) (m *memory, err error) {
	text, err := c.Outbox.Note(ctx, noteMemory)
	if err != nil || text == nil {
		return nil, err
	}
	return m, json.Unmarshal(text, &m)
}

// join makes the server a node. What it needs and cannot have now it goes on asking for,
// if it was a node before: it knows the tenants, and takes their notifications.
func (s *Server) join(ctx context.Context) error {
	c := s.opt.Cluster
	if c.Patience <= 0 {
		c.Patience = 10 * time.Second
	}
	s.takeInto(c.Outbox, taking{s.meter}, 0, c.Node.Offer)
	known, err := c.remembered(ctx)
	if err != nil {
		return err
	}
	var tokens api.Tokens
	if known != nil {
		c.Node.SetPartitions(known.Partitions)
		s.setTenants(known.Tenants)
		tokens = api.TokensOf(known.Tokens)
	}
	s.outlook = newOutlook(c, s.opt.Log, tokens)
	s.wg.Go(func() { s.outlook.run(s.work) })
	patience := c.Patience
	if known != nil { // notifications come already, and nothing is needed for them
		patience = min(patience, time.Second)
	}
	first, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	db, err := s.meet(first, nil)
	var final *cluster.ConfigError
	if err != nil && (known == nil || errors.As(err, &final) || permanent(err)) {
		if db != nil {
			_ = db.Close()
		}
		return err
	}
	s.wg.Go(func() { c.Node.Relay(s.work) })
	s.wg.Go(func() { s.beNode(db, err) })
	return nil
}

// permanent: waiting does not mend it.
func permanent(err error) bool {
	return errors.Is(err, store.ErrNewer) || errors.Is(err, store.ErrInUse) || errors.Is(err, store.ErrCorrupt)
}

// meet opens the store, unless it is open, and connects to the cluster.
func (s *Server) meet(ctx context.Context, db store.Shared) (store.Shared, error) {
	c := s.opt.Cluster
	half, cancel := ctx, context.CancelFunc(func() {})
	if end, ok := ctx.Deadline(); ok && c.Node.Partitions() != 0 { // the store can be opened without NATS
		half, cancel = context.WithDeadline(ctx, end.Add(-time.Until(end)/2))
	}
	err := c.Node.Connect(half)
	cancel()
	var final *cluster.ConfigError
	if errors.As(err, &final) {
		return db, err
	}
	if c.Node.Partitions() == 0 {
		return nil, err
	}
	if db == nil {
		var failed error
		if db, failed = c.Open(ctx, c.Node.Partitions()); failed != nil {
			return nil, errors.Join(err, failed)
		}
	}
	if s.desk.Load() == nil {
		if failed := s.attach(ctx, db); failed != nil {
			return db, errors.Join(err, failed)
		}
	}
	if n := c.Node.Partitions(); n != 0 && n != db.Partitions() {
		return db, fmt.Errorf("%w: the database was made for %d partitions, the cluster in NATS has %d: one of them is another cluster's", store.ErrInUse, db.Partitions(), n)
	}
	if err == nil {
		err = c.Node.CheckStore(ctx, db)
	}
	return db, err
}

// beNode is the node's life until the server ends.
func (s *Server) beNode(db store.Shared, err error) {
	for err != nil && s.work.Err() == nil {
		if errors.Is(err, cluster.ErrNotLetIn) {
			s.opt.Log.Error("what this node takes waits in its outbox until NATS lets it in; mend its user, password or credentials", "once", "not let in", "room", s.outlook.room(), "error", err)
		} else {
			s.opt.Log.Warn("this node takes notifications, and waits for the rest of the cluster", "once", "join", "error", err)
		}
		again, cancel := context.WithTimeout(s.work, s.opt.Cluster.Patience)
		db, err = s.meet(again, db)
		cancel()
		var final *cluster.ConfigError
		if errors.As(err, &final) || permanent(err) {
			s.breakDown(err)
			break
		}
	}
	if db != nil {
		defer db.Close()
	}
	if err != nil || s.work.Err() != nil {
		return
	}
	s.opt.Log.Info("this node is part of the cluster", "partitions", db.Partitions())
	s.wg.Go(s.followDirectory)
	if err := s.opt.Cluster.Node.Run(s.work, member{s}, db); err != nil {
		s.breakDown(err)
	}
}

// passOnWithin is how long a node that ends gives NATS to take what is in the outbox.
const passOnWithin = 5 * time.Second

// passOn waits until the outbox is empty, and says what is left.
func (s *Server) passOn(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, passOnWithin)
	defer cancel()
	n := s.opt.Cluster.Node
	for {
		st, err := n.OutboxState(context.WithoutCancel(ctx))
		if err != nil || st.Waiting == 0 {
			return
		}
		if ctx.Err() != nil || !n.Connected() {
			s.opt.Log.Warn("notifications that NATS has not taken are in the outbox, and wait for the next start of this node", "count", st.Waiting)
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *Server) breakDown(err error) {
	s.opt.Log.Error("this node cannot be part of the cluster", "error", err)
	select {
	case s.broken <- err:
	default:
	}
}

// followEvery is how often tenants and tokens are read again, should word of a change have
// been lost.
const followEvery = 30 * time.Second

func (s *Server) followDirectory() {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.work.Done():
			return
		case <-tick.C:
			s.refresh(s.work)
		}
	}
}

// refresh reads tenants and tokens again.
func (s *Server) refresh(ctx context.Context) {
	err := s.Reload(ctx)
	if d := s.desk.Load(); d != nil {
		err = errors.Join(err, d.api.Refresh(ctx))
	}
	if err != nil && ctx.Err() == nil {
		s.opt.Log.Warn("cannot read tenants and tokens again", "once", "refresh", "error", err)
	}
}

// say tells the other nodes something, if there are any.
func (s *Server) say(what string) {
	if c := s.opt.Cluster; c != nil {
		if err := c.Node.Say(what); err != nil {
			s.opt.Log.Warn("the other nodes do not hear of a change at once", "once", "say", "error", err)
		}
	}
}

// What the owner of a partition is asked for.
const (
	askPurge   = "purge"
	askRebuild = "rebuild"
	askHealth  = "health"
)

// ask asks the owner of a tenant's partition.
func (s *Server) ask(ctx context.Context, what string, tenant int64, with, out any) error {
	text, err := json.Marshal(with)
	if err != nil {
		return err
	}
	data, err := s.opt.Cluster.Node.Ask(ctx, cluster.Question{What: what, Tenant: tenant, With: text})
	if err != nil {
		return err
	}
	return json.Unmarshal(data, out)
}

// unknownHealth is what is said of a subscription when its owner does not answer.
var unknownHealth = jsontext.Value(`{"state":"unknown","reasons":[{"kind":"cluster","text":"The node that watches this subscription does not answer; look at legwork cluster status."}],"eventsPerMinute":0,"delayP50Ms":0,"delayP99Ms":0,"late":0,"gaps":0,"undecodable":0}`)

func (s *Server) askHealth(tenant int64) any {
	ctx, cancel := context.WithTimeout(s.work, 2*time.Second)
	defer cancel()
	var out json.RawMessage
	if err := s.ask(ctx, askHealth, tenant, nil, &out); err != nil {
		return unknownHealth
	}
	return jsontext.Value(out)
}

// member is the server as the cluster sees it.
type member struct{ *Server }

// Answer implements cluster.Host.
func (m member) Answer(ctx context.Context, q cluster.Question) ([]byte, error) {
	switch q.What {
	case askHealth:
		return json.Marshal(m.watch.health(q.Tenant, m.opt.Now()))
	case askPurge:
		var number string
		if err := json.Unmarshal(q.With, &number); err != nil {
			return nil, err
		}
		sh, err := m.shard(ctx, q.Tenant)
		if err != nil {
			return nil, err
		}
		return marshal(sh.Purge(ctx, number))
	case askRebuild:
		var opt shard.Options
		if err := json.Unmarshal(q.With, &opt); err != nil {
			return nil, err
		}
		sh, err := m.shard(ctx, q.Tenant)
		if err != nil {
			return nil, err
		}
		return marshal(sh.Rebuild(ctx, opt))
	}
	return nil, fmt.Errorf("this node's version does not know %q", q.What)
}

func marshal[T any](v T, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// Heard implements cluster.Host.
func (m member) Heard(ctx context.Context, said cluster.Said) {
	switch said.What {
	case cluster.SaidChanged:
		m.hub.changed(said.Tenant)
	case cluster.SaidDirectory:
		m.refresh(ctx)
	case cluster.SaidResend:
		for _, p := range m.owned() {
			p.notices.Wake()
		}
	}
}

// Open implements cluster.Host.
func (m member) Open(ctx context.Context, n int, db store.Partition, mine func() bool) (cluster.Work, error) {
	last, err := db.LastReceived(ctx)
	if err != nil {
		return nil, err
	}
	w := &partition{s: m.Server, n: n, db: db}
	w.committer = ingest.NewCommitter(w, journaling{m.meter}, m.opt.Now, last, func(t []ingest.Taken) { w.part.put(t) })
	w.committer.Unsure(func(tenant int64) { w.part.behind(tenant) })
	w.part = m.newPart(db, w.committer.Horizon, mine)
	w.part.lazily()
	active, err := db.Active(ctx)
	if err == nil {
		err = w.part.openAll(ctx, active)
	}
	if err != nil {
		w.part.close()
		return nil, err
	}
	m.mu.Lock()
	m.parts[n] = w.part
	m.mu.Unlock()
	w.part.wg.Go(func() { m.learn(w.part.work, m.watched(w.part), m.opt.Now()) })
	w.running.Go(w.committer.Run)
	return w, nil
}

// taking is the meter of a node that takes notifications, journaling that of an owner who
// writes them into the journal: together they count each once.
type (
	taking     struct{ *meter }
	journaling struct{ *meter }
)

// Entry implements ingest.Meter.
func (taking) Entry(int64, string, time.Duration) {}

// Request implements ingest.Meter.
func (journaling) Request(int, string, time.Duration) {}

// Commit implements ingest.Meter.
func (m journaling) Commit(entries int, took time.Duration, err error) {
	m.Journaled(entries, took, err)
}
