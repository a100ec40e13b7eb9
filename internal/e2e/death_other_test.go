//go:build !linux

package e2e

import (
	"os"
	"syscall"
)

func withParent() *syscall.SysProcAttr { return nil }

func killAll(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}
