package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/sqlite"
)

// Config of New. URL, Name, Outbox and Log are required, and Change of a worker.
type Config struct {
	// URL names NATS servers, with commas between. It may hold a user and a password.
	URL string
	// Credentials is a file of NATS credentials, CA one of certificates, "" for none.
	Credentials, CA string
	// Prefix begins the names of everything in NATS. "" means DefaultPrefix.
	Prefix string
	// Name is the node's, and no other one's.
	Name string
	// Version is that of the program, Address where the node serves: for others to see.
	Version, Address string
	// Worker: the node owns partitions. Takes: it takes notifications.
	Worker, Takes bool
	// Partitions is how many there are. Zero takes those that there are, or makes
	// DefaultPartitions.
	Partitions int
	// Replicas is how many NATS servers keep each message. Zero means 3.
	Replicas int
	// MaxStream is how many bytes of notifications the stream may hold. Zero is for as many
	// as NATS has room for.
	MaxStream int64
	// Keep is how long notifications stay in the stream after they were applied, Changes how
	// long changes can be read. Zero means one hour and one day.
	Keep, Changes time.Duration
	// Lease is how long a node that is silent keeps its partitions. Zero means 12 seconds.
	Lease time.Duration
	// Change writes a change of a call as subscribers get it.
	Change func(c *store.Change) ([]byte, error)
	Outbox *sqlite.Outbox
	Log    *slog.Logger
}

// The defaults of Config.
const (
	DefaultPartitions = 32
	DefaultReplicas   = 3
	DefaultLease      = 12 * time.Second
)

// MaxPartitions bounds Partitions.
const MaxPartitions = 1024

// Host is the server that a node is part of.
type Host interface {
	// Open begins to work on a partition. mine tells whether it may still be worked on:
	// what the store does not fence, such as posting to others, asks it first.
	Open(ctx context.Context, partition int, db store.Partition, mine func() bool) (Work, error)
	// Answer does what another node asks the owner of a partition for.
	Answer(ctx context.Context, q Question) ([]byte, error)
	// Heard is told what another node said to all.
	Heard(ctx context.Context, s Said)
}

// Work is a partition that is worked on.
type Work interface {
	// Take writes entries into the journal, in order, with how far the stream was read,
	// and rebuilds their calls. It returns when they are on disk.
	Take(ctx context.Context, entries []ingest.Taken, position int64) error
	// Close ends it in order.
	Close()
}

// Node is one of the servers of a cluster. Make one with New and let Run run.
type Node struct {
	cfg   Config
	names names

	nc      *nats.Conn
	js      jetstream.JetStream
	ready   chan struct{} // closed when the streams are there
	stream  jetstream.Stream
	changes jetstream.Stream
	nodes   jetstream.KeyValue
	leases  jetstream.KeyValue
	seen    jetstream.KeyValue // nil for an observer of a cluster that has none
	parts   atomic.Int64
	refused atomic.Pointer[error] // see Refused
	id      int64                 // of the cluster; since ready

	database atomic.Pointer[error] // what probe found

	relay     relay
	bundling  atomic.Bool // all who read from the stream understand bundles
	moves     moves
	observing bool      // nothing is made
	before    before    // of keep alone
	noted     time.Time // of keep alone: when seen was told last
	twinned   bool      // of keep alone: another node has this one's name

	mu      sync.Mutex
	trouble error // why the cluster cannot be used now
	owned   map[int]*ownership
	members []Member
	held    map[int]string
}

// New makes a node. It does not connect yet.
func New(cfg Config) (*Node, error) {
	cfg.Prefix = cmp.Or(cfg.Prefix, DefaultPrefix)
	cfg.Replicas = cmp.Or(cfg.Replicas, DefaultReplicas)
	cfg.Lease = cmp.Or(cfg.Lease, DefaultLease)
	cfg.Keep = cmp.Or(cfg.Keep, time.Hour)
	cfg.Changes = cmp.Or(cfg.Changes, 24*time.Hour)
	if cfg.Partitions < 0 || cfg.Partitions == 1 || cfg.Partitions > MaxPartitions {
		return nil, fmt.Errorf("%d partitions: want 2 to %d", cfg.Partitions, MaxPartitions)
	}
	n := &Node{cfg: cfg, names: names{cfg.Prefix}, ready: make(chan struct{}), owned: map[int]*ownership{}, held: map[int]string{}}
	n.relay.init(n)
	return n, nil
}

