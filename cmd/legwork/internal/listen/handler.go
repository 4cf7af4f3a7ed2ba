package listen

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/legworkhq/legwork/recon/wire"
)

// MaxBody is the length of the longest body that is taken. RingCentral's are about one
// kilobyte.
const MaxBody = 1 << 20

// delivery is one body that was taken.
type delivery struct {
	at  time.Time
	ev  wire.Event
	err error // why it is no event
}

// handler answers requests. What it takes goes to the recorder, the forwarder and the
// view in one order.
type handler struct {
	cfg *Config

	mu      sync.Mutex
	view    chan delivery
	closed  bool
	refused Refused
	warned  bool // that it cannot record
}

// Refused counts requests that were no delivery or not taken as one.
type Refused struct {
	Handshakes int // all right
	Token      int // a wrong token, or none
	TooLarge   int
	CutOff     int // the body did not come, or not in time
	Method     int // no POST
	Empty      int // a POST without a body that is no handshake
	Unseen     int // taken, but not shown: the view was too far behind
}

const (
	validationToken   = "Validation-Token"
	verificationToken = "Verification-Token"
)

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		h.count(func(n *Refused) { n.Method++ })
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "legwork listens here for notifications, which are POSTed", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	switch {
	case err != nil:
		h.unread(w, r, err)
	case len(body) == 0:
		h.handshake(w, r)
	case !h.trusted(r):
		h.count(func(n *Refused) { n.Token++ })
		h.cfg.Say(fmt.Sprintf("refused a notification from %s: its Verification-Token is not that of --token", r.RemoteAddr))
		http.Error(w, "wrong Verification-Token", http.StatusUnauthorized)
	case !h.take(body):
		http.Error(w, "legwork is about to end", http.StatusServiceUnavailable)
	default:
		ok(w)
	}
}

// ok is the answer that RingCentral wants: 200, declared as JSON, soon and short.
func ok(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
}

// unread answers a request whose body could not be read.
func (h *handler) unread(w http.ResponseWriter, r *http.Request, err error) {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		h.count(func(n *Refused) { n.TooLarge++ })
		h.cfg.Say(fmt.Sprintf("refused a body from %s: it is longer than %d bytes", r.RemoteAddr, MaxBody))
		http.Error(w, "body too large", http.StatusRequestEntityTooLarge)
		return
	}
	h.count(func(n *Refused) { n.CutOff++ })
	h.cfg.Say(fmt.Sprintf("a body from %s did not come to its end: %v", r.RemoteAddr, err))
	http.Error(w, "the body did not come", http.StatusRequestTimeout)
}

// handshake repeats the token with which RingCentral validates a webhook. [documented]
func (h *handler) handshake(w http.ResponseWriter, r *http.Request) {
	token := r.Header.Get(validationToken)
	if token == "" {
		h.count(func(n *Refused) { n.Empty++ })
		http.Error(w, "no body, and no Validation-Token", http.StatusBadRequest)
		return
	}
	h.count(func(n *Refused) { n.Handshakes++ })
	w.Header().Set(validationToken, token)
	ok(w)
	h.cfg.Say("answered a validation handshake from " + r.RemoteAddr)
}

// trusted: the token is in either of the headers that documentation and practice know.
func (h *handler) trusted(r *http.Request) bool {
	if h.cfg.Token == "" {
		return true
	}
	for _, name := range []string{verificationToken, validationToken} {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get(name)), []byte(h.cfg.Token)) == 1 {
			return true
		}
	}
	return false
}

// take records, forwards and shows a body. It waits for the disk and for nothing else,
// and takes nothing once the handler is closed.
func (h *handler) take(body []byte) bool {
	var d delivery
	d.ev, d.err = wire.Decode(body)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	d.at = h.cfg.Now()
	if r := h.cfg.Record; r != nil {
		if err := r.Add(body); err != nil && !h.warned {
			h.warned = true
			h.cfg.Say(err.Error() + "; what comes from now on may be lost")
		}
	}
	if f := h.cfg.Forward; f != nil {
		f.Add(body, d.at)
	}
	select {
	case h.view <- d:
	default:
		if h.refused.Unseen++; h.refused.Unseen == 1 {
			h.cfg.Say("the view is too far behind: some notifications are recorded and forwarded, and not shown")
		}
	}
	return true
}

func (h *handler) count(change func(*Refused)) {
	h.mu.Lock()
	change(&h.refused)
	h.mu.Unlock()
}

// close tells the view that nothing follows.
func (h *handler) close() Refused {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	close(h.view)
	return h.refused
}
