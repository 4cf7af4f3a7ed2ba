package server

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/legworkhq/legwork/server/api"
	"github.com/legworkhq/legwork/server/cluster"
	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/shard"
	"github.com/legworkhq/legwork/server/store"
)

// operator is what the API may ask of a server.
type operator struct{ *Server }

// Subscribe implements api.Operator.
func (o operator) Subscribe(tenant int64) (<-chan struct{}, func()) { return o.hub.Subscribe(tenant) }

// Closing implements api.Operator.
func (o operator) Closing() <-chan struct{} { return o.closing }

// Reload implements api.Operator: all nodes of a cluster follow.
func (o operator) Reload(ctx context.Context) error {
	o.say(cluster.SaidDirectory)
	return o.Server.Reload(ctx)
}

// Resent implements api.Operator.
func (o operator) Resent() {
	o.say(cluster.SaidResend)
	for _, p := range o.owned() {
		p.notices.Wake()
	}
}

// Removing implements api.Operator.
func (o operator) Removing(tenant int64, removed bool) { o.committer.Remove(tenant, removed) }

// Health implements api.Operator.
func (o operator) Health(tenant int64) any {
	if o.part(tenant) == nil && o.opt.Cluster != nil {
		return o.askHealth(tenant)
	}
	return o.watch.health(tenant, o.opt.Now())
}

// Ingest takes bodies as if they had been posted to a tenant's webhook, and returns
// their fates when they are on disk.
func (s *Server) Ingest(ctx context.Context, tenant int64, bodies [][]byte) ([]string, error) {
	return s.committer.CommitAll(ctx, entries(tenant, bodies))
}

// settled is a store in whose journal everything is that was answered before it is read.
type settled struct {
	store.Store
	committer *ingest.Committer
}

func (s settled) Entries(ctx context.Context, tenant, after int64, limit int) ([]store.Entry, error) {
	if err := s.committer.Settle(ctx); err != nil {
		return nil, err
	}
	return s.Store.Entries(ctx, tenant, after, limit)
}

func (s settled) EntriesOf(ctx context.Context, tenant int64, sessions []string) ([]store.Entry, error) {
	if err := s.committer.Settle(ctx); err != nil {
		return nil, err
	}
	return s.Store.EntriesOf(ctx, tenant, sessions)
}

func (s settled) Problems(ctx context.Context, tenant, before int64, limit int) ([]store.Entry, error) {
	if err := s.committer.Settle(ctx); err != nil {
		return nil, err
	}
	return s.Store.Problems(ctx, tenant, before, limit)
}

// Purge removes everything about a number, from the store and from the engine.
func (s *Server) Purge(ctx context.Context, tenant int64, number string) (r store.Removed, err error) {
	if s.part(tenant) == nil && s.opt.Cluster != nil {
		return r, s.ask(ctx, askPurge, tenant, number, &r)
	}
	sh, err := s.shard(ctx, tenant)
	if err == nil {
		err = s.committer.Settle(ctx) // what was answered before is purged, too
	}
	if err != nil {
		return r, err
	}
	return sh.Purge(ctx, number)
}

// Rebuild computes a tenant's calls from the journal again.
func (s *Server) Rebuild(ctx context.Context, tenant int64, opt shard.Options) (*shard.Report, error) {
	if s.part(tenant) == nil && s.opt.Cluster != nil {
		r := new(shard.Report)
		return r, s.ask(ctx, askRebuild, tenant, opt, r)
	}
	sh, err := s.shard(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return sh.Rebuild(ctx, opt)
}

// Backup writes a copy of the database as it is now, or fails with api.ErrNoBackup.
func (s *Server) Backup(ctx context.Context, w io.Writer) error {
	db, ok := s.desk.Load().Store.(interface {
		Path() string
		Backup(ctx context.Context, path string) error
	})
	if !ok {
		return api.ErrNoBackup
	}
	if err := s.committer.Settle(ctx); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(db.Path()), ".backup-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "legwork.db")
	if err := db.Backup(ctx, path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
