package listen

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/legworkhq/legwork/recon"
)

// Config says what to do with notifications. Listener, Out and Say are required.
type Config struct {
	Listener net.Listener
	// Token that a notification must carry; "" takes all.
	Token string
	// Record and Forward may be nil.
	Record  *Recorder
	Forward *Forwarder
	// Engine is the configuration of the engine.
	Engine recon.Config
	// Out gets the lines. Color is whether with colour, Location in whose time.
	Out      io.Writer
	Color    bool
	Location *time.Location
	// Say is told what is about the server and not about a call; from any goroutine.
	Say func(string)
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
	// Tick is how often the engine is told the time. Zero means one second.
	Tick time.Duration
	// Patience is how long a client may take for a request. Zero means ten seconds.
	Patience time.Duration
	// Parting is how long, in the end, what is under way may take. Zero means five
	// seconds.
	Parting time.Duration
}

// backlog is how many deliveries may wait for the view.
const backlog = 16_384

func (c *Config) defaults() {
	if c.Location == nil {
		c.Location = time.Local
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Tick <= 0 {
		c.Tick = time.Second
	}
	if c.Patience <= 0 {
		c.Patience = 10 * time.Second
	}
	if c.Parting <= 0 {
		c.Parting = 5 * time.Second
	}
}

// Serve takes notifications until ctx ends. The error is that of Out, of the listener,
// or of the engine's configuration.
func Serve(ctx context.Context, cfg Config) (*Summary, error) {
	cfg.defaults()
	engine, err := recon.New(cfg.Engine)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	h := &handler{cfg: &cfg, view: make(chan delivery, backlog)}
	v := newView(&cfg, engine)
	var wg, forwarding sync.WaitGroup
	wg.Go(func() {
		v.run(h.view)
		stop() // its output cannot be written, or nothing follows
	})
	sending, giveUp := context.WithCancel(context.Background())
	defer giveUp()
	if cfg.Forward != nil {
		forwarding.Go(func() { cfg.Forward.Run(sending) })
	}
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: cfg.Patience,
		ReadTimeout:       cfg.Patience,
		WriteTimeout:      2 * cfg.Patience,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // of connections that say nothing sensible
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(cfg.Listener) }()
	select {
	case <-ctx.Done():
	case err = <-served:
		served <- nil
	}
	parting := time.AfterFunc(cfg.Parting, giveUp)
	defer parting.Stop()
	if serr := server.Shutdown(sending); serr != nil {
		server.Close()
	}
	<-served
	refused := h.close()
	wg.Wait()
	if cfg.Forward != nil {
		cfg.Forward.Close()
		forwarding.Wait()
	}
	sum := v.summary(refused)
	if cfg.Record != nil {
		sum.Recorded, sum.NotRecorded = cfg.Record.Count, cfg.Record.Failed
	}
	if cfg.Forward != nil {
		sum.Forwarded = cfg.Forward.Stats()
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	if v.err != nil {
		err = v.err
	}
	return sum, err
}
