package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// EmptySchema makes one, which ends with the test, on the PostgreSQL server whose URL
// LEGWORK_TEST_POSTGRES is, and returns a URL that leads into it. Without a server the
// test is skipped.
func EmptySchema(t testing.TB) string {
	t.Helper()
	server := os.Getenv("LEGWORK_TEST_POSTGRES")
	if server == "" {
		t.Skip("LEGWORK_TEST_POSTGRES names no server")
	}
	name := fmt.Sprintf("legwork_%d", rand.Uint64())
	do := func(query string) {
		conn, err := pgx.Connect(context.Background(), server)
		require.NoError(t, err)
		defer conn.Close(context.Background())
		_, err = conn.Exec(context.Background(), query)
		require.NoError(t, err)
	}
	do("CREATE SCHEMA " + name)
	t.Cleanup(func() { do("DROP SCHEMA " + name + " CASCADE") })
	u, err := url.Parse(server)
	require.NoError(t, err, "LEGWORK_TEST_POSTGRES is a URL")
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}
