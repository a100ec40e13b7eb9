package e2e

import "syscall"

// withParent has the kernel end a program when this process ends, however it
// does: a test that runs into its time limit cleans nothing up. The program leads
// a group, so that what it starts can be ended with it.
func withParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// killAll ends a program and what it started.
func killAll(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
