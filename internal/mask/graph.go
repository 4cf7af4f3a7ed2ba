package mask

import (
	"strings"

	"github.com/legworkhq/legwork/recon/call"
)

// Call replaces everything in a call of the capture, in place, as Event does in its
// events.
func (m *Masker) Call(c *call.Call) {
	legs := make(map[string]string, len(c.Legs))
	for i := range c.Legs {
		id := string(c.Legs[i].ID)
		legs[id] = m.leg(id)
	}
	c.ID = m.sessionID(c.ID)
	m.times(&c.StartedAt, &c.AnsweredAt, &c.EndedAt)
	if c.EndedBy != nil {
		m.participantID(&c.EndedBy.Participant)
	}
	for i := range c.Sessions {
		s := &c.Sessions[i]
		s.ID = m.sessionID(s.ID)
		s.LegacyID, s.ServerID = m.keep(kindLegacy, s.LegacyID), m.keep(kindServer, s.ServerID)
		m.times(&s.StartedAt, &s.EndedAt)
	}
	for i := range c.Participants {
		p := &c.Participants[i]
		m.participantID(&p.ID)
		p.ExtensionID, p.Name = m.keep(kindID, p.ExtensionID), m.keep(kindName, p.Name)
		for j, n := range p.Numbers {
			p.Numbers[j] = m.keep(kindNumber, n)
		}
	}
	for i := range c.Legs {
		m.legFields(&c.Legs[i])
	}
	for i := range c.Links {
		m.link(&c.Links[i])
	}
	for i := range c.Talks {
		t := &c.Talks[i]
		m.times(&t.From, &t.To)
		for j := range t.Members {
			m.participantID(&t.Members[j].Participant)
			t.Members[j].Leg = call.LegID(m.leg(string(t.Members[j].Leg)))
		}
	}
	for i := range c.Findings {
		f := &c.Findings[i]
		if masked, ok := legs[f.About]; ok {
			f.About = masked
		} else {
			f.About = m.keep(kindSession, f.About)
		}
		f.Detail = m.detail(f.Detail, legs)
		m.evidence(f.Evidence)
	}
	call.Sort(c) // where an id decided, it does so again
}

// keep is replace, but for a value that is kept because the user said so.
func (m *Masker) keep(k kind, s string) string {
	if s == "" || !known(k, s, nil) {
		return s
	}
	return m.replace(k, s)
}

func (m *Masker) times(all ...*call.Time) {
	for _, t := range all {
		if *t != 0 {
			*t += call.Time(m.shift)
		}
	}
}

func (m *Masker) sessionID(id call.SessionID) call.SessionID {
	return call.SessionID(m.keep(kindSession, string(id)))
}

// leg replaces a leg id: a party's, or a party's and its session's where two sessions
// have one party id.
func (m *Masker) leg(id string) string {
	party, session := m.splitLeg(id)
	out := m.keep(kindParty, party)
	if session != "" {
		out += "@" + m.keep(kindSession, session)
	}
	return out
}

func (m *Masker) splitLeg(id string) (party, session string) {
	cut := strings.LastIndexByte(id, '@')
	if cut < 0 {
		return id, ""
	}
	if _, ok := m.starts[id[cut+1:]]; !ok {
		return id, ""
	}
	return id[:cut], id[cut+1:]
}

func (m *Masker) participantID(id *call.ParticipantID) {
	kind, value, _ := strings.Cut(string(*id), ":")
	switch kind {
	case "ext":
		value = m.keep(kindID, value)
	case "tel":
		value = m.keep(kindNumber, value)
	case "leg":
		value = m.leg(value)
	}
	*id = call.ParticipantID(kind + ":" + value)
}

func (m *Masker) legFields(l *call.Leg) {
	l.ID, l.Session = call.LegID(m.leg(string(l.ID))), m.sessionID(l.Session)
	m.participantID(&l.Participant)
	for _, e := range []*call.Endpoint{&l.From, &l.To} {
		e.Number, e.Name = m.keep(kindNumber, e.Number), m.keep(kindName, e.Name)
		e.ExtensionID, e.DeviceID = m.keep(kindID, e.ExtensionID), m.keep(kindID, e.DeviceID)
	}
	for i := range l.States {
		m.times(&l.States[i].From, &l.States[i].To)
	}
	if l.End != nil {
		m.times(&l.End.At)
	}
	if p := l.Peer; p != nil {
		p.Session, p.Leg = m.sessionID(p.Session), call.LegID(m.keep(kindParty, string(p.Leg)))
	}
	for i := range l.Recordings {
		r := &l.Recordings[i]
		r.ID = m.keep(kindID, r.ID)
		m.times(&r.At)
	}
}

func (m *Masker) link(l *call.Link) {
	l.From, l.To = call.LegID(m.leg(string(l.From))), call.LegID(m.leg(string(l.To)))
	l.ToSession = m.sessionID(l.ToSession)
	m.times(&l.At)
	for _, ids := range l.Roles {
		for i := range ids {
			m.participantID(&ids[i])
		}
	}
	m.evidence(l.Evidence)
}

func (m *Masker) evidence(ev []call.Evidence) {
	for i := range ev {
		ev[i].Session, ev[i].UUID = m.sessionID(ev[i].Session), m.keep(kindUUID, ev[i].UUID)
	}
}

// detail replaces the ids of parties in the sentence of a finding.
func (m *Masker) detail(text string, legs map[string]string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		bare := strings.TrimRight(w, ".,;:")
		for id := range legs {
			if party, _ := m.splitLeg(id); bare == party {
				words[i] = m.keep(kindParty, party) + w[len(bare):]
			}
		}
	}
	return strings.Join(words, " ")
}
