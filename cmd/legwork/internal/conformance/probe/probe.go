// Package probe asks a receiver which calls it understood: over HTTP, from a file, by a
// query in its database, or by running it once for every case.
//
// Everything is bounded: how long an answer takes, and how large it is.
package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
)

// The bounds of one answer.
const (
	maxTime = 10 * time.Second
	maxSize = 64 << 20
	maxRows = 200_000
)

// Answer is what a receiver said.
type Answer struct {
	Calls []observed.Call
	// Unknown lists members that the suite does not know, with what they may be meant
	// for.
	Unknown []string
}

// Probe asks a receiver.
type Probe interface {
	// Ask returns the calls that began since an instant, or more. The error says, in
	// words for whoever wrote the target's file, why nothing can be seen.
	Ask(ctx context.Context, since time.Time) (Answer, error)
	Close() error
}

// New returns the probe of a target, nil where there is none to be asked: with none and
// exec.
func New(t *target.Target) (Probe, error) {
	switch t.Sees.Kind {
	case target.HTTP:
		return newHTTP(t.Sees.URL), nil
	case target.File:
		return &file{path: beside(t, t.Sees.Path)}, nil
	case target.SQL:
		return newSQL(t)
	case target.Legwork:
		return &ownServer{dir: beside(t, t.Sees.Path), tenant: path.Base(t.Webhook.Path), client: &http.Client{}}, nil
	}
	return nil, nil
}

// beside makes a path relative to the target's file.
func beside(t *target.Target, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(t.File), path)
}

func read(d *observed.Decoder, data []byte) (Answer, error) {
	calls, unknown, err := d.Decode(data)
	return Answer{calls, unknown}, err
}

// all reads to the end, unless that is too far.
func all(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err == nil && len(data) > maxSize {
		err = fmt.Errorf("the answer is longer than %d MiB", maxSize>>20)
	}
	return data, err
}

// overHTTP asks by GET.
type overHTTP struct {
	url     string
	client  *http.Client
	decoder observed.Decoder
}

func newHTTP(address string) *overHTTP {
	return &overHTTP{url: address, client: &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 4, IdleConnTimeout: 2 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (p *overHTTP) Close() error { p.client.CloseIdleConnections(); return nil }

// instantOf writes an instant as RingCentral writes eventTime, so that the two can be
// compared as texts.
func instantOf(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (p *overHTTP) Ask(ctx context.Context, since time.Time) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	address := strings.ReplaceAll(p.url, "{since}", url.QueryEscape(instantOf(since)))
	a, err := p.get(ctx, address)
	if err != nil {
		return a, fmt.Errorf("the probe %s: %w", address, err)
	}
	return a, nil
}

func (p *overHTTP) get(ctx context.Context, address string) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Accept", "application/x-ndjson, application/json")
	resp, err := p.client.Do(req)
	if err != nil {
		var u *url.Error
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return Answer{}, fmt.Errorf("no answer within %v", maxTime)
		case errors.As(err, &u):
			err = u.Err
		}
		return Answer{}, err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode/100 == 3:
		return Answer{}, fmt.Errorf("it answered %s, a redirect to %s; put that address in sees", resp.Status, resp.Header.Get("Location"))
	case resp.StatusCode == http.StatusNoContent:
		return Answer{}, nil
	case resp.StatusCode != http.StatusOK:
		return Answer{}, fmt.Errorf("it answered %s, not 200 OK", resp.Status)
	}
	data, err := all(resp.Body)
	if err != nil {
		return Answer{}, fmt.Errorf("its answer broke off: %w", err)
	}
	return read(&p.decoder, data)
}

// file reads what the receiver writes. A file that is not there yet has no calls.
type file struct {
	path    string
	decoder observed.Decoder
}

func (p *file) Close() error { return nil }

func (p *file) Ask(context.Context, time.Time) (Answer, error) {
	f, err := os.Open(p.path)
	if errors.Is(err, fs.ErrNotExist) {
		return Answer{}, nil
	}
	if err != nil {
		return Answer{}, err
	}
	defer f.Close()
	data, err := all(f)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w", p.path, err)
	}
	a, err := read(&p.decoder, data)
	if err != nil {
		return a, fmt.Errorf("%s: %w", p.path, err)
	}
	return a, nil
}
