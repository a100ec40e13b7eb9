package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
)

// released is set by the linker for a release.
var released = ""

type versionVerb struct {
	Format string `short:"f" default:"text" enum:"text,json" help:"Form of the output: ${enum}."`
}

// Run prints the version.
func (v versionVerb) Run(s stdio) error {
	if v.Format == "json" {
		return json.NewEncoder(s.out).Encode(map[string]string{
			"version": version(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
	}
	_, err := fmt.Fprintf(s.out, "tapestry-ci %s (%s, %s/%s)\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

func version() string {
	if released != "" {
		return released
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}
