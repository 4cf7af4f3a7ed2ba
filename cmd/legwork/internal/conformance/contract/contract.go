// Package contract is level L0 of the regression suite: what RingCentral asks of every
// webhook, whatever it makes of the calls. A webhook that fails here loses notifications.
//
// Nothing is asked about what the receiver understood, so that these cases need no probe.
// A receiver that is run for every case, and reads its standard input, gets the same
// bodies: it must go on, and end by itself with status 0.
package contract

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/cmd/legwork/internal/webhook"
)

// Case is one demand of the contract.
type Case struct {
	ID, Title, Story string
	Tags             []string
	// Should: it is advised, not demanded.
	Should bool
	// bodies are what is posted, one after another; each must be answered 200 in time.
	// Nil for a case that has no body to post.
	bodies func(*maker) [][]byte
	// do plays a case that is more than that.
	do func(context.Context, *Receiver) Outcome
	// anyStatus lists the bodies, from 0, that may be answered with any status.
	anyStatus []int
}

// Receiver is the webhook on trial.
type Receiver struct {
	Options webhook.Options
	Seed    uint64
	Start   time.Time
}

// Outcome is how a case went.
type Outcome struct {
	Sent        []result.Sent
	Differences []result.Difference
	// Why says what was found right, or why the case was skipped.
	Why     string
	Skipped bool
}

func (o *Outcome) wrong(about, format string, args ...any) {
	o.Differences = append(o.Differences, result.Difference{About: about, Text: fmt.Sprintf(format, args...)})
}

// Lines are the bodies that a receiver gets on its standard input, nil for a case that
// is about HTTP. Bodies that are no JSON on one line are left out.
func (c *Case) Lines(seed uint64, start time.Time) (out [][]byte) {
	if c.bodies == nil {
		return nil
	}
	for _, b := range c.bodies(newMaker(seed, start)) {
		if json.Valid(b) && len(b) > 0 {
			out = append(out, b)
		}
	}
	return out
}

// Play plays a case against a webhook.
func (c *Case) Play(ctx context.Context, r *Receiver) Outcome {
	if c.do != nil {
		return c.do(ctx, r)
	}
	client := webhook.New(r.Options)
	defer client.Close()
	p := &player{ctx: ctx, client: client, began: time.Now()}
	bodies := c.bodies(newMaker(r.Seed, r.Start))
	for i, b := range bodies {
		free := false
		for _, n := range c.anyStatus {
			free = free || n == i
		}
		p.post(b, "", !free)
	}
	p.out.Why = fmt.Sprintf("%d posted, each answered 200 in time", len(bodies))
	return p.out
}

// player posts, and notes what came of it.
type player struct {
	ctx    context.Context
	client *webhook.Client
	began  time.Time
	mu     sync.Mutex
	out    Outcome
}

// post posts one body. must: it has to be answered 200.
func (p *player) post(body []byte, note string, must bool) webhook.Answer {
	at := time.Since(p.began)
	a := p.client.Post(p.ctx, body)
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.out.Sent)
	p.out.Sent = append(p.out.Sent, Sent(at, body, note, a))
	switch {
	case p.ctx.Err() != nil:
	case must && !a.OK():
		p.out.wrong(fmt.Sprintf("sent[%d]", n), "%s: %s", describe(body), Why(a))
	case !must && a.Failure != "":
		p.out.wrong(fmt.Sprintf("sent[%d]", n), "%s: no answer at all: %s", describe(body), a.Why())
	}
	return a
}

// Why says what was wrong with an answer.
func Why(a webhook.Answer) string {
	text := a.Why()
	if a.Failure == webhook.TimedOut {
		text = fmt.Sprintf("no whole answer within %v; RingCentral waits no longer", webhook.DefaultTimeout)
	}
	if a.Status == 401 || a.Status == 403 {
		text += " (is token in the target's file the one that the receiver expects?)"
	}
	return text
}

// mostShown is the longest body that a report repeats.
const mostShown = 4 << 10

// Sent notes a delivery.
func Sent(at time.Duration, body []byte, note string, a webhook.Answer) result.Sent {
	out := result.Sent{AtMs: at.Milliseconds(), Line: describe(body), Note: note, Status: a.Status, TookMs: a.Took.Milliseconds(), Body: Shown(body)}
	if a.Failure != "" {
		out.Note = strings.TrimPrefix(note+"; "+string(a.Failure), "; ")
	}
	return out
}

// Shown is a body as a report has it: as it was sent, if it is JSON and not too long.
func Shown(body []byte) json.RawMessage {
	if len(body) == 0 {
		return nil
	}
	text := string(body)
	if len(text) > mostShown {
		text = fmt.Sprintf("%s... (%d bytes)", text[:200], len(body))
	} else if json.Valid(body) {
		return json.RawMessage(body)
	}
	b, _ := json.Marshal(text) // a string can always be written
	return b
}

// describe says a body in a few words.
func describe(body []byte) string {
	var e struct {
		Body struct {
			TelephonySessionID string
			Parties            []struct {
				ID     string
				Status struct{ Code string }
			}
		}
	}
	switch err := json.Unmarshal(body, &e); {
	case len(body) == 0:
		return "nothing"
	case err != nil || e.Body.TelephonySessionID == "":
		return fmt.Sprintf("%.40q", body)
	case len(e.Body.Parties) == 0:
		return "a notification without parties"
	}
	out := []string{}
	for i, p := range e.Body.Parties {
		if i == 3 {
			out = append(out, "...")
			break
		}
		out = append(out, "party "+p.ID[strings.LastIndexByte(p.ID, '-')+1:]+" "+p.Status.Code)
	}
	return strings.Join(out, ", ")
}
