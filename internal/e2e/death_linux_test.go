package e2e

import "syscall"

// withParent has the kernel end a program when this process ends, however it
// does: a test that runs into its time limit cleans nothing up.
func withParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
