package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// A command finds the server on its own machine by its certificate, whose name is not
// this machine's, and no other.
func TestTrusting(t *testing.T) {
	own := httptest.NewTLSServer(http.NotFoundHandler())
	defer own.Close()
	by := trusting(own.Certificate().Raw)
	res, err := by.Get(own.URL)
	require.NoError(t, err)
	res.Body.Close()
	by.CloseIdleConnections()
	_, err = trusting([]byte("another")).Get(own.URL)
	require.ErrorContains(t, err, "another server answers there")
	_, err = trusting(nil).Get(own.URL)
	require.ErrorContains(t, err, "certificate")
}
