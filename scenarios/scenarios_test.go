package scenarios_test

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/cucumber/godog"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/internal/trial"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/scenarios"
	"github.com/legworkhq/legwork/sim/oracle"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/weather"
)

var update = flag.Bool("update", false, "write docs/steps.md")

// people are those whom the sentences' examples name.
const people = `
    Given 404-555-0134 is Ruth Calloway
    And 212-555-0188 is Theo Brandt
    And queue 720 is Billing and rings 101 and 102 all at once
    And menu 902 is Night menu
    And extension 108 is Nora Quist
`

// read reads one scenario of the steps.
func read(t *testing.T, steps string) *scenarios.Scenario {
	t.Helper()
	all, err := scenarios.Parse("test.feature", []byte("Feature: test\n\n  Scenario: test\n"+steps))
	require.NoError(t, err)
	require.Len(t, all, 1)
	return all[0]
}

// TestEveryExampleReads: each sentence's example is that sentence and no other one, and
// its places can be read.
func TestEveryExampleReads(t *testing.T) {
	all := scenarios.Sentences()
	require.Greater(t, len(all), 100)
	for _, s := range all {
		require.NotEmpty(t, s.Meaning, s.Form)
		n := 0
		for _, o := range all {
			if o.Reads(s.Example) {
				n++
			}
		}
		require.Equal(t, 1, n, "%q is %d sentences", s.Example, n)
		require.True(t, s.Reads(s.Example), "%q is no %q", s.Example, s.Form)

		step := map[string]string{"Given": "Given ", "When": "When ", "Then": "When 404-555-0134 calls 104\n Then "}[s.Keyword] + s.Example
		for _, st := range read(t, people+step).Steps {
			require.NoError(t, st.Err, st.Text)
		}
	}
}

// TestEveryVerbCanBeSaid: whatever people can do on the switch, in every way, has a
// sentence.
func TestEveryVerbCanBeSaid(t *testing.T) {
	for _, v := range pbx.Verbs() {
		for _, how := range append([]string{""}, v.Hows...) {
			require.True(t, scenarios.Says(v.Verb, how), "%s %s", v.Verb, how)
		}
	}
}

// TestWhatIsWrongWithAScenario: each message says where, what, and what was meant.
func TestWhatIsWrongWithAScenario(t *testing.T) {
	for name, c := range map[string]struct{ steps, says string }{
		"unknown sentence":     {"When 104 cals 106\nThen there is one call", `test.feature:4: "104 cals 106" is no sentence of the language; the nearest is "{person} calls {person}"`},
		"unknown claim":        {"When 104 calls 106\nThen there is 1 call", `test.feature:5: "there is 1 call" is no sentence of the language; the nearest is "there is one call"`},
		"unknown extension":    {"When 104 calls 199\nThen there is one call", "test.feature:4: there is no extension 199: the company has 101 (Dana Reyes)"},
		"unknown name":         {"When Bob calls 104\nThen there is one call", "test.feature:4: nobody is called Bob"},
		"unknown queue":        {"When 104 calls the Nowhere queue\nThen there is one call", "there is no Nowhere queue"},
		"unknown knob":         {"Given the switch's weather is fine\nWhen 104 calls 106\nThen there is one call", `unknown knob "weather"`},
		"unknown value":        {"Given the switch's park-order is fine\nWhen 104 calls 106\nThen there is one call", `knob park-order has no value "fine"`},
		"claims nothing":       {"When 104 calls 106", "test.feature:3: the scenario claims nothing: it lacks a Then"},
		"nobody does anything": {"Then there is one call", "nobody does anything: it lacks a When"},
		"late Given":           {"When 104 calls 106\nGiven the small office\nThen there is one call", "test.feature:5: what there is stands before what people do"},
		"late When":            {"When 104 calls 106\nThen there is one call\nWhen 106 answers", "test.feature:6: what people do stands before what is true"},
		"time before a claim":  {"When 104 calls 106\nThen 5 seconds later, there is one call", "a time stands only before what people do"},
		"time goes back":       {"When at 1:00, 104 calls 106\nAnd at 0:30, 106 answers\nThen there is one call", "30 seconds is before the step above, at 1 minute"},
		"a table":              {"When 104 calls 106\n| a |\nThen there is one call", "takes no table"},
		"no mobile":            {"When 700 answers on the mobile phone\nThen there is one call", "the Support queue has no mobile phone"},
		"queue of outsiders":   {"Given queue 720 is Billing and rings 404-555-0134 all at once\nWhen 104 calls 106\nThen there is one call", "404-555-0134 is no extension"},
		"impossible":           {"When 104 calls 106\nAnd 107 answers\nThen there is one call", "test.feature:5: 107 has no call that rings; possible would be: 107 picks up the call of 106"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, c.steps).Try(scenarios.Options{})
			require.ErrorContains(t, err, c.says)
		})
	}
}

