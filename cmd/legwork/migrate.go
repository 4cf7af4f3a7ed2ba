package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cheggaaa/pb/v3"
	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/server/cluster"
	"github.com/legworkhq/legwork/server/config"
	"github.com/legworkhq/legwork/server/logging"
	"github.com/legworkhq/legwork/server/migrate"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/postgres"
	"github.com/legworkhq/legwork/server/store/sqlite"
)

// migration is what legwork migrate is to do.
type migration struct {
	std        stdio
	from, to   keeping
	partitions int // of the target; 1 for a single server
	startOver  bool
	cluster    *config.Config // where the cluster is that is moved from; nil when it is not said
	unseen     bool           // NATS is not asked
	progress   migrate.Progress
}

func newMigrate(std stdio) *cobra.Command {
	var from, to string
	var single bool
	m := &migration{std: std}
	cmd := &cobra.Command{
		Use:   "migrate --from DIRECTORY|URL --to DIRECTORY|URL",
		Short: "Move everything a server has: to PostgreSQL, to a cluster, and back",
		Long: `Migrate moves everything: tenants, tokens, notifications as they came, calls with their
revisions, notices that wait and dead letters, and what the engine knew. A server on the
target goes on where the one on the source ended: calls that are open end there, and
what was delivered is not told again.

--from and --to each name a data directory, or a PostgreSQL database by its URL. What is
moved from says itself whether it is a single server's or a cluster's. A database that is
moved to becomes that of a cluster, with --partitions; with --single, that of one server.

Stop the servers first. The source is only read, and stays as it is: to go back, start the
old server on it again. The target must be empty. Nobody can serve it before everything is
there and was compared with the source. When migrate is interrupted, the same command goes
on where it ended; --start-over throws away what was moved.

What a cluster has taken and not yet written into its database is in NATS, and in the
outboxes of its nodes. To move from a cluster's database, say where its NATS is, with
--cluster or LEGWORK_CLUSTER: migrate makes sure that it has nothing like that. Where NATS is
gone for good, --without-nats moves what the database has.

Exit status: 0; 1 if something cannot be read or written, or is in use; 2 for wrong usage
or a target that is not empty; 130 after Ctrl-C.`,
		Example: `  legwork migrate --from /var/lib/legwork --to postgres://legwork@db.example.com/legwork
  legwork migrate --from /var/lib/legwork --to postgres://legwork@db.example.com/legwork --single
  legwork migrate --from postgres://legwork@db.example.com/legwork --to /var/lib/legwork \
      --cluster nats://nats-1.example.com:4222`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := m.set(cmd, from, to, single); err != nil {
				return err
			}
			return m.run(cmd.Context())
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&from, "from", "", "data `DIRECTORY`, or URL of a PostgreSQL database, to move from")
	fl.StringVar(&to, "to", "", "data `DIRECTORY`, or URL of a PostgreSQL database, to move to")
	fl.IntVar(&m.partitions, "partitions", cluster.DefaultPartitions, "how many partitions the cluster has that is moved to; it stays so")
	fl.BoolVar(&single, "single", false, "the database that is moved to is for one server, not for a cluster")
	fl.BoolVar(&m.startOver, "start-over", false, "throw away what an interrupted migrate moved to the target")
	fl.BoolVar(&m.unseen, "without-nats", false, "move from a cluster's database without asking NATS: what it holds is left behind")
	clusterFlags(fl)
	return cmd
}

// set reads the flags.
func (m *migration) set(cmd *cobra.Command, from, to string, single bool) (err error) {
	if m.from, err = keptAt("--from", from); err != nil {
		return err
	}
	if m.to, err = keptAt("--to", to); err != nil {
		return err
	}
	given := cmd.Flags().Changed("partitions")
	switch {
	case m.from == m.to:
		return usageError("--to: that is where everything is already")
	case m.to.dir != "" && (single || given):
		return usageError("--single and --partitions are about a PostgreSQL database that is moved to; a data directory is one server's")
	case single && given:
		return usageError("--single and --partitions: want one of them")
	case m.partitions < 2 || m.partitions > cluster.MaxPartitions:
		return usageError("--partitions: want 2 to %d, or --single for one server", cluster.MaxPartitions)
	}
	if single || m.to.dir != "" {
		m.partitions = 1
	}
	cfg, err := config.LoadSettings(cmd.Flags(), os.LookupEnv)
	if err != nil {
		return usageError("%v", err)
	}
	if cfg.Cluster.Servers != "" {
		m.cluster = cfg
	}
	return nil
}

// keeping is where a server has its data: one of the two is set.
type keeping struct{ dir, url string }

