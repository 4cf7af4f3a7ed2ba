package scenarios

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/legworkhq/legwork/sim/pbx"
)

// act is a sentence for a verb of the switch.
type act struct {
	verb pbx.Verb
	how  string
	// form has who does it in its first place, and in its second to whom or what.
	form, example, meaning string
	// dials says that the second place is a number as somebody dials it: from outside
	// an extension is reached by its direct number.
	dials bool
	// mobile says that it is done on the person's own outside number.
	mobile bool
	// to, if not "", stands for the second place.
	to func(*world) string
}

// actions has a sentence for every verb, in every way. Where a verb has several the
// printer takes the first that fits.
var actions = []act{
	{verb: "calls", form: "{person} calls {person}", example: "Ruth Calloway calls 104", dials: true, meaning: "From outside, an extension is called by its direct number, and one that has none is put through to."},
	{verb: "calls", form: "{person} calls the main number", example: "404-555-0134 calls the main number", meaning: "The call reaches the company's first menu.", to: func(w *world) string { return w.company.Number }},
	{verb: "calls", form: "{person} dials {number}", example: "101 dials 700", meaning: "A short number, as it is."},
	{verb: "answers", form: "{person} answers", example: "104 answers", meaning: "Takes the call that rings."},
	{verb: "answers", form: "{person} answers on the mobile phone", example: "104 answers on the mobile phone", mobile: true, meaning: "Takes the call that rings at their own outside number, after a flip."},
	{verb: "rejects", form: "{person} rejects the call", example: "105 rejects the call", meaning: "Refuses the call that rings."},
	{verb: "is busy", form: "{person} is busy", example: "212-555-0188 is busy", meaning: "An outside number that was called is busy."},
	{verb: "fails to call", form: "{person} fails to call {person}", example: "104 fails to call 212-555-0188", dials: true, meaning: "An outside number cannot be reached; RingCentral gives no reason."},
	{verb: "hangs up", form: "{person} hangs up", example: "Ruth Calloway hangs up", meaning: "Leaves the call that they are on the line with, else another one."},
	{verb: "presses", form: "{person} presses {key}", example: "Ruth Calloway presses 0", meaning: "A caller chooses in a menu."},
	{verb: "holds", form: "{person} puts the call on hold", example: "104 puts the call on hold", meaning: "The others hear music."},
	{verb: "resumes", form: "{person} takes the call off hold", example: "104 takes the call off hold", meaning: "The others are back."},
	{verb: "mutes", form: "{person} mutes the microphone", example: "104 mutes the microphone", meaning: "Others do not hear them; the talk goes on."},
	{verb: "unmutes", form: "{person} unmutes the microphone", example: "104 unmutes the microphone", meaning: "Others hear them again."},
	{verb: "records", form: "{person} starts recording", example: "104 starts recording", meaning: "Starts a recording, or goes on with one that was paused."},
	{verb: "pauses the recording", form: "{person} pauses the recording", example: "104 pauses the recording", meaning: "The recording stops for a while."},
	{verb: "stops the recording", form: "{person} stops the recording", example: "104 stops the recording", meaning: "The recording ends."},
	{verb: "forwards to", form: "{person} forwards the call to {person}", example: "104 forwards the call to 106", meaning: "A call that rings, and was not answered, rings elsewhere."},
	{verb: "forwards to", how: "by rcc", form: "an application of {person} forwards the call to {person}", example: "an application of 104 forwards the call to 106", meaning: "The same, by an application."},
	{verb: "forwards to", how: "by dtmf", form: "{person} forwards the call to {person} by the phone's keys", example: "104 forwards the call to 106 by the phone's keys", meaning: "The same, by keys."},
	{verb: "sends to voicemail", form: "{person} sends the call to voicemail", example: "104 sends the call to voicemail", meaning: "A call that rings goes to the mailbox."},
	{verb: "screens", form: "{person} listens to the message being left", example: "104 listens to the message being left", meaning: "Voicemail screening: hears the caller speak to the mailbox, and may answer yet."},
	{verb: "transfers to", form: "{person} transfers the call to {person}", example: "104 transfers the call to 106", meaning: "A blind transfer: without asking, the other end rings elsewhere."},
	{verb: "transfers to", how: "by rcc", form: "an application of {person} transfers the call to {person}", example: "an application of 104 transfers the call to 106", meaning: "A blind transfer by an application."},
	{verb: "transfers to", how: "by dtmf", form: "{person} transfers the call to {person} by the phone's keys", example: "104 transfers the call to 106 by the phone's keys", meaning: "A blind transfer by keys."},
	{verb: "transfers to", how: "to voicemail", form: "{person} transfers the call to the mailbox of {person}", example: "104 transfers the call to the mailbox of 106", meaning: "A blind transfer that rings nowhere."},
	{verb: "completes the transfer", form: "{person} completes the transfer", example: "104 completes the transfer", meaning: "An attended transfer: of somebody with two calls, the two far ends are connected."},
	{verb: "completes the transfer", how: "by api", form: "an application of {person} completes the transfer", example: "an application of 104 completes the transfer", meaning: "The same, by an application."},
	{verb: "parks at", form: "{person} parks the call at {number}", example: "104 parks the call at 801", meaning: "The other end waits in park until somebody retrieves it."},
	{verb: "parks at", how: "as a location", form: "{person} parks the call at location {number}", example: "104 parks the call at location 850", meaning: "A park location, which any extension can see."},
	{verb: "retrieves", form: "{person} retrieves the call from {number}", example: "106 retrieves the call from 801", meaning: "Takes a parked call."},
	{verb: "picks up", form: "{person} picks up the call of {person}", example: "106 picks up the call of 104", meaning: "Takes a call that rings at a colleague's phone."},
	{verb: "flips", form: "{person} flips the call to the mobile phone", example: "104 flips the call to the mobile phone", meaning: "Their own outside number rings, to go on there."},
	{verb: "switches device", form: "{person} switches to another device", example: "104 switches to another device", meaning: "Goes on with the call on another phone or the desktop."},
	{verb: "supervises", form: "{person} supervises {person}", example: "150 supervises 104", meaning: "An application joins a supervisor to an agent's call."},
	{verb: "supervises", how: "on two channels", form: "{person} supervises {person} on two channels", example: "150 supervises 104 on two channels", meaning: "The same, each side on a channel of its own."},
	{verb: "supervises", how: "to monitor", form: "{person} dials in to listen to {person}", example: "150 dials in to listen to 104", meaning: "Supervision by the dial code *80: nobody hears the supervisor."},
	{verb: "supervises", how: "to whisper", form: "{person} dials in to whisper to {person}", example: "150 dials in to whisper to 104", meaning: "By *81: the agent alone hears the supervisor."},
	{verb: "supervises", how: "to barge in", form: "{person} dials in to join {person}", example: "150 dials in to join 104", meaning: "By *82: everybody hears the supervisor."},
	{verb: "takes over", form: "{person} takes over the call", example: "150 takes over the call", meaning: "The supervisor takes the agent's place."},
	{verb: "merges", form: "{person} merges the calls", example: "104 merges the calls", meaning: "All calls of theirs become a conference."},
	{verb: "removes", form: "{person} removes {person} from the conference", example: "104 removes 106 from the conference", meaning: "One of a conference is cut off."},
	{verb: "removes", how: "to talk", form: "{person} takes {person} out of the conference to talk", example: "104 takes Ruth Calloway out of the conference to talk", meaning: "One of a conference goes on with the host alone."},
	{verb: "rings out to", form: "{person} starts a RingOut to {person}", example: "104 starts a RingOut to 212-555-0188", meaning: "The platform calls the extension, and when it answers the outside number."},
	{verb: "faxes", form: "{person} sends a fax to {person}", example: "Ruth Calloway sends a fax to 103", dials: true, meaning: "An outside number sends a fax."},
	{verb: "faxes", form: "{person} sends a fax to the number {number}", example: "Ruth Calloway sends a fax to the number 103", meaning: "To a short number, as it is."},
	{verb: "pages", form: "{person} pages {person}", example: "150 pages 790", meaning: "Speaks to the phones of a paging group."},
}

