package probe

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// ownServer asks a running legwork serve, by its data directory.
type ownServer struct {
	dir, tenant string
	client      *http.Client
}

func (p *ownServer) Close() error { p.client.CloseIdleConnections(); return nil }

func (p *ownServer) Ask(ctx context.Context, since time.Time) (a Answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	var at struct{ URL, Token string }
	text, err := os.ReadFile(filepath.Join(p.dir, "server.json"))
	if err == nil {
		err = json.Unmarshal(text, &at)
	}
	if err != nil {
		return a, fmt.Errorf("no legwork serve runs on %s: %w", p.dir, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.URL+"/api/v1/tenants/"+url.PathEscape(p.tenant)+"/export?from="+url.QueryEscape(instantOf(since)), nil)
	if err != nil {
		return a, err
	}
	req.Header.Set("Authorization", "Bearer "+at.Token)
	resp, err := p.client.Do(req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return a, fmt.Errorf("legwork serve answered %s", resp.Status)
	}
	calls, err := graphs(io.LimitReader(resp.Body, maxSize))
	return Answer{Calls: observed.Of(calls)}, err
}

func graphs(r io.Reader) (out []*call.Call, err error) {
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("the answer broke off: %w", err)
		}
		var c call.Call
		if err := store.ReadGraph(line, &c); err != nil {
			return nil, err
		}
		out = append(out, &c)
	}
}
