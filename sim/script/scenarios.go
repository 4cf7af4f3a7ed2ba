package script

import (
	"fmt"
	"strings"
	"time"

	"github.com/legworkhq/legwork/sim/dialect"
	"github.com/legworkhq/legwork/sim/pbx"
)

// Scenario is a named script: one thing that can happen to a call, in a small office.
type Scenario struct {
	Name     string
	Facility string
	// Title says in one sentence what happens.
	Title string
	// Dialect has the knobs that the scenario needs turned; mostly none.
	Dialect dialect.Dialect
	// Company is where it plays. Nil means pbx.Office.
	Company func() *pbx.Company
	Script  func() *Script
}

// The people of the scenarios.
const (
	ruth  = "+14045550134" // Ruth Calloway, a customer
	theo  = "+12125550188" // Theo Brandt, another one
	front = "+14155550100" // the company's main number
)

// play begins a script in which the network knows the customers.
func play(write func(s *Script)) func() *Script {
	return func() *Script {
		s := New().Name(ruth, "Ruth Calloway").Name(theo, "Theo Brandt")
		write(s)
		return s
	}
}

// sec is a moment in seconds.
func sec(n float64) time.Duration { return time.Duration(n*1000) * time.Millisecond }

// answered begins with Ruth calling 104 directly, who answers after six seconds.
func answered(write func(s *Script)) func() *Script {
	return play(func(s *Script) {
		s.At(0).Calls(ruth, "+14155550104")
		s.At(sec(6)).Answers("104")
		write(s)
	})
}

// consulting goes on with 104 asking 106, who answers at 26 seconds.
func consulting(write func(s *Script)) func() *Script {
	return answered(func(s *Script) {
		s.At(sec(20)).Holds("104")
		s.At(sec(22.5)).Calls("104", "106")
		s.At(sec(27)).Answers("106")
		write(s)
	})
}

