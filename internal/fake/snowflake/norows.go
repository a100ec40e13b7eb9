package fakesnowflake

import (
	"encoding/json"
	"strings"
	"testing"
)

// StartAccount starts a stand-in that has an account and no rows: there is no
// fakesnow behind it. Whatever an account decides is as it is with one, so tests
// that set an account up hundreds of times take seconds. But nobody looks at what
// a query says beyond the relations that it names: a column that is not there is
// no error, and every SELECT from a relation gives nothing.
func StartAccount(t testing.TB) *Server {
	t.Helper()
	s, err := New(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// ending ends a process that there is none of.
type ending chan error

func (e ending) Close() error {
	e <- nil
	return nil
}

// noProcess stands for fakesnow where there are no rows.
func noProcess() *process {
	ended := make(chan error, 1)
	return &process{input: ending(ended), ended: ended}
}

// noRows is what it would answer.
func noRows(path string) reply {
	data := map[string]json.RawMessage{"token": json.RawMessage(`"none"`)}
	if strings.HasPrefix(path, "/queries/") {
		data = map[string]json.RawMessage{"rowtype": json.RawMessage("[]"), "rowset": json.RawMessage("[]"), "total": json.RawMessage("0"),
			"queryResultFormat": json.RawMessage(`"json"`)}
	}
	return reply{Data: data, Success: true}
}
