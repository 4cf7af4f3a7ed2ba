package natslab

import (
	"os/exec"
	"syscall"
)

// dieWithUs has the kernel kill a command when the test binary dies, however it dies.
func dieWithUs(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}
