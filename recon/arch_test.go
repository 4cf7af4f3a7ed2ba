package recon_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/internal/link"
)

const (
	module = "github.com/legworkhq/legwork/"
	jsonv2 = "github.com/go-json-experiment/json"
)

// arrows lists, for every package of recon, what else of recon it may import. The
// standard library may be imported everywhere, the JSON library where it is named.
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

// clocks are functions that read a clock or wait for one.
var clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep"}

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
	for pkg := range arrows {
		require.True(t, seen[pkg], "package %s is listed and does not exist", pkg)
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
	for _, imp := range f.Imports {
		p, _ := strconv.Unquote(imp.Path.Value)
		own := strings.TrimPrefix(p, module)
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
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clocks, n.Sel.Name) {
				say(n, "reads a clock: time."+n.Sel.Name)
			}
		}
		return true
	})
	return out
}

func TestArchitectureSeesViolations(t *testing.T) {
	for what, src := range map[string]string{
		"goroutine": "func f() { go f() }",
		"channel":   "var c chan int",
		"receive":   "func f(c interface{}) { <-g() }; func g() (c <-chan int) { return }",
		"select":    "func f() { select {} }",
		"clock":     `import "time"; var t = time.Now()`,
		"lock":      `import "sync"; var m sync.Mutex`,
		"random":    `import "math/rand/v2"; var n = rand.Int()`,
		"io":        `import "os"; var f = os.Stdin`,
		"arrow":     `import _ "github.com/legworkhq/legwork/recon/view"`,
		"library":   `import _ "github.com/stretchr/testify/require"`,
		"json":      `import _ "github.com/go-json-experiment/json"`,
	} {
		require.NotEmpty(t, violations(t, "recon/internal/link", "bad.go", "package link; "+src), what)
	}
	require.NotEmpty(t, violations(t, "recon/new", "new.go", "package new"), "a package without arrows passes")
	require.Empty(t, violations(t, "recon/internal/link", "good.go", `package link; import "slices"; var _ = slices.Max[[]int]`))
}

// TestEveryRuleHasItsPlace: a rule has a file, a section of docs/linking.md and a
// conversation, all under its name.
func TestEveryRuleHasItsPlace(t *testing.T) {
	doc, err := os.ReadFile("../docs/linking.md")
	require.NoError(t, err)
	shown := map[string]bool{}
	for _, c := range conversations(t) {
		for _, g := range c.build(t, c.events) {
			for _, l := range g.Links {
				shown[l.Rule] = true
			}
		}
	}
	require.NotEmpty(t, link.Rules())
	for _, r := range link.Rules() {
		require.FileExists(t, "internal/link/"+r.Name+".go")
		require.Regexp(t, `(?m)^## [0-9]+\. `+r.Name+`$`, string(doc), "docs/linking.md has no section %q", r.Name)
		require.True(t, shown[r.Name], "no conversation shows rule %q", r.Name)
	}
}
