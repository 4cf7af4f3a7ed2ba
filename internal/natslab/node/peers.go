package main

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/nats-io/nats-server/v2/server"
)

// tellPeers has the server's monitor tell at /peers what no monitor of its own does: the
// nodes on which the cluster's leader would place a stream, those that it has heard how
// full they are. Who does not lead tells of nobody.
func tellPeers(s *server.Server) error {
	mux, ok := s.HTTPHandler().(*http.ServeMux)
	if !ok {
		return errors.New("the server has no monitor")
	}
	mux.HandleFunc("/peers", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(s.JetStreamClusterPeers())
	})
	return nil
}
