package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/server"
	"github.com/legworkhq/legwork/server/config"
	office "github.com/legworkhq/legwork/server/demo"
	"github.com/legworkhq/legwork/server/logging"
	"github.com/legworkhq/legwork/server/notice"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/postgres"
	"github.com/legworkhq/legwork/server/store/sqlite"
)

// The files of a data directory.
const (
	databaseFile = "legwork.db"
	tokenFile    = "admin-token"
	serverFile   = "server.json" // while a server runs: where, and a token
)

func newServe(std stdio) *cobra.Command {
	var open bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server: webhooks in, calls out, live in a browser",
		Long: `Serve is Legwork in production. It takes RingCentral's notifications at /webhooks/TENANT,
keeps them in one database in the data directory, or where --store says, and rebuilds the calls, which it
shows on a web page and answers for below /api/v1.

A notification is answered 200 when it is on disk. Kill the process when you like: it
goes on where it was.

The first start makes an admin token, which is kept in the data directory, and, where no
tenant is configured, one named main, whose verification token is printed once. See
legwork tenants for more.

Each setting is a flag, or a variable such as LEGWORK_LISTEN, or stands in the file of
--config; the first of these counts. The flags below are those that are used most:
docs/settings.md lists all, and legwork config show what each of them is set to.

Ctrl-C ends it: what was answered is applied, and the rest is there at the next start.

Exit status: 0; 1 if the database cannot be used; 2 for wrong usage, a wrong setting or a
port that is taken.`,
		Example: `  legwork serve --demo                            a simulated company calls; open the page
  legwork serve --data /var/lib/legwork
  legwork serve --config /etc/legwork/legwork.yaml
  legwork replay events.ndjson --to http://127.0.0.1:8080/webhooks/main --token TOKEN`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(cmd.Flags(), os.LookupEnv, "")
			if err != nil {
				return usageError("%v", err)
			}
			return runServe(cmd.Context(), std, cfg, open)
		},
	}
	config.Register(cmd.Flags())
	cmd.Flags().BoolVar(&open, "open", false, "make the first tenant without a verification token: whoever reaches the address can post")
	return cmd
}

func runServe(ctx context.Context, std stdio, cfg *config.Config, open bool) (err error) {
	debug.SetGCPercent(300) // memory for speed,
	debug.SetMemoryLimit(cfg.Limits.Memory)
	dir, remove, err := directory(cfg)
	if err != nil {
		return err
	}
	defer remove()
	if cfg.Cluster.Servers != "" {
		return runNode(ctx, std, cfg, dir, open)
	}
	db, err := openStore(ctx, string(cfg.Store), dir, sqlite.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	l, err := listenAt(cfg.Listen)
	if err != nil {
		return err
	}
	defer l.Close()
	say := newSayer(std.err)
	for _, w := range cfg.Warnings {
		say.say(w.String())
	}
	if db, ok := db.(*sqlite.DB); ok {
		if from, to := db.Forward(); from != 0 {
			say.say(fmt.Sprintf("the database was brought forward from version %d to %d; an older legwork does not open it any more", from, to))
		}
		if n := db.Recovered(); n > 0 {
			say.say(fmt.Sprintf("%d notifications that were answered before the last end came from the spool into the journal", n))
		}
	}
	if err := configured(ctx, db, cfg); err != nil {
		return unusable(err)
	}
	tenant, secret, err := firstTenant(ctx, db, cfg, open)
	if err != nil {
		return unusable(err)
	}
	token, err := adminToken(ctx, db, dir, onlyAdmin)
	if err != nil {
		return unusable(err)
	}
	s, err := server.New(ctx, serverOptions(std, cfg, db, l.Addr()))
	if err != nil {
		return unusable(err)
	}
	url := ownURL(cfg, l)
	if err := writeServerFile(dir, whereabouts{url, token, certificate(cfg)}); err != nil {
		return unusable(err)
	}
	defer os.Remove(filepath.Join(dir, serverFile))
	greet(say, cmp.Or(cfg.PublicURL, url), token, tenant, secret, whereKept(cfg, dir))
	if cfg.Demo {
		if err := startDemo(ctx, s, db, cfg.DemoSeed); err != nil {
			return unusable(err)
		}
	}
	return serveUntil(ctx, s, l)
}

// reached is where this machine reaches what listens at an address: at its own, where that
// is all of them.
func reached(at net.Addr) string {
	if own, ok := at.(*net.TCPAddr); ok && own.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", fmt.Sprint(own.Port))
	}
	return at.String()
}

