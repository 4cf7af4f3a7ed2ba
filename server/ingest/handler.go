package ingest

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/server/store"
)

// The limits of a request. RingCentral's bodies are about one and a half kilobytes.
const (
	DefaultMaxBody = 1 << 20
	maxHandshake   = 1024 // bytes of a validation token: what an answer may have [documented]
)

// Headers with which RingCentral shows a webhook who it is. [documented] [relied on]
const (
	validationToken   = "Validation-Token"
	verificationToken = "Verification-Token"
)

// Handler answers POST /webhooks/{tenant}. Make one with NewHandler.
type Handler struct {
	committer *Committer
	meter     Meter
	log       *slog.Logger
	maxBody   int64
	// patience is how long a request waits for the disk: less than RingCentral does.
	patience time.Duration
	tenants  atomic.Pointer[map[string]store.Tenant]
}

// NewHandler makes a handler. maxBody 0 means DefaultMaxBody.
func NewHandler(c *Committer, m Meter, log *slog.Logger, maxBody int64) *Handler {
	if maxBody <= 0 {
		maxBody = DefaultMaxBody
	}
	h := &Handler{committer: c, meter: m, log: log, maxBody: maxBody, patience: 2500 * time.Millisecond}
	h.SetTenants(nil)
	return h
}

// SetTenants says whose notifications are taken from now on.
func (h *Handler) SetTenants(list []store.Tenant) {
	byName := make(map[string]store.Tenant, len(list))
	for _, t := range list {
		byName[t.Name] = t
	}
	h.tenants.Store(&byName)
}

// refusal is an answer that is not 200.
type refusal struct {
	status int
	cause  string // for metrics and the log: one of a few
	text   string // for whoever asked
}

func (r *refusal) Error() string { return r.text }

func refuse(status int, cause, text string) error { return &refusal{status, cause, text} }

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	status, cause := http.StatusOK, ""
	err := h.serve(w, r)
	var no *refusal
	if errors.As(err, &no) {
		status, cause = no.status, no.cause
		h.log.Warn("notification refused", "once", cause+" "+r.PathValue("tenant"), "cause", cause, "tenant", r.PathValue("tenant"), "status", status, "from", r.RemoteAddr)
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "1")
		}
		if status == http.StatusRequestEntityTooLarge || status == http.StatusRequestTimeout {
			w.Header().Set("Connection", "close")
		}
		http.Error(w, no.text, status)
	}
	h.meter.Request(status, cause, time.Since(began))
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return refuse(http.StatusMethodNotAllowed, "method", "notifications are POSTed here")
	}
	tenant, known := (*h.tenants.Load())[r.PathValue("tenant")]
	trusted := h.trusted(r, &tenant)
	if !known {
		return errNoTenant
	}
	limit := h.maxBody
	if !trusted {
		limit = 0 // a handshake has no body
	}
	body, err := read(r, limit)
	switch {
	case err == nil && len(body) == 0:
		return handshake(w, r)
	case !trusted:
		return refuse(http.StatusUnauthorized, "token", "wrong or missing Verification-Token")
	case err != nil:
		return err
	}
	return h.take(w, r, tenant.ID, body)
}

// trusted: the token is in one of the headers that documentation and practice know.
func (h *Handler) trusted(r *http.Request, t *store.Tenant) bool {
	ok := len(t.TokenHash) == 0
	for _, name := range []string{verificationToken, validationToken} {
		sum := sha256.Sum256([]byte(r.Header.Get(name)))
		ok = subtle.ConstantTimeCompare(sum[:], t.TokenHash) == 1 || ok
	}
	return ok
}

var errNoTenant = &refusal{http.StatusNotFound, "no such tenant", "no such webhook"}

var errTooLarge = &refusal{http.StatusRequestEntityTooLarge, "too large", "the body is too large"}

// believed is how long a body may say that it is and be given the room at once.
const believed = 8 << 10

// all reads to the end. size is how much there is, if that is known.
func all(in io.Reader, size int64) ([]byte, error) {
	if size <= 0 || size > believed {
		return io.ReadAll(in)
	}
	body := make([]byte, size)
	n, err := io.ReadFull(in, body)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return body[:n], err
}

// read reads a body of at most limit bytes, unpacked.
func read(r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, errTooLarge
	}
	in, size := io.Reader(io.LimitReader(r.Body, limit+1)), r.ContentLength
	switch strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))) {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(in)
		if err == io.EOF {
			return nil, nil
		}
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "encoding", "the body is not gzip")
		}
		in, size = io.LimitReader(z, limit+1), -1
	default:
		return nil, refuse(http.StatusUnsupportedMediaType, "encoding", "only gzip is understood")
	}
	body, err := all(in, size)
	switch {
	case int64(len(body)) > limit:
		return nil, errTooLarge
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return nil, refuse(http.StatusBadRequest, "encoding", "the body is not gzip")
	case err != nil:
		return nil, refuse(http.StatusRequestTimeout, "cut off", "the body did not come to its end")
	}
	return body, nil
}

// handshake repeats the token with which RingCentral validates a webhook. [documented]
func handshake(w http.ResponseWriter, r *http.Request) error {
	token := r.Header.Get(validationToken)
	if token == "" || len(token) > maxHandshake {
		return refuse(http.StatusBadRequest, "empty", "no body, and no Validation-Token to repeat")
	}
	w.Header().Set(validationToken, token)
	ok(w)
	return nil
}

// asJSON is the same for all answers. Nobody changes it.
var asJSON = []string{"application/json"}

// ok is the answer that RingCentral wants: 200, declared as JSON, soon and short.
func ok(w http.ResponseWriter) {
	w.Header()["Content-Type"] = asJSON
	w.WriteHeader(http.StatusOK)
}

// take answers 200 when the body is on disk.
func (h *Handler) take(w http.ResponseWriter, r *http.Request, tenant int64, body []byte) error {
	e, ev := Entry(tenant, body)
	err := h.committer.Commit(r.Context(), e, ev, h.patience)
	switch {
	case err == nil:
		ok(w)
		return nil
	case errors.Is(err, ErrBusy), errors.Is(err, context.DeadlineExceeded):
		return refuse(http.StatusServiceUnavailable, "busy", "the disk is too slow; try again")
	case errors.Is(err, ErrClosed):
		return refuse(http.StatusServiceUnavailable, "closing", "about to end; try again")
	case errors.Is(err, store.ErrNotFound):
		return errNoTenant
	case errors.Is(err, context.Canceled):
		return refuse(http.StatusRequestTimeout, "left", "nobody waited for the answer")
	}
	h.log.Error("cannot write the journal", "once", "journal "+cause(err), "error", err)
	return refuse(http.StatusServiceUnavailable, cause(err), "cannot be stored now; try again")
}

func cause(err error) string {
	for name, is := range map[string]error{"disk full": store.ErrFull, "read-only": store.ErrReadOnly, "damaged": store.ErrCorrupt} {
		if errors.Is(err, is) {
			return name
		}
	}
	return "store"
}

// Entry makes the journal's entry of a body, and decodes it. What cannot be decoded is
// an entry too, whose Problem says why. Nobody may change the body any more.
func Entry(tenant int64, body []byte) (store.Entry, *wire.Event) {
	e := store.Entry{Tenant: tenant, Body: body}
	ev, err := wire.DecodeText(body, unsafe.String(unsafe.SliceData(body), len(body)))
	if err != nil {
		e.Problem = err.Error()
		return e, nil
	}
	e.Session, e.UUID = ev.Body.TelephonySessionID, ev.UUID
	return e, &ev
}
