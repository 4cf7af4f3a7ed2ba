package contract

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/cmd/legwork/internal/webhook"
)

// playing makes what a case does of a function that gets a player.
func playing(play func(*player, *Receiver)) func(context.Context, *Receiver) Outcome {
	return func(ctx context.Context, r *Receiver) Outcome {
		opt := r.Options
		opt.Connections = crowd
		client := webhook.New(opt)
		defer client.Close()
		p := &player{ctx: ctx, client: client, began: time.Now()}
		play(p, r)
		return p.out
	}
}

func handshakes() []Case {
	return []Case{
		{ID: "contract.handshake/validation-token/1", Title: "A POST without a body and with a Validation-Token is answered 200 within 3 s, with the same header.",
			Story: "This is how RingCentral validates a webhook when a subscription is made.", do: playing(func(p *player, _ *Receiver) { p.shake(1) })},
		{ID: "contract.handshake/validation-token/2", Title: "A second handshake, with another Validation-Token, is answered with that one.",
			Story: "Each subscription that is made or renewed validates the webhook again.", do: playing(func(p *player, _ *Receiver) { p.shake(2) })},
		{ID: "contract.handshake/after-notifications/1", Title: "A handshake is answered also after notifications have come.",
			Story: "A call comes in, and then another subscription is made.", do: playing(func(p *player, r *Receiver) {
				p.call(r)
				p.shake(1)
			})},
	}
}

// shake makes handshakes.
func (p *player) shake(times int) {
	for range times {
		at := time.Since(p.began)
		err := p.client.Handshake(p.ctx)
		s := result.Sent{AtMs: at.Milliseconds(), Line: "handshake: no body, header Validation-Token", TookMs: (time.Since(p.began) - at).Milliseconds()}
		var h *webhook.HandshakeError
		switch {
		case errors.As(err, &h):
			p.out.wrong("handshake", "%s; RingCentral would say: %s %s", h.Text, h.Code, h.Message)
		case err == nil:
			s.Status = 200
			p.out.Why = "the handshake is valid"
		}
		p.out.Sent = append(p.out.Sent, s)
	}
}

// call posts an ordinary call.
func (p *player) call(r *Receiver) (answers []webhook.Answer) {
	for _, b := range bodies(newMaker(r.Seed, r.Start).call(), nil) {
		answers = append(answers, p.post(b, "", true))
	}
	p.out.Why = fmt.Sprintf("%d posted, each answered 200 in time", len(answers))
	return answers
}

func tokens() []Case {
	return []Case{
		{ID: "contract.token/right/1", Title: "Notifications with the right Verification-Token are answered 200.", Tags: []string{"@token"},
			Story: "The subscription has a verification token, which comes with every notification.", do: withToken(func(p *player, r *Receiver) { p.call(r) })},
		{ID: "contract.token/wrong/1", Title: "A notification with a wrong Verification-Token is refused.", Tags: []string{"@token"}, Should: true,
			Story: "Somebody who does not know the token posts a notification. It is answered, with another status than 200.", do: withToken(func(p *player, r *Receiver) { p.refused(r, "wrong-"+r.Options.Token) })},
		{ID: "contract.token/missing/1", Title: "A notification without a Verification-Token is refused.", Tags: []string{"@token"}, Should: true,
			Story: "The same without any token.", do: withToken(func(p *player, r *Receiver) { p.refused(r, "") })},
	}
}

// withToken skips a case where the target has no token.
func withToken(play func(*player, *Receiver)) func(context.Context, *Receiver) Outcome {
	return func(ctx context.Context, r *Receiver) Outcome {
		if r.Options.Token == "" {
			return Outcome{Skipped: true, Why: "the target's file has no token"}
		}
		return playing(play)(ctx, r)
	}
}

// refused posts the first notification of a call with another token.
func (p *player) refused(r *Receiver, token string) {
	opt := r.Options
	opt.Token = token
	client := webhook.New(opt)
	defer client.Close()
	p.client = client
	body := bodies(newMaker(r.Seed, r.Start).call()[:1], nil)[0]
	a := p.post(body, "another token", false)
	if a.Failure == "" && a.Status/100 == 2 {
		p.out.wrong("sent[0]", "it was answered %d: anybody who knows the address can make up calls", a.Status)
	}
	p.out.Why = fmt.Sprintf("refused with %d", a.Status)
}

func inTime(p *player, r *Receiver) { p.call(r) }

func inASecond(p *player, r *Receiver) {
	slowest := time.Duration(0)
	for i, a := range p.call(r) {
		slowest = max(slowest, a.Took)
		if a.Took > time.Second {
			p.out.wrong(fmt.Sprintf("sent[%d]", i), "the answer took %v", a.Took.Round(time.Millisecond))
		}
	}
	p.out.Why = fmt.Sprintf("the slowest answer took %v", slowest.Round(time.Millisecond))
}

func small(p *player, r *Receiver) {
	largest := 0
	for i, a := range p.call(r) {
		largest = max(largest, a.Size)
		if a.Size > webhook.MaxAnswer {
			p.out.wrong(fmt.Sprintf("sent[%d]", i), "the answer has %d bytes, headers and body", a.Size)
		}
	}
	p.out.Why = fmt.Sprintf("the largest answer has %d bytes", largest)
}

// crowd is how many notifications come at the same time.
const crowd = 20

func atOnce(p *player, r *Receiver) {
	m := newMaker(r.Seed, r.Start)
	var all [][]byte
	for len(all) < crowd {
		all = append(all, bodies(m.call(), nil)...)
	}
	var wg sync.WaitGroup
	for _, b := range all[:crowd] {
		wg.Go(func() { p.post(b, "at once", true) })
	}
	wg.Wait()
	// The rest ends the calls that have begun.
	for _, b := range all[crowd:] {
		p.post(b, "", true)
	}
	p.out.Why = fmt.Sprintf("%d posted, %d at once, each answered 200 in time", len(all), crowd)
}
