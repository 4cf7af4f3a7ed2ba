package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/legworkhq/legwork/server"
	"github.com/legworkhq/legwork/server/api"
	"github.com/legworkhq/legwork/server/config"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/sqlite"
)

// serverFlags say which server a command asks.
type serverFlags struct {
	server, token, tenant string
	settings              *pflag.FlagSet // of the server, where none runs
}

// add adds the flags; with a tenant where the command is about one.
func (f *serverFlags) add(cmd *cobra.Command, tenant bool) {
	fl := cmd.Flags()
	f.settings = addSettings(cmd)
	fl.StringVar(&f.server, "server", os.Getenv("LEGWORK_SERVER"), "`URL` of a server elsewhere (LEGWORK_SERVER)")
	fl.StringVar(&f.token, "token", "", "API `TOKEN` for it (LEGWORK_TOKEN)")
	if tenant {
		fl.StringVar(&f.tenant, "tenant", "", "`NAME` of the tenant; needed where there are several")
	}
}

// addSettings adds the flags that say where a server has its data. They are read with
// settings.
func addSettings(cmd *cobra.Command) *pflag.FlagSet {
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	config.Register(own, "data", "store")
	cmd.Flags().AddFlagSet(own)
	return own
}

// settings are those that serve would have with the same flags, variables and file.
func settings(own *pflag.FlagSet) (*config.Config, error) {
	cfg, err := config.LoadSettings(own, os.LookupEnv)
	if err != nil {
		return nil, usageError("%v", err)
	}
	return cfg, nil
}

// client asks a server.
type client struct {
	base, token, tenant string
	http                *http.Client
	close               func()
}

// connect finds the server: the one named, the one that runs on the data directory, or
// one that is started for this command alone.
func (f *serverFlags) connect(ctx context.Context) (*client, error) {
	c := &client{base: strings.TrimSuffix(f.server, "/"), token: f.token, http: http.DefaultClient, close: func() {}}
	if c.token == "" {
		c.token = os.Getenv("LEGWORK_TOKEN")
	}
	switch {
	case c.base != "" && c.token == "":
		return nil, usageError("--server needs --token, or LEGWORK_TOKEN")
	case c.base == "":
		cfg, err := settings(f.settings)
		if err != nil {
			return nil, err
		}
		if err := c.local(ctx, cfg); err != nil {
			return nil, err
		}
	}
	if u, err := url.Parse(c.base); err != nil || u.Host == "" {
		return nil, usageError("--server: %q is no URL such as http://127.0.0.1:8080", c.base)
	}
	return c, nil
}

// pick settles the tenant that the command is about.
func (f *serverFlags) pick(ctx context.Context) (*client, error) {
	c, err := f.connect(ctx)
	if err != nil {
		return nil, err
	}
	if c.tenant = f.tenant; c.tenant != "" {
		return c, nil
	}
	var list struct{ Tenants []api.Tenant }
	if err := c.get(ctx, "/tenants", &list); err != nil {
		c.close()
		return nil, err
	}
	if len(list.Tenants) == 1 {
		c.tenant = list.Tenants[0].Name
		return c, nil
	}
	c.close()
	if len(list.Tenants) == 0 {
		return nil, usageError("there is no tenant yet: legwork serve makes the first one")
	}
	var names []string
	for _, t := range list.Tenants {
		names = append(names, t.Name)
	}
	return nil, usageError("--tenant: name one of %s", strings.Join(names, ", "))
}

// local asks the server that runs on a data directory, or starts one.
func (c *client) local(ctx context.Context, cfg *config.Config) error {
	dir := cfg.Data
	if text, err := os.ReadFile(filepath.Join(dir, serverFile)); err == nil {
		var w whereabouts
		if err := json.Unmarshal(text, &w); err == nil {
			if by := trusting(w.Cert); alive(ctx, by, w.URL) {
				c.base, c.token, c.http = w.URL, w.Token, by
				return nil
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, databaseFile)); err != nil && cfg.Store == "" {
		return usageError("--data: %s has no database; name the server's directory, or --server", dir)
	}
	db, err := openStore(ctx, string(cfg.Store), dir, sqlite.Options{AsIs: true})
	if err != nil {
		return err
	}
	c.close = func() { db.Close() }
	token, err := adminToken(ctx, db, dir, onlyAdmin)
	if err != nil {
		c.close()
		return unusable(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		c.close()
		return unusable(err)
	}
	s, err := server.New(ctx, alone(cfg, db, l.Addr()))
	if err != nil {
		l.Close()
		c.close()
		return unusable(err)
	}
	go s.Serve(l)
	c.base, c.token = "http://"+l.Addr().String(), token
	c.close = func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		_ = s.Close(last)
		db.Close()
	}
	return nil
}

// alone are the options of a server that one command needs: those of serve, but it says
// nothing, and removes nothing because of its age.
func alone(cfg *config.Config, db store.Store, at net.Addr) server.Options {
	opt := serverOptions(stdio{}, cfg, db, at)
	opt.Log, opt.TLS, opt.Keep = slog.New(slog.DiscardHandler), nil, server.Retention{}
	return opt
}

// trusting makes a client for the server that has a certificate, whatever it is called by
// here. Without one it is the usual client.
func trusting(cert []byte) *http.Client {
	if len(cert) == 0 {
		return http.DefaultClient
	}
	return &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true, // in favour of:
		VerifyConnection: func(s tls.ConnectionState) error {
			if !bytes.Equal(s.PeerCertificates[0].Raw, cert) {
				return errors.New("another server answers there")
			}
			return nil
		},
	}}}
}

func alive(ctx context.Context, by *http.Client, base string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/healthz", nil)
	if err != nil {
		return false
	}
	res, err := by.Do(req)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// do asks, and returns an answer that is no error.
func (c *client) do(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+api.Prefix+path, in)
	if err != nil {
		return nil, usageError("%v", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, unusable(err)
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	defer res.Body.Close()
	var p api.Problem
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&p); err != nil || p.Title == "" {
		return nil, unusable(fmt.Errorf("the server answered %s", res.Status))
	}
	if res.StatusCode < 500 {
		return nil, usageError("%s", said(&p))
	}
	return nil, unusable(errors.New(said(&p)))
}

// said is a problem in one line.
func said(p *api.Problem) string {
	if p.Field != "" {
		return p.Field + ": " + p.Detail
	}
	if p.Detail != "" {
		return p.Detail
	}
	return strings.ToLower(p.Title[:1]) + p.Title[1:]
}

// get asks for JSON.
func (c *client) get(ctx context.Context, path string, v any) error {
	return c.call(ctx, http.MethodGet, path, nil, v)
}

func (c *client) call(ctx context.Context, method, path string, body, v any) error {
	res, err := c.do(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if v == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(v); err != nil {
		return unusable(fmt.Errorf("the server's answer: %w", err))
	}
	return nil
}

// stream copies an answer to w.
func (c *client) stream(ctx context.Context, method, path string, w io.Writer) error {
	res, err := c.do(ctx, method, path, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(w, res.Body); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return writeError(err)
	}
	return nil
}

// of is the path of something of the tenant.
func (c *client) of(path ...string) string {
	p := "/tenants/" + url.PathEscape(c.tenant)
	for _, s := range path {
		p += "/" + url.PathEscape(s)
	}
	return p
}