// Connect begins to connect, and makes the streams when they can be made. It returns
// when everything is there, or with what is wrong that waiting does not mend: a
// ConfigError; or, when ctx ends before, with why it is not there yet. Run goes on in
// that case. A node that was there before, as SetPartitions says, waits for NATS to let it
// in as well: what it takes is safe.
func (n *Node) Connect(ctx context.Context) error {
	if n.nc == nil {
		nc, err := nats.Connect(n.cfg.URL, n.options()...)
		if err != nil {
			return explain(err, n.cfg.URL)
		}
		n.nc = nc
		if n.js, err = jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(2*window), jetstream.WithPublishAsyncTimeout(ackWithin), jetstream.WithDefaultTimeout(5*time.Second)); err != nil {
			return err
		}
	}
	for {
		err := n.setUp(ctx)
		if err == nil {
			return nil
		}
		err = explain(err, n.cfg.URL)
		if last := n.nc.LastError(); last != nil && !n.nc.IsConnected() {
			err = explain(last, n.cfg.URL)
			n.refuse(last)
		}
		if refused := n.Refused(); refused != nil {
			if err = refused; n.Partitions() == 0 {
				err = wrong("%v", refused)
			}
		}
		var final *ConfigError
		if errors.As(err, &final) {
			return err
		}
		n.troubled(err)
		select {
		case <-ctx.Done():
			return n.Trouble()
		case <-time.After(250 * time.Millisecond):
		}
	}
}

func (n *Node) troubled(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.trouble = err
}

// Trouble is why the cluster cannot be used now, nil when it can.
func (n *Node) Trouble() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.trouble
}

// Partitions is how many there are; 0 until Connect found out, or SetPartitions said it.
func (n *Node) Partitions() int { return int(n.parts.Load()) }

// SetPartitions says how many there were when the node was there last.
func (n *Node) SetPartitions(parts int) { n.parts.CompareAndSwap(0, int64(parts)) }

// PartitionOf is the partition of a tenant; 0 until Connect found out how many there are.
func (n *Node) PartitionOf(tenant int64) int { return PartitionOf(tenant, max(1, n.Partitions())) }

// Relay passes on what is in the outbox until ctx ends. It waits for Connect.
func (n *Node) Relay(ctx context.Context) { n.relay.run(ctx) }

// Offer gives entries that are in the outbox now, in order, so that they need not be read
// from it again.
func (n *Node) Offer(entries []ingest.Taken) { n.relay.offer(entries) }

// Run is the node's part in the cluster until ctx ends: it says that it is there, hears
// others, and owns its share of the partitions. It needs Connect to have succeeded.
func (n *Node) Run(ctx context.Context, host Host, db store.Shared) error {
	if err := n.listen(ctx, host); err != nil {
		return err
	}
	looking, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { n.probe(looking, db) })
	n.keep(ctx, host, db)
	stop()
	wg.Wait()
	return nil
}

// probe sees now and then whether the shared database can be written, for others to know:
// who has nothing to write does not notice.
func (n *Node) probe(ctx context.Context, db store.Shared) {
	tick := time.NewTicker(max(time.Second, n.cfg.Lease/2))
	defer tick.Stop()
	for {
		asked, cancel := context.WithTimeout(ctx, makeWithin)
		err := n.CheckStore(asked, db)
		cancel()
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %v", makeWithin)
		}
		n.database.Store(&err)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Close ends the connection.
func (n *Node) Close() {
	if n.nc != nil {
		_ = n.nc.FlushTimeout(time.Second)
		n.nc.Close()
	}
}

// Question is what a node asks the owner of a partition for.
type Question struct {
	What   string          `json:"what"`
	Tenant int64           `json:"tenant"`
	With   json.RawMessage `json:"with,omitzero"`
}

// Said is what a node tells all others: that the directory changed, that notices are to
// be sent again.
type Said struct {
	What string `json:"what"`
	From string `json:"from"`
	// Tenant is whose calls changed, 0 where it does not matter.
	Tenant int64 `json:"tenant,omitzero"`
}
