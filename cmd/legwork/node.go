package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/legworkhq/legwork/server"
	"github.com/legworkhq/legwork/server/api"
	"github.com/legworkhq/legwork/server/cluster"
	"github.com/legworkhq/legwork/server/config"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/postgres"
	"github.com/legworkhq/legwork/server/store/sqlite"
)

// outboxFile is the node's outbox in its data directory.
const outboxFile = "outbox.db"

// runNode serves as one node of a cluster.
func runNode(ctx context.Context, std stdio, cfg *config.Config, dir string, open bool) error {
	outbox, err := openOutbox(ctx, dir, cfg.Cluster.Outbox)
	if err != nil {
		return err
	}
	defer outbox.Close()
	l, err := listenAt(cfg.Listen)
	if err != nil {
		return err
	}
	defer l.Close()
	say := newSayer(std.err)
	for _, w := range cfg.Warnings {
		say.say(w.String())
	}
	if n := outbox.Recovered(); n > 0 {
		say.say(fmt.Sprintf("%d notifications that were answered before the last end came from the spool into the outbox; NATS may have some of them", n))
	}
	o := serverOptions(std, cfg, nil, l.Addr())
	url, name := ownURL(cfg, l), nodeName(cfg, l.Addr())
	// It serves before the database is there: legwork health finds it, and so do others
	// with the token of before.
	token, _ := os.ReadFile(filepath.Join(dir, tokenFile))
	if err := writeServerFile(dir, whereabouts{url, strings.TrimSpace(string(token)), certificate(cfg)}); err != nil {
		return unusable(err)
	}
	defer os.Remove(filepath.Join(dir, serverFile))
	node, err := cluster.New(nodeConfig(cfg, outbox, name, nodeAddress(url, l.Addr()), o))
	if err != nil {
		return usageError("%v", err)
	}
	defer node.Close()
	greet := &nodeGreeting{say: say, cfg: cfg, dir: dir, url: url, open: open, name: name}
	o.Cluster = &server.Cluster{Node: node, Outbox: outbox, Ingest: cfg.Cluster.Roles != "work",
		Open: func(ctx context.Context, partitions int) (store.Shared, error) {
			db, err := openShared(ctx, string(cfg.Store), partitions)
			if err != nil {
				return nil, err
			}
			if err := greet.enter(ctx, db); err != nil {
				return nil, errors.Join(err, db.Close())
			}
			return db, nil
		}}
	s, err := server.New(ctx, o)
	if err != nil {
		return unusable(fmt.Errorf("--cluster: %w", err))
	}
	return serveUntil(ctx, s, l)
}

func openOutbox(ctx context.Context, dir string, max int64) (*sqlite.Outbox, error) {
	outbox, err := sqlite.OpenOutbox(ctx, filepath.Join(dir, outboxFile), max, sqlite.Options{})
	switch {
	case err == nil:
		return outbox, nil
	case errors.Is(err, store.ErrInUse):
		err = fmt.Errorf("%w: each node has a data directory of its own", err)
	case errors.Is(err, store.ErrSpool):
		err = errSpool(err, outboxFile)
	case errors.Is(err, store.ErrCorrupt):
		err = fmt.Errorf("%w\nstop here: copy the directory away; what the outbox held and NATS did not take can perhaps be saved with sqlite3 outbox.db .recover", err)
	}
	return nil, unusable(err)
}

func ownURL(cfg *config.Config, l net.Listener) string {
	if cfg.TLS.Pair != nil {
		return "https://" + reached(l.Addr())
	}
	return "http://" + reached(l.Addr())
}

// nodeName is the node's: configured, or made of the machine's and the port.
func nodeName(cfg *config.Config, at net.Addr) string {
	host, _ := os.Hostname()
	_, port, _ := net.SplitHostPort(at.String())
	return cmp.Or(cfg.Cluster.Node, cmp.Or(host, "node")+":"+port)
}

// nodeAddress is where others find this node, whose own URL is given: one that serves at all
// addresses of its machine is known by the machine's name.
func nodeAddress(own string, at net.Addr) string {
	u, err := url.Parse(own)
	host, _ := os.Hostname()
	if tcp, ok := at.(*net.TCPAddr); err != nil || host == "" || !ok || !tcp.IP.IsUnspecified() {
		return own
	}
	u.Host = net.JoinHostPort(host, u.Port())
	return u.String()
}

func nodeConfig(cfg *config.Config, outbox *sqlite.Outbox, name, address string, o server.Options) cluster.Config {
	c := &cfg.Cluster
	return cluster.Config{
		URL: string(c.Servers), Credentials: c.Credentials, CA: c.CA, Prefix: c.Prefix, Name: name, Version: o.Version, Address: address,
		Worker: c.Roles != "ingest", Takes: c.Roles != "work", Partitions: c.Partitions, Replicas: c.Replicas, MaxStream: c.Stream, Keep: c.Keep, Changes: c.Changes, Lease: c.Lease,
		Change: api.ChangeJSON, Outbox: outbox, Log: o.Log,
	}
}

// openShared opens the database that the nodes share.
func openShared(ctx context.Context, url string, partitions int) (*postgres.Cluster, error) {
	db, err := postgres.OpenShared(ctx, url, postgres.Options{Connections: 16, Partitions: partitions,
		PartitionOf: func(tenant int64) int { return cluster.PartitionOf(tenant, partitions) }})
	if err != nil {
		return nil, storeError(err)
	}
	return db, nil
}

// nodeGreeting makes what a node needs in the shared database, and says where everything
// is.
type nodeGreeting struct {
	say            *sayer
	cfg            *config.Config
	dir, url, name string
	open           bool
	once           sync.Once
}

func (g *nodeGreeting) enter(ctx context.Context, db store.Store) error {
	if err := configured(ctx, db, g.cfg); err != nil {
		return err
	}
	tenant, secret, err := firstTenant(ctx, db, g.cfg, g.open)
	if errors.Is(err, store.ErrExists) { // another node was faster
		tenant, secret, err = firstTenant(ctx, db, g.cfg, g.open)
	}
	if err != nil {
		return err
	}
	token, err := adminToken(ctx, db, g.dir, func(hash []byte) string { return fmt.Sprintf("admin-%s-%x", g.name, hash[:3]) })
	if err != nil {
		return err
	}
	if err := writeServerFile(g.dir, whereabouts{g.url, token, certificate(g.cfg)}); err != nil {
		return err
	}
	g.once.Do(func() {
		greet(g.say, cmp.Or(g.cfg.PublicURL, g.url), token, tenant, secret, whereKept(g.cfg, g.dir))
		g.say.say("node " + g.name + " of the cluster at " + cluster.Redacted(string(g.cfg.Cluster.Servers)))
	})
	return nil
}
