package corpus

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/view"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/oracle"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
	"github.com/legworkhq/legwork/sim/weather"
)

// fixtureSeed settles the ids and delays of the fixtures.
const fixtureSeed = 2026

// deliveries are the ways in which each fixture is delivered.
var deliveries = []struct {
	name, what string
	lossless   bool
	make       func(events []wire.Event, ids wire.Grammar) []wire.Event
}{
	{"in-order", "as they were sent", true, func(e []wire.Event, _ wire.Grammar) []wire.Event { return e }},
	{"reversed", "the last one first", true, func(e []wire.Event, _ wire.Grammar) []wire.Event {
		e = slices.Clone(e)
		slices.Reverse(e)
		return e
	}},
	{"twice", "each one twice", true, func(e []wire.Event, _ wire.Grammar) (out []wire.Event) {
		for i := range e {
			out = append(out, e[i], e[i])
		}
		return out
	}},
	{"shuffled", "through the weather called usual, ten times worse", true, func(e []wire.Event, _ wire.Grammar) []wire.Event {
		return blown(e, weather.Weather{Reorder: 0.6, Window: 60_000_000_000, Duplicate: 0.2})
	}},
	{"overlapping", "by two subscriptions, each under uuids of its own", true, func(e []wire.Event, _ wire.Grammar) []wire.Event {
		return blown(e, weather.Weather{Overlap: 1})
	}},
	{"lossy", "every fifth one is lost", false, func(e []wire.Event, _ wire.Grammar) (out []wire.Event) {
		for i := range e {
			if i%5 != 3 {
				out = append(out, e[i])
			}
		}
		return out
	}},
}

func blown(events []wire.Event, w weather.Weather) (out []wire.Event) {
	c := sim.Case{Seed: fixtureSeed, Weather: w}
	for _, d := range c.Blow(events) {
		out = append(out, d)
	}
	return out
}

// fixtureManifest lists every fixture.
type fixtureManifest struct {
	Version   int       `json:"version"`
	Seed      int       `json:"seed"`
	Fixtures  []fixture `json:"fixtures"`
	Files     int       `json:"files"`
	Bytes     int64     `json:"bytes"`
	Generator string    `json:"generator"`
}

type fixture struct {
	Name     string   `json:"name"`
	Facility string   `json:"facility"`
	Title    string   `json:"title"`
	Events   int      `json:"events"`
	Sessions int      `json:"sessions"`
	Calls    int      `json:"calls"`
	Links    []string `json:"links"`
	Files    []File   `json:"files"`
}

// Fixtures writes a folder for each scenario into dir, and the manifest. What stands
// there from before and is not written again is removed.
func Fixtures(dir string) error {
	m := fixtureManifest{Version: 1, Seed: fixtureSeed, Generator: "make fixtures"}
	keep := map[string]bool{"README.md": true, "manifest.json": true}
	for _, sc := range script.Scenarios() {
		f, err := writeFixture(dir, sc, keep)
		if err != nil {
			return fmt.Errorf("%s: %w", sc.Name, err)
		}
		m.Fixtures = append(m.Fixtures, f)
		for _, file := range f.Files {
			m.Files++
			m.Bytes += file.Bytes
		}
	}
	if err := removeOthers(dir, keep); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, "manifest.json"), m)
}

func writeFixture(dir string, sc script.Scenario, keep map[string]bool) (fixture, error) {
	company := pbx.Office()
	if sc.Company != nil {
		company = sc.Company()
	}
	x, err := pbx.NewExchange(company)
	if err != nil {
		return fixture{}, err
	}
	events, calls, err := script.Run(x, pbx.Config{Dialect: sc.Dialect, IDs: wire.Grammar2022, Seed: fixtureSeed, Start: sim.Start}, sc.Script())
	if err != nil {
		return fixture{}, err
	}
	f := fixture{Name: sc.Name, Facility: sc.Facility, Title: sc.Title, Events: len(events), Calls: len(calls), Links: []string{}}
	for _, c := range calls {
		sim.Publish(c)
		f.Sessions += len(c.Sessions)
		for _, k := range c.Links {
			if !slices.Contains(f.Links, string(k.Kind)) {
				f.Links = append(f.Links, string(k.Kind))
			}
		}
	}
	write := func(name string, data []byte, lines int) error {
		path := filepath.Join(sc.Name, name)
		keep[path] = true
		sum := sha256.Sum256(data)
		f.Files = append(f.Files, File{filepath.ToSlash(path), int64(lines), int64(len(data)), hex.EncodeToString(sum[:])})
		full := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
			return err
		}
		return os.WriteFile(full, data, 0o666)
	}
	if err := write("events.ndjson", lines(events), len(events)); err != nil {
		return f, err
	}
	for _, d := range deliveries {
		out := d.make(events, wire.Grammar2022)
		if err := write("deliveries/"+d.name+".ndjson", lines(out), len(out)); err != nil {
			return f, err
		}
	}
	answer, err := answerJSON(calls)
	if err != nil {
		return f, err
	}
	if err := write("answer.json", answer, bytes.Count(answer, []byte("\n"))); err != nil {
		return f, err
	}
	readme := fixtureReadme(sc, events, calls)
	return f, write("README.md", readme, bytes.Count(readme, []byte("\n")))
}

func lines(events []wire.Event) (out []byte) {
	for i := range events {
		out = append(wire.Append(out, &events[i]), '\n')
	}
	return out
}

func answerJSON(calls []*call.Call) ([]byte, error) {
	var all []json.RawMessage
	for _, c := range calls {
		all = append(all, call.AppendJSON(nil, c))
	}
	out, err := json.MarshalIndent(map[string]any{"calls": all}, "", " ")
	return append(out, '\n'), err
}

// fixtureReadme says in plain words what happens, and what is hard about it.
func fixtureReadme(sc script.Scenario, events []wire.Event, calls []*call.Call) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n%s\n\n%d notifications, %s.\n\n## What people do\n\n```\n%s```\n", sc.Name, sc.Title, len(events), countOf(len(calls), "call"), sc.Script())
	if d := sc.Dialect.String(); d != "" {
		fmt.Fprintf(&b, "\nThe switch's dialect differs from the usual one: `%s` (docs/dialect.md).\n", strings.TrimSpace(strings.ReplaceAll(d, "\n", ", ")))
	}
	b.WriteString("\n## What is true\n\n```\n")
	for i, c := range calls {
		if i > 0 {
			b.WriteByte('\n')
		}
		text := bytes.Buffer{}
		if err := view.Text(&text, c, view.Options{Width: 100}); err == nil {
			b.Write(text.Bytes())
		}
	}
	b.WriteString("```\n")
	return b.Bytes()
}

func countOf(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// removeOthers deletes files of an earlier generation.
func removeOthers(dir string, keep map[string]bool) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err == nil && !keep[rel] {
			err = os.Remove(path)
		}
		return err
	})
}

func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o666)
}

// Judge holds calls against a fixture's answer: exactly for a delivery in which nothing
// was lost, by the safety law for a lossy one.
func Judge(truth, got []*call.Call, lossless bool) []oracle.Difference {
	if lossless {
		return oracle.Exact(truth, got)
	}
	return oracle.Safe(truth, got)
}

// Deliveries lists the ways in which each fixture is delivered, and whether anything
// is lost.
func Deliveries() map[string]bool {
	out := map[string]bool{}
	for _, d := range deliveries {
		out[d.name] = d.lossless
	}
	return out
}
