package cluster

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/internal/natslab"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/sqlite"
)

func TestMain(m *testing.M) { os.Exit(natslab.Main(m)) }

// config is that of a node of a cluster of its own.
func config(t *testing.T, servers string) Config {
	outbox, err := sqlite.OpenOutbox(context.Background(), filepath.Join(t.TempDir(), "outbox.db"), 0, sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { outbox.Close() })
	return Config{URL: servers, Prefix: fmt.Sprintf("t%d", time.Now().UnixNano()), Name: "a", Partitions: 4, Lease: 4 * time.Second, Outbox: outbox, Log: slog.New(slog.DiscardHandler),
		Change: func(c *store.Change) ([]byte, error) { return fmt.Appendf(nil, "%d", c.Change), nil }}
}

// connect makes a node and connects it, for some time at most.
func connect(t *testing.T, cfg Config, within time.Duration) (*Node, error) {
	n, err := New(cfg)
	require.NoError(t, err)
	t.Cleanup(n.Close)
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	return n, n.Connect(ctx)
}

func lab(t *testing.T) *natslab.Cluster {
	if testing.Short() {
		t.Skip("SKIPPED: a cluster takes long")
	}
	return natslab.Shared(t)
}

// TestWrongClusters: what is wrong with a cluster is said at once, with what to do.
func TestWrongClusters(t *testing.T) {
	servers := strings.Join(lab(t).URLs(), ",")
	for _, test := range []struct {
		name   string
		before func(t *testing.T, cfg *Config, js jetstream.JetStream) // something is there
		change func(cfg *Config)                                       // another node is told otherwise
		says   string
	}{
		{"other partitions", nil, func(cfg *Config) { cfg.Partitions = 8 }, "has 4 partitions, not 8"},
		{"another lease", nil, func(cfg *Config) { cfg.Lease = 9 * time.Second }, "leases last 4s, this node's 9s"},
		{"not Legwork's", func(t *testing.T, cfg *Config, js jetstream.JetStream) {
			_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: cfg.Prefix + "-in", Subjects: []string{cfg.Prefix + ".in.*"}})
			require.NoError(t, err)
		}, nil, "not Legwork's: choose another prefix"},
		{"of a newer version", func(t *testing.T, cfg *Config, js jetstream.JetStream) {
			alter(t, cfg, js, func(c *jetstream.StreamConfig) { c.Metadata[metaVersion] = "99" })
		}, nil, "newer Legwork (its version is 99"},
		{"drops notifications", func(t *testing.T, cfg *Config, js jetstream.JetStream) {
			alter(t, cfg, js, func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour })
		}, nil, "may drop notifications"},
		{"other subjects", func(t *testing.T, cfg *Config, js jetstream.JetStream) {
			alter(t, cfg, js, func(c *jetstream.StreamConfig) { c.SubjectTransform.Destination = cfg.Prefix + ".q.{{wildcard(1)}}" })
		}, nil, "other subjects than Legwork gives it"},
		{"no atomic batches", func(t *testing.T, cfg *Config, js jetstream.JetStream) {
			_, err := connect(t, *cfg, 20*time.Second)
			require.NoError(t, err)
			require.NoError(t, js.DeleteStream(t.Context(), cfg.Prefix+"-changes"))
			_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: cfg.Prefix + "-changes", Subjects: []string{cfg.Prefix + ".x"}})
			require.NoError(t, err)
		}, nil, "must allow atomic batches"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := config(t, servers)
			if test.before != nil {
				test.before(t, &cfg, jetStream(t, servers))
			} else {
				_, err := connect(t, cfg, 20*time.Second)
				require.NoError(t, err)
			}
			if test.change != nil {
				test.change(&cfg)
			}
			_, err := connect(t, cfg, 20*time.Second)
			var wrong *ConfigError
			require.ErrorAs(t, err, &wrong)
			require.ErrorContains(t, err, test.says)
		})
	}
}

func jetStream(t *testing.T, servers string) jetstream.JetStream {
	nc, err := nats.Connect(servers)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	return js
}

// alter lets a node make the streams, and changes that of notifications.
func alter(t *testing.T, cfg *Config, js jetstream.JetStream, change func(*jetstream.StreamConfig)) {
	_, err := connect(t, *cfg, 20*time.Second)
	require.NoError(t, err)
	s, err := js.Stream(t.Context(), cfg.Prefix+"-in")
	require.NoError(t, err)
	c := s.CachedInfo().Config
	change(&c)
	_, err = js.UpdateStream(t.Context(), c)
	require.NoError(t, err)
}

// TestOutOfReach: a server that does not answer is waited for, and the password is not
// told.
func TestOutOfReach(t *testing.T) {
	_, err := connect(t, config(t, "nats://me:secret@127.0.0.1:1"), time.Second)
	require.ErrorIs(t, err, ErrUnreachable)
	require.NotContains(t, err.Error(), "secret")
	var wrong *ConfigError
	require.NotErrorAs(t, err, &wrong, "it may come yet")
}

