package main

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tapestry-ci": func() { os.Exit(process()) }})
}

// TestScripts runs testdata/script: each file is what somebody types at a shell, and what comes back.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update, RequireExplicitExec: true, RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "age": age, "aged": aged, "link": link,
			"replace": replace, "hold": hold, "stale": stale, "sql": sqlStatement, "cutsync": cutsync, "append": appendTo},
	})
}

// exits CODE COMMAND… runs a command that must end with that code. Its output is
// looked at with stdout and stderr, as after exec.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if e := (*exec.ExitError)(nil); errors.As(err, &e) {
		got = e.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, not %d", got, want)
	}
}

// longAgo is a time that no file written by a test has.
var longAgo = time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)

// age DIR makes every file below a folder look old.
func age(ts *testscript.TestScript, neg bool, args []string) {
	eachFile(ts, args, func(path string, _ fs.FileInfo) { ts.Check(os.Chtimes(path, longAgo, longAgo)) })
}

// aged DIR wants every file below a folder to be as age left it.
func aged(ts *testscript.TestScript, neg bool, args []string) {
	eachFile(ts, args, func(path string, info fs.FileInfo) {
		if !info.ModTime().Equal(longAgo) {
			ts.Fatalf("%s was touched", path)
		}
	})
}

func eachFile(ts *testscript.TestScript, args []string, f func(string, fs.FileInfo)) {
	if len(args) != 1 {
		ts.Fatalf("usage: age|aged DIR")
	}
	files := 0
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		files++
		f(path, info)
		return err
	}))
	if files == 0 {
		ts.Fatalf("no file in %s", args[0])
	}
}

// link TARGET NAME makes a symbolic link.
func link(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(os.Symlink(args[0], ts.MkAbs(args[1])))
}