// Scenarios lists every scenario, by facility.
func Scenarios() []Scenario {
	out := []Scenario{
		{Name: "direct-inbound", Facility: "direct", Title: "A customer calls an extension, who answers; the customer hangs up.",
			Script: answered(func(s *Script) { s.At(sec(75)).HangsUp(ruth) })},
		{Name: "direct-outbound", Facility: "direct", Title: "An extension calls a customer, who answers; the extension hangs up.", Script: play(func(s *Script) {
			s.At(0).Calls("104", theo)
			s.At(sec(9)).Answers(theo)
			s.At(sec(60)).HangsUp("104")
		})},
		{Name: "internal", Facility: "direct", Title: "An extension calls another one.", Script: play(func(s *Script) {
			s.At(0).Calls("101", "106")
			s.At(sec(5)).Answers("106")
			s.At(sec(48)).HangsUp("106")
		})},
		{Name: "anonymous-caller", Facility: "direct", Title: "A caller who withholds the number reaches an extension.", Script: play(func(s *Script) {
			s.At(0).Calls(pbx.Anonymous, "+14155550104")
			s.At(sec(6)).Answers("104")
			s.At(sec(30)).HangsUp("104")
		})},
		{Name: "missed", Facility: "missed", Title: "A customer gives up while an extension's phone rings.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "+14155550104")
			s.At(sec(18)).HangsUp(ruth)
		})},
		{Name: "cancelled", Facility: "missed", Title: "An extension gives up while it calls another one.", Script: play(func(s *Script) {
			s.At(0).Calls("101", "106")
			s.At(sec(9)).HangsUp("101")
		})},
		{Name: "rejected", Facility: "rejected", Title: "An extension without a mailbox refuses a call.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "105")
			s.At(sec(4)).Rejects("105")
		})},
		{Name: "rejected-to-voicemail", Facility: "rejected", Title: "An extension with a mailbox refuses a call, and the mailbox takes it.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "+14155550104")
			s.At(sec(4)).Rejects("104")
			s.At(sec(30)).HangsUp(ruth)
		})},
		{Name: "busy", Facility: "busy", Title: "An extension calls an outside number that is busy.", Script: play(func(s *Script) {
			s.At(0).Calls("104", theo)
			s.At(sec(2.5)).IsBusy(theo)
		})},
		{Name: "no-answer", Facility: "no answer", Title: "An extension without a mailbox lets it ring until the switch gives up.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "105")
		})},
		{Name: "no-answer-outside", Facility: "no answer", Title: "An outside number rings until the switch gives up.", Script: play(func(s *Script) {
			s.At(0).Calls("104", theo)
		})},
		{Name: "voicemail", Facility: "voicemail", Title: "Nobody answers, and the customer speaks to the mailbox.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "+14155550104")
			s.At(sec(52)).HangsUp(ruth)
		})},
		{Name: "voicemail-sent", Facility: "voicemail", Title: "An extension sends a ringing call to its mailbox.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "+14155550104")
			s.At(sec(5)).SendsToVoicemail("104")
			s.At(sec(30)).HangsUp(ruth)
		})},
		{Name: "voicemail-screening", Facility: "voicemail screening", Title: "An extension listens to a message being left, and takes the call.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "+14155550104")
			s.At(sec(12)).Screens("104")
			s.At(sec(20)).Answers("104")
			s.At(sec(55)).HangsUp(ruth)
		})},
		{Name: "voicemail-screened", Facility: "voicemail screening", Title: "An extension listens to a message being left, and does not take the call.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "+14155550104")
			s.At(sec(12)).Screens("104")
			s.At(sec(30)).HangsUp(ruth)
		})},
		{Name: "ivr", Facility: "menu", Title: "A customer chooses an extension in the main menu.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, front)
			s.At(sec(8.5)).Presses(ruth, "0")
			s.At(sec(15)).Answers("101")
			s.At(sec(70)).HangsUp("101")
		})},
		{Name: "ivr-nested", Facility: "menu", Title: "A customer goes through two menus.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, front)
			s.At(sec(6)).Presses(ruth, "3")
			s.At(sec(12)).Presses(ruth, "1")
			s.At(sec(18)).Answers("106")
			s.At(sec(60)).HangsUp(ruth)
		})},
		{Name: "ivr-abandoned", Facility: "menu", Title: "A customer hangs up in the menu.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, front)
			s.At(sec(11)).HangsUp(ruth)
		})},
		{Name: "queue", Facility: "queue", Title: "A queue rings its agents all at once; one answers.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "+14155550170")
			s.At(sec(14)).Answers("106")
			s.At(sec(120)).HangsUp("106")
		})},
		{Name: "queue-one-by-one", Facility: "queue", Title: "A queue rings one agent after another; the second one answers.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "+14155550171")
			s.At(sec(26)).Answers("102")
			s.At(sec(90)).HangsUp(ruth)
		})},
		{Name: "queue-re-ring", Facility: "queue", Title: "A queue rings all agents in vain, and one of them again, who answers.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "+14155550171")
			s.At(sec(62)).Answers("101")
			s.At(sec(98)).HangsUp("101")
		})},
		{Name: "queue-overflow", Facility: "queue", Title: "No agent answers, and the call goes on to an extension.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "+14155550170")
			s.At(sec(84)).Answers("103")
			s.At(sec(130)).HangsUp("103")
		})},
		{Name: "queue-abandoned", Facility: "queue", Title: "A customer gives up in a queue.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "+14155550170")
			s.At(sec(15)).HangsUp(ruth)
		})},
		{Name: "hold", Facility: "hold", Title: "An extension puts a customer on hold for eleven seconds.", Script: answered(func(s *Script) {
			s.At(sec(20)).Holds("104")
			s.At(sec(31)).Resumes("104")
			s.At(sec(60)).HangsUp("104")
		})},
		{Name: "hold-both", Facility: "hold", Title: "Both sides put each other on hold.", Script: play(func(s *Script) {
			s.At(0).Calls("104", "106")
			s.At(sec(5)).Answers("106")
			s.At(sec(10)).Holds("104")
			s.At(sec(13)).Holds("106")
			s.At(sec(16)).Resumes("104")
			s.At(sec(21)).Resumes("106")
			s.At(sec(40)).HangsUp("104")
		})},
		{Name: "mute", Facility: "mute", Title: "An extension mutes itself for a while.", Script: answered(func(s *Script) {
			s.At(sec(15)).Mutes("104")
			s.At(sec(25)).Unmutes("104")
			s.At(sec(50)).HangsUp(ruth)
		})},
		{Name: "recording", Facility: "recording", Title: "A recording is started, paused, resumed and stopped.", Script: answered(func(s *Script) {
			s.At(sec(9)).Records("104")
			s.At(sec(20)).PausesTheRecording("104")
			s.At(sec(30)).Records("104")
			s.At(sec(50)).StopsTheRecording("104")
			s.At(sec(60)).HangsUp(ruth)
		})},
		{Name: "forward", Facility: "forward", Title: "An extension forwards a ringing call to a colleague.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "+14155550104")
			s.At(sec(5)).ForwardsTo("104", "106")
			s.At(sec(12)).Answers("106")
			s.At(sec(50)).HangsUp("106")
		})},
		{Name: "forward-outside", Facility: "forward", Title: "An extension forwards a ringing call to an outside number.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "+14155550104")
			s.At(sec(5)).ForwardsTo("104", theo)
			s.At(sec(14)).Answers(theo)
			s.At(sec(50)).HangsUp(ruth)
		})},
		{Name: "find-me", Facility: "find me", Title: "An extension's rules ring its other phones too, and it answers on one of them late; nothing tells which.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "+14155550104")
			s.At(sec(27)).Answers("104")
			s.At(sec(80)).HangsUp(ruth)
		})},
		{Name: "blind-transfer", Facility: "blind transfer", Title: "An extension transfers a call to a colleague without asking.", Script: answered(func(s *Script) {
			s.At(sec(30)).TransfersTo("104", "106")
			s.At(sec(38)).Answers("106")
			s.At(sec(80)).HangsUp(ruth)
		})},
		{Name: "blind-transfer-outside", Facility: "blind transfer", Title: "An extension transfers a call to an outside number.", Script: answered(func(s *Script) {
			s.At(sec(30)).TransfersTo("104", theo)
			s.At(sec(39)).Answers(theo)
			s.At(sec(80)).HangsUp(ruth)
		})},
		{Name: "blind-transfer-to-voicemail", Facility: "blind transfer", Title: "Nobody answers a transferred call, and the mailbox takes it.", Script: answered(func(s *Script) {
			s.At(sec(30)).TransfersTo("104", "106")
			s.At(sec(85)).HangsUp(ruth)
		})},
		{Name: "blind-transfer-into-voicemail", Facility: "blind transfer", Title: "An extension transfers a call to a colleague's mailbox.", Script: answered(func(s *Script) {
			s.At(sec(30)).TransfersToVoicemail("104", "106")
			s.At(sec(55)).HangsUp(ruth)
		})},
		{Name: "blind-transfer-by-dtmf", Facility: "blind transfer", Title: "An extension transfers a call by keys on its phone.", Script: answered(func(s *Script) {
			s.At(sec(30)).Does(pbx.Move{Who: "104", Verb: "transfers to", To: "106", How: "by dtmf"})
			s.At(sec(38)).Answers("106")
			s.At(sec(80)).HangsUp(ruth)
		})},
		{Name: "blind-transfer-by-rcc", Facility: "blind transfer", Title: "An application transfers a call.", Script: answered(func(s *Script) {
			s.At(sec(30)).Does(pbx.Move{Who: "104", Verb: "transfers to", To: "106", How: "by rcc"})
			s.At(sec(38)).Answers("106")
			s.At(sec(80)).HangsUp(ruth)
		})},
		{Name: "blind-transfer-by-the-caller", Facility: "blind transfer", Title: "An extension that called a customer transfers the call on.", Script: play(func(s *Script) {
			s.At(0).Calls("104", theo)
			s.At(sec(9)).Answers(theo)
			s.At(sec(30)).TransfersTo("104", "106")
			s.At(sec(36)).Answers("106")
			s.At(sec(70)).HangsUp(theo)
		})},
		{Name: "attended-transfer", Facility: "attended transfer", Title: "An extension asks a colleague, and connects the customer: a warm transfer.", Script: consulting(func(s *Script) {
			s.At(sec(40)).CompletesTheTransfer("104")
			s.At(sec(95)).HangsUp(ruth)
		})},
		{Name: "attended-transfer-by-api", Facility: "attended transfer", Title: "The same, by an application.", Script: consulting(func(s *Script) {
			s.At(sec(40)).Does(pbx.Move{Who: "104", Verb: "completes the transfer", How: "by api"})
			s.At(sec(95)).HangsUp("106")
		})},
		{Name: "attended-transfer-ringing", Facility: "attended transfer", Title: "An extension connects the customer while the colleague's phone still rings.", Script: answered(func(s *Script) {
			s.At(sec(20)).Holds("104")
			s.At(sec(22.5)).Calls("104", "106")
			s.At(sec(26)).CompletesTheTransfer("104")
			s.At(sec(33)).Answers("106")
			s.At(sec(95)).HangsUp("106")
		})},
		{Name: "attended-transfer-outside", Facility: "attended transfer", Title: "An extension asks somebody outside, and connects the customer.", Script: answered(func(s *Script) {
			s.At(sec(20)).Holds("104")
			s.At(sec(22.5)).Calls("104", theo)
			s.At(sec(31)).Answers(theo)
			s.At(sec(45)).CompletesTheTransfer("104")
			s.At(sec(95)).HangsUp(ruth)
		})},
		{Name: "attended-transfer-of-a-transfer", Facility: "attended transfer", Title: "A call is transferred after asking, twice.", Script: consulting(func(s *Script) {
			s.At(sec(40)).CompletesTheTransfer("104")
			s.At(sec(60)).Holds("106")
			s.At(sec(63)).Calls("106", "107")
			s.At(sec(69)).Answers("107")
			s.At(sec(80)).CompletesTheTransfer("106")
			s.At(sec(130)).HangsUp("107")
		})},
		{Name: "attended-transfer-three-deep", Facility: "attended transfer", Title: "A call is transferred after asking, three times.", Script: consulting(func(s *Script) {
			s.At(sec(40)).CompletesTheTransfer("104")
			s.At(sec(60)).Holds("106")
			s.At(sec(63)).Calls("106", "107")
			s.At(sec(69)).Answers("107")
			s.At(sec(80)).CompletesTheTransfer("106")
			s.At(sec(100)).Holds("107")
			s.At(sec(103)).Calls("107", "101")
			s.At(sec(110)).Answers("101")
			s.At(sec(120)).CompletesTheTransfer("107")
			s.At(sec(160)).HangsUp(ruth)
		})},
		{Name: "consultation-rejected", Facility: "attended transfer", Title: "The colleague refuses, and the extension takes the customer back.", Script: answered(func(s *Script) {
			s.At(sec(20)).Holds("104")
			s.At(sec(22.5)).Calls("104", "105")
			s.At(sec(26)).Rejects("105")
			s.At(sec(29)).Resumes("104")
			s.At(sec(60)).HangsUp(ruth)
		})},
		{Name: "consultation-abandoned", Facility: "attended transfer", Title: "The extension talks to the colleague, and goes back to the customer.", Script: consulting(func(s *Script) {
			s.At(sec(40)).HangsUp("104")
			s.At(sec(43)).Resumes("104")
			s.At(sec(70)).HangsUp(ruth)
		})},
		{Name: "park", Facility: "park", Title: "An extension parks a call at 801, and a colleague retrieves it.", Script: answered(func(s *Script) {
			s.At(sec(30)).ParksAt("104", "801")
			s.At(sec(50)).Retrieves("106", "801")
			s.At(sec(90)).HangsUp("106")
		})},
		{Name: "park-location", Facility: "park", Title: "The same at a park location, which no Gone tells.", Script: answered(func(s *Script) {
			s.At(sec(30)).ParksAtLocation("104", "850")
			s.At(sec(50)).Retrieves("106", "850")
			s.At(sec(90)).HangsUp(ruth)
		})},
		{Name: "park-recall", Facility: "park", Title: "Nobody retrieves a parked call; it rings the one who parked it, who answers.", Script: answered(func(s *Script) {
			s.At(sec(30)).ParksAt("104", "801")
			s.At(sec(216)).Answers("104")
			s.At(sec(250)).HangsUp("104")
		})},
		{Name: "park-abandoned", Facility: "park", Title: "A customer hangs up in park.", Script: answered(func(s *Script) {
			s.At(sec(30)).ParksAt("104", "801")
			s.At(sec(85)).HangsUp(ruth)
		})},
		{Name: "re-park", Facility: "park", Title: "A call is parked, retrieved, parked again and retrieved.", Script: answered(func(s *Script) {
			s.At(sec(30)).ParksAtLocation("104", "801")
			s.At(sec(50)).Retrieves("106", "801")
			s.At(sec(70)).ParksAtLocation("106", "802")
			s.At(sec(90)).Retrieves("103", "802")
			s.At(sec(120)).HangsUp(ruth)
		})},
		{Name: "group-pickup", Facility: "pickup", Title: "A colleague picks up a call that rings at an extension.", Script: play(func(s *Script) {
			s.At(0).Calls(ruth, "+14155550104")
			s.At(sec(7)).PicksUp("106", "104")
			s.At(sec(50)).HangsUp("106")
		})},
		{Name: "flip", Facility: "flip", Title: "An extension moves a call to its own mobile phone.", Script: answered(func(s *Script) {
			s.At(sec(30)).Flips("104")
			s.At(sec(38)).Answers("+14155550144")
			s.At(sec(80)).HangsUp("104")
		})},
		{Name: "switch-device", Facility: "switch", Title: "An extension moves a call to another of its devices.", Script: answered(func(s *Script) {
			s.At(sec(30)).SwitchesDevice("104")
			s.At(sec(80)).HangsUp("104")
		})},
		{Name: "supervise-api", Facility: "supervision", Title: "A supervisor listens to a call, by an application.", Script: answered(func(s *Script) {
			s.At(sec(20)).Supervises("150", "104")
			s.At(sec(40)).HangsUp("150")
			s.At(sec(60)).HangsUp("104")
		})},
		{Name: "supervise-two-channels", Facility: "supervision", Title: "The same on two channels.", Script: answered(func(s *Script) {
			s.At(sec(20)).SupervisesOnTwoChannels("150", "104")
			s.At(sec(40)).HangsUp("150")
			s.At(sec(60)).HangsUp("104")
		})},
		{Name: "monitor", Facility: "supervision", Title: "A supervisor dials a code to listen.", Script: answered(func(s *Script) {
			s.At(sec(20)).Monitors("150", "104")
			s.At(sec(44)).HangsUp("150")
			s.At(sec(60)).HangsUp("104")
		})},
		{Name: "whisper", Facility: "supervision", Title: "A supervisor dials a code to speak to the agent alone.", Script: answered(func(s *Script) {
			s.At(sec(20)).WhispersTo("150", "104")
			s.At(sec(44)).HangsUp("150")
			s.At(sec(60)).HangsUp("104")
		})},
		{Name: "barge-in", Facility: "supervision", Title: "A supervisor dials a code and joins the call.", Script: answered(func(s *Script) {
			s.At(sec(20)).BargesInOn("150", "104")
			s.At(sec(44)).HangsUp("150")
			s.At(sec(60)).HangsUp("104")
		})},
		{Name: "takeover", Facility: "takeover", Title: "A supervisor listens, and takes the agent's place.", Script: answered(func(s *Script) {
			s.At(sec(20)).Supervises("150", "104")
			s.At(sec(40)).TakesOver("150")
			s.At(sec(75)).HangsUp(ruth)
		})},
		{Name: "conference", Facility: "conference", Title: "An extension merges a customer and a colleague into a conference.", Script: consulting(func(s *Script) {
			s.At(sec(40)).Merges("104")
			s.At(sec(90)).HangsUp("106")
			s.At(sec(95)).HangsUp(ruth)
		})},
		{Name: "conference-add", Facility: "conference", Title: "A fourth one is added to a conference.", Script: consulting(func(s *Script) {
			s.At(sec(40)).Merges("104")
			s.At(sec(60)).Holds("104")
			s.At(sec(63)).Calls("104", theo)
			s.At(sec(72)).Answers(theo)
			s.At(sec(80)).Merges("104")
			s.At(sec(120)).HangsUp(theo)
			s.At(sec(130)).HangsUp("106")
			s.At(sec(140)).HangsUp(ruth)
		})},
		{Name: "conference-remove", Facility: "conference", Title: "The host removes a colleague from a conference.", Script: consulting(func(s *Script) {
			s.At(sec(40)).Merges("104")
			s.At(sec(60)).Removes("104", "106")
			s.At(sec(95)).HangsUp(ruth)
		})},
		{Name: "conference-remove-to-talk", Facility: "conference", Title: "The host takes the customer out of a conference, to talk alone.", Script: consulting(func(s *Script) {
			s.At(sec(40)).Merges("104")
			s.At(sec(60)).RemovesToTalk("104", ruth)
			s.At(sec(90)).HangsUp("104")
			s.At(sec(95)).HangsUp("104")
		})},
		{Name: "conference-host-leaves", Facility: "conference", Title: "The host leaves, and the others talk on.", Script: consulting(func(s *Script) {
			s.At(sec(40)).Merges("104")
			s.At(sec(60)).HangsUp("104")
			s.At(sec(95)).HangsUp(ruth)
		})},
		{Name: "conference-of-a-transfer", Facility: "conference", Title: "A transferred call is merged into a conference.", Script: consulting(func(s *Script) {
			s.At(sec(40)).CompletesTheTransfer("104")
			s.At(sec(60)).Holds("106")
			s.At(sec(63)).Calls("106", theo)
			s.At(sec(72)).Answers(theo)
			s.At(sec(80)).Merges("106")
			s.At(sec(120)).HangsUp(theo)
			s.At(sec(130)).HangsUp(ruth)
		})},
		{Name: "two-conferences", Facility: "conference", Title: "Two extensions host a conference each at the same time: two calls, both with sessionId 0.", Script: play(func(s *Script) {
			s.At(0).Calls("104", ruth)
			s.At(sec(3)).Calls("106", theo)
			s.At(sec(9)).Answers(ruth)
			s.At(sec(12)).Answers(theo)
			s.At(sec(20)).Holds("104")
			s.At(sec(22.5)).Holds("106")
			s.At(sec(25)).Calls("104", "101")
			s.At(sec(28)).Calls("106", "103")
			s.At(sec(32)).Answers("101")
			s.At(sec(35)).Answers("103")
			s.At(sec(45)).Merges("104")
			s.At(sec(48)).Merges("106")
			s.At(sec(80)).HangsUp(ruth)
			s.At(sec(84)).HangsUp(theo)
			s.At(sec(88)).HangsUp("101")
			s.At(sec(92)).HangsUp("103")
		})},
		{Name: "supervised-parked-conference", Facility: "conference", Title: "A customer is taken out of a conference, parked, retrieved by somebody else, and the call is supervised.", Script: consulting(func(s *Script) {
			s.At(sec(40)).Merges("104")
			s.At(sec(60)).RemovesToTalk("104", ruth)
			s.At(sec(75)).ParksAtLocation("104", "801")
			s.At(sec(80)).HangsUp("104")
			s.At(sec(95)).Retrieves("103", "801")
			s.At(sec(110)).Monitors("150", "103")
			s.At(sec(140)).HangsUp("150")
			s.At(sec(150)).HangsUp(ruth)
		})},
		{Name: "ringout", Facility: "RingOut", Title: "The platform calls an extension, and then a customer.", Script: play(func(s *Script) {
			s.At(0).RingsOutTo("104", theo)
			s.At(sec(5)).Answers("104")
			s.At(sec(12)).Answers(theo)
			s.At(sec(60)).HangsUp("104")
		})},
		{Name: "ringout-mirrored", Facility: "RingOut", Title: "The same, and a second session repeats it.", Dialect: knob(dialect.RingOutMirror, dialect.Mirrored), Script: play(func(s *Script) {
			s.At(0).RingsOutTo("104", theo)
			s.At(sec(5)).Answers("104")
			s.At(sec(12)).Answers(theo)
			s.At(sec(60)).HangsUp("104")
		})},
		{Name: "ringout-unanswered", Facility: "RingOut", Title: "The extension does not take the platform's call.", Script: play(func(s *Script) {
			s.At(0).RingsOutTo("104", theo)
		})},
		{Name: "fax", Facility: "fax", Title: "A customer sends a fax.", Script: play(func(s *Script) {
			s.At(0).Faxes(ruth, "+14155550103")
			s.At(sec(50)).HangsUp(ruth)
		})},
		{Name: "paging", Facility: "paging", Title: "An extension pages a group of phones.", Script: play(func(s *Script) {
			s.At(0).Pages("150", "790")
			s.At(sec(12)).HangsUp("150")
		})},
	}
	return append(append(out, conferenceOfTen()), failed()...)
}

