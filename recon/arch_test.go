package recon_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/internal/link"
	"github.com/legworkhq/legwork/recon/wire"
)

const (
	module = "github.com/legworkhq/legwork/"
	jsonv2 = "github.com/go-json-experiment/json"
)

// arrows lists, for every package of recon, what else of recon it may import. The
// standard library may be imported everywhere, the JSON library where it is named.
// recon/internal/convo may import, and is in nobody's list: only tests may import it.
var arrows = map[string][]string{
	"recon/internal/ms":      {},
	"recon/wire":             {"recon/internal/ms", jsonv2},
	"recon/call":             {"recon/internal/ms", jsonv2},
	"recon/view":             {"recon/call"},
	"recon/explain":          {"recon/call", "recon/wire"},
	"recon/internal/session": {"recon/wire", "recon/call", "recon/internal/ms"},
	"recon/internal/link":    {"recon/wire", "recon/call", "recon/internal/session"},
	"recon/internal/people":  {"recon/wire", "recon/call", "recon/internal/session", "recon/internal/link"},
	"recon/internal/talk":    {"recon/wire", "recon/call", "recon/internal/session", "recon/internal/link", "recon/internal/people"},
	"recon/internal/graph": {"recon/wire", "recon/call", "recon/internal/session", "recon/internal/link", "recon/internal/people",
		"recon/internal/talk"},
	"recon":                {"recon/wire", "recon/call", "recon/internal/session", "recon/internal/graph", jsonv2},
	"recon/internal/convo": {"recon/wire"}, // for tests alone
}

// banned imports of the pure core, with the reason. Readers and writers that are
// passed in are not input and output of the core's own.
var banned = map[string]string{
	"os": "no IO", "net": "no IO", "net/http": "no IO", "log": "no IO", "log/slog": "no IO", "syscall": "no IO", "embed": "no IO",
	"sync": "no locks", "sync/atomic": "no locks", "context": "no cancellation: time is an argument",
	"math/rand": "no randomness", "math/rand/v2": "no randomness", "crypto/rand": "no randomness", "hash/maphash": "no seed that differs between processes",
	"unsafe": "nothing unsafe", "runtime": "nothing of the runtime's",
}

// clocks are names of package time that read a clock or wait for one.
var clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep", "Timer", "Ticker", "Local", "LoadLocation"}

// TestArchitecture reads the code of recon and proves what its documentation says:
// who imports whom, and that there is no goroutine, channel, clock, lock, random
// source or IO in it.
func TestArchitecture(t *testing.T) {
	files := 0
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		pkg := path.Join("recon", filepath.ToSlash(filepath.Dir(file)))
		seen[pkg] = true
		files++
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, wrong := range violations(t, pkg, file, string(src)) {
			t.Error(wrong)
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, files, 50, "files went missing")
	for pkg, allowed := range arrows {
		require.True(t, seen[pkg], "package %s is listed and does not exist", pkg)
		for _, to := range allowed {
			require.True(t, to == jsonv2 || seen[to], "package %s may import %s, which does not exist", pkg, to)
			require.NotEqual(t, "recon/internal/convo", to, "convo is for tests alone")
		}
	}
}

// violations lists what a file does that its package must not.
func violations(t *testing.T, pkg, name, src string) (out []string) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, 0)
	require.NoError(t, err)
	say := func(n ast.Node, what string) { out = append(out, fset.Position(n.Pos()).String()+": "+what) }
	allowed, known := arrows[pkg]
	if !known {
		return []string{name + ": package " + pkg + " is in no list of arrows"}
	}
	clock := ""
	for _, imp := range f.Imports {
		p, _ := strconv.Unquote(imp.Path.Value)
		own := strings.TrimPrefix(p, module)
		if p == "time" {
			clock = "time"
			if imp.Name != nil {
				clock = imp.Name.Name
			}
		}
		if imp.Name != nil && imp.Name.Name == "." {
			say(imp, "imports "+p+" with a dot, which hides whose names are used")
		}
		switch {
		case banned[p] != "":
			say(imp, "imports "+p+": "+banned[p])
		case strings.HasPrefix(p, jsonv2):
			if !slices.Contains(allowed, jsonv2) {
				say(imp, "imports the JSON library")
			}
		case own != p:
			if !slices.Contains(allowed, own) {
				say(imp, "imports "+own+", against the arrows")
			}
		case strings.Contains(strings.Split(p, "/")[0], "."):
			say(imp, "imports "+p+": embedding recon must cost nothing")
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			say(n, "starts a goroutine")
		case *ast.ChanType:
			say(n, "uses a channel")
		case *ast.SelectStmt:
			say(n, "selects")
		case *ast.SendStmt:
			say(n, "sends on a channel")
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				say(n, "receives from a channel")
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && clock != "" && x.Name == clock && slices.Contains(clocks, n.Sel.Name) {
				say(n, "reads a clock: time."+n.Sel.Name)
			}
		}
		return true
	})
	return out
}

