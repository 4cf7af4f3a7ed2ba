package explain_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/explain"
	"github.com/legworkhq/legwork/recon/internal/convo"
	"github.com/legworkhq/legwork/recon/wire"
)

var questions = []string{"1. Is Gone a new leg?", "2. What does each reason mean?", "3. Can I still rebuild the original call?",
	"4. Which numbers are new after the transfer?", "5. Will the peer's session reach me?"}

// check tests what must hold of every explanation.
func check(t testing.TB, c *call.Call, events []wire.Event, opt explain.Options) string {
	t.Helper()
	got := text(t, c, events, opt)
	sane(t, got, opt.Width)
	require.NotContains(t, got, "..\n")
	story, rest, ok := strings.Cut(got, "\nLINKS: HOW DO YOU KNOW?\n")
	require.True(t, ok)
	links, rest, ok := strings.Cut(rest, "\nFIVE QUESTIONS\n")
	require.True(t, ok)
	letters := map[string]string{}
	for i, s := range c.Sessions {
		letters[string(s.ID)] = string(rune('A' + i))
	}
	accounted(t, story, letters, events)
	explained(t, links, letters, c)
	answered(t, rest)
	require.Contains(t, got, "\nFINDINGS\n")
	return got
}

// eventLine is an event as the story prints it: its number and its party.
var eventLine = regexp.MustCompile(`(?m)^ +([A-Z]#\d+) +([A-Z]-\d+)\b`)

// accounted: every event of the call stands in the story, each change once.
func accounted(t testing.TB, story string, letters map[string]string, events []wire.Event) {
	t.Helper()
	lines := map[string]int{}
	for _, m := range eventLine.FindAllStringSubmatch(story, -1) {
		lines[m[1]+" "+m[2]]++
	}
	for _, e := range events {
		l, ok := letters[e.Body.TelephonySessionID]
		if !ok {
			continue
		}
		for _, p := range e.Body.Parties {
			line := fmt.Sprintf("%s#%d %s-%d", l, e.Body.Sequence, l, wire.PartyNumber(p.ID))
			if lines[line] != 1 {
				t.Fatalf("%s stands %d times in\n%s", line, lines[line], story)
			}
		}
	}
}

// explained: every link is numbered, named and followed by its evidence.
func explained(t testing.TB, links string, letters map[string]string, c *call.Call) {
	t.Helper()
	for i, l := range c.Links {
		require.Regexp(t, fmt.Sprintf(`(?m)^%2d\. `, i+1), links)
		require.Contains(t, links, "docs/linking.md#"+l.Rule+")")
		require.Contains(t, strings.Join(strings.Fields(links), " "), "basis "+string(l.Basis)+":")
		for _, e := range l.Evidence {
			require.Contains(t, links, fmt.Sprintf(" %s#%d ", letters[string(e.Session)], e.Sequence))
		}
	}
}

// answered: each question is there and has an answer below it.
func answered(t testing.TB, rest string) {
	t.Helper()
	for _, q := range questions {
		_, below, ok := strings.Cut("\n"+rest, "\n"+q+"\n   ")
		require.True(t, ok, q)
		require.NotEmpty(t, strings.TrimSpace(strings.SplitN(below, "\n", 2)[0]), q)
	}
}

// sane: no control characters, no line that is too long, no trace of a mistake in
// a format.
func sane(t testing.TB, got string, width int) {
	t.Helper()
	if width == 0 {
		width = 80
	}
	require.True(t, utf8.ValidString(got))
	for _, line := range strings.Split(got, "\n") {
		require.LessOrEqual(t, utf8.RuneCountInString(line), max(width, 40), line)
		for _, r := range line {
			require.False(t, unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp), "%q", line)
		}
	}
	require.NotContains(t, got, "%!")
}

func TestEveryConversation(t *testing.T) {
	for _, name := range names(t) {
		t.Run(name, func(t *testing.T) {
			events := conversation(t, name)
			for _, c := range build(t, recon.ScopeAccount, events) {
				got := check(t, c, events, explain.Options{})
				require.NotContains(t, got, "Evidence is missing")
				check(t, c, events, explain.Options{Width: 48})
				check(t, c, events, explain.Options{Width: 200, Extension: true})
			}
		})
	}
}

// TestOrder: the order of the events does not matter, and repeats are only counted.
func TestOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, name := range names(t) {
		events := conversation(t, name)
		mixed := slices.Clone(events)
		rnd.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		for _, c := range build(t, recon.ScopeAccount, events) {
			want := text(t, c, events, explain.Options{})
			require.Equal(t, want, text(t, c, mixed, explain.Options{}), name)
			twice := text(t, c, append(slices.Clone(mixed), events...), explain.Options{})
			require.Contains(t, twice, "Repeated deliveries left out: ")
			check(t, c, append(slices.Clone(mixed), events...), explain.Options{})
		}
	}
}

