//go:build !linux

package natslab

import "os/exec"

// dieWithUs does nothing: only Linux can kill a command when the test binary dies.
func dieWithUs(*exec.Cmd) {}