// TestArchitectureSeesViolations feeds the proof small bad sources, and some good
// ones: a proof that cannot fail proves nothing.
func TestArchitectureSeesViolations(t *testing.T) {
	for src, want := range map[string]string{
		`func f() { go f() }`:                                          "starts a goroutine",
		`var c chan int`:                                               "uses a channel",
		`func f(c <-chan int) { for range c {}}`:                       "uses a channel",
		`func f() { <-g() }`:                                           "receives from a channel",
		`func f() { g() <- 1 }`:                                        "sends on a channel",
		`func f() { select {} }`:                                       "selects",
		`import "time"; var t = time.Now()`:                            "reads a clock: time.Now",
		`import "time"; var f = time.Now`:                              "reads a clock: time.Now",
		`import k "time"; var t = k.Since(x)`:                          "reads a clock: time.Since",
		`import . "time"; var t = Now()`:                               "with a dot",
		`import "time"; var t time.Timer`:                              "reads a clock: time.Timer",
		`import "sync"; var m sync.Mutex`:                              "no locks",
		`import _ "sync/atomic"`:                                       "no locks",
		`import "math/rand/v2"; var n = rand.Int()`:                    "no randomness",
		`import "math/rand"; var n = rand.Int()`:                       "no randomness",
		`import "os"; var f = os.Stdin`:                                "no IO",
		`import _ "net/http"`:                                          "no IO",
		`import _ "log"`:                                               "no IO",
		`import _ "github.com/legworkhq/legwork/recon/view"`:           "against the arrows",
		`import _ "github.com/legworkhq/legwork/recon"`:                "against the arrows",
		`import _ "github.com/legworkhq/legwork/recon/internal/talk"`:  "against the arrows",
		`import _ "github.com/legworkhq/legwork/recon/internal/convo"`: "against the arrows",
		`import _ "github.com/legworkhq/legwork/cmd/legwork"`:          "against the arrows",
		`import _ "github.com/stretchr/testify/require"`:               "must cost nothing",
		`import _ "github.com/go-json-experiment/json"`:                "imports the JSON library",
	} {
		require.Contains(t, strings.Join(violations(t, "recon/internal/link", "bad.go", "package link; "+src), "\n"), want, src)
	}
	require.NotEmpty(t, violations(t, "recon/new", "new.go", "package new"), "a package without arrows passes")
	for _, src := range []string{
		`import "slices"; var _ = slices.Max[[]int]`,
		`import "time"; var day = 24 * time.Hour; func f(t time.Time) bool { return t.After(t) }`,
		`import "io"; func f(r io.Reader) {}`,
		`type time struct{ Now int }; func f(time time) int { return time.Now }`,
		`import _ "github.com/legworkhq/legwork/recon/internal/session"`,
	} {
		require.Empty(t, violations(t, "recon/internal/link", "good.go", "package link; "+src), src)
	}
}

// TestEveryRuleHasItsPlace: a rule has a file, a section of docs/linking.md and a
// conversation that the section names, all under its name; and no file, section or
// kind of link is left over.
func TestEveryRuleHasItsPlace(t *testing.T) {
	text, err := os.ReadFile("../docs/linking.md")
	require.NoError(t, err)
	sections := ruleSections(string(text))
	shown := map[string][]string{} // rule -> conversations
	ruleOf := map[call.LinkKind]string{}
	for _, c := range conversations(t) {
		for _, g := range c.build(t, c.events) {
			for _, l := range g.Links {
				shown[l.Rule] = append(shown[l.Rule], c.name)
				ruleOf[l.Kind] = l.Rule
			}
		}
	}
	require.NotEmpty(t, link.Rules())
	names := map[string]bool{}
	for _, r := range link.Rules() {
		require.False(t, names[r.Name], "two rules are called %q", r.Name)
		names[r.Name] = true
		require.FileExists(t, "internal/link/"+r.Name+".go")
		section, ok := sections[r.Name]
		require.True(t, ok, "docs/linking.md has no section %q", r.Name)
		require.NotEmpty(t, shown[r.Name], "no conversation shows rule %q", r.Name)
		require.True(t, slices.ContainsFunc(shown[r.Name], func(c string) bool { return strings.Contains(section.text, "`"+c+"`") }),
			"section %q of docs/linking.md names none of the conversations that show it: %v", r.Name, shown[r.Name])
	}
	files, err := filepath.Glob("internal/link/*.go")
	require.NoError(t, err)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".go")
		require.True(t, names[name] || name == "link" || strings.HasSuffix(name, "_test"), "%s is no rule's file", file)
	}
	for name := range sections {
		require.True(t, names[name], "docs/linking.md explains rule %q, which does not exist", name)
	}
	number := 0
	for _, kind := range call.LinkKinds() { // in the order of the sections, as LinkKinds says
		rule := ruleOf[kind]
		require.NotEmpty(t, rule, "no conversation shows a link of kind %q", kind)
		number++
		require.Equal(t, number, sections[rule].number, "section %q stands out of order", rule)
		require.Contains(t, sections[rule].text, "`"+string(kind)+"`", "section %q does not name its kind", rule)
	}
	require.Len(t, sections, number)
}

