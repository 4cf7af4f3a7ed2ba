package spool

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// synced is a disk that keeps what it is given.
func synced(f *os.File) error { return f.Sync() }

func options() Options { return Options{Owner: 7, Sync: synced, Turn: 600} }

func begin(t *testing.T, path string, opt Options) (*Spool, []Frame) {
	t.Helper()
	s, frames, err := Open(path, opt)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s, frames
}

func record(n uint64) []byte { return fmt.Appendf(nil, "record %d%*s", n, int(n*37%90), "") }

// add adds the next n records.
func add(t *testing.T, s *Spool, n int) {
	t.Helper()
	for range n {
		number, err := s.Add(record(s.Last() + 1))
		require.NoError(t, err)
		require.Equal(t, s.Last(), number)
	}
}

// holds checks that frames are those from one number to another.
func holds(t *testing.T, frames []Frame, from, to uint64) {
	t.Helper()
	var want []Frame
	for n := from; n <= to; n++ {
		want = append(want, Frame{n, record(n)})
	}
	require.Equal(t, want, frames)
}

// killed is the spool as another process finds it: in copies of its files.
func killed(t *testing.T, path string, changed func(name string, data []byte) []byte) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "s")
	for _, end := range []string{"-1", "-2"} {
		data, err := os.ReadFile(path + end)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		require.NoError(t, err)
		if changed != nil {
			data = changed(end, data)
		}
		require.NoError(t, os.WriteFile(to+end, data, 0o600))
	}
	return to
}

// TestFound: what is added and not done is found again, whatever was done, over as many
// turns as it takes, in files that do not grow.
func TestFound(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		path := filepath.Join(t.TempDir(), "s")
		s, frames := begin(t, path, options())
		require.Empty(t, frames)
		var done uint64
		for range 60 {
			add(t, s, 1+r.IntN(3))
			if r.IntN(3) > 0 {
				done = max(done, s.Last()-min(s.Last(), uint64(r.IntN(4))))
				require.NoError(t, s.Done(done))
			}
			if r.IntN(20) == 0 {
				require.NoError(t, s.Clear())
			}
			opt := options()
			opt.After = done
			if noted := s.Last(); r.IntN(3) == 0 { // the database may have more than it said
				opt.After += uint64(r.IntN(int(noted-done) + 1))
			}
			_, frames := begin(t, killed(t, path, nil), opt)
			if len(frames) > 0 || opt.After < s.Last() {
				holds(t, frames, opt.After+1, s.Last())
			}
			for _, f := range s.files {
				if f != nil {
					require.Less(t, f.size, int64(start+6*600), "seed %d", seed)
				}
			}
		}
	}
}

// TestHeaderFirst: a turn's header is on disk before any frame is written, over those of an
// earlier turn.
func TestHeaderFirst(t *testing.T) {
	opt := options()
	turns := map[uint64]bool{}
	opt.Sync = func(f *os.File) error {
		data, err := os.ReadFile(f.Name())
		require.NoError(t, err)
		h, ok := newest(data)
		require.True(t, ok)
		if _, _, ok := h.salt.frame(data[start:]); !ok {
			turns[h.first] = true
		}
		require.True(t, turns[h.first], "the header of the turn of %d was not alone", h.first)
		return nil
	}
	s, _ := begin(t, filepath.Join(t.TempDir(), "s"), opt)
	for range 60 {
		add(t, s, 1)
		require.NoError(t, s.Done(s.Last()))
	}
	require.Greater(t, len(turns), 4)
}

// TestTorn: a file that ends anywhere has the frames that are whole. Nobody was told of the
// last one.
func TestTorn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	opt := options()
	opt.Turn = 1 << 20
	s, _ := begin(t, path, opt)
	var ends []int64
	for range 5 {
		add(t, s, 1)
		ends = append(ends, s.files[0].size)
	}
	for cut := range ends[4] {
		if cut > int64(headSize) && cut < apart {
			continue // nothing is there
		}
		whole := uint64(0)
		for int(whole) < len(ends) && ends[whole] <= cut {
			whole++
		}
		torn := killed(t, path, func(_ string, data []byte) []byte { return data[:cut] })
		found, err := Read(torn, opt)
		require.NoError(t, err)
		require.Len(t, found, int(whole), "cut at %d", cut)
		again, frames := begin(t, torn, opt)
		if whole > 0 {
			holds(t, frames, 1, whole)
		}
		require.NoError(t, again.Done(whole))
		require.NoError(t, again.Clear())
		add(t, again, 2)
		opt := opt
		opt.After = whole
		_, frames = begin(t, killed(t, torn, nil), opt)
		holds(t, frames, whole+1, whole+2)
	}
}

// TestDamaged: a byte that is wrong anywhere but in the last frame is noticed.
func TestDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s, _ := begin(t, path, options())
	add(t, s, 12)
	require.NotNil(t, s.files[1], "both files are in use")
	last := int64(frameSize + len(record(12)))
	for i, end := range []string{"-1", "-2"} {
		for at := range s.files[i].size {
			if i == s.turn && at >= s.files[i].size-last {
				break
			}
			if at >= int64(headSize) && at < apart {
				continue // nothing is there
			}
			if at < int64(start) { // each header alone may be lost
				found, err := Read(killed(t, path, func(name string, data []byte) []byte {
					if name == end {
						data[at] ^= 0x10
					}
					return data
				}), options())
				require.NoError(t, err)
				holds(t, found, 1, 12)
				continue
			}
			bad := killed(t, path, func(name string, data []byte) []byte {
				if name == end {
					data[at] ^= 0x10
				}
				return data
			})
			_, _, err := Open(bad, options())
			if err == nil || !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrOther) {
				t.Fatalf("file %s, byte %d: %v", end, at, err)
			}
			_, err = Read(bad, options())
			require.Error(t, err)
			opt := options()
			opt.After = s.files[i].last // all of this file is done with
			_, err = Read(bad, opt)
			require.NoError(t, err)
		}
	}
}

