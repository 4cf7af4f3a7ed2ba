package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"legwork": main})
}

// TestScripts runs testdata/script/*.txtar, each a session at a shell.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("LEGWORK_UPDATE") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"repeat":    repeat,
			"deep":      deep,
			"status":    wantStatus,
			"webhook":   startWebhook,
			"delivered": wantDelivered,
			"receiver":  startReceiver,

			"database":   makeDatabase,
			"unfinished": makeUnfinished,
			"outbox":     makeOutbox,
		},
		Setup: func(env *testscript.Env) error {
			return os.WriteFile(env.WorkDir+"/demo.ndjson", warmTransfer, 0o600)
		},
	})
}

// wantStatus STATUS COMMAND runs a command that must end with the given status.
func wantStatus(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		ts.Fatalf("want exit status %s, got %v", args[0], err)
	}
	if got := exit.ExitCode(); got != number(ts, args[0]) {
		ts.Fatalf("want exit status %s, got %d", args[0], got)
	}
}

// repeat FILE TEXT N writes TEXT N times on one line.
func repeat(ts *testscript.TestScript, _ bool, args []string) {
	n := number(ts, args[2])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Repeat(args[1], n)+"\n"), 0o600))
}

// deep FILE N writes an array nested N times, in a notification.
func deep(ts *testscript.TestScript, _ bool, args []string) {
	n := number(ts, args[1])
	text := `{"body":` + strings.Repeat("[", n) + strings.Repeat("]", n) + "}\n"
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

func number(ts *testscript.TestScript, s string) int {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			ts.Fatalf("%q is not a number", s)
		}
		n = n*10 + int(c-'0')
	}
	return n
}
