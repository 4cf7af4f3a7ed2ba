package pbx

import (
	"fmt"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// longestMessage is how long a caller may speak to a mailbox, milliseconds.
const longestMessage = 180_000

// voicemail takes a call that was not answered: the same party goes to Voicemail.
// [relied on]
func (s *Switch) voicemail(p *party) {
	code := wire.Code("Voicemail")
	if s.d.Is(dialect.VoicemailSpelling, dialect.SpeltVoiceMail) {
		code = "VoiceMail"
	}
	p.mailbox = true
	s.tell(p, said{code: code, missed: s.d.Is(dialect.VoicemailMissed, dialect.MissedFlag)})
	p.state = call.StateVoicemail
	p.ringSince = s.now
	s.after(longestMessage, mailboxFull, p)
}

func mailboxFull(s *Switch, p *party) {
	if p.state == call.StateVoicemail {
		s.endWith(p, "")
		s.release(p.in, "")
	}
}

// sendsToVoicemail is somebody sending a ringing call to their mailbox.
var sendsToVoicemail = verb{name: "sends to voicemail", facility: "voicemail", do: func(s *Switch, m *Move) error {
	p, err := s.mine(m, "rings", func(p *party) bool { return p.mailable() })
	if err != nil {
		return err
	}
	s.voicemail(p)
	return nil
}, offer: offerMailbox}

// mailable: the leg rings a user who has a mailbox.
func (p *party) mailable() bool {
	return calledRing(p) && p.who.user() && !p.queueCall && p.flipped == nil && p.recalls == nil && p.outRole == "" && p.who.ext.Mailbox
}

func offerMailbox(s *Switch, yield func(Move)) {
	for _, t := range s.sessions {
		for _, p := range t.parties {
			if p.mailable() && !t.mirror {
				yield(Move{Who: p.who.number})
			}
		}
	}
}

// screens is somebody listening while the caller leaves a message. They may still
// answer.
var screens = verb{name: "screens", facility: "voicemail screening", do: func(s *Switch, m *Move) error {
	p, err := s.mine(m, "rings", func(p *party) bool { return p.mailable() })
	if err != nil {
		return fmt.Errorf("%w, or no mailbox", err)
	}
	code := wire.Code("VoiceMailScreening")
	if s.d.Is(dialect.ScreeningSpelling, dialect.SpeltVMScreening) {
		code = "VMScreening"
	}
	p.screened = true
	s.tell(p, said{code: code})
	p.state = call.StateScreening
	p.ringSince = s.now
	s.after(longestMessage, screeningEnds, p)
	return nil
}, offer: offerMailbox}

func screeningEnds(s *Switch, p *party) {
	if p.state == call.StateScreening {
		s.endWith(p, "")
		s.release(p.in, "")
	}
}
