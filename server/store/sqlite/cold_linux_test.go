package sqlite

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// forget drops what is in memory of the file: in the readers, and in the system.
func forget(b *testing.B, db *DB) {
	require.NoError(b, db.read.Close())
	var err error
	db.read, err = db.readers()
	require.NoError(b, err)
	f, err := os.Open(db.path)
	require.NoError(b, err)
	defer f.Close()
	require.NoError(b, unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED))
}
