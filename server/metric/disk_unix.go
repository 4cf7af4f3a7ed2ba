//go:build linux || darwin

package metric

import "syscall"

// DiskFree is how many bytes are left for this process on the disk of a path, -1 when
// that cannot be found out.
func DiskFree(path string) int64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return -1
	}
	return int64(s.Bavail) * int64(s.Bsize)
}
