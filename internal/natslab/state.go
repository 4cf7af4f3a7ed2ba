package natslab

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// askWithin is how long an answer may take.
const askWithin = time.Second

// asker asks the nodes themselves: no proxy, and no connection that outlives a question.
var asker = &http.Client{Timeout: askWithin, Transport: &http.Transport{DisableKeepAlives: true}}

// A state is what a node says of itself.
type state struct {
	Meta struct {
		group
		Size int `json:"cluster_size"`
	} `json:"meta_cluster"`
	Accounts []struct {
		Streams []struct {
			Name    string `json:"name"`
			Cluster group  `json:"cluster"`
		} `json:"stream_detail"`
	} `json:"account_details"`
}

// A group is nodes that store the same: the one of a stream, which is its name, or that
// of the cluster itself, without a name.
type group struct {
	Name     string `json:"-"`
	Leader   string `json:"leader"`
	Replicas []struct {
		Name    string `json:"name"`
		Current bool   `json:"current"`
	} `json:"replicas"`
}

// streams lists the groups of the streams that the node stores.
func (s *state) streams() []group {
	var groups []group
	for _, a := range s.Accounts {
		for _, stream := range a.Streams {
			g := stream.Cluster
			g.Name = stream.Name
			groups = append(groups, g)
		}
	}
	return groups
}

// groups lists those that the node belongs to: the cluster's, and the streams'.
func (s *state) groups() []group { return append(s.streams(), s.Meta.group) }

func (n *node) state(ctx context.Context) (*state, error) {
	s := &state{}
	return s, n.ask(ctx, "/jsz?streams=true", s)
}

// routes tells how many the node has to each other.
func (n *node) routes(ctx context.Context) (map[string]int, error) {
	var all struct {
		Routes []struct {
			Name string `json:"remote_name"`
		} `json:"routes"`
	}
	err := n.ask(ctx, "/routez", &all)
	count := map[string]int{}
	for _, r := range all.Routes {
		count[r.Name]++
	}
	return count, err
}

// peers lists the nodes on which the node would place a stream, if it leads the cluster.
func (n *node) peers(ctx context.Context) ([]string, error) {
	var names []string
	err := n.ask(ctx, "/peers", &names)
	return names, err
}

// ask gets an answer of the node, into a value if there is one.
func (n *node) ask(ctx context.Context, path string, into any) error {
	url := "http://" + net.JoinHostPort(n.address, strconv.Itoa(n.monitor)) + path
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := asker.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", n.name, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s is %s", n.name, path, res.Status)
	}
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		return fmt.Errorf("%s: %s: %w", n.name, path, err)
	}
	return nil
}