// TestFalseStatementsFail: a statement that is not true of a call fails under its line.
func TestFalseStatementsFail(t *testing.T) {
	when := `
    Given 404-555-0134 is Ruth Calloway
    When Ruth Calloway calls 104
    And 6 seconds later, 104 answers
    And 14 seconds later, 104 puts the call on hold
    And 2 seconds later, 104 calls 106
    And 4 seconds later, 106 answers
    And 13 seconds later, 104 completes the transfer
    And 55 seconds later, Ruth Calloway hangs up
    Then `
	for _, claim := range []string{
		"there are two calls", "there are no calls", "the call counts as missed", "the call is outbound", "the call was answered after 7 seconds", "the call was never answered",
		"the call lasted 1 minute", "the call is not over", "106 ended the call", "the call spans one session", "the call spans three sessions",
		"only Ruth Calloway and 104 took part in the call", "103 took the call", "106 did not take the call", "104 has one leg", "Ruth Calloway has two legs",
		"a leg of 104 counts as missed", "every leg of 106 counts as missed", "the phone of 106 rang for 9 seconds", "the phone of 106 never rang",
		"Ruth Calloway was on hold for 2 seconds", "Ruth Calloway was never on hold", "104 kept others on hold for 2 seconds", "104 waited for 40 seconds",
		"104 is still on the line", "the mailbox of 104 took the call", "104 was recorded", "Ruth Calloway talked with 106 for 54 seconds", "Ruth Calloway talked with 106 for 55.5 seconds",
		"Ruth Calloway never talked with 106", "104 talked for 2 minutes in all", "106 never talked", "104, 106 and Ruth Calloway talked together for 5 seconds", "nobody talked",
		"150 listened to the call of 104 for 3 seconds", "104 transferred Ruth Calloway to 107 after consulting", "106 transferred Ruth Calloway to 104 after consulting",
		"104 transferred Ruth Calloway to 106 without consulting", "104 forwarded Ruth Calloway to 106", "104 merged Ruth Calloway and 106 into a conference",
		"150 supervised 104", "150 took over from 104", "104 parked Ruth Calloway", "106 retrieved Ruth Calloway from park", "106 picked up the call that rang at 104",
		"the Main menu sent the call on to 104", "the Support queue rang 104", "104 moved the call to another device", "104 flipped the call to another phone",
		"the platform called 104 and then 106", "there is one blind transfer", "there is no attended transfer", "there are two attended transfers", "nothing links one leg to another",
		"the original of the call is Ruth Calloway to 106", "after the transfer the new numbers are 104", "after the transfer the new numbers are 104 and 106",
		"after the transfer the known numbers are Ruth Calloway", "104 is told of one session", "106 is told of two sessions", "as 104 sees it, there are two calls", "as 106 sees it, the call is inbound",
		"RingCentral says Gone with Conference of 104", "RingCentral says Gone of 106", "RingCentral never says Gone of 104", "the Gone of 104 names a leg of 106", "one sessions carry the session id 0",
		"the second call is over", "the call with 107 is over",
	} {
		t.Run(claim, func(t *testing.T) {
			s := read(t, when+claim)
			res, err := s.Try(scenarios.Options{Weather: "calm"})
			require.NoError(t, err)
			require.NotEmpty(t, res.Failures)
			require.Equal(t, s.Claims[0].Line, res.Failures[0].Line)
			require.Contains(t, res.Failures[0].Error(), "legwork features run --weather calm --seed 0 test.feature:3")
		})
	}
}

