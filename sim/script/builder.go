package script

import (
	"time"

	"github.com/legworkhq/legwork/sim/pbx"
)

// New returns an empty script to write to.
func New() *Script { return &Script{Names: map[string]string{}} }

// Name says whom the network knows under an outside number.
func (s *Script) Name(number, name string) *Script {
	s.Names[number] = name
	return s
}

// At is the moment of the next step. Steps are written in order of their time.
func (s *Script) At(t time.Duration) Moment { return Moment{s, t} }

// Moment is a place in a script at which somebody can do something. Each method adds
// one step and returns the moment, so that more can happen at it. Numbers are short
// extension numbers or outside numbers.
type Moment struct {
	s  *Script
	at time.Duration
}

// Does adds any step.
func (m Moment) Does(move pbx.Move) Moment {
	m.s.Steps = append(m.s.Steps, Step{At: m.at, Move: move})
	return m
}

func (m Moment) does(who string, v pbx.Verb, to, how string) Moment {
	return m.Does(pbx.Move{Who: who, Verb: v, To: to, How: how})
}

// Calls: somebody calls a number.
func (m Moment) Calls(who, number string) Moment { return m.does(who, "calls", number, "") }

// Answers: somebody takes the call that rings.
func (m Moment) Answers(who string) Moment { return m.does(who, "answers", "", "") }

// Rejects: somebody refuses the call that rings.
func (m Moment) Rejects(who string) Moment { return m.does(who, "rejects", "", "") }

// IsBusy: an outside number that was called is busy.
func (m Moment) IsBusy(who string) Moment { return m.does(who, "is busy", "", "") }

// FailsToCall: an outside number cannot be reached, for one of RingCentral's reasons.
func (m Moment) FailsToCall(who, number, reason string) Moment {
	return m.does(who, "fails to call", number, reason)
}

// HangsUp: somebody leaves.
func (m Moment) HangsUp(who string) Moment { return m.does(who, "hangs up", "", "") }

// Presses: a caller chooses in a menu.
func (m Moment) Presses(who, key string) Moment { return m.does(who, "presses", key, "") }

// Holds: somebody puts the others on hold.
func (m Moment) Holds(who string) Moment { return m.does(who, "holds", "", "") }

// Resumes: somebody takes a call off hold.
func (m Moment) Resumes(who string) Moment { return m.does(who, "resumes", "", "") }

// Mutes and Unmutes: somebody's microphone.
func (m Moment) Mutes(who string) Moment   { return m.does(who, "mutes", "", "") }
func (m Moment) Unmutes(who string) Moment { return m.does(who, "unmutes", "", "") }

// Records starts a recording, or goes on with a paused one.
func (m Moment) Records(who string) Moment { return m.does(who, "records", "", "") }
func (m Moment) PausesTheRecording(who string) Moment {
	return m.does(who, "pauses the recording", "", "")
}
func (m Moment) StopsTheRecording(who string) Moment {
	return m.does(who, "stops the recording", "", "")
}
func (m Moment) SendsToVoicemail(who string) Moment   { return m.does(who, "sends to voicemail", "", "") }
func (m Moment) Screens(who string) Moment            { return m.does(who, "screens", "", "") }
func (m Moment) ForwardsTo(who, number string) Moment { return m.does(who, "forwards to", number, "") }
func (m Moment) TransfersTo(who, number string) Moment {
	return m.does(who, "transfers to", number, "")
}

// TransfersToVoicemail: a blind transfer to a user's mailbox.
func (m Moment) TransfersToVoicemail(who, of string) Moment {
	return m.does(who, "transfers to", of, "to voicemail")
}

// CompletesTheTransfer: an attended transfer; the two others are connected.
func (m Moment) CompletesTheTransfer(who string) Moment {
	return m.does(who, "completes the transfer", "", "")
}

// ParksAt parks at a number, ParksAtLocation at a park location.
func (m Moment) ParksAt(who, number string) Moment { return m.does(who, "parks at", number, "") }
func (m Moment) ParksAtLocation(who, number string) Moment {
	return m.does(who, "parks at", number, "as a location")
}

// Retrieves takes a parked call, PicksUp one that rings at a colleague's.
func (m Moment) Retrieves(who, number string) Moment { return m.does(who, "retrieves", number, "") }
func (m Moment) PicksUp(who, colleague string) Moment {
	return m.does(who, "picks up", colleague, "")
}

// Flips to another number of one's own, Switches to another device.
func (m Moment) Flips(who string) Moment          { return m.does(who, "flips", "", "") }
func (m Moment) SwitchesDevice(who string) Moment { return m.does(who, "switches device", "", "") }

// Supervises by API; Monitors, WhispersTo and BargesInOn by dial code.
func (m Moment) Supervises(who, agent string) Moment { return m.does(who, "supervises", agent, "") }
func (m Moment) SupervisesOnTwoChannels(who, agent string) Moment {
	return m.does(who, "supervises", agent, "on two channels")
}
func (m Moment) Monitors(who, agent string) Moment {
	return m.does(who, "supervises", agent, "to monitor")
}
func (m Moment) WhispersTo(who, agent string) Moment {
	return m.does(who, "supervises", agent, "to whisper")
}
func (m Moment) BargesInOn(who, agent string) Moment {
	return m.does(who, "supervises", agent, "to barge in")
}

// TakesOver: the supervisor takes the agent's place.
func (m Moment) TakesOver(who string) Moment { return m.does(who, "takes over", "", "") }

// Merges all calls of somebody into a conference.
func (m Moment) Merges(who string) Moment { return m.does(who, "merges", "", "") }

// Removes a conferee; RemovesToTalk goes on with them alone.
func (m Moment) Removes(who, conferee string) Moment { return m.does(who, "removes", conferee, "") }
func (m Moment) RemovesToTalk(who, conferee string) Moment {
	return m.does(who, "removes", conferee, "to talk")
}

// RingsOutTo: the platform calls somebody, and then an outside number.
func (m Moment) RingsOutTo(who, number string) Moment { return m.does(who, "rings out to", number, "") }

// Faxes: an outside number sends a fax to an extension.
func (m Moment) Faxes(who, to string) Moment { return m.does(who, "faxes", to, "") }

// Pages: somebody speaks to a paging group.
func (m Moment) Pages(who, group string) Moment { return m.does(who, "pages", group, "") }
