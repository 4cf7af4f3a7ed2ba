package target_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
)

var areas = []string{"conference", "supervise", "transfer"}

const least = "name: mine\nwebhook: http://localhost:8080/webhook\nsees: none\n"

func parse(text string) (*target.Target, error) {
	return target.Parse("target.yaml", []byte(text), areas)
}

func TestLeastTarget(t *testing.T) {
	got, err := parse(least)
	require.NoError(t, err)
	require.Equal(t, "mine", got.Name)
	require.Equal(t, target.None, got.Sees.Kind)
	require.Equal(t, 10*time.Second, got.Settle)
	require.Equal(t, observed.DefaultTolerance, got.Tolerance)
	require.Nil(t, got.Start)
}

func TestWholeTarget(t *testing.T) {
	got, err := parse(`
name: my-receiver
version: "1.4"
webhook: http://localhost:8080/webhook
token: s3cret
sees:
  http: http://localhost:8080/calls?since={since}
settle: 3s
start: [node, server.js]
facts: [sessions, outcome, ended, links.transfer]
lacks: [conference, supervise]
tolerance: 1500ms
parallel: 2
`)
	require.NoError(t, err)
	require.Equal(t, "1.4", got.Version)
	require.Equal(t, "s3cret", got.Token)
	require.Equal(t, target.Sees{Kind: target.HTTP, URL: "http://localhost:8080/calls?since={since}"}, got.Sees)
	require.Equal(t, []string{"node", "server.js"}, got.Start)
	require.Equal(t, []string{"conference", "supervise"}, got.Lacks)
	require.Equal(t, []string{"sessions", "outcome", "ended", "links.transfer"}, got.Facts.Declared())
	require.Equal(t, 1500*time.Millisecond, got.Tolerance)
	require.Equal(t, 2, got.Parallel)
}

func TestKindsOfProbe(t *testing.T) {
	for text, want := range map[string]target.Sees{
		"sees: {exec: [node, adapter.js]}":                                    {Kind: target.Exec, Args: []string{"node", "adapter.js"}},
		"sees: {file: calls.ndjson}":                                          {Kind: target.File, Path: "calls.ndjson"},
		"sees: {sql: {driver: sqlite, dsn: a.db, query: select json from c}}": {Kind: target.SQL, SQL: target.Query{Driver: "sqlite", DSN: "a.db", Query: "select json from c"}},
	} {
		got, err := parse("name: mine\nwebhook: http://localhost/\n" + text)
		require.NoError(t, err, text)
		require.Equal(t, want, got.Sees)
	}
	got, err := parse("name: mine\nsees: {exec: [a]}")
	require.NoError(t, err, "a command needs no webhook")
	require.Nil(t, got.Webhook)
}

// TestTypos: every mistake is told with its line, and what was meant.
func TestTypos(t *testing.T) {
	for text, want := range map[string]string{
		least + "setle: 3s":                            `target.yaml:4: a target has no key "setle"; did you mean settle?`,
		least + "colour: red":                          `target.yaml:4: a target has no key "colour"; there is name, version, webhook`,
		least + "settle: 3":                            `target.yaml:4: settle is "3"; it is a duration`,
		least + "settle: 2h":                           `from 10ms to 10m0s`,
		least + "facts: [outcom]":                      `target.yaml:4: there is no fact "outcom"; did you mean outcome?`,
		least + "facts:\n  - ended\n  - links.transfr": `target.yaml:6: there is no fact "links.transfr"; did you mean links.transfer`,
		least + "lacks: [confrence]":                   `target.yaml:4: lacks: there is no area "confrence"; did you mean conference?`,
		least + "name: twice":                          `target.yaml:4: name stands twice, first in line 1`,
		least + "start: node server.js":                `target.yaml:4: start is a list, such as [node, server.js]`,
		least + "parallel: 0":                          `target.yaml:4: parallel is "0"`,
		"":                                             `target.yaml: it has no keys`,
		"name: [":                                      `it is no YAML`,
		"webhook: http://x/\nsees: none":               `name is missing`,
		"name: a\nsees: none":                          `webhook is missing`,
		"name: a\nwebhook: http://x/":                  `sees is missing`,
		"name: a\nwebhook: localhost:80\nsees: none":   `target.yaml:2: webhook: "localhost:80" is no address of a webhook`,
		"name: a\nwebhook: http://x/\nsees: htp":       `target.yaml:3: sees is "htp"`,
		"name: a\nwebhook: http://x/\nsees: {htp: x}":  `target.yaml:3: sees has no key "htp"; did you mean http?`,
		"name: a\nwebhook: http://x/\nsees:\n  http: http://x/\n  file: y":            `target.yaml:5: sees has http and file; it is exactly one`,
		"name: a\nwebhook: http://x/\nsees: {sql: {driver: mysql, dsn: x, query: y}}": `the driver is sqlite or postgres, not "mysql"`,
		"name: a\nwebhook: http://x/\nsees: {sql: {driver: sqlite}}":                  `sql needs driver, dsn and query`,
	} {
		_, err := parse(text)
		require.ErrorContains(t, err, want, "%s", text)
	}
}

func TestReadNamesTheFile(t *testing.T) {
	_, err := target.Read("no-such.yaml", areas)
	require.EqualError(t, err, "no-such.yaml: no such file or directory")
	file := filepath.Join(t.TempDir(), "t.yaml")
	require.NoError(t, os.WriteFile(file, []byte(least), 0o600))
	got, err := target.Read(file, areas)
	require.NoError(t, err)
	require.Equal(t, file, got.File)
}
