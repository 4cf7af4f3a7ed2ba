package explain

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

func TestReasonsComplete(t *testing.T) {
	for _, r := range wire.Reasons() {
		m, ok := meaningOf(wire.Reason(strings.ToUpper(string(r))))
		require.True(t, ok, r)
		require.NotEmpty(t, m.text, r)
		require.Contains(t, []mark{documented, observed, reliedOn, assumed}, m.mark, r)
	}
	require.Len(t, meanings, len(wire.Reasons()))
	_, ok := meaningOf("Hangup")
	require.False(t, ok)
}

// TestWordsComplete: every kind of finding and link and every basis has its words.
func TestWordsComplete(t *testing.T) {
	for _, k := range call.FindingKinds() {
		require.NotEmpty(t, titles[k], k)
	}
	for _, b := range []call.Basis{call.BothEnds, call.OneEnd, call.SameSession, call.Inferred} {
		require.NotEmpty(t, bases[b], b)
	}
	x := newExplainer(newPage(&strings.Builder{}, Options{}), &call.Call{}, nil, Options{})
	for _, k := range call.LinkKinds() {
		require.NotEqual(t, string(k), x.describe(&call.Link{Kind: k}), k)
	}
}

func TestWrap(t *testing.T) {
	require.Equal(t, []string{"one two", "three"}, wrap("one two three", 8, 8))
	require.Equal(t, []string{"abcd", "ef g"}, wrap("abcdef g", 4, 4))
	require.Equal(t, []string{"ab", "cd ef"}, wrap("ab cd ef", 3, 6))
	require.Equal(t, []string{""}, wrap("", 4, 4))
}
