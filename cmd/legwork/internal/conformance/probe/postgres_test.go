package probe_test

import (
	"net"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
)

// TestPostgres asks a server that speaks PostgreSQL's protocol, and knows two answers.
func TestPostgres(t *testing.T) {
	address := postgres(t)
	tg := &target.Target{Sees: target.Sees{Kind: target.SQL, SQL: target.Query{Driver: "postgres", DSN: "postgres://crm@" + address + "/crm?sslmode=disable", Query: "select json from calls where started_at >= {since}"}}}
	a, err := ask(t, tg)
	require.NoError(t, err)
	require.Len(t, a.Calls, 1)
	require.Equal(t, []string{"s-1"}, a.Calls[0].Sessions)
	require.Equal(t, "missed", a.Calls[0].Outcome)

	tg.Sees.SQL.Query = "select wrong"
	_, err = ask(t, tg)
	require.ErrorContains(t, err, `the query: ERROR: relation "calls" does not exist (SQLSTATE 42P01)`)

	tg.Sees.SQL.DSN = "postgres://crm@127.0.0.1:1/crm"
	_, err = ask(t, tg)
	require.ErrorContains(t, err, "connection refused")
}

// TestRealPostgres asks the server of LEGWORK_TEST_POSTGRES, where one is given.
func TestRealPostgres(t *testing.T) {
	dsn := os.Getenv("LEGWORK_TEST_POSTGRES")
	if dsn == "" {
		t.Skip("LEGWORK_TEST_POSTGRES names no server")
	}
	query := `select array['s-1','s-2'] as sessions, true as answered, 4000::bigint as talk_ms, timestamptz '2026-11-23 12:30:00Z' as started_at, 'missed' as outcome, 104 as "answeredBy",
		null::text as direction where timestamptz '2026-11-23 12:30:00Z' >= {since}::timestamptz`
	a, err := ask(t, &target.Target{Sees: target.Sees{Kind: target.SQL, SQL: target.Query{Driver: "postgres", DSN: dsn, Query: query}}})
	require.NoError(t, err)
	require.Len(t, a.Calls, 1)
	require.Equal(t, []string{"s-1", "s-2"}, a.Calls[0].Sessions)
	require.Equal(t, "2026-11-23T12:30:00Z", a.Calls[0].StartedAt.Format("2006-01-02T15:04:05Z07:00"))
	a, err = ask(t, &target.Target{Sees: target.Sees{Kind: target.SQL, SQL: target.Query{Driver: "postgres", DSN: dsn, Query: `select '{"sessions":["s-9"],"ended":true}'::jsonb as json`}}})
	require.NoError(t, err)
	require.Equal(t, []string{"s-9"}, a.Calls[0].Sessions)
}

// postgres serves one row to whoever asks for calls.
func postgres(t testing.TB) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { defer conn.Close(); session(conn) })
		}
	})
	return l.Addr().String()
}

// session speaks with one client until it leaves.
func session(conn net.Conn) {
	b := pgproto3.NewBackend(conn, conn)
	if _, err := b.ReceiveStartupMessage(); err != nil {
		return
	}
	send := func(ms ...pgproto3.BackendMessage) {
		for _, m := range ms {
			b.Send(m)
		}
		_ = b.Flush() // a client that left is seen at the next message
	}
	ready := &pgproto3.ReadyForQuery{TxStatus: 'I'}
	send(&pgproto3.AuthenticationOk{}, &pgproto3.ParameterStatus{Name: "server_version", Value: "15.0"}, &pgproto3.ParameterStatus{Name: "client_encoding", Value: "UTF8"},
		&pgproto3.ParameterStatus{Name: "standard_conforming_strings", Value: "on"}, &pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{0, 0, 0, 1}}, ready)
	const textOID = 25
	wrong := false
	for {
		m, err := b.Receive()
		if err != nil {
			return
		}
		switch m := m.(type) {
		case *pgproto3.Parse:
			if wrong = m.Query == "select wrong"; wrong {
				send(&pgproto3.ErrorResponse{Severity: "ERROR", Code: "42P01", Message: `relation "calls" does not exist`})
			} else if m.Query != "select json from calls where started_at >= $1" {
				return
			} else {
				send(&pgproto3.ParseComplete{})
			}
		case *pgproto3.Describe:
			if !wrong {
				send(&pgproto3.ParameterDescription{ParameterOIDs: []uint32{textOID}}, &pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("json"), DataTypeOID: textOID, DataTypeSize: -1, TypeModifier: -1}}})
			}
		case *pgproto3.Bind:
			if len(m.Parameters) != 1 || string(m.Parameters[0]) != "2026-11-23T12:00:00.000Z" {
				return
			}
			send(&pgproto3.BindComplete{})
		case *pgproto3.Execute:
			send(&pgproto3.DataRow{Values: [][]byte{[]byte(`{"sessions":["s-1"],"outcome":"missed"}`)}}, &pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
		case *pgproto3.Sync:
			send(ready)
		case *pgproto3.Terminate:
			return
		}
	}
}
