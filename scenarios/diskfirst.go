package scenarios

import (
	"io/fs"
	"os"
)

// DiskFirst is a file system in which a path is what it is on this machine, and where there
// is no such file, what it is in another file system.
func DiskFirst(other fs.FS) fs.FS { return diskFirst{other} }

type diskFirst struct{ other fs.FS }

// Open opens a file or a folder by its name, relative or absolute.
func (b diskFirst) Open(name string) (fs.File, error) {
	f, err := os.Open(name)
	if err == nil {
		return f, nil
	}
	if o, other := b.other.Open(name); other == nil {
		return o, nil
	}
	return nil, err
}
