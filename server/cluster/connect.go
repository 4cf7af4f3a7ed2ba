package cluster

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/legworkhq/legwork/server/store"
)

// ConfigError is something about a cluster that waiting does not mend. It says what to
// do.
type ConfigError struct{ text string }

func (e *ConfigError) Error() string { return e.text }

func wrong(format string, args ...any) error { return &ConfigError{fmt.Sprintf(format, args...)} }

// ErrUnreachable: no NATS server answers. ErrNotLetIn: they do not know who asks.
var (
	ErrUnreachable = errors.New("NATS cannot be reached")
	ErrNotLetIn    = errors.New("NATS does not let us in: user, password or credentials are wrong")
)

func (n *Node) options() []nats.Option {
	once := func(what string, err error) {
		n.cfg.Log.Warn(what, "once", "nats "+what, "error", err)
	}
	opts := []nats.Option{
		nats.Name("legwork " + n.cfg.Name), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond),
		nats.Timeout(2 * time.Second), nats.PingInterval(2 * time.Second), nats.MaxPingsOutstanding(2), nats.NoCallbacksAfterClientClose(),
		nats.ReconnectBufSize(-1),   // what cannot be sent now stays in the outbox
		nats.IgnoreAuthErrorAbort(), // passwords are changed on one server after the other
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { once("lost the connection to NATS; connecting again", err) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			n.refuse(err)
			once("NATS complains", err)
		}),
		nats.ConnectHandler(func(*nats.Conn) { n.refused.Store(nil) }),
		nats.ReconnectHandler(func(*nats.Conn) { n.refused.Store(nil) }),
	}
	if n.cfg.Credentials != "" {
		opts = append(opts, nats.UserCredentials(n.cfg.Credentials))
	}
	if n.cfg.CA != "" {
		opts = append(opts, nats.RootCAs(n.cfg.CA))
	}
	return opts
}

// refuse notes that NATS does not let this node in.
func (n *Node) refuse(err error) {
	if err = explain(err, n.cfg.URL); errors.Is(err, ErrNotLetIn) {
		n.refused.Store(&err)
	}
}

// Refused is how NATS said, when it was asked last, that it does not let this node in; nil
// when it did not.
func (n *Node) Refused() error {
	if err := n.refused.Load(); err != nil {
		return *err
	}
	return nil
}

// explain says what an error of NATS means and what to do about it.
func explain(err error, servers string) error {
	var config *ConfigError
	var certificate *tls.CertificateVerificationError
	switch {
	case err == nil, errors.As(err, &config):
		return err
	case errors.As(err, &certificate):
		return fmt.Errorf("%w at %s: %v: set cluster.ca to a file with the certificate of whoever signed those of the servers, and cluster.servers to names that stand in these", ErrUnreachable, Redacted(servers), err)
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
		return fmt.Errorf("%w (at %s: %v)", ErrNotLetIn, Redacted(servers), err)
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return wrong("NATS at %s has no JetStream: start its servers with JetStream, and enable it for the account", Redacted(servers))
	case errors.Is(err, nats.ErrNoServers), errors.Is(err, nats.ErrTimeout), errors.Is(err, nats.ErrDisconnected), errors.Is(err, nats.ErrReconnectBufExceeded):
		return fmt.Errorf("%w at %s: %v", ErrUnreachable, Redacted(servers), err)
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("JetStream at %s does not answer: is it enabled, and are most of its servers up? %w", Redacted(servers), err)
	}
	var api *jetstream.APIError
	switch {
	case !errors.As(err, &api):
	case slices.Contains(tooFew, api.ErrorCode):
		return fmt.Errorf("NATS at %s has too few servers up, or too little room, for as many replicas as are wanted: %w", Redacted(servers), err)
	case api.ErrorCode == unavailable:
		return fmt.Errorf("JetStream at %s has no leader: are most of its servers up? %w", Redacted(servers), err)
	}
	return err
}

// tooFew are NATS's codes for too few peers or too little room, and for replicas on a
// server that is alone.
var tooFew = []jetstream.ErrorCode{10005, 10023, 10074}

// unavailable is NATS's code for servers that have no leader, or begin.
const unavailable = 10008

// Redacted is a list of servers without passwords.
func Redacted(servers string) string {
	list := strings.Split(servers, ",")
	for i, s := range list {
		u, err := url.Parse(strings.TrimSpace(s))
		if err != nil {
			list[i] = "(unreadable)"
			continue
		}
		list[i] = u.Redacted()
	}
	return strings.Join(list, ",")
}

