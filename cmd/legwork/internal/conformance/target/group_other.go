//go:build !unix

package target

import "os/exec"

func ownGroup(*exec.Cmd) {}

func terminate(cmd *exec.Cmd) { Kill(cmd) }

// Kill ends a command.
func Kill(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
