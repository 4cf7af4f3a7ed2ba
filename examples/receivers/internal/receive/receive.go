// Package receive is what the receivers of this folder share: it takes notifications as
// a webhook does, or from standard input, and tells what a receiver made of them.
//
//	go run ./examples/receivers/first-party-only                   # a webhook at :8101
//	go run ./examples/receivers/first-party-only - < events.ndjson # once, to standard output
package receive

import (
	"bufio"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

// Event is a notification, as far as these receivers look.
type Event struct {
	UUID      string    `json:"uuid"`
	Timestamp time.Time `json:"timestamp"`
	Body      struct {
		Sequence           int       `json:"sequence"`
		SessionID          string    `json:"sessionId"`
		TelephonySessionID string    `json:"telephonySessionId"`
		EventTime          time.Time `json:"eventTime"`
		Parties            []Party   `json:"parties"`
	} `json:"body"`
}

// Party is one party's new status.
type Party struct {
	ID          string   `json:"id"`
	ExtensionID string   `json:"extensionId"`
	Direction   string   `json:"direction"`
	From        Endpoint `json:"from"`
	To          Endpoint `json:"to"`
	MissedCall  bool     `json:"missedCall"`
	QueueCall   bool     `json:"queueCall"`
	Status      struct {
		Code   string `json:"code"`
		Reason string `json:"reason"`
		PeerID *struct {
			TelephonySessionID string `json:"telephonySessionId"`
			PartyID            string `json:"partyId"`
		} `json:"peerId"`
	} `json:"status"`
}

// Endpoint is a from or a to.
type Endpoint struct {
	PhoneNumber string `json:"phoneNumber"`
	Name        string `json:"name"`
	ExtensionID string `json:"extensionId"`
}

// Who names the party's own person: of a caller its from, of somebody called its to.
func (p *Party) Who() string {
	own := p.To
	if p.Direction == "Outbound" {
		own = p.From
	}
	switch {
	case p.ExtensionID != "":
		return p.ExtensionID
	case own.ExtensionID != "":
		return own.ExtensionID
	}
	return own.PhoneNumber
}

// Call is what a receiver understood of a call: an Observed Call. What it leaves out is
// not judged.
type Call struct {
	Sessions   []string   `json:"sessions"`
	Answered   *bool      `json:"answered,omitempty"`
	Outcome    string     `json:"outcome,omitempty"`
	Ended      *bool      `json:"ended,omitempty"`
	AnsweredAt *time.Time `json:"answeredAt,omitempty"`
	EndedAt    *time.Time `json:"endedAt,omitempty"`
	TalkMs     *int64     `json:"talkMs,omitempty"`
	HoldMs     *int64     `json:"holdMs,omitempty"`
	AnsweredBy string     `json:"answeredBy,omitempty"`
	Talkers    []string   `json:"talkers,omitempty"`
	OnTheLine  []string   `json:"onTheLine,omitempty"`
	Legs       []Leg      `json:"legs,omitempty"`
	Links      []Link     `json:"links,omitempty"`
}

// Leg is one party's stay in a session, and whose it is.
type Leg struct {
	Party  string `json:"party"`
	Person string `json:"person,omitempty"`
}

// Link ties legs: a transfer.
type Link struct {
	Kind       string `json:"kind"`
	Transferor string `json:"transferor,omitempty"`
	Target     string `json:"target,omitempty"`
}

// Session is what came of one telephony session, in the order of arrival.
type Session struct {
	ID     string
	Events []Event
}

// Sessions sorts notifications by telephonySessionId, as they came.
func Sessions(events []Event) []*Session {
	var out []*Session
	for _, e := range events {
		i := slices.IndexFunc(out, func(s *Session) bool { return s.ID == e.Body.TelephonySessionID })
		if i < 0 {
			i = len(out)
			out = append(out, &Session{ID: e.Body.TelephonySessionID})
		}
		out[i].Events = append(out[i].Events, e)
	}
	return out
}

// Each calls f with every party of every notification of a session, in order.
func (s *Session) Each(f func(at time.Time, p *Party)) {
	for i := range s.Events {
		b := &s.Events[i].Body
		for j := range b.Parties {
			f(b.EventTime, &b.Parties[j])
		}
	}
}

// Ms is a duration as an Observed Call has it.
func Ms(d time.Duration) *int64 {
	ms := d.Milliseconds()
	return &ms
}

// Main runs a receiver: with the argument "-" from standard input, else as a webhook.
// understand makes calls of everything that has come so far.
func Main(understand func([]Event) []Call) {
	listen := flag.String("listen", "127.0.0.1:8101", "the address of the webhook, POST /webhook, and of the calls, GET /calls")
	flag.Parse()
	if flag.Arg(0) == "-" {
		once(understand)
		return
	}
	s := &server{understand: understand}
	http.HandleFunc("POST /webhook", s.webhook)
	http.HandleFunc("GET /calls", s.calls)
	log.Fatal(http.ListenAndServe(*listen, nil))
}

func once(understand func([]Event) []Call) {
	var events []Event
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadBytes('\n')
		if e, ok := decode(line); ok {
			events = append(events, e)
		}
		if err != nil {
			break
		}
	}
	out := json.NewEncoder(os.Stdout)
	for _, c := range understand(events) {
		if err := out.Encode(c); err != nil {
			log.Fatal(err)
		}
	}
}

// decode reads a notification. What is none is passed over: RingCentral must not be told
// that something was wrong with it.
func decode(b []byte) (Event, bool) {
	var e Event
	err := json.Unmarshal(b, &e)
	return e, err == nil && e.Body.TelephonySessionID != ""
}

type server struct {
	understand func([]Event) []Call

	lock   sync.Mutex
	events []Event
}

func (s *server) webhook(w http.ResponseWriter, r *http.Request) {
	if t := r.Header.Get("Validation-Token"); t != "" {
		w.Header().Set("Validation-Token", t) // the handshake
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
	if e, ok := decode(body); err == nil && ok {
		s.lock.Lock()
		s.events = append(s.events, e)
		s.lock.Unlock()
	}
}

// calls tells what was understood, of what began since an instant if one is given.
func (s *server) calls(w http.ResponseWriter, r *http.Request) {
	since, _ := time.Parse(time.RFC3339, r.FormValue("since"))
	s.lock.Lock()
	var events []Event
	for _, e := range s.events {
		if !e.Body.EventTime.Before(since) {
			events = append(events, e)
		}
	}
	s.lock.Unlock()
	out := json.NewEncoder(w)
	for _, c := range s.understand(events) {
		if out.Encode(c) != nil {
			return // whoever asked has gone
		}
	}
}
