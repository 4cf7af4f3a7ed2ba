package main

import (
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/config"
)

// TestWhereKept: a server says where its data are, and no password.
func TestWhereKept(t *testing.T) {
	for store, want := range map[string]string{
		"":                                     "data in d",
		"postgres://legwork:secret@db/legwork": "data in postgres://legwork:xxxxx@db/legwork",
		"postgres://db/legwork?password=secret&user=l": "data in postgres://db/legwork?password=xxxxx&user=l",
	} {
		require.Equal(t, want, whereKept(&config.Config{Store: config.Secret(store)}, "d"))
	}
	require.Equal(t, "data in postgres://db/legwork, and the outbox in d",
		whereKept(&config.Config{Store: "postgres://db/legwork", Cluster: config.Cluster{Servers: "nats://n"}}, "d"))
}

// TestNodeAddress: nodes that serve everywhere are told apart.
func TestNodeAddress(t *testing.T) {
	host, err := os.Hostname()
	require.NoError(t, err)
	require.Equal(t, "http://10.0.0.1:8080", nodeAddress("http://10.0.0.1:8080", &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 8080}))
	require.Equal(t, "http://"+net.JoinHostPort(host, "8080"), nodeAddress("http://127.0.0.1:8080", &net.TCPAddr{IP: net.IPv4zero, Port: 8080}))
}