// greet says where everything is.
func greet(say *sayer, url, token, tenant, secret, kept string) {
	say.say("the page: " + url + "/?token=" + token)
	if tenant != "" {
		hook := url + "/webhooks/" + tenant
		if secret != "" {
			hook += " with verification token " + secret
		}
		say.say("the webhook: " + hook)
	}
	say.say(kept + "; Ctrl-C ends")
}

// whereKept tells where the data are.
func whereKept(cfg *config.Config, dir string) string {
	switch database := config.Redacted(string(cfg.Store)); {
	case database == "":
		return "data in " + dir
	case cfg.Cluster.Servers != "":
		return "data in " + database + ", and the outbox in " + dir
	default:
		return "data in " + database
	}
}

func serverOptions(std stdio, cfg *config.Config, db store.Store, at net.Addr) server.Options {
	log := logging.New(std.err, logging.Options{Level: cfg.Log.Level, JSON: cfg.Log.Format == "json", Numbers: cfg.Log.Numbers})
	targets := notice.Targets{Private: cfg.Notices.AllowPrivate, HTTP: cfg.Notices.AllowHTTP, Allow: cfg.Notices.Allow}
	if own, ok := at.(*net.TCPAddr); ok {
		targets.Own = own.AddrPort()
	}
	return server.Options{
		TLS: tlsConfig(cfg), Store: db, Log: log, Engine: cfg.Engine, Version: version(),
		SnapshotAfter: cfg.Snapshot.After, SnapshotEvery: cfg.Snapshot.Every,
		MaxBody: cfg.Limits.Body, MaxConnections: cfg.Limits.Connections, HeaderPatience: cfg.Limits.HeaderTimeout, Patience: cfg.Limits.ReadTimeout,
		Keep:      server.Retention{Raw: cfg.Keep.Raw, Calls: cfg.Keep.Calls, Dead: cfg.Keep.Dead, MaxBytes: cfg.Keep.Size},
		Notices:   notice.Config{Targets: targets, For: cfg.Notices.Retry, AtOnce: cfg.Notices.Concurrency},
		NoMetrics: !cfg.Metrics,
	}
}

