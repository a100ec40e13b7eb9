package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
)

// replace [-last] OLD NEW FILE changes the first or the last place where a text
// is, which must be there.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	find := strings.Index
	if len(args) == 4 && args[0] == "-last" {
		find, args = strings.LastIndex, args[1:]
	}
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace [-last] OLD NEW FILE")
	}
	data, err := os.ReadFile(ts.MkAbs(args[2]))
	ts.Check(err)
	at := find(string(data), args[0])
	if at < 0 {
		ts.Fatalf("%s has no %q", args[2], args[0])
	}
	changed := string(data[:at]) + args[1] + string(data[at+len(args[0]):])
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(changed), 0o600))
}

// hold DIR takes the lock of a folder, as another apply would.
func hold(ts *testscript.TestScript, neg bool, args []string) {
	l, err := ledger.LockIn(ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = l.Acquire("ann", time.Now())
	ts.Check(err)
}

// stale DIR leaves the lock of a process that is gone.
func stale(ts *testscript.TestScript, neg bool, args []string) {
	ended := exec.Command("true")
	ts.Check(ended.Run())
	host, err := os.Hostname()
	ts.Check(err)
	data, err := json.Marshal(deploy.Holder{Owner: "bob", Host: host, PID: ended.Process.Pid, Since: time.Now().Add(-2 * time.Hour)})
	ts.Check(err)
	ts.Check(os.MkdirAll(ts.MkAbs(args[0]), 0o755))
	ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[0]), "lock.json"), data, 0o644))
}

// sqlStatement FILE STATEMENT changes a warehouse by hand.
func sqlStatement(ts *testscript.TestScript, neg bool, args []string) {
	db, err := sql.Open("duckdb", ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = db.Exec(args[1])
	ts.Check(err)
	ts.Check(db.Close())
}

// cutsync NAME FILE takes the only sync of a destination out of a pipeline, and
// the destination with it.
func cutsync(ts *testscript.TestScript, neg bool, args []string) {
	data, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	from, to := strings.Index(string(data), "\ndestinations:\n"), strings.Index(string(data), "\nalerts:\n")
	if from < 0 || to < from || !strings.Contains(string(data[from:to]), "      "+args[0]+":\n") {
		ts.Fatalf("%s has no sync %s", args[1], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(string(data[:from])+"\ndestinations: {}\n"+string(data[to:])), 0o644))
}

// appendTo FROM TO puts the text of a file behind that of another.
func appendTo(ts *testscript.TestScript, neg bool, args []string) {
	f, err := os.OpenFile(ts.MkAbs(args[1]), os.O_APPEND|os.O_WRONLY, 0)
	ts.Check(err)
	_, err = f.WriteString(ts.ReadFile(args[0]))
	ts.Check(errors.Join(err, f.Close()))
}
