package graph

import (
	"fmt"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/session"
	"github.com/legworkhq/legwork/recon/wire"
)

// find collects what is strange or missing.
func (b *builder) find() {
	if !b.rules.Account {
		b.finding(call.PartialScope, string(b.out.ID),
			"Only one extension's events are in view: other parties' legs are named, not seen, and missing numbers prove nothing.")
	}
	for _, s := range b.sessions {
		b.gaps(s)
		b.unseenPeer(s)
		b.conflicts(s)
		b.regressions(s)
		if s.Mirror {
			b.finding(call.MirrorSession, s.ID, "This session repeats a RingOut call with mirrored numbers; its talk is not counted twice.", proof(s, &s.Obs[0])...)
		}
		for _, l := range s.Legs {
			b.words(l)
			b.unexplained(l)
		}
	}
	b.oneSided()
	if b.alive() && b.at-b.lastAt() >= b.rules.OpenBound {
		b.finding(call.NoEnd, string(b.out.ID), "No end was reported within the bound: the call was closed without one.")
	}
}

func (b *builder) finding(kind call.FindingKind, about, detail string, ev ...call.Evidence) {
	b.out.Findings = append(b.out.Findings, call.Finding{Kind: kind, About: about, Detail: detail, Evidence: ev})
}

func proof(s *session.Session, obs ...*session.Observation) []call.Evidence {
	var out []call.Evidence
	for _, o := range obs {
		if o != nil {
			out = append(out, evidence(s, o))
		}
	}
	return out
}

func (b *builder) gaps(s *session.Session) {
	if len(s.Missing) == 0 {
		return
	}
	if len(s.Unseen) > 0 {
		b.finding(call.UnseenParties, s.ID, fmt.Sprintf(
			"Sequence %s did not arrive, and party %s of this session was never notified: the missing numbers may be theirs, or lost events.", ranges(s.Missing), numbers(s.Unseen)),
			b.around(s)...)
		return
	}
	b.finding(call.MissingEvents, s.ID, fmt.Sprintf("Sequence %s did not arrive.", ranges(s.Missing)), b.around(s)...)
}

// around names the events on both sides of each gap.
func (b *builder) around(s *session.Session) []call.Evidence {
	var out []call.Evidence
	for i := range s.Obs {
		o := &s.Obs[i]
		for _, r := range s.Missing {
			if o.Seq == r.From-1 || o.Seq == r.To+1 {
				out = append(out, evidence(s, o))
			}
		}
	}
	return out
}

const listed = 8 // how many items a sentence lists

func ranges(rs []call.Range) string {
	var parts []string
	for _, r := range rs {
		if len(parts) == listed {
			parts = append(parts, "...")
			break
		}
		if r.From == r.To {
			parts = append(parts, fmt.Sprint(r.From))
		} else {
			parts = append(parts, fmt.Sprintf("%d to %d", r.From, r.To))
		}
	}
	return strings.Join(parts, ", ")
}

func numbers(ns []int) string {
	var parts []string
	for _, n := range ns {
		if len(parts) == listed {
			parts = append(parts, "...")
			break
		}
		parts = append(parts, fmt.Sprint(n))
	}
	return strings.Join(parts, ", ")
}

func (b *builder) unseenPeer(s *session.Session) {
	if s.Observed() {
		return
	}
	var ev []call.Evidence
	for _, t := range b.sessions {
		for i := range t.Obs {
			if t.Obs[i].PeerSession == s.ID {
				ev = append(ev, evidence(t, &t.Obs[i]))
			}
		}
	}
	b.finding(call.UnresolvedPeer, s.ID, "A party that is Gone names this session as its peer, and nothing of it has arrived.", ev...)
}

func (b *builder) conflicts(s *session.Session) {
	for i := 1; i < len(s.Obs); i++ {
		o := &s.Obs[i]
		if o.Seq <= 0 {
			continue
		}
		for j := i - 1; j >= 0 && s.Obs[j].Seq == o.Seq; j-- {
			if s.Obs[j].PartyID == o.PartyID {
				b.finding(call.ConflictingEvents, s.ID, fmt.Sprintf("Sequence %d says two different things of party %s.", o.Seq, o.PartyID), proof(s, &s.Obs[j], o)...)
				break
			}
		}
	}
}

func (b *builder) regressions(s *session.Session) {
	latest := -1
	for i := range s.Obs {
		o := &s.Obs[i]
		if o.Seq <= 0 {
			continue
		}
		if latest >= 0 && o.Seq > s.Obs[latest].Seq && o.At < s.Obs[latest].At {
			b.finding(call.TimeRegression, s.ID, fmt.Sprintf("Sequence %d is %d ms earlier than sequence %d before it.", o.Seq, s.Obs[latest].At-o.At, s.Obs[latest].Seq),
				proof(s, &s.Obs[latest], o)...)
		}
		if latest < 0 || o.At > s.Obs[latest].At {
			latest = i
		}
	}
}

func (b *builder) words(l *session.Leg) {
	seen := map[string]bool{}
	for _, o := range l.Obs {
		if name := o.CodeName(); o.Kind == wire.KindUnknown && !seen["c"+name] {
			seen["c"+name] = true
			b.finding(call.UnknownCode, l.ID, fmt.Sprintf("Status code %q has no meaning that this engine knows; the leg's state is unknown while it lasts.", name), proof(l.Session, o)...)
		}
		if name := o.ReasonName(); o.UnknownReason() && !seen["r"+name] {
			seen["r"+name] = true
			b.finding(call.UnknownReason, l.ID, fmt.Sprintf("Reason %q stands in no specification; nothing is concluded from it.", name), proof(l.Session, o)...)
		}
	}
}

func (b *builder) unexplained(l *session.Leg) {
	explained := func(o *session.Observation) bool {
		return o.Is(wire.ReasonAttendedTransfer, wire.ReasonPickup, wire.ReasonSupervising, wire.ReasonConference)
	}
	for i := range l.Segments {
		seg := &l.Segments[i]
		if seg.State != call.StateGone || seg.First == nil {
			continue
		}
		best := seg.First
		for _, o := range l.Obs {
			if o.Kind == wire.Gone && o.Seq >= seg.First.Seq && (seg.Next == nil || o.Seq < seg.Next.Seq) && explained(o) && o.PeerSession != "" {
				best = o
			}
		}
		switch {
		case !explained(best):
			b.finding(call.UnexplainedGone, l.ID, "The party is Gone without a reason that says why: the sessions are one call, and nothing is claimed about who talks.", proof(l.Session, best)...)
		case best.PeerSession == "" || best.PeerSession == l.Session.ID:
			b.finding(call.UnexplainedGone, l.ID, "The party is Gone and names no peer session: it cannot be said where it went on.", proof(l.Session, best)...)
		}
	}
}

func (b *builder) oneSided() {
	if !b.rules.Account {
		return
	}
	for _, k := range b.links {
		if k.Kind != call.TransferAttended || k.Basis != call.OneEnd {
			continue
		}
		peer := k.ToSession
		if k.Proof[0].Session == k.ToSession {
			peer = k.From.Session
		}
		if peer != nil && peer.Observed() {
			b.finding(call.OneSidedLink, peer.ID, "Only one end of the transfer was reported: this session's own Gone did not arrive.", b.link(k).Evidence...)
		}
	}
}