// tlsConfig is nil without a certificate.
func tlsConfig(cfg *config.Config) *tls.Config {
	if cfg.TLS.Pair == nil {
		return nil
	}
	return &tls.Config{Certificates: []tls.Certificate{*cfg.TLS.Pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
}

// configured writes the tenants and tokens of the file into the store, and takes those
// out of its care that stand there no more: tenants stay, tokens go.
func configured(ctx context.Context, db store.Store, cfg *config.Config) error {
	tenants, err := db.Tenants(ctx)
	if err != nil {
		return err
	}
	have := map[string]store.Tenant{}
	for _, t := range tenants {
		have[t.Name] = t
		if t.Configured && !slices.ContainsFunc(cfg.Tenants, func(c config.Tenant) bool { return c.Name == t.Name }) {
			t.Configured = false
			if err := db.ChangeTenant(ctx, t); err != nil {
				return err
			}
		}
	}
	ids := map[string]int64{}
	for _, c := range cfg.Tenants {
		t := have[c.Name]
		t.Name, t.Scope, t.Region, t.Configured = c.Name, c.Scope, c.Region, true
		t.NoticeURL, t.NoticeSecret, t.NoticeKinds, t.TokenHash = c.NoticeURL, string(c.NoticeSecret), c.NoticeKinds, nil
		if !c.Open {
			t.TokenHash = hashed(string(c.Token))
		}
		if t.ID == 0 {
			err = db.AddTenant(ctx, &t)
		} else {
			err = db.ChangeTenant(ctx, t)
		}
		if err != nil {
			return err
		}
		ids[t.Name] = t.ID
	}
	return configuredTokens(ctx, db, cfg, ids)
}

// fromFile is what the names of tokens begin with that stand in the file. No other token
// can be named so.
const fromFile = "file:"

func configuredTokens(ctx context.Context, db store.Store, cfg *config.Config, ids map[string]int64) error {
	tokens, err := db.Tokens(ctx)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if strings.HasPrefix(t.Name, fromFile) {
			if err := db.RemoveToken(ctx, t.Name); err != nil {
				return err
			}
		}
	}
	for _, t := range cfg.Tokens {
		if t.Tenant != "" && ids[t.Tenant] == 0 { // 0 would be all of them
			return fmt.Errorf("token %s: there is no tenant %s", t.Name, t.Tenant)
		}
		if err := db.AddToken(ctx, store.Token{Name: fromFile + t.Name, Hash: hashed(string(t.Token)), Role: t.Role, Tenant: ids[t.Tenant]}); err != nil {
			return err
		}
	}
	return nil
}

func hashed(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// serveUntil serves until ctx ends, and ends in order.
func serveUntil(ctx context.Context, s *server.Server, l net.Listener) error {
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	var err error
	select {
	case <-ctx.Done():
	case err = <-served:
		served <- nil
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	err = errors.Join(err, s.Close(last))
	<-served
	if err != nil {
		return unusable(err)
	}
	return nil
}

// unusable is the end of a program that cannot use its database, or was told to end before
// it could.
func unusable(err error) error {
	if errors.Is(err, context.Canceled) {
		return quietly(exitInterrupted)
	}
	return &exitError{exitUnreadable, err.Error()}
}

// directory makes the data directory; remove removes one that was made for a demo.
func directory(cfg *config.Config) (dir string, remove func(), err error) {
	if cfg.Demo && cfg.Origin("data") == "" {
		dir, err = os.MkdirTemp("", "legwork-demo-")
		return dir, func() { os.RemoveAll(dir) }, err
	}
	if info, err := os.Stat(cfg.Data); err == nil && !info.IsDir() {
		return "", nil, usageError("--data: %s is a file; name a directory", cfg.Data)
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return "", nil, usageError("--data: %v", err)
	}
	return cfg.Data, func() {}, nil
}

// openStore opens the database: the one at a URL, or without one that in the data
// directory.
func openStore(ctx context.Context, url, dir string, opt sqlite.Options) (store.Store, error) {
	if url == "" {
		return openDatabase(ctx, dir, opt)
	}
	db, err := postgres.Open(ctx, url, postgres.Options{})
	if err != nil {
		return nil, unusable(storeError(err))
	}
	return db, nil
}

// storeError says what an error of a PostgreSQL database means and what to do.
func storeError(err error) error {
	switch {
	case errors.Is(err, store.ErrInUse):
		err = fmt.Errorf("%w: one server at a time writes into a database; another one's schema is chosen with ?search_path=NAME", err)
	case errors.Is(err, store.ErrReadOnly):
		err = fmt.Errorf("%w; name the primary server, and a role that may create tables in the schema", err)
	case errors.Is(err, store.ErrNewer):
		err = fmt.Errorf("%w; use that version, or newer", err)
	}
	return fmt.Errorf("--store: %w", err)
}

func openDatabase(ctx context.Context, dir string, opt sqlite.Options) (*sqlite.DB, error) {
	db, err := sqlite.Open(ctx, filepath.Join(dir, databaseFile), opt)
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, store.ErrInUse):
		return nil, unusable(fmt.Errorf("%w: one server is enough for a data directory", err))
	case errors.Is(err, store.ErrCorrupt):
		return nil, unusable(fmt.Errorf("%w\nstop here: copy the directory away, then restore a backup with legwork restore", err))
	case errors.Is(err, store.ErrSpool):
		return nil, unusable(errSpool(err, databaseFile))
	case errors.Is(err, store.ErrNewer):
		return nil, unusable(fmt.Errorf("%w; use that version, or newer", err))
	case errors.Is(err, store.ErrOlder):
		return nil, unusable(fmt.Errorf("%w; legwork serve brings it forward, after which the older one does not open it any more", err))
	}
	return nil, unusable(err)
}

// errSpool says what to do about what lies beside a file.
func errSpool(err error, file string) error {
	what := "are not in the database yet, of the last second or so before a crash"
	if file == outboxFile {
		what = "NATS may not have yet, of the last seconds before a crash or since NATS went away"
	}
	return fmt.Errorf("%w\n%s-spool-1 and -2 hold notifications that were answered and %s: move both\nto another place to start without them, and keep them", err, file, what)
}

func listenAt(address string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, usageError("--listen: %q is no address such as 127.0.0.1:8080", address)
	}
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, usageError("--listen: %s is taken; name another port, or 0 for any that is free", address)
	case errors.Is(err, syscall.EACCES):
		return nil, usageError("--listen: the port of %s is not for everybody; name one from 1024 on", address)
	}
	return nil, usageError("--listen: %v", err)
}