// Says reports whether a sentence has people do something in a certain way.
func Says(v pbx.Verb, how string) bool {
	return v == "fails to call" || slices.ContainsFunc(actions, func(a act) bool { return a.verb == v && a.how == how })
}

// acts are the sentences of what people do.
var acts = func() []Sentence {
	var out []Sentence
	for i := range actions {
		a := &actions[i]
		out = append(out, Sentence{Keyword: "When", Form: a.form, Example: a.example, Meaning: a.meaning, when: a.move})
	}
	return append(out, Sentence{Keyword: "When", Form: "{person} fails to call {person} because of {reason}", Example: "104 fails to call 212-555-0188 because of InvalidNumber",
		Meaning: "An outside number cannot be reached, for one of RingCentral's reasons.",
		when: func(_ *world, a args) (pbx.Move, error) {
			from := a.person(0)
			return pbx.Move{Who: from.who(), Verb: "fails to call", To: a.person(1).dialled(from), How: a.word(2)}, nil
		}})
}()

func (x *act) move(w *world, a args) (pbx.Move, error) {
	who := a.person(0)
	m := pbx.Move{Who: who.who(), Verb: x.verb, How: x.how}
	if x.mobile {
		if who.ext == nil || who.ext.Mobile == "" {
			return m, fmt.Errorf("%s has no mobile phone", w.spell(who))
		}
		m.Who = who.ext.Mobile
	}
	switch {
	case x.to != nil:
		m.To = x.to(w)
	case len(a.values) < 2:
	case x.dials:
		m.To = a.person(1).dialled(who)
	default:
		switch v := a.values[1].(type) {
		case person:
			m.To = v.who()
		case string:
			m.To = v
		}
	}
	return m, nil
}

