package observed

import (
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/sim/oracle"
)

func (j *judge) persons(c *Call) {
	j.answerer(c)
	if j.said("endedBy", c.EndedBy != "" || len(j.closers) == 0, oracle.WrongParticipant) && len(j.closers) > 0 && !j.among(c.EndedBy, j.closers) {
		j.wrong(oracle.WrongParticipant, "endedBy", "%s hung up, not %s", j.tellAll(j.closers), j.quote(c.EndedBy))
	}
	if j.said("participants", c.Participants != nil, oracle.WrongParticipant) {
		everybody := j.everybody()
		j.set("participants", c.Participants, j.people, everybody, oracle.WrongParticipant, oracle.WrongParticipant, "took part")
	}
	if j.said("talkers", c.Talkers != nil, oracle.WrongTalk) {
		j.set("talkers", c.Talkers, j.talkers, j.talkers, oracle.WrongTalk, oracle.WrongTalk, "talked")
	}
	if j.said("onTheLine", c.OnTheLine != nil, oracle.StaleParty) {
		j.set("onTheLine", c.OnTheLine, j.onTheLine, j.onTheLine, oracle.WrongParticipant, oracle.WrongParticipant, "is on the line")
	}
}

// everybody lists who may be said to have taken part: menus and queues too.
func (j *judge) everybody() (out []call.ParticipantID) {
	for _, p := range j.Call.Participants {
		out = append(out, p.ID)
	}
	return out
}

func (j *judge) answerer(c *Call) {
	if !j.said("answeredBy", c.AnsweredBy != "" || len(j.answerers) == 0, oracle.WrongParticipant) || c.AnsweredBy == "" || j.among(c.AnsweredBy, j.answerers) {
		return
	}
	switch who := j.who(c.AnsweredBy); {
	case j.lost(who):
		j.wrong(oracle.QueueLoser, "answeredBy", "%s took the call; %s only heard it ring", j.tellAll(j.answerers), j.tell(who))
	case len(j.answerers) == 0:
		j.wrong(oracle.WrongParticipant, "answeredBy", "nobody took the call, and %s is said to have", j.quote(c.AnsweredBy))
	default:
		j.wrong(oracle.WrongParticipant, "answeredBy", "%s took the call, not %s", j.tellAll(j.answerers), j.quote(c.AnsweredBy))
	}
}

// quote names somebody as the receiver did, and as we know them.
func (j *judge) quote(p Person) string {
	if p == "" {
		return "nobody"
	}
	if id := j.who(p); id != "" {
		return j.tell(id)
	}
	return "“" + string(p) + "”, who has no part in the call"
}

// set compares a set of people: all of must are there, and nobody who is not in may.
func (j *judge) set(fact string, said []Person, must, may []call.ParticipantID, missing, extra oracle.Mistake, does string) {
	for _, id := range must {
		if !slices.ContainsFunc(said, func(p Person) bool { return j.is(p, id) }) {
			j.wrong(missing, fact, "%s %s, and is not said to", j.tell(id), does)
		}
	}
	for _, p := range said {
		if j.among(p, may) {
			continue
		}
		who := j.who(p)
		m := extra
		switch {
		case who == "":
		case fact == "onTheLine":
			m = oracle.StaleParty
		case slices.Contains(j.supervisors, who):
			m = oracle.SupervisorTalks
		case fact == "talkers" && j.lost(who):
			m = oracle.QueueLoser
		}
		j.wrong(m, fact, "%s is said to be one who %s: %s", j.quote(p), does, j.insteadOf(m))
	}
}

// insteadOf says what somebody did instead.
func (j *judge) insteadOf(m oracle.Mistake) string {
	switch m {
	case oracle.StaleParty:
		return "they have left"
	case oracle.SupervisorTalks:
		return "they only supervised"
	case oracle.QueueLoser:
		return "it only rang there"
	}
	return "they did not"
}
