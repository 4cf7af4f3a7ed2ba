package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/server"
	office "github.com/legworkhq/legwork/server/demo"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/sqlite"
)

// The files of a data directory.
const (
	databaseFile = "legwork.db"
	tokenFile    = "admin-token"
	serverFile   = "server.json" // while a server runs: where, and a token
)

// serveFlags is what serve was asked for.
type serveFlags struct {
	data, listen string
	demo, open   bool
	seed         uint64
	engine       recon.Config
}

func newServe(std stdio) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server: webhooks in, calls out, live in a browser",
		Long: `Serve is Legwork in production. It takes RingCentral's notifications at /webhooks/TENANT,
keeps them in one database in the data directory, and rebuilds the calls, which it
shows on a web page and answers for below /api/v1.

A notification is answered 200 when it is on disk. Kill the process when you like: it
goes on where it was.

The first start makes an admin token, which is kept in the data directory, and a tenant
named main, whose verification token is printed once. See legwork tenants for more.

Ctrl-C ends it: what was answered is applied, and the rest is there at the next start.

Exit status: 0; 1 if the database cannot be used; 2 for wrong usage or a port that is
taken.`,
		Example: `  legwork serve --demo                            a simulated company calls; open the page
  legwork serve --data /var/lib/legwork
  legwork replay events.ndjson --to http://127.0.0.1:8080/webhooks/main --token TOKEN`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runServe(cmd.Context(), std, &f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.data, "data", "legwork-data", "`DIRECTORY` of the database")
	fl.StringVar(&f.listen, "listen", "127.0.0.1:8080", "`ADDRESS` to listen at; port 0 for any that is free")
	fl.BoolVar(&f.open, "open", false, "make the first tenant without a verification token: anybody who reaches the address can post")
	fl.BoolVar(&f.demo, "demo", false, "let a simulated company call; the data is thrown away unless --data is given")
	f.engine = server.EngineDefaults()
	fl.DurationVar(&f.engine.Quiet, "quiet", f.engine.Quiet, "how long nothing must come for a call that has ended before it is final")
	fl.DurationVar(&f.engine.PeerWait, "peer-wait", f.engine.PeerWait, "how long a call that has ended waits for a session that was named")
	fl.Uint64Var(&f.seed, "demo-seed", 1, "who calls whom in the demo")
	return cmd
}

func runServe(ctx context.Context, std stdio, f *serveFlags) (err error) {
	debug.SetGCPercent(300) // memory for speed,
	debug.SetMemoryLimit(400 << 20)
	dir, remove, err := f.directory()
	if err != nil {
		return err
	}
	defer remove()
	db, err := openDatabase(ctx, dir)
	if err != nil {
		return err
	}
	defer db.Close()
	l, err := listenAt(f.listen)
	if err != nil {
		return err
	}
	defer l.Close()
	say := newSayer(std.err)
	tenant, secret, err := firstTenant(ctx, db, f)
	if err != nil {
		return unusable(err)
	}
	token, err := adminToken(ctx, db, dir)
	if err != nil {
		return unusable(err)
	}
	s, err := server.New(ctx, server.Options{Store: db, Log: slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: slog.LevelWarn})), Engine: f.engine})
	if err != nil {
		return unusable(err)
	}
	url := "http://" + l.Addr().String()
	if err := writeServerFile(dir, url, token); err != nil {
		return unusable(err)
	}
	defer os.Remove(filepath.Join(dir, serverFile))
	say.say("the page: " + url + "/?token=" + token)
	if tenant != "" {
		hook := url + "/webhooks/" + tenant
		if secret != "" {
			hook += " with verification token " + secret
		}
		say.say("the webhook: " + hook)
	}
	say.say("data in " + dir + "; Ctrl-C ends")
	if f.demo {
		if err := startDemo(ctx, s, db, f.seed); err != nil {
			return unusable(err)
		}
	}
	return serveUntil(ctx, s, l)
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

func unusable(err error) error { return &exitError{exitUnreadable, err.Error()} }

// directory makes the data directory; remove removes one that was made for a demo.
func (f *serveFlags) directory() (dir string, remove func(), err error) {
	if f.demo && f.data == "legwork-data" {
		dir, err = os.MkdirTemp("", "legwork-demo-")
		return dir, func() { os.RemoveAll(dir) }, err
	}
	if err := os.MkdirAll(f.data, 0o700); err != nil {
		return "", nil, usageError("--data: %v", err)
	}
	return f.data, func() {}, nil
}

func openDatabase(ctx context.Context, dir string) (*sqlite.DB, error) {
	db, err := sqlite.Open(ctx, filepath.Join(dir, databaseFile), sqlite.Options{})
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, store.ErrInUse):
		return nil, unusable(fmt.Errorf("%w; one server is enough for a data directory", err))
	case errors.Is(err, store.ErrCorrupt):
		return nil, unusable(fmt.Errorf("%w\nstop here: copy the directory away, then restore a backup with legwork restore", err))
	case errors.Is(err, store.ErrNewer):
		return nil, unusable(fmt.Errorf("%w; use that version, or newer", err))
	}
	return nil, unusable(err)
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
func firstTenant(ctx context.Context, db store.Store, f *serveFlags) (name, token string, err error) {
	tenants, err := db.Tenants(ctx)
	if err != nil || len(tenants) > 0 {
		if len(tenants) > 0 {
			name = tenants[0].Name
		}
		return name, "", err
	}
	t := store.Tenant{Name: "main", Scope: "account", Region: "US"}
	if f.demo {
		t.Name = "demo"
	}
	if !f.demo && !f.open {
		token = newSecret()
		sum := sha256.Sum256([]byte(token))
		t.TokenHash = sum[:]
	}
	return t.Name, token, db.AddTenant(ctx, &t)
}

// adminToken returns the token in the data directory, made now if there is none.
func adminToken(ctx context.Context, db store.Store, dir string) (string, error) {
	path := filepath.Join(dir, tokenFile)
	if text, err := os.ReadFile(path); err == nil {
		return strings.TrimSpace(string(text)), nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	token := newSecret()
	sum := sha256.Sum256([]byte(token))
	name := "admin"
	err := db.AddToken(ctx, store.Token{Name: name, Hash: sum[:], Role: store.RoleAdmin})
	if errors.Is(err, store.ErrExists) { // the file was removed: the old one is lost
		if err = db.RemoveToken(ctx, name); err == nil {
			err = db.AddToken(ctx, store.Token{Name: name, Hash: sum[:], Role: store.RoleAdmin})
		}
	}
	if err != nil {
		return "", err
	}
	return token, os.WriteFile(path, []byte(token+"\n"), 0o600)
}

// whereabouts is what serverFile holds.
type whereabouts struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

func writeServerFile(dir, url, token string) error {
	text, err := json.Marshal(whereabouts{url, token})
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