// keptAt reads a flag.
func keptAt(flag, text string) (keeping, error) {
	scheme, _, isURL := strings.Cut(text, "://")
	switch {
	case text == "":
		return keeping{}, usageError("%s is missing: a data directory, or a URL such as postgres://legwork@db.example.com/legwork", flag)
	case !isURL:
		return keeping{dir: filepath.Clean(text)}, nil
	case scheme != "postgres" && scheme != "postgresql":
		return keeping{}, usageError("%s: want a data directory, or a URL such as postgres://legwork@db.example.com/legwork, not %s://", flag, scheme)
	}
	if _, err := url.Parse(text); err != nil {
		return keeping{}, usageError("%s: the URL cannot be read", flag) // what it is may hold a password
	}
	return keeping{url: text}, nil
}

// String is how it is named in messages.
func (k keeping) String() string {
	if k.url == "" {
		return k.dir
	}
	return config.Redacted(k.url)
}

func (k keeping) database() string { return filepath.Join(k.dir, databaseFile) }

func (m *migration) run(ctx context.Context) error {
	for _, k := range []keeping{m.from, m.to} {
		if err := outboxEmpty(ctx, k); err != nil {
			return err
		}
	}
	from, err := m.openOrigin(ctx)
	if err != nil {
		return err
	}
	defer from.Close()
	if m.startOver {
		if err := m.discard(ctx); err != nil {
			return err
		}
	}
	to, err := m.openTarget(ctx)
	if err != nil {
		return err
	}
	defer to.Close()
	stop := m.show()
	report, err := migrate.Run(ctx, from, to, &m.progress)
	stop()
	if err != nil {
		return m.failed(ctx, err)
	}
	if err := to.Close(); err != nil {
		return unusable(err)
	}
	return m.tell(report)
}

// outboxEmpty fails for the data directory of a node that has notifications which nobody
// else has.
func outboxEmpty(ctx context.Context, k keeping) error {
	if k.dir == "" {
		return nil
	}
	path := filepath.Join(k.dir, outboxFile)
	n, err := sqlite.Outboxed(ctx, path)
	switch {
	case errors.Is(err, store.ErrInUse):
		return unusable(fmt.Errorf("%w: it is a node of a cluster; stop it first", err))
	case err != nil:
		return unusable(err)
	case n > 0:
		return unusable(fmt.Errorf("%s holds %d notifications that were answered and that the cluster has not taken: start that node until legwork cluster status shows an empty outbox, then try again", path, n))
	}
	return nil
}

// openOrigin opens what is moved.
func (m *migration) openOrigin(ctx context.Context) (from store.Origin, err error) {
	if m.from.dir != "" {
		from, err = sqlite.OpenOrigin(ctx, m.from.database())
	} else {
		var db *postgres.Origin
		if db, err = postgres.OpenOrigin(ctx, m.from.url, postgres.Options{}, cluster.PartitionOf); err == nil {
			if err := m.drained(ctx, db); err != nil {
				db.Close()
				return nil, err
			}
			from = db
		}
	}
	switch {
	case err == nil:
		return from, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, usageError("--from: %s has no database", m.from)
	case errors.Is(err, store.ErrNotFound):
		return nil, usageError("--from: %v; is search_path right?", err)
	case errors.Is(err, store.ErrInUse):
		err = fmt.Errorf("%w; stop it, so that nothing comes while everything is moved", err)
	case errors.Is(err, store.ErrOlder):
		err = fmt.Errorf("%w; start legwork serve of this version on it once, which brings it forward, and stop it", err)
	case errors.Is(err, store.ErrUnplaced):
		err = fmt.Errorf("%w; start legwork serve on it once, and stop it", err)
	case errors.Is(err, store.ErrNewer):
		err = fmt.Errorf("%w; use that version, or newer", err)
	}
	return nil, unusable(fmt.Errorf("--from: %w", err))
}

// drained makes sure that NATS holds nothing that is not in the database of a cluster.
func (m *migration) drained(ctx context.Context, db *postgres.Origin) error {
	switch {
	case db.Partitions() == 1:
		return nil
	case m.unseen:
		fmt.Fprintln(m.std.err, "legwork: notifications that NATS holds, or the outbox.db of a node, and the database does not are left behind")
		return nil
	case m.cluster == nil:
		return usageError(`%s is a cluster's, and NATS may hold notifications that are not in it yet: say
  --cluster nats://... for migrate to make sure, or --without-nats if NATS is gone. An
  outbox.db that is not empty holds some too; a node that runs empties its own, and legwork
  cluster status shows them`, m.from)
	}
	positions, err := db.Positions(ctx)
	if err != nil {
		return unusable(err)
	}
	c := &m.cluster.Cluster
	within, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	node, err := cluster.Observe(within, cluster.Config{URL: string(c.Servers), Credentials: c.Credentials, CA: c.CA, Prefix: c.Prefix, Name: "migrate", Log: logging.New(io.Discard, logging.Options{})})
	if err != nil {
		return unusable(fmt.Errorf("--cluster: %w", err))
	}
	defer node.Close()
	parts, err := node.Undrained(within, positions)
	if err != nil {
		return unusable(fmt.Errorf("--cluster: %w", err))
	}
	if len(parts) > 0 {
		return unusable(fmt.Errorf("NATS holds notifications of %d partitions that are not in the database yet: start a node (legwork serve --cluster-roles work), wait until legwork cluster status shows no lag, stop it, and try again", len(parts)))
	}
	return nil
}