// TestOneLost: with one event lost, both on the way to the engine and only on the
// way to the explanation.
func TestOneLost(t *testing.T) {
	for _, name := range names(t) {
		events := conversation(t, name)
		full := build(t, recon.ScopeAccount, events)
		for i := range events {
			less := slices.Delete(slices.Clone(events), i, i+1)
			for _, c := range build(t, recon.ScopeAccount, less) {
				check(t, c, less, explain.Options{})
			}
			for _, c := range full {
				got := check(t, c, less, explain.Options{})
				of := slices.ContainsFunc(c.Sessions, func(s call.Session) bool { return string(s.ID) == events[i].Body.TelephonySessionID })
				require.Equal(t, of, strings.Contains(got, "Evidence is missing: "), name)
			}
		}
	}
}

func TestNoEvents(t *testing.T) {
	for _, name := range names(t) {
		for _, c := range build(t, recon.ScopeAccount, conversation(t, name)) {
			got := check(t, c, nil, explain.Options{})
			require.Contains(t, got, "Evidence is missing: only 0 of the ")
			if len(c.Links) > 0 {
				require.Contains(t, got, "not among the events given")
			}
		}
	}
	check(t, &call.Call{}, nil, explain.Options{})
}

// TestExtension: one extension's events, to an engine that knows it.
func TestExtension(t *testing.T) {
	for _, name := range names(t) {
		own := slices.DeleteFunc(conversation(t, name), func(e wire.Event) bool {
			return e.Body.Parties[0].ExtensionID != convo.ExtensionID("104")
		})
		if len(own) == 0 {
			continue
		}
		for _, c := range build(t, recon.ScopeExtension, own) {
			got := check(t, c, own, explain.Options{Extension: true})
			require.Contains(t, got, "You listen to one extension")
		}
	}
}

// TestHostile: names, numbers, codes and reasons that try to write to the terminal.
func TestHostile(t *testing.T) {
	evil := []string{"\x1b[2J\x1b[31mAnn", "Ann\n 9. The call was fine.", "a\u202eb\u2028c\u200bd\r\t\a", "\xff\xfe", strings.Repeat("long ", 300), strings.Repeat("x", 5000), "\u009b31m"}
	for _, name := range names(t) {
		for _, s := range evil {
			events := conversation(t, name)
			for i := range events {
				p := &events[i].Body.Parties[0]
				p.From.Name, p.To.Name = s, s
				p.From.PhoneNumber += s
				p.Park.ID, p.Status.ParkData = s, s
				events[i].Body.Origin.Type += wire.OriginType(s)
				if i%3 == 2 {
					p.Status.Reason += wire.Reason(s)
				}
				if i%7 == 6 {
					p.Status.Code += wire.Code(s)
				}
			}
			for _, c := range build(t, recon.ScopeAccount, events) {
				sane(t, text(t, c, events, explain.Options{}), 0)
			}
		}
	}
}

// TestHostileIDs: ids that no grammar knows.
func TestHostileIDs(t *testing.T) {
	s := "s-\x1b[31m\n\u202e" + strings.Repeat("z", 100)
	c := &call.Call{ID: call.SessionID(s), Sessions: []call.Session{{ID: call.SessionID(s), ServerID: s, Origin: s, Observed: true}},
		Participants: []call.Participant{{ID: call.ParticipantID(s), Name: s, Numbers: []string{s, ""}, ExtensionID: s}},
		Legs:         []call.Leg{{ID: call.LegID(s), Session: call.SessionID(s), Participant: "nobody", Peer: &call.Peer{Session: call.SessionID(s + s), Leg: call.LegID(s)}, States: []call.State{{State: call.StateGone}}}},
		Links: []call.Link{{Kind: call.LinkKind(s), Rule: s, Basis: call.Basis(s), From: call.LegID(s), ToSession: call.SessionID(s + "x"), Reason: s,
			Evidence: []call.Evidence{{Session: call.SessionID(s), Sequence: 3}}}},
		Talks:    []call.Talk{{Members: []call.Member{{Participant: "x", Mode: call.TwoWay}}}},
		Findings: []call.Finding{{Kind: call.FindingKind(s), About: s, Detail: s + s}}}
	events := []wire.Event{{Body: wire.Body{TelephonySessionID: s}},
		{Body: wire.Body{TelephonySessionID: s, Parties: []wire.Party{{ID: s, Status: wire.Status{Code: "Gone", PeerID: &wire.PeerID{TelephonySessionID: s, PartyID: s}}}, {ID: s + "-2"}}}}}
	sane(t, text(t, c, events, explain.Options{}), 0)
	sane(t, text(t, c, events, explain.Options{Width: 1}), 1)
}

func TestColor(t *testing.T) {
	events := conversation(t, "attended")
	c := build(t, recon.ScopeAccount, events)[0]
	plain := text(t, c, events, explain.Options{})
	colored := text(t, c, events, explain.Options{Color: true})
	require.Contains(t, colored, "\x1b[1m")
	require.Equal(t, plain, regexp.MustCompile("\x1b\\[[0-9]+m").ReplaceAllString(colored, ""))
}

func TestLocation(t *testing.T) {
	events := conversation(t, "attended")
	c := build(t, recon.ScopeAccount, events)[0]
	got := text(t, c, events, explain.Options{Width: 200, Location: time.FixedZone("EST", -5*3600)})
	require.Contains(t, got, "2026-03-02 09:59:59.975 EST")
}

type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteError(t *testing.T) {
	require.ErrorIs(t, explain.Explain(brokenWriter{}, &call.Call{}, nil, explain.Options{}), errBroken)
}
