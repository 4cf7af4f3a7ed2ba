package api

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	graph "github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/store"
)

// A stream of changes: heartbeat is how often something is said when nothing changes,
// writeFor how long a reader may take for what was said.
const (
	heartbeat = 15 * time.Second
	writeFor  = 20 * time.Second
	batch     = 200
)

// Gone is the data of an event that says that an id ceased to name a call.
type Gone struct {
	Gone graph.SessionID `json:"gone"`
	Into graph.SessionID `json:"into,omitzero"`
}

// changes streams what changes from now on, or after a change. Each event has the number
// of the change as its id, so that a browser that lost the connection goes on there. It
// holds nothing for a slow reader: what it missed, it gets as it is by then.
func (a *API) changes(c *call) error {
	after, err := a.after(c)
	if err != nil {
		return err
	}
	wake, cancel := a.Operator.Subscribe(c.tenant.ID)
	defer cancel()
	control := http.NewResponseController(c.ResponseWriter)
	c.Header().Set("Content-Type", "text/event-stream")
	c.Header().Set("X-Accel-Buffering", "no") // proxies: hand it on at once
	s := &stream{call: c, control: control, after: after}
	if err := s.say(": legwork\nretry: 2000\n\n"); err != nil {
		return nil
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		if err := a.send(s); err != nil {
			return nil // the reader is gone, or the database; it will ask again
		}
		select {
		case <-wake:
		case <-beat.C:
			if s.say(":\n\n") != nil {
				return nil
			}
		case <-c.Context().Done():
			return nil
		case <-a.Operator.Closing():
			return nil
		}
	}
}

// after is where a stream begins.
func (a *API) after(c *call) (int64, error) {
	text := c.Request.Header.Get("Last-Event-ID")
	if text == "" {
		text = c.URL.Query().Get("after")
	}
	if text == "" || text == "now" {
		return a.Store.LastChange(c.Context(), c.tenant.ID)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, problem("parameter", "after", "%.60q is neither a change nor now", text)
	}
	return n, nil
}

type stream struct {
	*call
	control *http.ResponseController
	after   int64
}

func (s *stream) say(text string) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(writeFor))
	if _, err := s.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

// send says everything that changed.
func (a *API) send(s *stream) error {
	for {
		changes, err := a.Store.Changes(s.Context(), s.tenant.ID, s.after, batch)
		if err != nil {
			return err
		}
		for i := range changes {
			text, err := event(&changes[i])
			if err != nil {
				return err
			}
			if err := s.say(text); err != nil {
				return err
			}
			s.after = changes[i].Change
		}
		if len(changes) < batch {
			return nil
		}
	}
}

// ChangeJSON writes a change as subscribers of a cluster get it: the data of an event, its
// name and its number.
func ChangeJSON(ch *store.Change) ([]byte, error) {
	name, v := data(ch)
	return json.Marshal(struct {
		Change int64  `json:"change"`
		Event  string `json:"event"`
		Data   any    `json:"data"`
	}{ch.Change, name, v}, json.Deterministic(true))
}

// data is the name of an event and what it says.
func data(ch *store.Change) (name string, v any) {
	if ch.Call != nil {
		return "call", row(ch.Call)
	}
	return "gone", Gone{ch.Gone, ch.Into}
}

func event(ch *store.Change) (string, error) {
	name, v := data(ch)
	data, err := json.Marshal(v, json.Deterministic(true))
	return fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", ch.Change, name, data), err
}
