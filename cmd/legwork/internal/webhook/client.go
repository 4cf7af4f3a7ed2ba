package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// What RingCentral asks of an answer.
const (
	DefaultTimeout = 3 * time.Second // for all of an answer; 1 s in older pages [documented]
	MaxAnswer      = 1024            // bytes of headers and body [documented]
)

// DefaultTokenHeader carries the verification token. The documentation also shows
// Validation-Token. [relied on]
const DefaultTokenHeader = "Verification-Token"

const (
	userAgent   = "RingCentral-Webhook/8.3"         // [observed]
	contentType = "application/json; charset=UTF-8" // [observed]
	// A connection is given up before common servers (5 s) do, so that no delivery
	// is lost to a connection that closes just then.
	idleTimeout = 2 * time.Second
)

// Options say where and how to deliver. URL is required.
type Options struct {
	URL *url.URL
	// Token is the subscription's verification token; none is sent when it is empty.
	Token string
	// TokenHeader names the header that carries it. Empty means DefaultTokenHeader.
	TokenHeader string
	// Timeout bounds a whole answer. Zero means DefaultTimeout.
	Timeout time.Duration
	// Insecure accepts every certificate.
	Insecure bool
	// Connections is how many may be kept open. Zero means one.
	Connections int
}

// ParseURL reads the address of a webhook.
func ParseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	var bad *url.Error
	switch {
	case errors.As(err, &bad):
		return nil, fmt.Errorf("%q is no URL: %w", s, bad.Err)
	case err != nil:
		return nil, err
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%q is no address of a webhook: it must begin with https:// or http://", s)
	case u.Hostname() == "":
		return nil, fmt.Errorf("%q names no host", s)
	}
	return u, nil
}

// Client posts to one webhook.
type Client struct {
	opt  Options
	http *http.Client
}

// New returns a client. Close it.
func New(opt Options) *Client {
	if opt.Timeout <= 0 {
		opt.Timeout = DefaultTimeout
	}
	if opt.TokenHeader == "" {
		opt.TokenHeader = DefaultTokenHeader
	}
	var http1 http.Protocols
	http1.SetHTTP1(true)
	return &Client{opt, &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: opt.Insecure},
			Protocols:           &http1,
			DisableCompression:  true,
			MaxIdleConnsPerHost: max(opt.Connections, 1),
			IdleConnTimeout:     idleTimeout,
		},
	}}
}

// Close gives up the connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Post delivers one notification, byte for byte.
func (c *Client) Post(ctx context.Context, body []byte) Answer {
	a, _ := c.post(ctx, nil, body)
	return a
}

func (c *Client) post(ctx context.Context, extra http.Header, body []byte) (Answer, http.Header) {
	ctx, cancel := context.WithTimeout(ctx, c.opt.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.opt.URL.String(), bytes.NewReader(body))
	if err != nil {
		return failed(err, 0), nil
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("User-Agent", userAgent)
	if c.opt.Token != "" {
		req.Header.Set(c.opt.TokenHeader, c.opt.Token)
	}
	for name := range extra {
		req.Header.Set(name, extra.Get(name))
	}
	return c.do(req)
}

func (c *Client) do(req *http.Request) (Answer, http.Header) {
	start := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		return failed(err, time.Since(start)), nil
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	took := time.Since(start)
	if err != nil {
		return failed(err, took), nil
	}
	return Answer{
		Status:      resp.StatusCode,
		Took:        took,
		Size:        headerSize(resp) + int(n),
		ContentType: resp.Header.Get("Content-Type"),
		Location:    resp.Header.Get("Location"),
	}, resp.Header
}

// headerSize is the length of the status line and the headers.
func headerSize(resp *http.Response) int {
	n := len(resp.Proto) + 1 + len(resp.Status) + 2
	for name, values := range resp.Header {
		for _, v := range values {
			n += len(name) + 2 + len(v) + 2
		}
	}
	for _, v := range resp.TransferEncoding {
		n += len("Transfer-Encoding: ") + len(v) + 2
	}
	return n + 2
}

// Failure is why no whole answer came.
type Failure string

const (
	TimedOut    Failure = "timeout"
	Refused     Failure = "refused"
	Closed      Failure = "closed"
	UnknownHost Failure = "unknown host"
	Certificate Failure = "certificate"
	OtherError  Failure = "other error"
)

// Answer is what became of one POST.
type Answer struct {
	Status      int // 0 when there is no whole answer
	Took        time.Duration
	Size        int // bytes of headers and body
	ContentType string
	Location    string
	Failure     Failure // "" when there is a whole answer
	Err         error   // with a Failure, the reason in detail
}

// OK reports whether RingCentral takes the notification for delivered: only when the
// answer is 200, no other 2xx. [documented]
func (a Answer) OK() bool { return a.Failure == "" && a.Status == http.StatusOK }

// Why says what was wrong with an answer that is not OK.
func (a Answer) Why() string {
	switch {
	case a.Failure == TimedOut:
		return "no whole answer in time"
	case a.Failure != "":
		return a.Err.Error()
	case a.Location != "" && a.Status/100 == 3:
		return fmt.Sprintf("it answered %s, a redirect to %s, which is not followed", statusText(a.Status), a.Location)
	}
	return "it answered " + statusText(a.Status) + ", not 200 OK"
}

// Reason says it as a subscription's blacklistedData does. [observed]
func (a Answer) Reason() string {
	switch {
	case a.Failure == TimedOut:
		return "I/O operation is failed. Details: [Read timed out]"
	case a.Failure != "":
		return fmt.Sprintf("I/O operation is failed. Details: [%v]", a.Err)
	}
	return fmt.Sprintf("Webhook responses with code: [%d], reason: [%s]", a.Status, http.StatusText(a.Status))
}

// JSON reports whether the answer is declared as JSON, as RingCentral advises even
// when it is empty. [documented]
func (a Answer) JSON() bool {
	kind, _, _ := strings.Cut(a.ContentType, ";")
	return strings.EqualFold(strings.TrimSpace(kind), "application/json")
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("%d %s", status, text)
	}
	return fmt.Sprint(status)
}

func failed(err error, took time.Duration) Answer {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // without the method and the URL
	}
	return Answer{Failure: failureOf(err), Err: err, Took: took}
}

func failureOf(err error) Failure {
	var cert *tls.CertificateVerificationError
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &cert):
		return Certificate
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return TimedOut
	case errors.As(err, &dns):
		return UnknownHost
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return Closed
	}
	return OtherError
}

// ValidHeader reports whether a header may have this name and value.
func ValidHeader(name, value string) bool {
	const marks = "!#$%&'*+-.^_`|~"
	for _, c := range []byte(name) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte(marks, c) >= 0) {
			return false
		}
	}
	for _, c := range []byte(value) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return name != ""
}