// TestMistakesFail: an engine that makes a mistake fails the feature that is named after
// it, in every one of its scenarios that the mistake concerns.
func TestMistakesFail(t *testing.T) {
	all, err := scenarios.Read(os.DirFS("../features"), "mistakes")
	require.NoError(t, err)
	require.Len(t, trial.Mistaken(), 13)
	for mistake, spoil := range trial.Mistaken() {
		t.Run(string(mistake), func(t *testing.T) {
			tried, failed := 0, 0
			for _, s := range all {
				if !strings.Contains(s.File, "/"+string(mistake)+".feature") {
					continue
				}
				tried++
				res, err := s.Try(scenarios.Options{Weather: "calm", Engine: func(ds []weather.Delivery) ([]*call.Call, error) {
					calls, err := trial.Legwork(ds)
					return spoil(calls), err
				}, OfOne: trial.LegworkOfOne})
				require.NoError(t, err)
				for _, f := range res.Failures {
					if f.Claim != "" || strings.HasPrefix(f.Why, string(mistake)) {
						failed++
						break
					}
				}
			}
			require.Positive(t, tried, "no feature is named after it")
			require.Positive(t, failed)
		})
	}
	require.Len(t, oracle.Mistakes(), 13+8, "a new mistake needs a feature")
}

// TestWeathersFind: an engine that goes wrong in one weather only is found in that one,
// and the failure names it.
func TestWeathersFind(t *testing.T) {
	s := read(t, `
    When 101 calls 106
    And 106 answers
    And 104 calls 103
    And 103 answers
    And 101 hangs up
    And 103 hangs up
    Then there are two calls`)
	nothing := func([]weather.Delivery) ([]*call.Call, error) { return nil, nil }
	when := func(bad func([]weather.Delivery) bool) scenarios.Engine {
		return func(ds []weather.Delivery) ([]*call.Call, error) {
			if bad(ds) {
				return nothing(ds)
			}
			return trial.Legwork(ds)
		}
	}
	sorted := func(ds []weather.Delivery) bool {
		for i := 1; i < len(ds); i++ {
			if ds[i].Event.Timestamp < ds[i-1].Event.Timestamp {
				return false
			}
		}
		return true
	}
	n := len(mustTry(t, s, scenarios.Options{Weather: "calm"}).Failures)
	require.Zero(t, n)
	for kind, bad := range map[string]func([]weather.Delivery) bool{
		"order": func(ds []weather.Delivery) bool { return !sorted(ds) },
		"twice": func(ds []weather.Delivery) bool { return len(ds) == 28 },
		"restart": func(ds []weather.Delivery) bool {
			for i := range ds {
				if ds[i].Restart {
					return true
				}
			}
			return false
		},
	} {
		res := mustTry(t, s, scenarios.Options{Engine: when(bad), OfOne: trial.LegworkOfOne, Weather: kind})
		require.NotEmpty(t, res.Failures, kind)
		require.True(t, strings.HasPrefix(res.Failures[0].Weather, kind+"-"), res.Failures[0].Weather)
		again := mustTry(t, s, scenarios.Options{Engine: when(bad), OfOne: trial.LegworkOfOne, Weather: res.Failures[0].Weather})
		require.NotEmpty(t, again.Failures, "the named weather alone fails again")
	}
	invent := func(ds []weather.Delivery) ([]*call.Call, error) {
		calls, err := trial.Legwork(ds)
		for _, c := range calls {
			c.Outcome = call.Missed
		}
		return calls, err
	}
	lossy := func(ds []weather.Delivery) ([]*call.Call, error) {
		if len(ds) == 13 {
			return invent(ds)
		}
		return trial.Legwork(ds)
	}
	require.NotEmpty(t, mustTry(t, s, scenarios.Options{Engine: lossy, OfOne: trial.LegworkOfOne, Weather: "lost"}).Failures)
	require.NotEmpty(t, mustTry(t, s, scenarios.Options{Engine: trial.Legwork, OfOne: invent, Weather: "extension"}).Failures)
}

func mustTry(t *testing.T, s *scenarios.Scenario, o scenarios.Options) *scenarios.Result {
	t.Helper()
	res, err := s.Try(o)
	require.NoError(t, err)
	return res
}

// suite runs feature files, and returns what was printed.
func suite(t *testing.T, files map[string]string, o godog.Options) (*scenarios.Report, string, error) {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	var out bytes.Buffer
	o.FS, o.Output, o.NoColors = fsys, &out, true
	if o.Format == "" {
		o.Format = "pretty"
	}
	s := scenarios.Suite{Godog: o, Try: scenarios.Options{Orders: 5}}
	r, err := s.Run()
	return r, out.String(), err
}

const good = "Feature: good\n  @calm @a\n  Scenario: one\n    When 101 calls 106\n    And 106 answers\n    And 101 hangs up\n    Then there is one call\n"