// TestNotLetIn: waiting does not mend the wrong password of a node that is new.
func TestNotLetIn(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: a cluster takes long")
	}
	c := natslab.Start(t, natslab.Options{User: "legwork", Password: "right"})
	bare := strings.Replace(c.URLs()[0], "legwork:right@", "", 1)
	for _, url := range []string{bare, strings.Replace(c.URLs()[0], "right", "wrong", 1)} {
		_, err := connect(t, config(t, url), 10*time.Second)
		var wrong *ConfigError
		require.ErrorAs(t, err, &wrong, url)
		require.ErrorContains(t, err, "does not let us in")
		require.NotContains(t, err.Error(), "wrong@")
	}
	known, err := New(config(t, strings.Replace(c.URLs()[0], "right", "wrong", 1)))
	require.NoError(t, err)
	defer known.Close()
	known.SetPartitions(4)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err = known.Connect(ctx)
	var wrong *ConfigError
	require.NotErrorAs(t, err, &wrong, "it may be let in yet")
	require.ErrorIs(t, err, ErrNotLetIn)
	require.Error(t, known.Refused())
	cfg := config(t, c.URLs()[0])
	cfg.Replicas = 5
	_, err = connect(t, cfg, 5*time.Second)
	require.ErrorContains(t, err, "too few servers", "five replicas want five")
	cfg.Replicas = 3
	_, err = connect(t, cfg, 20*time.Second)
	require.NoError(t, err)
}

// TestTLS: nodes speak TLS with servers that they know the authority of, and say why not with
// others.
func TestTLS(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: a cluster takes long")
	}
	ours, another := certificate(t), certificate(t)
	c := natslab.Start(t, natslab.Options{User: "legwork", Password: "secret", TLS: ours})
	for _, url := range []string{strings.Join(c.URLs(), ","), strings.Replace(c.URLs()[0], "tls:", "nats:", 1)} {
		cfg := config(t, url)
		cfg.CA = ours
		n, err := connect(t, cfg, 20*time.Second)
		require.NoError(t, err)
		require.NoError(t, cfg.Outbox.Append(t.Context(), []store.Entry{{Tenant: 1, Body: []byte("x")}}))
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); n.Relay(ctx) }()
		require.Eventually(t, func() bool {
			st, err := n.OutboxState(t.Context())
			return err == nil && st.Waiting == 0 && st.Relayed == 1
		}, 20*time.Second, 20*time.Millisecond)
		stop()
		<-done
	}
	for _, ca := range []string{"", another} {
		cfg := config(t, c.URLs()[0])
		cfg.CA = ca
		_, err := connect(t, cfg, time.Second)
		require.ErrorIs(t, err, ErrUnreachable)
		require.ErrorContains(t, err, "certificate signed by unknown authority")
		require.ErrorContains(t, err, "cluster.ca", "what to do")
		require.NotContains(t, err.Error(), "secret")
	}
}

// certificate writes one of 127.0.0.1 that is its own authority, with its key, and returns
// the file.
func certificate(t *testing.T) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	require.NoError(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "node.pem")
	require.NoError(t, os.WriteFile(file, append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})...), 0o600))
	return file
}

// TestObserve: who only looks makes nothing.
func TestObserve(t *testing.T) {
	cfg := config(t, strings.Join(lab(t).URLs(), ","))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := Observe(ctx, cfg)
	require.ErrorContains(t, err, "there is no cluster")
	_, err = connect(t, cfg, 20*time.Second)
	require.NoError(t, err)
	n, err := Observe(ctx, cfg)
	require.NoError(t, err)
	defer n.Close()
	st, err := n.Status(ctx)
	require.NoError(t, err)
	require.Equal(t, 4, st.Partitions)
	require.Contains(t, st.Problems, "no node is there")
	require.Len(t, st.Streams[0].Replicas, 3)
}

// TestFullStream: what the stream does not take stays in the outbox, and follows when
// there is room.
func TestFullStream(t *testing.T) {
	servers := strings.Join(lab(t).URLs(), ",")
	cfg := config(t, servers)
	cfg.MaxStream = 64 << 10
	n, err := connect(t, cfg, 20*time.Second)
	require.NoError(t, err)
	list := make([]store.Entry, 200)
	for i := range list {
		list[i] = store.Entry{Tenant: int64(i % 5), Body: fmt.Appendf(nil, "%01000d", i)}
	}
	require.NoError(t, cfg.Outbox.Append(t.Context(), list))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); n.Relay(ctx) }()
	defer func() { stop(); <-done }()
	require.Eventually(t, func() bool {
		st, err := n.OutboxState(t.Context())
		return err == nil && st.Failing && st.Waiting > 100 && st.Waiting < 200
	}, 20*time.Second, 20*time.Millisecond)
	js := jetStream(t, servers)
	s, err := js.Stream(t.Context(), cfg.Prefix+"-in")
	require.NoError(t, err)
	seen := 0
	require.Eventually(t, func() bool { // room is made, again and again
		info, err := s.Info(t.Context())
		require.NoError(t, err)
		seen += int(info.State.Msgs)
		require.NoError(t, s.Purge(t.Context(), jetstream.WithPurgeSequence(info.State.LastSeq+1)))
		st, err := n.OutboxState(t.Context())
		return err == nil && st.Waiting == 0
	}, 30*time.Second, 100*time.Millisecond)
	info, err := s.Info(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 200, info.State.LastSeq, "each once")
}
