package server_test

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server"
	"github.com/legworkhq/legwork/server/store/sqlite"
)

// With a certificate both HTTP/1.1 and HTTP/2 are spoken, whichever a client chooses.
func TestTLS(t *testing.T) {
	lender := httptest.NewTLSServer(nil) // of its certificate
	defer lender.Close()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "legwork.db"), sqlite.Options{})
	require.NoError(t, err)
	defer db.Close()
	s, err := server.New(t.Context(), server.Options{Store: db, Log: slog.New(slog.DiscardHandler),
		TLS: &tls.Config{Certificates: lender.TLS.Certificates, NextProtos: []string{"h2", "http/1.1"}}})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	roots := x509.NewCertPool()
	roots.AddCert(lender.Certificate())
	for _, two := range []bool{true, false} {
		tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: two}
		res, err := (&http.Client{Transport: tr}).Get("https://" + l.Addr().String() + "/healthz")
		require.NoError(t, err)
		res.Body.Close()
		require.Equal(t, 200, res.StatusCode)
		require.Equal(t, two, res.ProtoMajor == 2)
		tr.CloseIdleConnections()
	}
	require.NoError(t, s.Close(t.Context()))
	require.NoError(t, <-served)
}
