package sqlite

import (
	"os"
	"syscall"
)

// syncData returns when what was written to a file is on disk.
func syncData(f *os.File) error {
	for {
		err := syscall.Fdatasync(int(f.Fd()))
		if err != syscall.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
