package features_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/features"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/scenarios"
	"github.com/legworkhq/legwork/sim/oracle"
	"github.com/legworkhq/legwork/sim/pbx"
)

// gaps are what no scenario can show, and why.
var gaps = map[call.LinkKind]string{
	call.PeerLink: "a Gone whose reason says nothing (Undefined was seen live): nobody knows what people did, so the switch cannot do it; recon/testdata has it",
}

// TestEverythingHasAScenario: every facility of the switch, every way to use it, every
// kind of link, every reason of Gone, the five questions and every named mistake.
func TestEverythingHasAScenario(t *testing.T) {
	all, err := scenarios.Read(features.FS)
	require.NoError(t, err)
	done, links, gone := map[string]bool{}, map[call.LinkKind]bool{}, map[string]bool{}
	files := map[string]bool{}
	for _, s := range all {
		require.NoError(t, s.Err())
		require.Contains(t, s.ID, ".", "%s:%d has no id of its own", s.File, s.Line)
		require.NotContains(t, s.ID, "own.", "%s:%d has no id of its own", s.File, s.Line)
		require.NotEmpty(t, s.Promise, s.File)
		files[s.File] = true
		for _, st := range s.Script.Steps {
			done[string(st.Verb)+"/"+st.How] = true
		}
		x, err := pbx.NewExchange(s.Company())
		require.NoError(t, err)
		run, err := s.Case().Do(x)
		require.NoError(t, err)
		for _, c := range run.Truth {
			for _, l := range c.Links {
				links[l.Kind] = true
			}
		}
		for i := range run.Events {
			for _, p := range run.Events[i].Body.Parties {
				if p.Status.Code == "Gone" {
					gone[string(p.Status.Reason)] = true
				}
			}
		}
	}
	for _, v := range pbx.Verbs() {
		used := done[string(v.Verb)+"/"]
		for _, how := range v.Hows {
			used = used || done[string(v.Verb)+"/"+how]
			require.True(t, done[string(v.Verb)+"/"+how], "nobody %s %s", v.Verb, how)
		}
		require.True(t, used, "nobody %s (%s)", v.Verb, v.Facility)
	}
	for _, k := range call.LinkKinds() {
		require.NotEqual(t, links[k], gaps[k] != "", "link kind %s", k)
	}
	for _, why := range []string{"AttendedTransfer", "Conference", "Pickup", "Supervising"} {
		require.True(t, gone[why], "no Gone with %s", why)
		delete(gone, why)
	}
	require.Empty(t, gone, "reasons of Gone that the feature does not name")
	for _, question := range []string{"is-gone-a-new-leg", "what-does-each-reason-mean", "can-i-still-rebuild-the-original-call", "which-numbers-are-new-after-the-transfer", "will-the-peers-session-reach-me"} {
		require.True(t, files[question+".feature"], question)
	}
	for _, m := range oracle.Mistakes()[:13] {
		require.True(t, files["mistakes/"+string(m)+".feature"], m)
	}
}

// TestFeaturesAreWrittenForPeople: no ids, no JSON, and lines that can be read.
func TestFeaturesAreWrittenForPeople(t *testing.T) {
	n := 0
	require.NoError(t, fs.WalkDir(features.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		b, err := fs.ReadFile(features.FS, name)
		require.NoError(t, err)
		for i, line := range strings.Split(string(b), "\n") {
			for _, no := range []string{"{", "s-a", "p-a", "telephonySessionId", "extensionId", "\t"} {
				require.NotContains(t, line, no, "%s:%d", name, i+1)
			}
			require.LessOrEqual(t, len(line), 140, "%s:%d", name, i+1)
		}
		return nil
	}))
	require.Greater(t, n, 35)
}
