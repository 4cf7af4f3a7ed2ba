package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/cmd/legwork/internal/listen"
	"github.com/legworkhq/legwork/cmd/legwork/internal/webhook"
)

// listenFlags is what listen was asked for.
type listenFlags struct {
	host, record, to, token string
	port                    int
	scope, color            *choice
}

// forwardTimeout is how long the webhook behind may take for an answer: longer than
// RingCentral allows, for somebody may be looking at it in a debugger.
const forwardTimeout = 30 * time.Second

func newListen(std stdio) *cobra.Command {
	var f listenFlags
	cmd := &cobra.Command{
		Use:   "listen",
		Short: "Receive notifications as a webhook, and show the calls live",
		Long: `Listen is a webhook for RingCentral's notifications. It answers the validation handshake
and every notification at once with 200, and prints a line for each: when it happened,
which call it belongs to (a letter), whom it is about, status and reason, and what it
changed in the call. When a call is over for a minute its story follows in short.

RingCentral delivers to public addresses with TLS only: put a tunnel or a proxy in front,
and keep listen on this machine. --token is the subscription's verification token;
notifications without it are answered 401.

With --record every body is appended to a file, on a line of its own, before it is
answered: what recon, replay and mask read. With --forward-to it is posted on to another
webhook, in order: up to 10000 wait while that one is slow, what fails is tried again
three times, and what is lost is counted. What cannot be decoded is answered 200,
recorded and forwarded all the same, and counted.

Ctrl-C ends it: what was taken is shown and forwarded (for five seconds), the calls that
are not over are told as far as they got, and a summary is printed.

Exit status: 0; 1 if something could not be recorded or forwarded; 2 for wrong usage, a
port that is taken or a file that cannot be written.`,
		Example: `  legwork listen --port 8080
  legwork listen --port 8080 --record capture.ndjson --token s3cret
  legwork listen --port 8080 --forward-to http://localhost:3000/webhook
  legwork replay events.ndjson --to http://localhost:8080    in another terminal, to try it`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runListen(cmd.Context(), std, &f) },
	}
	fl := cmd.Flags()
	fl.IntVar(&f.port, "port", 8080, "`PORT` to listen at; 0 for any that is free")
	fl.StringVar(&f.host, "host", "127.0.0.1", "`ADDRESS` to listen at; 0.0.0.0 for all of this machine's")
	fl.StringVar(&f.record, "record", "", "append every body to `FILE`")
	fl.StringVar(&f.to, "forward-to", "", "post every body on to the webhook at `URL`")
	fl.StringVar(&f.token, "token", "", "the subscription's verification `TOKEN`; also sent on")
	f.scope = addChoice(cmd, "scope", "what the subscription sees; of an extension's, gaps prove nothing", "account", "extension")
	f.color = addChoice(cmd, "color", "when to colour", "auto", "always", "never")
	return cmd
}

func runListen(ctx context.Context, std stdio, f *listenFlags) error {
	to, err := f.check()
	if err != nil {
		return err
	}
	l, err := f.open()
	if err != nil {
		return err
	}
	defer l.Close()
	if to != nil && loops(to, l.Addr()) {
		return usageError("--forward-to: %s is this very webhook", to.Redacted())
	}
	cfg := listen.Config{Listener: l, Token: f.token, Engine: reconConfig(f.scope.value), Out: std.out, Color: wantColor(f.color.value, std.out)}
	say := newSayer(std.err)
	cfg.Say = say.say
	if f.record != "" {
		if cfg.Record, err = listen.OpenRecorder(f.record); err != nil {
			return usageError("--record: %v", err)
		}
		defer cfg.Record.Close()
	}
	target := ""
	if to != nil {
		client := webhook.New(webhook.Options{URL: to, Token: f.token, Timeout: forwardTimeout})
		defer client.Close()
		cfg.Forward = &listen.Forwarder{To: client, Say: cfg.Say}
		target = to.Redacted()
	}
	f.greet(say, l.Addr(), target)
	sum, err := listen.Serve(ctx, cfg)
	if sum != nil {
		say.print(func() { sum.Write(std.err, f.record, target) })
	}
	switch {
	case err != nil && errors.Is(err, syscall.EPIPE):
		return quietly(exitPipe)
	case err != nil:
		return &exitError{exitUnreadable, err.Error()}
	case !sum.Clean():
		return quietly(exitUnreadable)
	}
	return nil
}

// check finds what is wrong before anything is opened.
func (f *listenFlags) check() (to *url.URL, err error) {
	if f.port < 0 || f.port > 65535 {
		return nil, usageError("--port: %d must be from 0 to 65535", f.port)
	}
	if !webhook.ValidHeader(webhook.DefaultTokenHeader, f.token) {
		return nil, usageError("--token: %q cannot be in a header", f.token)
	}
	if f.record != "" {
		if info, err := os.Stat(filepath.Dir(f.record)); err != nil || !info.IsDir() {
			return nil, usageError("--record: there is no directory %s", filepath.Dir(f.record))
		}
	}
	if f.to == "" {
		return nil, nil
	}
	if to, err = webhook.ParseURL(f.to); err != nil {
		return nil, usageError("--forward-to: %v", err)
	}
	return to, nil
}

func (f *listenFlags) open() (net.Listener, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(f.host, strconv.Itoa(f.port)))
	var dns *net.DNSError
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, usageError("--port: %d is taken on %s; name another, or 0 for any that is free", f.port, f.host)
	case errors.Is(err, syscall.EACCES):
		return nil, usageError("--port: %d is not for everybody; name one from 1024 on", f.port)
	case errors.Is(err, syscall.EADDRNOTAVAIL) || errors.As(err, &dns):
		return nil, usageError("--host: %q is no address of this machine", f.host)
	}
	return nil, usageError("cannot listen: %v", err)
}

// loops: forwarding would come back.
func loops(to *url.URL, here net.Addr) bool {
	addr, ok := here.(*net.TCPAddr)
	if !ok || portOf(to) != strconv.Itoa(addr.Port) {
		return false
	}
	host := to.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified() || ip.Equal(addr.IP))
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// greet says where it listens, and what happens to what comes.
func (f *listenFlags) greet(say *sayer, at net.Addr, target string) {
	say.say(fmt.Sprintf("listening at http://%s; Ctrl-C ends", at))
	if f.record != "" {
		say.say("recording to " + f.record)
	}
	if target != "" {
		say.say("forwarding to " + target)
	}
	if addr, ok := at.(*net.TCPAddr); ok && !addr.IP.IsLoopback() && f.token == "" {
		say.say("anybody who reaches this address can post; --token lets only RingCentral in")
	}
}

// sayer prints messages of several goroutines.
type sayer struct {
	mu sync.Mutex
	w  *os.File
}

func newSayer(w *os.File) *sayer { return &sayer{w: w} }

func (s *sayer) say(text string) {
	s.print(func() { fmt.Fprintf(s.w, "legwork: %s\n", text) })
}

func (s *sayer) print(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}
