//go:build !linux

package connector

import "syscall"

// attributes give the child a group of its own.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
