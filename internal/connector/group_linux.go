package connector

import "syscall"

// attributes give the child a group of its own, and end it with us even where we
// are killed.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
