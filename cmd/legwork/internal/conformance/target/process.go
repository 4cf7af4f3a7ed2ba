package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// How long a receiver may take to listen, and to end by itself when asked to.
const (
	startWait = 30 * time.Second
	stopWait  = 3 * time.Second
)

// Process is a receiver that the suite started.
type Process struct {
	t    *Target
	cmd  *exec.Cmd
	tail *Tail
	done chan struct{} // closed when it has ended
	err  error
}

// Run starts the receiver and waits until it listens. Stop it. A receiver that runs
// already is nil, and may be stopped too.
func (t *Target) Run(ctx context.Context) (*Process, error) {
	if t.Start == nil || t.Webhook == nil {
		return nil, nil
	}
	p := &Process{t: t, tail: &Tail{}, done: make(chan struct{})}
	p.cmd = t.Command(t.Start)
	p.cmd.Stdout, p.cmd.Stderr = p.tail, p.tail
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", strings.Join(t.Start, " "), plain(err))
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	if err := p.listens(ctx); err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

// Command makes a command that runs beside the target's file, in a process group of its
// own, so that what it starts can be ended with it.
func (t *Target) Command(args []string) *exec.Cmd {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = filepath.Dir(t.File)
	cmd.WaitDelay = time.Second // for output that a grandchild keeps open
	ownGroup(cmd)
	return cmd
}

// listens waits until somebody accepts connections where the webhook is.
func (p *Process) listens(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	for {
		if Reachable(ctx, p.t.Webhook) == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended before it listened on %s (%s)%s", strings.Join(p.t.Start, " "), p.t.Webhook.Host, ended(p.err), p.tail.Said())
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), context.Canceled) {
				return ctx.Err()
			}
			return fmt.Errorf("%s does not listen on %s after %v%s", strings.Join(p.t.Start, " "), p.t.Webhook.Host, startWait, p.tail.Said())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Stop ends the receiver and what it started, at first politely.
func (p *Process) Stop() {
	if p == nil {
		return
	}
	terminate(p.cmd)
	select {
	case <-p.done:
	case <-time.After(stopWait):
	}
	Kill(p.cmd) // whatever is left of the group
	<-p.done
	p.silent()
}

// silent waits until nobody accepts connections any more: what the receiver started, and
// was killed with it, may live a moment longer.
func (p *Process) silent() {
	ctx, cancel := context.WithTimeout(context.Background(), stopWait)
	defer cancel()
	for Reachable(ctx, p.t.Webhook) == nil {
		select {
		case <-ctx.Done():
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Restart stops the receiver and starts it again.
func (p *Process) Restart(ctx context.Context) (*Process, error) {
	p.Stop()
	return p.t.Run(ctx)
}

// Said is the end of what the receiver printed, to be added to a message.
func (p *Process) Said() string {
	if p == nil {
		return ""
	}
	return p.tail.Said()
}

func ended(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

// plain leaves out what the message says already.
func plain(err error) error {
	var e *exec.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// Reachable tries whether somebody accepts connections at an address.
func Reachable(ctx context.Context, u *url.URL) error {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	d := net.Dialer{Timeout: 3 * time.Second}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return err
	}
	return conn.Close()
}

// Tail keeps the end of what a process prints. It is safe for concurrent use.
type Tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 2 << 10

func (t *Tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if n := len(t.text); n > tailSize {
		t.text = append([]byte(nil), t.text[n-tailSize:]...)
	}
	return len(b), nil
}

// Said is the last lines, on a line of their own, "" if nothing was printed.
func (t *Tail) Said() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	if lines[0] == "" && len(lines) == 1 {
		return ""
	}
	return "; it printed:\n  " + strings.Join(lines[max(0, len(lines)-8):], "\n  ")
}
