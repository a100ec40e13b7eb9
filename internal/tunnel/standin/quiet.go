package standin

import (
	"errors"
	"fmt"

	"github.com/aws/session-manager-plugin/src/log"
)

// quiet is a logger of the plugin that says nothing.
type quiet struct{}

var _ log.T = quiet{}

func (quiet) Tracef(string, ...any)              {}
func (quiet) Debugf(string, ...any)              {}
func (quiet) Infof(string, ...any)               {}
func (quiet) Warnf(f string, v ...any) error     { return fmt.Errorf(f, v...) }
func (quiet) Errorf(f string, v ...any) error    { return fmt.Errorf(f, v...) }
func (quiet) Criticalf(f string, v ...any) error { return fmt.Errorf(f, v...) }
func (quiet) Trace(...any)                       {}
func (quiet) Debug(...any)                       {}
func (quiet) Info(...any)                        {}
func (quiet) Warn(v ...any) error                { return errors.New(fmt.Sprint(v...)) }
func (quiet) Error(v ...any) error               { return errors.New(fmt.Sprint(v...)) }
func (quiet) Critical(v ...any) error            { return errors.New(fmt.Sprint(v...)) }
func (quiet) Flush()                             {}
func (quiet) Close()                             {}
func (quiet) WithContext(...string) log.T        { return quiet{} }
