package postgres

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// bounded bounds how long what was sent may stay without acknowledgement.
func bounded(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silence.Milliseconds())) // not of a Unix socket
	})
}
