package target_test

import (
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
)

// TestMain runs the test binary as a receiver, and as what a receiver starts.
func TestMain(m *testing.M) {
	switch os.Getenv("LEGWORK_TEST_PROCESS") {
	case "listen":
		l, err := net.Listen("tcp", os.Getenv("LEGWORK_TEST_ADDRESS"))
		if err != nil {
			os.Exit(1)
		}
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "LEGWORK_TEST_PROCESS=sleep")
		if err := child.Start(); err != nil {
			os.Exit(1)
		}
		_ = os.WriteFile(os.Getenv("LEGWORK_TEST_CHILD"), []byte(strconv.Itoa(child.Process.Pid)), 0o600)
		for {
			if c, err := l.Accept(); err == nil {
				c.Close()
			}
		}
	case "sleep":
		time.Sleep(time.Minute)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// TestStopEndsTheGroup: a receiver is waited for until it listens, and ended with what it
// started.
func TestStopEndsTheGroup(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	l.Close()
	child := filepath.Join(t.TempDir(), "child")
	t.Setenv("LEGWORK_TEST_PROCESS", "listen")
	t.Setenv("LEGWORK_TEST_ADDRESS", address)
	t.Setenv("LEGWORK_TEST_CHILD", child)
	self, err := filepath.Abs(os.Args[0])
	require.NoError(t, err)
	tg := &target.Target{File: filepath.Join(t.TempDir(), "target.yaml"), Start: []string{self}, Webhook: &url.URL{Scheme: "http", Host: address}}
	p, err := tg.Run(context.Background())
	require.NoError(t, err)
	require.NoError(t, target.Reachable(context.Background(), tg.Webhook))
	p, err = p.Restart(context.Background())
	require.NoError(t, err)
	require.NoError(t, target.Reachable(context.Background(), tg.Webhook))
	var pid []byte
	require.Eventually(t, func() bool { pid, err = os.ReadFile(child); return err == nil && len(pid) > 0 }, 5*time.Second, 10*time.Millisecond)
	p.Stop()
	require.Error(t, target.Reachable(context.Background(), tg.Webhook))
	require.Eventually(t, func() bool { return !running(strings.TrimSpace(string(pid))) }, 5*time.Second, 20*time.Millisecond, "what the receiver started lives on")
}

// running: a process exists and is no zombie that waits for its parent.
func running(pid string) bool {
	b, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func TestNotStartedIsNotStopped(t *testing.T) {
	p, err := (&target.Target{}).Run(context.Background())
	require.NoError(t, err)
	require.Nil(t, p)
	p.Stop()
	require.Empty(t, p.Said())
}
