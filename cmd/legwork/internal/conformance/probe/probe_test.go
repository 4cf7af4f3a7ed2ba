package probe_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/probe"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
)

func TestMain(m *testing.M) {
	switch os.Getenv("LEGWORK_TEST_PROBE") {
	case "cat":
		_, _ = fmt.Print(`{"sessions":["s-1"],"ended":true}`)
		os.Exit(0)
	case "hang":
		time.Sleep(time.Minute)
	}
	goleak.VerifyTestMain(m)
}

var since = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func ask(t testing.TB, tg *target.Target) (probe.Answer, error) {
	p, err := probe.New(tg)
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Close()) }()
	return p.Ask(context.Background(), since)
}

func overHTTP(t testing.TB, answer http.HandlerFunc) *target.Target {
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return &target.Target{Sees: target.Sees{Kind: target.HTTP, URL: s.URL + "/calls?since={since}"}}
}

func TestHTTP(t *testing.T) {
	for _, body := range []string{"{\"sessions\":[\"s-1\"]}\n{\"sessions\":[\"s-2\"]}\n", `[{"sessions":["s-1"]},{"sessions":["s-2"]}]`, "\ufeff[{\"sessions\":[\"s-1\"]},\n{\"sessions\":[\"s-2\"]}]"} {
		a, err := ask(t, overHTTP(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("since") != "2026-11-23T12:00:00.000Z" {
				w.WriteHeader(400)
			}
			_, _ = w.Write([]byte(body))
		}))
		require.NoError(t, err)
		require.Len(t, a.Calls, 2)
	}
	a, err := ask(t, overHTTP(t, func(http.ResponseWriter, *http.Request) {}))
	require.NoError(t, err)
	require.Empty(t, a.Calls)
}

func TestUnknownMembersAreTold(t *testing.T) {
	a, err := ask(t, overHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`[{"sessions":["s-1"],"anwsered":true,"crm":{"id":1},"legs":[{"party":"p-1","ringsMs":5}]}]`))
	}))
	require.NoError(t, err)
	require.Equal(t, []string{"anwsered; did you mean answered?", "crm", "legs.ringsMs; did you mean ringMs?"}, a.Unknown)
}

func TestHTTPBreaksOff(t *testing.T) {
	_, err := ask(t, overHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte(`[{"sessions":`))
	}))
	require.ErrorContains(t, err, "its answer broke off")
	_, err = ask(t, overHTTP(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`[{"sessions":["s-1"]}`)) }))
	require.ErrorContains(t, err, "is no JSON")
	_, err = ask(t, &target.Target{Sees: target.Sees{Kind: target.HTTP, URL: "http://127.0.0.1:1/calls"}})
	require.ErrorContains(t, err, "connection refused")
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	tg := &target.Target{File: filepath.Join(dir, "target.yaml"), Sees: target.Sees{Kind: target.File, Path: "calls.ndjson"}}
	a, err := ask(t, tg)
	require.NoError(t, err, "it is not there yet")
	require.Empty(t, a.Calls)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "calls.ndjson"), []byte(`{"sessions":["s-1"],"ended":true}`), 0o600))
	a, err = ask(t, tg)
	require.NoError(t, err)
	require.Len(t, a.Calls, 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "calls.ndjson"), []byte("{\"sessions\":[\"s-1\"]}\nnonsense"), 0o600))
	_, err = ask(t, tg)
	require.ErrorContains(t, err, `calls.ndjson: line 2 is no JSON: "nonsense"`)
}

// sqlite makes a database, and a target that asks it.
func sqlite(t testing.TB, query string, statements ...string) *target.Target {
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, "crm.db"))
	require.NoError(t, err)
	defer db.Close()
	for _, s := range statements {
		_, err := db.Exec(s)
		require.NoError(t, err, s)
	}
	return &target.Target{File: filepath.Join(dir, "target.yaml"), Sees: target.Sees{Kind: target.SQL, SQL: target.Query{Driver: "sqlite", DSN: "crm.db", Query: query}}}
}

func TestSQLiteJSON(t *testing.T) {
	a, err := ask(t, sqlite(t, "select json from calls order by id", `create table calls (id integer, json text)`,
		`insert into calls values (1, '{"sessions":["s-1"],"outcome":"missed"}'), (2, '{"sessions":["s-2"]}')`))
	require.NoError(t, err)
	require.Equal(t, []observed.Call{{Sessions: []string{"s-1"}, Outcome: "missed"}, {Sessions: []string{"s-2"}}}, a.Calls)
}

func TestSQLiteColumns(t *testing.T) {
	a, err := ask(t, sqlite(t, "select sessions, answered, ended, talk_ms, started_at as startedat, ended_at, answered_by, outcome, participants from calls where started_at >= '{since}'",
		`create table calls (sessions text, answered integer, ended boolean, talk_ms integer, started_at text, ended_at integer, answered_by integer, outcome text, participants text)`,
		`insert into calls values ('s-1, s-2', 1, 0, 4000, '2026-11-23T12:30:00Z', null, 104, null, '["104","+14045550134"]'), ('s-3', 0, 1, 0, '2026-11-22T00:00:00Z', 1, 1, 'missed', '')`))
	require.NoError(t, err)
	require.Len(t, a.Calls, 1, "{since} is the case's start")
	c := a.Calls[0]
	yes, no, talk := true, false, int64(4000)
	require.Equal(t, observed.Call{Sessions: []string{"s-1", "s-2"}, Answered: &yes, Ended: &no, TalkMs: &talk, StartedAt: since.Add(30 * time.Minute), AnsweredBy: "104",
		Participants: []observed.Person{"104", "+14045550134"}}, c)
}

func TestSQLiteGoesWrong(t *testing.T) {
	_, err := ask(t, sqlite(t, "select json from no_such_table"))
	require.ErrorContains(t, err, "the query: ")
	require.ErrorContains(t, err, "no_such_table")
	_, err = ask(t, sqlite(t, "select 42 as json"))
	require.ErrorContains(t, err, `row 1: column json holds "42", not an object in JSON`)
	_, err = ask(t, sqlite(t, "select 's-1' as sessions, 'perhaps' as ended"))
	require.ErrorContains(t, err, "column ended: perhaps is neither true nor false")
	_, err = ask(t, sqlite(t, "select 's-1' as sessions, 'soon' as endedAt"))
	require.ErrorContains(t, err, "soon is no instant")
	_, err = ask(t, sqlite(t, "select 'x' as json, 's-1' as sessions"))
	require.NoError(t, err, "a column of the receiver's own")
}

func TestExec(t *testing.T) {
	self, err := filepath.Abs(os.Args[0])
	require.NoError(t, err)
	tg := &target.Target{File: filepath.Join(t.TempDir(), "t.yaml"), Settle: time.Second, Sees: target.Sees{Kind: target.Exec, Args: []string{self}}}
	t.Setenv("LEGWORK_TEST_PROBE", "cat")
	a, end, err := probe.Play(context.Background(), tg, [][]byte{[]byte("{}")})
	require.NoError(t, err)
	require.Zero(t, end.Status)
	require.Equal(t, []string{"s-1"}, a.Calls[0].Sessions)

	t.Setenv("LEGWORK_TEST_PROBE", "hang")
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, _, err = probe.Play(ctx, tg, [][]byte{[]byte("{}")})
	require.ErrorContains(t, err, "did not end within")
	require.Less(t, time.Since(began), 10*time.Second)

	tg.Sees.Args = []string{"no-such-program"}
	_, _, err = probe.Play(context.Background(), tg, nil)
	require.ErrorIs(t, err, probe.ErrNoStart)
}