// discard throws away what was moved before.
func (m *migration) discard(ctx context.Context) (err error) {
	if m.to.dir != "" {
		err = sqlite.Discard(ctx, m.to.database())
	} else {
		err = postgres.Discard(ctx, m.to.url, postgres.Options{})
	}
	if err == nil || errors.Is(err, store.ErrNotFound) { // what is there else is looked at next
		return nil
	}
	return unusable(fmt.Errorf("--to: %w", err))
}

// openTarget opens what is moved to.
func (m *migration) openTarget(ctx context.Context) (to store.Target, err error) {
	if m.to.dir != "" {
		if err := os.MkdirAll(m.to.dir, 0o700); err != nil {
			return nil, usageError("--to: %v", err)
		}
		to, err = sqlite.OpenTarget(ctx, m.to.database())
	} else {
		to, err = postgres.OpenTarget(ctx, m.to.url, postgres.Options{Partitions: m.partitions}, cluster.PartitionOf)
	}
	switch {
	case err == nil:
		return to, nil
	case errors.Is(err, store.ErrExists) && m.to.dir != "":
		return nil, usageError("--to: %s exists: move it away, or name another directory", m.to.database())
	case errors.Is(err, store.ErrExists):
		return nil, usageError("--to: %v: name another schema with ?search_path=NAME at the end of the URL, or another database; or remove it, if nobody needs it", err)
	case errors.Is(err, store.ErrReadOnly):
		err = fmt.Errorf("%w; want the primary server, and a role that may create tables", err)
	}
	return nil, unusable(fmt.Errorf("--to: %w", err))
}

// failed says what an error means for the next run.
func (m *migration) failed(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		fmt.Fprintf(m.std.err, "legwork: interrupted: %s is not finished; the same command goes on\n", m.to)
		return ctx.Err()
	case errors.Is(err, migrate.ErrChanged):
		return unusable(fmt.Errorf("%w: begin anew, with --start-over", err))
	case errors.Is(err, migrate.ErrDiffers):
		return unusable(fmt.Errorf("%w\n%s is not finished, and %s is as it was: try again with --start-over, and please report it", err, m.to, m.from))
	}
	return unusable(fmt.Errorf("%w\n%s is not finished; the same command goes on", err, m.to))
}

// tell says what was moved, and how fast.
func (m *migration) tell(r *migrate.Report) error {
	if r.Resumed > 0 {
		fmt.Fprintf(m.std.out, "went on: %d rows had been moved before\n", r.Resumed)
	}
	_, err := fmt.Fprintf(m.std.out, `%d tenants, %d tokens, %d snapshots
%d notifications in %s
%d calls in %s, with %d ids that ceased and %d notices
compared in %s: everything is the same
%s has everything; %s is as it was
`, r.Tenants, r.Tokens, r.Snapshots, r.Entries, pace(r.Entries, r.ForEntries), r.Calls, pace(r.Calls, r.ForCalls), r.Gone, r.Notices, brief(r.ForVerifying), m.to, m.from)
	return err
}

func brief(d time.Duration) string { return d.Round(10 * time.Millisecond).String() }

// pace is how long so many took, and how many that is a second.
func pace(n int64, d time.Duration) string {
	if d < 10*time.Millisecond {
		return brief(d)
	}
	return fmt.Sprintf("%s (%.0f/s)", brief(d), float64(n)/d.Seconds())
}

const migrateTemplate = `{{string . "phase"}} {{bar . }} {{percent . }} {{rtime . "%s left" "%s" "" }}`

// show draws a bar on standard error, if that is a terminal. The function it returns
// removes the bar.
func (m *migration) show() (stop func()) {
	if !isTerminal(m.std.err) {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		bar := pb.ProgressBarTemplate(migrateTemplate).New(0)
		bar.Set(pb.Static, true).Set(pb.Terminal, true).SetWriter(m.std.err)
		bar.Start()
		for sleep(ctx, redraw) {
			bar.SetTotal(m.progress.Total.Load()).SetCurrent(m.progress.Done.Load())
			bar.Set("phase", fmt.Sprintf("%-13s", m.progress.Phase()))
			bar.Write()
		}
		fmt.Fprint(m.std.err, "\r\x1b[K")
	}()
	return func() { cancel(); <-done }
}