// failed has one scenario for every reason with which an outside call fails.
func failed() (out []Scenario) {
	for _, v := range pbx.Verbs() {
		if v.Facility != "failed" {
			continue
		}
		for _, why := range v.Hows {
			out = append(out, Scenario{Name: "failed-" + why, Facility: "failed", Title: "A call to an outside number fails: " + why + ".", Script: play(func(s *Script) {
				s.At(0).FailsToCall("104", theo, why)
			})})
		}
	}
	return out
}

func knob(k dialect.ID, v uint8) (d dialect.Dialect) {
	d[k] = v
	return d
}

// conferenceOfTen fills a conference: the host and nine others.
func conferenceOfTen() Scenario {
	return Scenario{Name: "conference-10", Facility: "conference", Title: "A conference of ten, the most there can be.", Script: play(func(s *Script) {
		t := 0.0
		for i := range 9 {
			number := fmt.Sprintf("+1312555016%d", i)
			if i > 0 {
				s.At(sec(t)).Holds("104")
				t += 3
			}
			s.At(sec(t)).Calls("104", number)
			s.At(sec(t + 6)).Answers(number)
			t += 9
			if i > 0 {
				s.At(sec(t)).Merges("104")
				t += 5
			}
		}
		for i := range 9 {
			s.At(sec(t)).HangsUp(fmt.Sprintf("+1312555016%d", i))
			t += 3
			if i == 7 {
				break
			}
		}
		s.At(sec(t)).HangsUp("104")
	})}
}

// Named finds a scenario. The error names the nearest ones.
func Named(name string) (Scenario, error) {
	var near []string
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, nil
		}
		if name != "" && (strings.Contains(s.Name, name) || strings.HasPrefix(s.Name, name[:min(len(name), 3)])) {
			near = append(near, s.Name)
		}
	}
	if len(near) > 0 {
		return Scenario{}, fmt.Errorf("there is no scenario %q; there is %s", name, strings.Join(near, ", "))
	}
	return Scenario{}, fmt.Errorf("there is no scenario %q; legwork simulate --list names them", name)
}
