package webhook

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func write(t *testing.T, path string, text []byte) File {
	t.Helper()
	require.NoError(t, os.WriteFile(path, text, 0o600))
	id, err := Identify(path)
	require.NoError(t, err)
	return id
}

func open(t *testing.T, path string, of File) *Journal {
	t.Helper()
	j, err := OpenJournal(path, of)
	require.NoError(t, err)
	return j
}

func TestJournalCountsSettledLinesWithoutAGap(t *testing.T) {
	j := NewJournal()
	for _, step := range []struct{ line, want int }{{2, 0}, {3, 0}, {1, 3}, {5, 3}, {4, 5}} {
		require.NoError(t, j.Settle(step.line, noon))
		require.Equal(t, step.want, j.Lines(), "after line %d", step.line)
	}
}

func TestJournalGoesOn(t *testing.T) {
	dir := t.TempDir()
	id := write(t, filepath.Join(dir, "events"), []byte("one\ntwo\n"))
	path := filepath.Join(dir, "state")
	j := open(t, path, id)
	require.NoError(t, j.Settle(1, noon))
	require.NoError(t, j.Settle(3, noon))
	require.NoError(t, j.Save())
	require.Equal(t, 1, open(t, path, id).Lines(), "line 2 was not settled")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2, "no temporary file is left")
}

func TestJournalIsWrittenNowAndThen(t *testing.T) {
	dir := t.TempDir()
	id := write(t, filepath.Join(dir, "events"), []byte("x"))
	path := filepath.Join(dir, "state")
	j := open(t, path, id)
	onDisk := func() int { return open(t, path, id).Lines() }
	require.NoError(t, j.Settle(1, noon))
	require.Equal(t, 1, onDisk(), "the first line, for it may take long until the next")
	require.NoError(t, j.Settle(2, noon))
	require.Equal(t, 1, onDisk())
	require.NoError(t, j.Settle(3, at(saveAfter)))
	require.Equal(t, 3, onDisk(), "after some time")
	for line := 4; line < 4+saveLines; line++ {
		require.NoError(t, j.Settle(line, at(saveAfter+saveGap-1)))
	}
	require.Equal(t, 3, onDisk(), "not all the time")
	require.NoError(t, j.Settle(4+saveLines, at(saveAfter+saveGap)))
	require.Equal(t, 4+saveLines, onDisk(), "after some lines")
}

func TestJournalRefusesAnotherFile(t *testing.T) {
	dir := t.TempDir()
	name, path := filepath.Join(dir, "events"), filepath.Join(dir, "state")
	open(t, path, write(t, name, []byte("first")))
	_, err := OpenJournal(path, write(t, name, []byte("longer")))
	require.ErrorIs(t, err, ErrOtherFile)
	require.ErrorContains(t, err, "one of 5 bytes and not 6")
	_, err = OpenJournal(path, write(t, name, []byte("other")))
	require.ErrorIs(t, err, ErrOtherFile)
	require.ErrorContains(t, err, "begins differently")
	require.Zero(t, open(t, path, write(t, name, []byte("first"))).Lines())
}

func TestIdentityIsSizeAndHead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "events")
	text := bytes.Repeat([]byte("x"), headSize+2)
	a := write(t, name, text)
	text[headSize] = 'y'
	require.Equal(t, a, write(t, name, text), "beyond the head only the size counts")
	text[headSize-1] = 'y'
	require.NotEqual(t, a, write(t, name, text))
}

func TestJournalRefusesWhatIsNoJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	for _, text := range []string{"", "{}", "[]", `{"lines":-1,"file":{"size":1,"sha256OfFirst64KiB":"x"}}`} {
		id := write(t, path, []byte(text))
		_, err := OpenJournal(path, id)
		require.ErrorContains(t, err, "--resume", "%q", text)
	}
}

func TestJournalThatCannotBeWritten(t *testing.T) {
	_, err := OpenJournal(filepath.Join(t.TempDir(), "missing", "state"), File{})
	require.Error(t, err)
	j := &Journal{path: filepath.Join(t.TempDir(), "missing", "state"), ahead: map[int]bool{}}
	require.Error(t, j.Settle(1, time.Now()))
}