type section struct {
	number int
	text   string
}

// ruleSections cuts the numbered sections out of docs/linking.md. Each carries its
// rule's name as an anchor, so that docs/linking.md#park is a link.
func ruleSections(doc string) map[string]section {
	out := map[string]section{}
	heading := regexp.MustCompile(`(?m)^<a id="([a-z]+)"></a>\n+## ([0-9]+)\. ([a-z]+)$`)
	places := heading.FindAllStringSubmatchIndex(doc, -1)
	for _, p := range places {
		end := len(doc)
		if next := regexp.MustCompile(`(?m)^(<a id=|## )`).FindStringIndex(doc[p[1]:]); next != nil {
			end = p[1] + next[0]
		}
		n, _ := strconv.Atoi(doc[p[4]:p[5]])
		if name := doc[p[6]:p[7]]; name == doc[p[2]:p[3]] {
			out[name] = section{n, doc[p[1]:end]}
		}
	}
	return out
}

// TestDocumentedConversationsExist: every conversation that docs/linking.md names on a
// line that begins with "Conversation" is there.
func TestDocumentedConversationsExist(t *testing.T) {
	text, err := os.ReadFile("../docs/linking.md")
	require.NoError(t, err)
	found := 0
	for _, line := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(line, "**Conversation") {
			continue
		}
		for _, m := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(line, -1) {
			require.FileExists(t, "testdata/conversations/"+m[1]+".txt")
			found++
		}
	}
	require.Greater(t, found, len(link.Rules()), "docs/linking.md names too few conversations")
}

// TestGraphsFitTheSchema holds the canonical JSON of every graph against
// docs/schema/call.schema.json: of each conversation in full, and with each one of
// its events lost. It stands here because internal/convo is visible below recon only.
func TestGraphsFitTheSchema(t *testing.T) {
	f, err := os.Open("../docs/schema/call.schema.json")
	require.NoError(t, err)
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("call.schema.json", doc))
	v, err := compiler.Compile("call.schema.json")
	require.NoError(t, err)
	graphs := 0
	for _, c := range conversations(t) {
		for lost := -1; lost < len(c.events); lost++ {
			events := slices.Clone(c.events)
			if lost >= 0 {
				events = slices.Delete(events, lost, lost+1)
			}
			for _, g := range c.build(t, events) {
				text := call.AppendJSON(nil, g)
				value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
				require.NoError(t, err)
				require.NoError(t, v.Validate(value), "%s without event %d: %s", c.name, lost, text)
				graphs++
			}
		}
	}
	require.Greater(t, graphs, 400, "graphs went missing")
}

// TestVocabularyIsDocumented: every reason and code that package wire knows has its
// row in docs/evidence.md, and every word that package call may say stands in
// docs/glossary.md.
func TestVocabularyIsDocumented(t *testing.T) {
	evidence, err := os.ReadFile("../docs/evidence.md")
	require.NoError(t, err)
	require.NotEmpty(t, wire.Reasons())
	for _, r := range wire.Reasons() {
		require.Contains(t, string(evidence), "\n| "+string(r)+" |", "docs/evidence.md has no row for reason %s", r)
	}
	for k := wire.Setup; k.String() != "unknown"; k++ {
		require.Contains(t, string(evidence), "\n| "+k.String()+" |", "docs/evidence.md has no row for code %s", k)
	}
	glossary, err := os.ReadFile("../docs/glossary.md")
	require.NoError(t, err)
	text, err := os.ReadFile("../docs/schema/call.schema.json")
	require.NoError(t, err)
	var schema struct {
		Defs map[string]struct {
			Enum []string `json:"enum"`
		} `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(text, &schema))
	words := 0
	for name, def := range schema.Defs {
		require.Contains(t, string(glossary), "`call."+name+"`", "docs/glossary.md does not name call.%s", name)
		for _, word := range def.Enum {
			require.Contains(t, string(glossary), "`"+word+"`", "docs/glossary.md does not explain %s of call.%s", word, name)
			words++
		}
	}
	require.Greater(t, words, 80, "words went missing")
}
