package weather

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// allowed is all that the package may import: no clock, lock, IO, source of randomness
// of its own, and nothing that differs between processors. Of time, only Duration.
var allowed = []string{
	"bytes", "encoding/json", "fmt", "math", "math/bits", "math/rand/v2", "slices", "strconv", "strings", "time", "unicode/utf8",
	"github.com/legworkhq/legwork/recon/wire",
}

// used is what may be used of packages that have more than is allowed.
var used = map[string][]string{
	"time": {"Duration", "ParseDuration", "Millisecond", "Second", "Minute", "Hour"},
	"rand": {"Rand"},
	"math": {"MaxInt64", "MinInt64"},
}

func TestPure(t *testing.T) {
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	files := 0
	for _, entry := range entries {
		if name := entry.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			src, err := os.ReadFile(name)
			require.NoError(t, err)
			require.Empty(t, impure(t, string(src)), name)
			files++
		}
	}
	require.Positive(t, files)
}

func TestImpureIsFound(t *testing.T) {
	for _, src := range []string{
		`import "os"`, `import "math"; var x = math.Log(2)`, `import "math/rand/v2"; var x = rand.Uint64()`, `import "time"; var x = time.Now`,
		`func f() { go f() }`, `var c chan int`, `func f() { select {} }`,
	} {
		require.NotEmpty(t, impure(t, "package p; "+src), src)
	}
}

// impure lists what a file must not do.
func impure(t *testing.T, src string) (found []string) {
	file, err := parser.ParseFile(token.NewFileSet(), "", src, 0)
	require.NoError(t, err)
	for _, in := range file.Imports {
		if path, _ := strconv.Unquote(in.Path.Value); !slices.Contains(allowed, path) {
			found = append(found, "imports "+path)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, "starts a goroutine")
		case *ast.ChanType, *ast.SelectStmt:
			found = append(found, "has a channel")
		case *ast.SelectorExpr:
			if pkg, ok := n.X.(*ast.Ident); ok && used[pkg.Name] != nil && !slices.Contains(used[pkg.Name], n.Sel.Name) {
				found = append(found, "uses "+pkg.Name+"."+n.Sel.Name)
			}
		}
		return true
	})
	return found
}
