package pbx

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// queued begins to look for an agent. Agents' parties begin at Proceeding [relied on],
// the first one seconds after the call came. [observed]
func (s *Switch) queued(q *party) {
	if s.d.Is(dialect.QueuePreamble, dialect.CallerAnsweredAgain) && connected(q.in.originatorLeg) {
		for range 2 {
			s.pass(30, 200)
			s.tell(q.in.originatorLeg, said{code: answered})
		}
	}
	s.after(3000+s.r.Int64N(2000), hunt, q)
	if w := q.who.ext.WaitFor; w > 0 {
		s.after(w.Milliseconds(), giveUp, q)
	}
}

// waits: the queue's leg still looks for an agent.
func (q *party) waits() bool { return q.state == call.StateSetup }

// hunt rings the next agent, or all of them.
func hunt(s *Switch, q *party) {
	if !q.waits() || s.hunting(q) {
		return
	}
	if q.who.ext.OneByOne {
		if a := s.nextAgent(q); a != nil {
			s.ringAgent(q, a)
			return
		}
		s.after(4000, hunt, q)
		return
	}
	rung := 0
	for _, n := range q.who.ext.Agents {
		if a := s.idle(n); a != nil && rung < mostRung {
			if rung++; rung > 1 {
				s.pass(4, 12)
			}
			s.ringAgent(q, a)
		}
	}
	if rung == 0 {
		s.after(4000, hunt, q)
	}
}

// mostRung is how many agents a queue rings at once.
const mostRung = 10

func (s *Switch) hunting(q *party) bool {
	return slices.ContainsFunc(q.in.parties, func(p *party) bool { return p.queue == q && p.state == call.StateRinging })
}

// idle finds an agent who is on no call.
func (s *Switch) idle(number string) *person {
	d, _ := s.x.resolve(number)
	who := s.someone(d)
	if s.leg(who, any_) != nil || s.abroad(who) != nil {
		return nil
	}
	return who
}

// nextAgent takes turns: the agent after the one who was rung last.
func (s *Switch) nextAgent(q *party) *person {
	agents := q.who.ext.Agents
	last := -1
	for _, p := range q.in.parties {
		if p.queue == q {
			last = slices.Index(agents, p.who.number)
		}
	}
	for i := range agents {
		if a := s.idle(agents[(last+1+i)%len(agents)]); a != nil {
			return a
		}
	}
	return nil
}

// ringAgent rings one agent: the party has the agent's extension, and a to that names
// the queue. [observed]
func (s *Switch) ringAgent(q *party, agent *person) {
	p := s.party(q.in, agent, wire.Inbound)
	p.queueCall, p.queue = true, q
	q.met = true
	p.to, p.toOwner, p.toNumber = q.to, q.who, q.toNumber
	p.from, p.fromOwner = s.shownInside(q.in), q.in.originator
	p.from.Name = q.who.name
	if n := q.in.originator.name; n != "" {
		p.from.Name += " - " + n
	}
	s.tell(p, said{code: proceeding})
	p.ringSince = s.now
	k := s.link(link{kind: call.Hunt, from: q, to: p, at: s.now})
	k.plays(call.Queue, q)
	k.plays(call.Agent, p)
	turn := int64(20_000)
	if f := q.who.ext.RingFor; f > 0 {
		turn = f.Milliseconds()
	}
	s.after(turn, ringsInVain, p)
}

// shownToAgent is what an agent's screen shows of a queue call. [observed]
func (s *Switch) shownToAgent(p *party) *wire.UICallInfo {
	out := &wire.UICallInfo{}
	out.Primary.Type, out.Primary.Value = "QueueName", p.queue.who.name
	if n := s.toAgent(p); n != "" {
		out.Additional.Type, out.Additional.Value = "CallerIdName", n
	}
	return out
}

// toAgent is the caller's name that an agent is shown.
func (s *Switch) toAgent(p *party) string { return p.in.originator.name }

// agentAnswers connects an agent, and ends the queue's leg and those of the other
// agents. [documented: the queue's; assumed: the rest]
func (s *Switch) agentAnswers(p *party) {
	q := p.queue
	q.moved = call.LegRouted
	var losers []*party
	for _, o := range q.in.parties {
		if o.queue == q && o != p && o.state == call.StateRinging {
			losers = append(losers, o)
		}
		if o.queue == q && o != p && o.fate == call.LegMissed {
			o.fate = call.LegElsewhere
		}
	}
	winner := func() { s.tell(p, said{code: answered}) }
	queue := func() {
		s.ends(q, said{code: disconnected, reason: s.either(dialect.QueueEnd, wire.ReasonAgentAnswered)}, "")
	}
	rest := func() { s.dropAgents(losers) }
	for i, step := range s.inOrder(winner, queue, rest) {
		if i > 0 {
			s.pass(4, 14)
		}
		step()
	}
}

func (s *Switch) inOrder(winner, queue, losers func()) []func() {
	switch s.d[dialect.QueueOrder] {
	case dialect.QueueWinnerLosers:
		return []func(){queue, winner, losers}
	case dialect.LosersQueueWinner:
		return []func(){losers, queue, winner}
	case dialect.WinnerLosersQueue:
		return []func(){winner, losers, queue}
	}
	return []func(){winner, queue, losers}
}

// either is a reason where the dialect has its first value, none else.
func (s *Switch) either(k dialect.ID, why wire.Reason) wire.Reason {
	if s.d[k] == 0 {
		return why
	}
	return ""
}

func (s *Switch) dropAgents(losers []*party) {
	why := wire.ReasonAgentDropped
	switch s.d[dialect.LoserEnd] {
	case dialect.LoserBare:
		why = ""
	case dialect.LoserCancelled:
		why = wire.ReasonCancelled
	}
	for i, p := range losers {
		if i > 0 {
			s.pass(2, 9)
		}
		s.ends(p, said{code: disconnected, reason: why}, call.LegElsewhere)
	}
}

// turnEnds ends one agent's turn.
func (s *Switch) turnEnds(p *party) {
	why := wire.ReasonNoAnswer
	switch s.d[dialect.AgentTimeout] {
	case dialect.AgentTimedOut:
		why = wire.ReasonTimeout
	case dialect.AgentBare:
		why = ""
	}
	s.agentLeaves(p, said{code: disconnected, reason: why}, call.LegMissed)
}

// agentLeaves ends an agent's leg that was not answered, and rings the next one.
func (s *Switch) agentLeaves(p *party, what said, fate call.LegOutcome) {
	s.ends(p, what, fate)
	if p.queue.waits() && !s.hunting(p.queue) {
		s.after(1500+s.r.Int64N(1500), hunt, p.queue)
	}
}

// giveUp sends a call on that no agent took, or ends it.
func giveUp(s *Switch, q *party) {
	if !q.waits() {
		return
	}
	for _, p := range q.in.parties {
		if p.queue == q && p.state == call.StateRinging {
			s.ends(p, s.noAnswer(), call.LegMissed)
			s.pass(3, 12)
		}
	}
	s.advance(s.now + 1200)
	if to := q.who.ext.Overflow; to != "" {
		d, _ := s.x.resolve(to)
		s.redirect(q, d, s.either(dialect.OverflowEnd, wire.ReasonCallRedirected))
		return
	}
	s.ends(q, said{code: disconnected}, "")
	if q.met {
		s.unreached(q)
	}
	s.release(q.in, "")
}