// The metadata of the stream, by which a node finds out whose it is.
const (
	metaVersion    = "legwork.version"
	metaPartitions = "legwork.partitions"
	metaID         = "legwork.id" // a random number, which the shared database has too
)

// duplicates is how long the stream knows a notification again. The journal does for
// ever.
const duplicates = time.Minute

// setUpWithin is how long finding or making everything may take, until it is tried again:
// where several nodes make the same stream at once, NATS leaves some without an answer.
const setUpWithin = 3 * time.Second

// setUp finds the streams and buckets, or makes them.
func (n *Node) setUp(ctx context.Context) (err error) {
	select {
	case <-n.ready:
		return nil
	default:
	}
	if !n.nc.IsConnected() {
		return nats.ErrNoServers
	}
	ctx, cancel := context.WithTimeout(ctx, setUpWithin)
	defer cancel()
	if n.stream, err = n.js.Stream(ctx, n.names.stream()); n.observing && errors.Is(err, jetstream.ErrStreamNotFound) {
		return wrong("there is no cluster %q at %s: nodes make it when they start; is the prefix right?", n.cfg.Prefix, Redacted(n.cfg.URL))
	} else if errors.Is(err, jetstream.ErrStreamNotFound) {
		n.stream, err = n.js.CreateStream(ctx, n.streamConfig(cmp.Or(n.cfg.Partitions, DefaultPartitions)))
	}
	if err != nil {
		return err
	}
	if err := n.check(n.stream.CachedInfo().Config); err != nil {
		return err
	}
	if n.changes, err = n.js.Stream(ctx, n.names.changes()); errors.Is(err, jetstream.ErrStreamNotFound) {
		n.changes, err = n.js.CreateStream(ctx, n.changesConfig())
	}
	if err != nil {
		return err
	}
	if c := n.changes.CachedInfo().Config; !c.AllowAtomicPublish || !c.AllowMsgTTL || !c.AllowRollup {
		return wrong("the stream %s is not as Legwork makes it: it must allow atomic batches, TTLs and roll-ups; remove it, and it is made anew", c.Name)
	}
	if err = n.extend(ctx); err != nil {
		return err
	}
	if n.nodes, err = n.leased(ctx, n.names.nodes()); err != nil {
		return err
	}
	if n.leases, err = n.leased(ctx, n.names.leases()); err != nil {
		return err
	}
	if n.seen, err = n.bucket(ctx, n.names.seen(), seenFor); err != nil && !(n.observing && errors.Is(err, jetstream.ErrBucketNotFound)) { // of older nodes alone
		return err
	}
	n.troubled(nil)
	close(n.ready)
	return nil
}

func (n *Node) streamConfig(partitions int) jetstream.StreamConfig {
	from, to := n.names.transform(partitions)
	c := jetstream.StreamConfig{
		Name: n.names.stream(), Description: "Legwork: notifications as they came, by partition", Subjects: []string{from},
		SubjectTransform: &jetstream.SubjectTransformConfig{Source: from, Destination: to},
		Storage:          jetstream.FileStorage, Replicas: n.cfg.Replicas, Discard: jetstream.DiscardNew, Duplicates: duplicates, AllowDirect: true,
		MaxBytes: -1, Metadata: map[string]string{metaVersion: strconv.Itoa(Version), metaPartitions: strconv.Itoa(partitions), metaID: strconv.FormatInt(rand.Int64(), 10)},
	}
	if n.cfg.MaxStream > 0 {
		c.MaxBytes = n.cfg.MaxStream
	}
	return c
}

// extend adds the subjects of this version to the stream of changes that an older one made.
// Older nodes go on with theirs.
func (n *Node) extend(ctx context.Context) (err error) {
	c := n.changes.CachedInfo().Config
	missing := slices.DeleteFunc(n.changesConfig().Subjects, func(s string) bool { return slices.Contains(c.Subjects, s) })
	if len(missing) == 0 || n.observing {
		return nil
	}
	c.Subjects = append(slices.Clone(c.Subjects), missing...)
	n.changes, err = n.js.UpdateStream(ctx, c)
	return err
}

func (n *Node) changesConfig() jetstream.StreamConfig {
	all := fmt.Sprintf("%s.v%d.", n.names.prefix, Version)
	return jetstream.StreamConfig{ // atomic batches and what is of version 1 are for nodes of before
		Name: n.names.changes(), Description: "Legwork: changes of calls", Subjects: []string{all + "changes.*", all + "published.*", all + "floor.*",
			n.names.anyChanges("*"), fmt.Sprintf("%s.v%d.floor.*", n.names.prefix, ChangesVersion)},
		Storage: jetstream.FileStorage, Replicas: n.cfg.Replicas, AllowDirect: true, AllowAtomicPublish: true, AllowMsgTTL: true, AllowRollup: true,
		Metadata: map[string]string{metaVersion: strconv.Itoa(Version)},
	}
}