// say writes a move as a sentence that reads back as the same one.
func (w *world) say(m pbx.Move) (string, error) {
	if m.Verb == "fails to call" && m.How != "" {
		return fmt.Sprintf("%s fails to call %s because of %s", w.sayWho(m.Who), w.sayWho(m.To), m.How), nil
	}
	for i := range actions {
		x := &actions[i]
		if x.verb != m.Verb || x.how != m.How {
			continue
		}
		for _, to := range []string{w.sayWho(m.To), m.To} {
			if text, ok := w.reads(x, m, to); ok {
				return text, nil
			}
		}
	}
	return "", fmt.Errorf("no sentence says %v", m)
}

// reads fills the form of a sentence, and reports whether it reads back as the move.
func (w *world) reads(x *act, m pbx.Move, to string) (string, bool) {
	s := Sentence{Form: x.form}
	s.compile()
	who := w.sayWho(m.Who)
	if x.mobile {
		e := w.owner(m.Who)
		if e == nil {
			return "", false
		}
		who = e.Number
	}
	text := s.fill(who, to)
	found, texts, err := match(text)
	if err != nil || found.when == nil {
		return "", false
	}
	a, err := w.parse(found, texts)
	if err != nil {
		return "", false
	}
	back, err := found.when(w, a)
	return text, err == nil && back == m
}

// owner finds whose mobile phone a number is.
func (w *world) owner(number string) *pbx.Extension {
	for i := range w.company.Extensions {
		if e := &w.company.Extensions[i]; e.Mobile != "" && e.Mobile == number {
			return e
		}
	}
	return nil
}

// sayWho names whoever a script names.
func (w *world) sayWho(number string) string {
	for i := range w.company.Extensions {
		e := &w.company.Extensions[i]
		if e.Number == number || e.Direct != "" && e.Direct == number {
			return w.spell(person{ext: e})
		}
	}
	if _, err := strconv.Atoi(number); err == nil && len(number) < 7 {
		return number
	}
	return w.spell(outsider(number))
}