func TestSuite(t *testing.T) {
	t.Run("passes", func(t *testing.T) {
		r, out, err := suite(t, map[string]string{"a.feature": good}, godog.Options{})
		require.NoError(t, err)
		require.Zero(t, r.Failed)
		require.Len(t, r.Scenarios, 1)
		require.Equal(t, map[string]int{"calm": 1}, r.Runs)
		require.Contains(t, out, "1 scenarios (1 passed)")
	})
	t.Run("an unknown sentence fails, and is told", func(t *testing.T) {
		r, out, err := suite(t, map[string]string{"a.feature": strings.Replace(good, "106 answers", "106 picks it up", 1)}, godog.Options{})
		require.NoError(t, err)
		require.Equal(t, 1, r.Failed)
		require.Contains(t, out, `a.feature:5: "106 picks it up" is no sentence of the language`)
	})
	t.Run("a broken file is told, and the others run", func(t *testing.T) {
		r, out, err := suite(t, map[string]string{"a.feature": good, "b.feature": "Feature: b\n  Scenario: x\n    When a\n    Whenever\n", "c.feature": "Feature: c\n  Scenario: x\n"}, godog.Options{})
		require.NoError(t, err, out)
		require.Len(t, r.Scenarios, 1)
		require.ErrorContains(t, r.Broken, "b.feature:4:5: expected")
		require.ErrorContains(t, r.Broken, "c.feature:2: the scenario claims nothing")
	})
	t.Run("an empty run fails", func(t *testing.T) {
		_, _, err := suite(t, map[string]string{"a.feature": good}, godog.Options{Tags: "@b"})
		require.ErrorIs(t, err, scenarios.ErrEmpty)
		_, _, err = suite(t, map[string]string{"a.txt": good}, godog.Options{})
		require.ErrorContains(t, err, "holds no .feature file")
	})
	t.Run("one scenario by its line", func(t *testing.T) {
		two := good + "\n  Scenario: two\n    When 101 calls 106\n    Then there are two calls\n"
		r, _, err := suite(t, map[string]string{"a.feature": two}, godog.Options{Paths: []string{"a.feature:3"}})
		require.NoError(t, err)
		require.Len(t, r.Scenarios, 1)
		require.Zero(t, r.Failed)
	})
	t.Run("the same scenario twice, with two outcomes each", func(t *testing.T) {
		both := good + strings.ReplaceAll(strings.TrimPrefix(good, "Feature: good\n"), "@a", "@c")
		r, _, err := suite(t, map[string]string{"a.feature": both}, godog.Options{Concurrency: 2})
		require.NoError(t, err)
		require.Len(t, r.Scenarios, 2)
		require.Equal(t, []int{3, 9}, []int{r.Scenarios[0].Line, r.Scenarios[1].Line})
	})
}

func TestTagged(t *testing.T) {
	tags := []string{"@calm", "@slow"}
	for expression, want := range map[string]bool{
		"": true, "@calm": true, "calm": true, "@fast": false, "~@fast": true, "@calm && @slow": true, "@calm && ~@slow": false, "@fast,@slow": true, "@fast,~@calm": false,
	} {
		require.Equal(t, want, scenarios.Tagged(expression, tags), expression)
	}
}

func TestIDs(t *testing.T) {
	all, err := scenarios.Parse("x/night-shift.feature", []byte(`Feature: f
  @calm @area.topic/section
  Scenario: one
    When 104 calls 106
    Then there is one call

  @area.topic/section/named
  Scenario: two
    When 104 calls 106
    Then there is one call

  Scenario: It's late!
    When 104 calls 106
    Then there is one call

  @area.topic/rows
  Scenario Outline: <who>
    When 104 calls <who>
    Then there is one call

    Examples:
      | who |
      | 106 |
      | 107 |
`))
	require.NoError(t, err)
	var ids []string
	for _, s := range all {
		ids = append(ids, s.ID)
	}
	require.Equal(t, []string{"area.topic/section/1", "area.topic/section/named", "own.night-shift/it-s-late/1", "area.topic/rows/1", "area.topic/rows/2"}, ids)
	require.Equal(t, []string{"@calm"}, all[0].Tags)
	require.Equal(t, 24, all[4].Line)
}

// TestReferencePage: docs/steps.md is the language as it is.
func TestReferencePage(t *testing.T) {
	const page = "../docs/steps.md"
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(scenarios.Markdown()), 0o644))
	}
	have, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, scenarios.Markdown(), string(have), "go test ./scenarios -update")
	for _, s := range scenarios.Sentences() {
		require.Contains(t, scenarios.Text(), "  "+s.Form+"\n")
	}
}
