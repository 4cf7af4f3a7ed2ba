package view_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/view"
)

// nasty are values that somebody could put into a caller's name.
var nasty = []string{
	"\x1b[31mred\x1b]0;title\x07",
	"two\nlines\r\nend\n",
	"end",
	"a\"; shape=none, URL=\"javascript:alert(1)\"]; evil [label=\"",
	"\\N \\G \\",
	"<b onclick=x>bold</b><script>alert(1)</script>",
	"Mallory; p1->>p2: forged #59; %% comment %%{init: {}}%%",
	"\u202egnp.exe\u2066 \u200b\u2028\u2029\ufeff",
	"=HYPERLINK(\"http://example.com\")",
	"+1+cmd|' /C calc'!A0",
	"-2+3",
	"@SUM(1+1)",
	"\t=1+1",
	"\xff\xfe broken",
	"\t\ttabs,commas,\"quotes\"",
	strings.Repeat("long ", 200),
	"   ",
}

// spoil puts s into everything that came from outside.
func spoil(t *testing.T, c *call.Call, s string) *call.Call {
	t.Helper()
	b, err := json.Marshal(c)
	require.NoError(t, err)
	out := new(call.Call)
	require.NoError(t, json.Unmarshal(b, out))
	for i := range out.Participants {
		out.Participants[i].Name = s
		out.Participants[i].Numbers = []string{s}
	}
	for i := range out.Legs {
		l := &out.Legs[i]
		l.From.Name, l.From.Number, l.To.Name, l.To.Number = s, s, s, s
		l.Direction += s
		l.Recordings = []call.Recording{{ID: s, At: out.StartedAt}}
		if l.End != nil {
			l.End.Code, l.End.Reason = s, s
		}
	}
	for i := range out.Links {
		out.Links[i].Reason, out.Links[i].Rule = s, s
		if i%2 == 0 {
			out.Links[i].Kind, out.Links[i].Basis = call.LinkKind(s), call.Basis(s)
		}
	}
	for i := range out.Sessions {
		out.Sessions[i].Origin = s
	}
	out.Findings = append(out.Findings, call.Finding{Kind: call.FindingKind(s), About: s, Detail: s})
	return out
}

func TestHostileValuesStayInTheirPlace(t *testing.T) {
	for _, g := range graphs(t) {
		for _, s := range nasty {
			c := spoil(t, g.call, s)
			for _, f := range []string{"text", "legs", "csv", "mermaid", "dot", "svg"} {
				fit(t, render(t, f, c))
			}
			validVCon(t, render(t, "vcon", c))
			fit(t, render(t, "otlp", c))
			validOTLP(t, render(t, "otlp", c))
			wellFormedMermaid(t, render(t, "mermaid", c))
			wellFormedDOT(t, render(t, "dot", c))
			wellFormedSVG(t, render(t, "svg", c))
			require.Len(t, strings.Split(strings.TrimSpace(render(t, "legs", c)), "\n"), len(c.Legs)+2)
			rows, err := csv.NewReader(strings.NewReader(render(t, "csv", c))).ReadAll()
			require.NoError(t, err)
			require.Len(t, rows, len(c.Legs)+1)
			for _, row := range rows[1:] {
				for _, cell := range row {
					require.NotRegexp(t, `^\s*[=@-]|^\s*\+[^0-9]|^\s*\+[0-9]*[^0-9]`, cell)
				}
			}
		}
	}
}

// Ids are no safer than names.
func TestHostileIDs(t *testing.T) {
	for _, s := range nasty {
		id := call.SessionID("s-" + s)
		c := &call.Call{
			ID: id, Status: call.Status(s), Direction: call.Direction(s), Outcome: call.Outcome(s),
			Sessions:     []call.Session{{ID: id, Observed: true}},
			Participants: []call.Participant{{ID: call.ParticipantID(s)}},
			Legs: []call.Leg{{ID: call.LegID(s), Session: id, Participant: call.ParticipantID(s),
				States: []call.State{{State: call.LegState(s), From: 1}}, Roles: []call.Role{call.Caller, call.Role(s)}}},
			Links: []call.Link{{Kind: call.LinkKind(s), From: "?" + call.LegID(s), ToSession: "?" + id}},
			Talks: []call.Talk{{From: 1, Members: []call.Member{{Participant: call.ParticipantID(s), Mode: call.Mode(s)}}}},
		}
		for _, f := range []string{"text", "legs", "csv", "mermaid", "dot", "svg"} {
			fit(t, render(t, f, c))
		}
		validOTLP(t, render(t, "otlp", c))
		wellFormedMermaid(t, render(t, "mermaid", c))
		wellFormedDOT(t, render(t, "dot", c))
		wellFormedSVG(t, render(t, "svg", c))
	}
}

func TestEmptyCallRenders(t *testing.T) {
	for _, f := range formats {
		require.NotEmpty(t, render(t, f.name, &call.Call{}), f.name)
	}
}

func TestColourOnlyWhenAsked(t *testing.T) {
	g := graphs(t)[0]
	var plain, colour bytes.Buffer
	require.NoError(t, view.Text(&plain, g.call, view.Options{}))
	require.NoError(t, view.Text(&colour, g.call, view.Options{Color: true}))
	require.NotContains(t, plain.String(), "\x1b")
	stripped := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(colour.String(), "")
	require.NotEqual(t, plain.String(), colour.String())
	require.Equal(t, plain.String(), stripped, "colour changes nothing else")
}

// mermaidLine is every form of line that a diagram may have. Labels hold none of the
// characters that end a statement.
var mermaidLine = regexp.MustCompile(`^(sequenceDiagram|    end|    rect rgb\([0-9, ]+\)|` +
	`    participant p[0-9]+ as ` + label + `|    Note (right of|over) p[0-9]+: ` + label + `|` +
	`    p[0-9]+(->>|-->>|-\))p[0-9]+: ` + label + `)$`)

const label = "[^;#<>\"`%{}\\\\$:|]*(:[0-9][0-9.]*)?([^;#<>\"`%{}\\\\$|]*)"

var endAlone = regexp.MustCompile(`(?i)(^|[^(])\bend\b`)

func wellFormedMermaid(t testing.TB, s string) {
	t.Helper()
	open, arrows := 0, 0
	for _, line := range strings.Split(strings.TrimSuffix(s, "\n"), "\n") {
		require.Regexp(t, mermaidLine, line)
		switch {
		case line == "    end":
			open--
		case strings.HasPrefix(line, "    rect"):
			open++
		default:
			require.NotRegexp(t, endAlone, line)
		}
		if strings.Contains(line, "->>") || strings.Contains(line, "-)") {
			arrows++
		}
		require.GreaterOrEqual(t, open, 0)
	}
	require.Zero(t, open, "a rect stays open")
	require.LessOrEqual(t, arrows, 40)
}

var quoted = regexp.MustCompile(`"(?:[^"\\\n]|\\.)*"`)

// dotRest is what a line may hold outside quoted strings.
var dotRest = regexp.MustCompile(`^[A-Za-z_=;,\[\]{}\s>0-9-]*$`)

func wellFormedDOT(t testing.TB, s string) {
	t.Helper()
	rest := quoted.ReplaceAllString(s, "")
	require.Regexp(t, dotRest, rest)
	require.Equal(t, strings.Count(rest, "{"), strings.Count(rest, "}"))
	require.Equal(t, strings.Count(rest, "["), strings.Count(rest, "]"))
	require.NotContains(t, rest, "evil")
	require.NotContains(t, rest, "URL")
}
