package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUnit: systemd understands every line of the unit.
func TestUnit(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("SKIPPED: no systemd-analyze on this machine")
	}
	text, err := os.ReadFile("../../ops/legwork.service")
	require.NoError(t, err)
	own, err := os.Executable() // the command is not installed here
	require.NoError(t, err)
	unit := filepath.Join(t.TempDir(), "legwork.service")
	require.NoError(t, os.WriteFile(unit, []byte(strings.ReplaceAll(string(text), "/usr/local/bin/legwork", own)), 0o600))
	said, err := exec.Command(analyze, "verify", unit).CombinedOutput()
	require.NoError(t, err, "%s", said)
	require.Empty(t, string(said))
}
