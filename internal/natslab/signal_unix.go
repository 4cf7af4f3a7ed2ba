//go:build unix

package natslab

import "syscall"

// What pauses a process and lets it go on.
const (
	sigStop = syscall.SIGSTOP
	sigCont = syscall.SIGCONT
)
