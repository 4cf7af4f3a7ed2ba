package natslab

import (
	"context"
	"sync"
	"testing"
)

// shared is the one that Shared starts.
var shared = sync.OnceValues(func() (*Cluster, error) {
	ctx, cancel := context.WithTimeout(context.Background(), readyWithin)
	defer cancel()
	c, err := New(ctx, Options{})
	sharedStarted = c
	return c, err
})

var sharedStarted *Cluster

// Shared is a cluster of three nodes for all tests of a package, started by the first
// that asks for it. A test leaves it as it found it, with every node running, and uses
// stream names of its own. The package's TestMain calls Main.
func Shared(t testing.TB) *Cluster {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	c.Watch(t)
	return c
}

// Main runs a package's tests, then ends what Shared started, and returns what the
// process is to exit with.
func Main(m *testing.M) int {
	code := m.Run()
	if sharedStarted != nil {
		sharedStarted.Close()
	}
	return code
}
