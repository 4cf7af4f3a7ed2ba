package report

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
)

// TestBothSidesInWords: a split call stands beside both of its halves, a call that never
// was stands alone, and only what a difference is about is marked.
func TestBothSidesInWords(t *testing.T) {
	got := understood(result.Result{
		Expected:    json.RawMessage(`[{"sessions":["s-1","s-2"],"answered":true,"endedAt":"2026-11-23T12:04:48.105Z","talkMs":69000,"links":[{"kind":"transfer.attended","target":"106"}]}]`),
		Seen:        json.RawMessage(`[{"sessions":["s-1"],"answered":false,"talkMs":69500,"ours":"x"},{"sessions":["s-2"],"links":[]},{"sessions":["s-9"]}]`),
		Differences: []result.Difference{{Mistake: "split-call", About: "sessions"}, {About: "links[0].target"}},
	})
	require.Equal(t, []group{
		{Title: "One call, understood as 2", Facts: []fact{
			{"sessions", []string{"s-1", "s-2"}, [][]string{{"s-1"}, {"s-2"}}, true},
			{"answered", []string{"yes"}, [][]string{{"no"}, nil}, false},
			{"ended at", []string{"23 Nov 2026, 12:04:48.105 UTC"}, [][]string{nil, nil}, false},
			{"talk", []string{"1 min 9.0 s"}, [][]string{{"1 min 9.5 s"}, nil}, false},
			{"links", []string{"transfer.attended · target 106"}, [][]string{nil, {"none"}}, true},
			{"ours", nil, [][]string{{"x"}, nil}, false},
		}},
		{Title: "A call that only the receiver knows", Facts: []fact{{"sessions", nil, [][]string{{"s-9"}}, true}}},
	}, got)
}

// TestOnlyTheCallThatIsWrongIsMarked: a difference names a fact and no call. Where both
// sides say the same, the fact is not the one that is meant.
func TestOnlyTheCallThatIsWrongIsMarked(t *testing.T) {
	got := understood(result.Result{
		Expected:    json.RawMessage(`[{"sessions":["s-1"],"outcome":"answered"},{"sessions":["s-2"],"outcome":"answered"},{"sessions":["s-3"],"outcome":"missed"}]`),
		Seen:        json.RawMessage(`[{"sessions":["s-1"],"outcome":"answered"},{"sessions":["s-2"],"outcome":"missed"}]`),
		Differences: []result.Difference{{Mistake: "phantom-missed-call", About: "outcome"}, {Mistake: "lost-call", About: "sessions"}},
	})
	var wrong []string
	for _, g := range got {
		for _, f := range g.Facts {
			if f.Wrong {
				wrong = append(wrong, g.Title+": "+f.Name)
			}
		}
	}
	require.Equal(t, []string{"Call 2 of 3: outcome", "Call 3 of 3: sessions"}, wrong)
}

// TestWhatHasNoWords: an answer that is no list of calls is left to its JSON, and what
// is odd inside of one is no reason to fail.
func TestWhatHasNoWords(t *testing.T) {
	for _, seen := range []string{`"oops"`, `{"sessions":[]}`, `[1]`, `[`} {
		require.Empty(t, understood(result.Result{Seen: json.RawMessage(seen)}), seen)
	}
	got := understood(result.Result{Seen: json.RawMessage(`[{"sessions":[{}, null, 1e400]},{"sessions":"x","talkMs":1.5,"legs":[[{"a":null}]]},null]`)})
	require.Len(t, got, 3)
}