// newSecret makes a token that nobody can guess.
func newSecret() string {
	b := make([]byte, 24)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// firstTenant makes a tenant for a new database and returns its name, and its token if
// it was made now.
func firstTenant(ctx context.Context, db store.Store, cfg *config.Config, open bool) (name, token string, err error) {
	tenants, err := db.Tenants(ctx)
	if err != nil || len(tenants) > 0 {
		if len(tenants) > 0 {
			name = tenants[0].Name
		}
		return name, "", err
	}
	t := store.Tenant{Name: "main", Scope: "account", Region: cfg.Region}
	if cfg.Demo {
		t.Name = "demo"
	}
	if !cfg.Demo && !open {
		token = newSecret()
		t.TokenHash = hashed(token)
	}
	return t.Name, token, db.AddTenant(ctx, &t)
}

// adminToken returns the token in the data directory, which is made now if there is none,
// and sees to it that the database knows it, under a name that may depend on its hash.
func adminToken(ctx context.Context, db store.Store, dir string, name func(hash []byte) string) (string, error) {
	path := filepath.Join(dir, tokenFile)
	text, err := os.ReadFile(path)
	token := strings.TrimSpace(string(text))
	switch {
	case errors.Is(err, os.ErrNotExist):
		token = newSecret()
	case err != nil:
		return "", err
	}
	hash := hashed(token)
	if err := knowToken(ctx, db, name(hash), hash); err != nil || text != nil {
		return token, err
	}
	return token, os.WriteFile(path, []byte(token+"\n"), 0o600)
}

// onlyAdmin is the name of the admin token of a server that has its database for itself.
func onlyAdmin([]byte) string { return "admin" }

func knowToken(ctx context.Context, db store.Store, name string, hash []byte) error {
	tokens, err := db.Tokens(ctx)
	if err != nil || slices.ContainsFunc(tokens, func(t store.Token) bool { return bytes.Equal(t.Hash, hash) }) {
		return err
	}
	err = db.AddToken(ctx, store.Token{Name: name, Hash: hash, Role: store.RoleAdmin})
	if errors.Is(err, store.ErrExists) { // the file was removed: the old one is lost
		if err = db.RemoveToken(ctx, name); err == nil {
			err = db.AddToken(ctx, store.Token{Name: name, Hash: hash, Role: store.RoleAdmin})
		}
	}
	return err
}

// whereabouts is what serverFile holds.
type whereabouts struct {
	URL   string `json:"url"`
	Token string `json:"token"`
	// Cert is the server's certificate in DER form, nil for none.
	Cert []byte `json:"cert,omitzero"`
}

func certificate(cfg *config.Config) []byte {
	if cfg.TLS.Pair == nil {
		return nil
	}
	return cfg.TLS.Pair.Certificate[0]
}

func writeServerFile(dir string, w whereabouts) error {
	text, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, serverFile), append(text, '\n'), 0o600)
}

// startDemo lets a company call until ctx ends.
func startDemo(ctx context.Context, s *server.Server, db store.Store, seed uint64) error {
	tenants, err := db.Tenants(ctx)
	if err != nil {
		return err
	}
	id := int64(0)
	for _, t := range tenants {
		if t.Name == "demo" {
			id = t.ID
		}
	}
	if id == 0 {
		return fmt.Errorf("--demo needs a data directory of its own: this one has tenants, and none is named demo")
	}
	company, err := office.New(seed, time.Now)
	if err != nil {
		return err
	}
	go company.Run(ctx, func(ctx context.Context, body []byte) error {
		_, err := s.Ingest(ctx, id, [][]byte{body})
		return err
	})
	return nil
}