// check holds the stream that there is against what this node was told.
func (n *Node) check(c jetstream.StreamConfig) error {
	version, _ := strconv.Atoi(c.Metadata[metaVersion])
	partitions, _ := strconv.Atoi(c.Metadata[metaPartitions])
	switch {
	case version == 0 || partitions <= 0:
		return wrong("NATS has a stream %s that is not Legwork's: choose another prefix for the cluster's names", c.Name)
	case version > Version:
		return wrong("the cluster is one of a newer Legwork (its version is %d, this one knows %d): use that", version, Version)
	case n.cfg.Partitions != 0 && n.cfg.Partitions != partitions:
		return wrong("the cluster has %d partitions, not %d: they are settled when it is made; leave the setting out, or make another cluster under another prefix and move there with legwork migrate", partitions, n.cfg.Partitions)
	}
	want := n.streamConfig(partitions)
	switch t := c.SubjectTransform; {
	case t == nil || *t != *want.SubjectTransform || len(c.Subjects) != 1 || c.Subjects[0] != want.Subjects[0]:
		return wrong("the stream %s has other subjects than Legwork gives it: somebody changed its configuration; want %v mapped to %s", c.Name, want.Subjects, want.SubjectTransform.Destination)
	case c.Discard != jetstream.DiscardNew || c.Retention != jetstream.LimitsPolicy || c.MaxAge != 0 || c.MaxMsgs > 0 || c.MaxMsgsPerSubject > 0 || c.Storage != jetstream.FileStorage || c.Sealed:
		return wrong("the stream %s may drop notifications: somebody changed its configuration; want storage file, retention limits, discard new, no limit of age or of messages", c.Name)
	}
	if c.Replicas != n.cfg.Replicas {
		n.cfg.Log.Warn("the stream has another number of replicas than this node is told", "once", "replicas", "stream", c.Replicas, "told", n.cfg.Replicas)
	}
	if was := n.parts.Load(); was != 0 && was != int64(partitions) {
		return wrong("this node was part of a cluster of %d partitions, and the one in NATS has %d: it is another cluster; give the node another data directory", was, partitions)
	}
	n.parts.Store(int64(partitions))
	n.id, _ = strconv.ParseInt(c.Metadata[metaID], 10, 64)
	return nil
}

// CheckStore holds the shared database against the cluster in NATS: it must be no other
// one's, whose workers would fence this one's. It needs Connect to have succeeded.
func (n *Node) CheckStore(ctx context.Context, db store.Shared) error {
	select {
	case <-n.ready:
	default:
		return nil // it is asked again when NATS is there
	}
	ours, err := db.Belongs(ctx, n.id)
	if err == nil && !ours {
		err = wrong("the database belongs to another cluster than %q at %s: is the prefix right, or the database? If that cluster is gone, or NATS lost its disks, "+
			"run DELETE FROM meta WHERE name = 'cluster' in the database while no node runs", n.cfg.Prefix, Redacted(n.cfg.URL))
	}
	return err
}

// seenFor is how long a node that was not stopped in order is remembered.
const seenFor = 24 * time.Hour

// bucket finds one whose keys vanish after some time, or makes it.
func (n *Node) bucket(ctx context.Context, name string, ttl time.Duration) (jetstream.KeyValue, error) {
	kv, err := n.js.KeyValue(ctx, name)
	if errors.Is(err, jetstream.ErrBucketNotFound) && !n.observing {
		kv, err = n.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: name, Description: "Legwork: cluster", TTL: ttl, History: 1, Replicas: n.cfg.Replicas, Storage: jetstream.FileStorage})
	}
	return kv, err
}

// leased is a bucket whose keys vanish when a lease has passed.
func (n *Node) leased(ctx context.Context, name string) (jetstream.KeyValue, error) {
	kv, err := n.bucket(ctx, name, n.cfg.Lease)
	if err != nil {
		return nil, err
	}
	st, err := kv.Status(ctx)
	if err != nil {
		return nil, err
	}
	if st.TTL() != n.cfg.Lease && !n.observing {
		return nil, wrong("the cluster's leases last %v, this node's %v: give every node the same, and for another one remove the buckets %s and %s while none runs", st.TTL(), n.cfg.Lease, n.names.nodes(), n.names.leases())
	}
	return kv, nil
}
