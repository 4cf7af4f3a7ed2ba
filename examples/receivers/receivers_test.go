// Package receivers judges the judge: the regression suite finds every one of these
// receivers' mistakes under its name, and nothing wrong with the correct one.
package receivers

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/sim/oracle"
)

// mistakes says what each receiver gets wrong.
var mistakes = map[string]oracle.Mistake{
	"key-by-session":                       oracle.SplitCall,
	"key-by-session-id":                    oracle.MergedCalls,
	"waits-for-disconnected":               oracle.ZombieCall,
	"missed-is-disconnected-while-inbound": oracle.PhantomMissedCall,
	"target-is-the-number-dialled":         oracle.LostTransferTarget,
	"adds-up-every-leg":                    oracle.DoubleTalkTime,
	"first-phone-that-rings":               oracle.QueueLoser,
	"forgets-the-gone":                     oracle.StaleParty,
	"from-is-the-customer":                 oracle.SelfCallSwap,
	"everybody-answered-talks":             oracle.SupervisorTalks,
	"first-answered":                       oracle.EarlyAnswer,
	"hold-of-both-sides":                   oracle.HoldTwice,
	"first-disconnected-ends":              oracle.IVREnds,
	"first-party-only":                     oracle.ZombieCall,
	"dedupe-by-timestamp":                  oracle.StaleParty,
	"gone-is-ended":                        oracle.WrongCall,
	"act-once":                             oracle.QueueLoser,
}

// report is the part of a report that is looked at.
type report struct {
	Receivers []struct {
		Results []struct {
			Case, Class, Why string
			Differences      []struct{ Mistake, Text string }
		}
	}
}

// build builds a program of Legwork's.
func build(t *testing.T, dir, pkg string) string {
	t.Helper()
	out := filepath.Join(dir, filepath.Base(pkg))
	b, err := exec.Command("go", "build", "-o", out, pkg).CombinedOutput()
	require.NoError(t, err, "%s", b)
	return out
}

// try runs the whole suite against a target, and counts the cases by their class, and
// the failed ones by mistake.
func try(t *testing.T, legwork, target string) (classes map[string]int, found map[oracle.Mistake]int, r report) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "target.yaml")
	require.NoError(t, os.WriteFile(file, []byte(target), 0o600))
	b, err := exec.Command(legwork, "conformance", "run", "--seed", "7", "--json", "-", "--target", file).Output()
	var failed *exec.ExitError
	if err != nil && (!errors.As(err, &failed) || failed.ExitCode() != 1) {
		require.NoError(t, err, "%s", b)
	}
	require.NoError(t, json.Unmarshal(b, &r))
	require.Len(t, r.Receivers, 1)
	require.Greater(t, len(r.Receivers[0].Results), 300)
	classes, found = map[string]int{}, map[oracle.Mistake]int{}
	for _, x := range r.Receivers[0].Results {
		classes[x.Class]++
		var seen []string
		for _, d := range x.Differences {
			if x.Class == "FAIL" && !slices.Contains(seen, d.Mistake) {
				seen = append(seen, d.Mistake)
				found[oracle.Mistake(d.Mistake)]++
			}
		}
	}
	return classes, found, r
}

func TestJudgeTheJudge(t *testing.T) {
	dir := t.TempDir()
	legwork := build(t, dir, "../../cmd/legwork")
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	tried := map[oracle.Mistake]bool{}
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() || name == "internal" || name == "correct" {
			continue
		}
		want := mistakes[name]
		require.NotEmpty(t, want, "nobody says what %s gets wrong", name)
		tried[want] = true
		t.Run(name, func(t *testing.T) {
			source, err := os.ReadFile(filepath.Join(name, "main.go"))
			require.NoError(t, err)
			require.Contains(t, string(source), string(want), "the comment does not name the mistake")
			binary := build(t, dir, "./"+name)
			_, found, _ := try(t, legwork, "name: "+name+"\nsees:\n  exec: ["+binary+", \"-\"]\n")
			require.Positive(t, found[want], "found: %v", found)
		})
	}
	for _, m := range oracle.Mistakes()[:13] {
		require.True(t, tried[m], "no receiver makes the mistake %s", m)
	}
}

// TestTheCorrectOnePasses every case, as a webhook that is restarted in the middle, and
// as a program.
func TestTheCorrectOnePasses(t *testing.T) {
	dir := t.TempDir()
	legwork, binary := build(t, dir, "../../cmd/legwork"), build(t, dir, "./correct")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	at := l.Addr().String()
	require.NoError(t, l.Close())
	for way, target := range map[string]string{
		"exec": "name: correct\nsees:\n  exec: [" + binary + ", \"-\"]\n",
		"http": "name: correct\nwebhook: http://" + at + "/webhook\ntoken: s3cret\nsettle: 5s\nparallel: 16\nstart: [" + binary + ", -listen, \"" + at + "\", -token, s3cret, -journal, " +
			filepath.Join(dir, "journal") + "]\nsees:\n  http: http://" + at + "/calls?since={since}\n",
	} {
		t.Run(way, func(t *testing.T) {
			classes, _, r := try(t, legwork, target)
			for _, x := range r.Receivers[0].Results {
				if x.Class != "PASS" && (way == "http" || x.Class != "SKIPPED") {
					t.Errorf("%s %s: %s %v", x.Class, x.Case, x.Why, x.Differences)
				}
			}
			require.Greater(t, classes["PASS"], 300)
		})
	}
}

// TestServePasses every case: legwork serve itself, through the suite's own probe of it,
// restarts included.
func TestServePasses(t *testing.T) {
	dir := t.TempDir()
	legwork := build(t, dir, "../../cmd/legwork")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	at := l.Addr().String()
	require.NoError(t, l.Close())
	data := filepath.Join(dir, "data")
	classes, _, r := try(t, legwork, "name: legwork-serve\nwebhook: http://"+at+"/webhooks/main\nsettle: 5s\nparallel: 16\nstart: ["+legwork+", serve, --data, "+data+
		", --listen, \""+at+"\", --open]\nsees:\n  legwork: "+data+"\n")
	for _, x := range r.Receivers[0].Results {
		if x.Class != "PASS" && x.Class != "SKIPPED" {
			t.Errorf("%s %s: %s %v", x.Class, x.Case, x.Why, x.Differences)
		}
	}
	require.Greater(t, classes["PASS"], 300)
}

// TestTargetsAreAsDescribed: every receiver has a file that says how to try it.
func TestTargetsAreAsDescribed(t *testing.T) {
	files, err := filepath.Glob("*/target.yaml")
	require.NoError(t, err)
	require.Len(t, files, len(mistakes)+1)
	ports := map[string]bool{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		require.Contains(t, string(b), "name: "+filepath.Dir(f)+"\n")
		_, port, _ := strings.Cut(string(b), "webhook: http://127.0.0.1:")
		port, _, _ = strings.Cut(port, "/")
		require.False(t, ports[port], "%s: the port is another one's", f)
		ports[port] = true
	}
}
