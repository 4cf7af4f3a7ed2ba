//go:build !unix

package natslab

import "syscall"

// Nothing pauses a process here: to send these fails.
const (
	sigStop = syscall.Signal(0x13)
	sigCont = syscall.Signal(0x12)
)