// TestCrafted: a record that is made of frames, and what is left of it from an earlier turn,
// is no frame, whatever comes to lie before it.
func TestCrafted(t *testing.T) {
	var evil []byte
	for n := range uint64(200) {
		evil = salt(0).appendFrame(evil, n<<3, nil)
	}
	path := filepath.Join(t.TempDir(), "s")
	opt := options()
	opt.Turn = 20 << 10
	s, _ := begin(t, path, opt)
	for n := range 60 {
		_, err := s.Add(append(record(uint64(n)), evil...))
		require.NoError(t, err)
		opt := opt
		opt.After = s.Last() - min(s.Last(), 1)
		found, err := Read(killed(t, path, nil), opt)
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.NoError(t, s.Done(s.Last()))
	}
	require.NotNil(t, s.files[1])
}

// TestDamagedAndDone: what is damaged and done with hides nothing that is needed.
func TestDamagedAndDone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	opt := options()
	opt.Turn = 1 << 20
	s, _ := begin(t, path, opt)
	add(t, s, 4)
	done := s.files[0].size
	add(t, s, 4)
	opt.After = 4
	for at := int64(start); at < done; at++ {
		found, err := Read(killed(t, path, func(_ string, data []byte) []byte {
			data[at] ^= 0x10
			return data
		}), opt)
		require.NoError(t, err)
		holds(t, found, 5, 8)
	}
}

func TestOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s, _ := begin(t, path, options())
	add(t, s, 1)
	opt := options()
	opt.Owner++
	_, _, err := Open(path, opt)
	require.ErrorIs(t, err, ErrOther)
}

// TestClearedFirst: what is found has to be done with before anything is added.
func TestClearedFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s, _ := begin(t, path, options())
	add(t, s, 3)
	again, frames := begin(t, killed(t, path, nil), options())
	holds(t, frames, 1, 3)
	_, err := again.Add(record(4))
	require.ErrorIs(t, err, errBroken)
	require.NoError(t, again.Clear())
	_, err = again.Add(record(4))
	require.ErrorIs(t, err, errBroken, "they are needed still")
	require.NoError(t, again.Done(3))
	require.NoError(t, again.Clear())
	add(t, again, 1)
}

// TestDiskFails: what the disk refused counts for nothing, nor does what would come after it.
func TestDiskFails(t *testing.T) {
	failing := false
	opt := options()
	opt.Sync = func(f *os.File) error {
		if failing {
			return errors.New("input/output error")
		}
		return f.Sync()
	}
	path := filepath.Join(t.TempDir(), "s")
	s, _ := begin(t, path, opt)
	add(t, s, 2)
	failing = true
	_, err := s.Add(record(3))
	require.ErrorContains(t, err, "input/output")
	failing = false
	_, err = s.Add(record(3))
	require.ErrorIs(t, err, errBroken)
	require.Equal(t, uint64(2), s.Last())
	require.False(t, s.Empty())
	require.NoError(t, s.Done(2))
	require.NoError(t, s.Clear())
	require.True(t, s.Empty())
	add(t, s, 1)
	opt.After = 2
	_, frames := begin(t, killed(t, path, nil), opt)
	holds(t, frames, 3, 3)
}

// TestFull: a spool that nobody takes from does not grow for ever.
func TestFull(t *testing.T) {
	s, _ := begin(t, filepath.Join(t.TempDir(), "s"), options())
	var err error
	for n := 0; err == nil && n < 1000; n++ {
		_, err = s.Add(record(s.Last() + 1))
	}
	require.ErrorIs(t, err, ErrFull)
	require.NoError(t, s.Done(s.Last()))
	add(t, s, 1)
}

// TestWipe: what is done can be had out of the files, at once or with the next turns.
func TestWipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s, _ := begin(t, path, options())
	add(t, s, 12)
	secret := s.Last()
	text := string(record(secret))
	seen := func() bool {
		for _, end := range []string{"-1", "-2"} {
			data, err := os.ReadFile(path + end)
			require.NoError(t, err)
			for i := range data {
				if len(data)-i >= len(text) && string(data[i:i+len(text)]) == text {
					return true
				}
			}
		}
		return false
	}
	require.True(t, seen())
	require.NoError(t, s.Done(s.Last()))
	s.Wipe()
	add(t, s, 1)
	require.NoError(t, s.Done(s.Last()-1))
	require.NoError(t, s.Clear(), "one is needed")
	add(t, s, 1)
	require.NoError(t, s.Done(s.Last()-1))
	require.False(t, seen())
	require.NoError(t, s.Done(s.Last()))
	require.NoError(t, s.Clear())
	for _, end := range []string{"-1", "-2"} {
		info, err := os.Stat(path + end)
		require.NoError(t, err)
		require.Zero(t, info.Size())
	}
	require.NoError(t, s.Close())
	require.NoFileExists(t, path+"-1")
}

// TestCloseKeeps: what is needed still is not removed.
func TestCloseKeeps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s, _ := begin(t, path, options())
	add(t, s, 3)
	require.NoError(t, s.Done(1))
	require.NoError(t, s.Close())
	opt := options()
	opt.After = 1
	_, frames := begin(t, path, opt)
	holds(t, frames, 2, 3)
}
