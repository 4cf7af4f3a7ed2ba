package sim_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/legworkhq/legwork/"

// arrows lists for every package of sim what else of the project it may import: the
// shapes of wire and call, and not one line of the engine's reasoning.
var arrows = map[string][]string{
	"sim":         {"recon/wire", "recon/call", "sim/dialect", "sim/pbx", "sim/script", "sim/weather", "sim/org"},
	"sim/dialect": {},
	"sim/pbx":     {"recon/wire", "recon/call", "sim/dialect"},
	"sim/script":  {"recon/wire", "recon/call", "sim/dialect", "sim/pbx"},
	"sim/weather": {"recon/wire"},
	"sim/org":     {"sim/pbx"},
	"sim/oracle":  {"recon/call"},
}

// banned imports, with the reason.
var banned = map[string]string{
	"os": "no IO", "net": "no IO", "net/http": "no IO", "log": "no IO", "log/slog": "no IO", "io/fs": "no IO", "syscall": "no IO", "embed": "no IO",
	"sync": "no locks", "sync/atomic": "no locks", "context": "no cancellation", "math/rand": "draws differ", "crypto/rand": "no seed",
	"hash/maphash": "a seed that differs between processes", "unsafe": "nothing unsafe", "runtime": "nothing of the runtime's",
}

// clocks and dice are names that read a clock or a global random source.
var (
	clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep", "Local", "LoadLocation"}
	dice   = []string{"Int", "IntN", "Int64", "Int64N", "Uint64", "Uint64N", "Uint32", "Float64", "Perm", "Shuffle", "N", "NormFloat64", "ExpFloat64"}
)

// TestArchitecture reads the simulator's code, and proves that it shares with the
// engine the shapes of notifications and calls alone, and that it is a pure function of
// its arguments.
func TestArchitecture(t *testing.T) {
	files := 0
	seen := map[string]bool{}
	require.NoError(t, filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		files++
		pkg := path.Join("sim", filepath.ToSlash(filepath.Dir(file)))
		seen[pkg] = true
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		for _, wrong := range violations(pkg, f) {
			t.Errorf("%s: %s", file, wrong)
		}
		return nil
	}))
	require.Greater(t, files, 50)
	for pkg := range arrows {
		require.True(t, seen[pkg], "package %s is listed and does not exist", pkg)
	}
}

func violations(pkg string, f *ast.File) (out []string) {
	allowed, known := arrows[pkg]
	if !known {
		return []string{"package " + pkg + " is in no list of arrows"}
	}
	for _, imp := range f.Imports {
		p, _ := strconv.Unquote(imp.Path.Value)
		own, ours := strings.CutPrefix(p, module)
		switch {
		case banned[p] != "":
			out = append(out, "imports "+p+": "+banned[p])
		case ours && !slices.Contains(allowed, own):
			out = append(out, "imports "+own+", which "+pkg+" may not")
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			out = append(out, "starts a goroutine")
		case *ast.ChanType, *ast.SelectStmt, *ast.SendStmt:
			out = append(out, "uses channels")
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if ok && x.Obj == nil && (x.Name == "time" && slices.Contains(clocks, n.Sel.Name) || x.Name == "rand" && slices.Contains(dice, n.Sel.Name)) {
				out = append(out, "uses "+x.Name+"."+n.Sel.Name)
			}
		}
		return true
	})
	return out
}

// TestArchitectureSeesViolations: the test above can fail.
func TestArchitectureSeesViolations(t *testing.T) {
	for src, want := range map[string]string{
		`package x; import "github.com/legworkhq/legwork/recon"`:               "imports recon",
		`package x; import "github.com/legworkhq/legwork/recon/internal/link"`: "imports recon/internal/link",
		`package x; import "os"`:                                 "no IO",
		`package x; func f() { go f() }`:                         "goroutine",
		`package x; import "time"; var t = time.Now()`:           "time.Now",
		`package x; import "math/rand/v2"; var n = rand.IntN(3)`: "rand.IntN",
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", src, 0)
		require.NoError(t, err)
		require.Contains(t, strings.Join(violations("sim/pbx", f), "\n"), want)
	}
}
