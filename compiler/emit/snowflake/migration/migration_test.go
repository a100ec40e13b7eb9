package migration

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var view = Statement{ID: "create/view/V", Kind: Create, As: "R", SQL: "CREATE VIEW V AS\nSELECT 1", DependsOn: []string{}}

// C6: line ends are not a change. C12: nor is anything but what is run.
func TestDigestIsOfWhatIsRun(t *testing.T) {
	want := Digest(view)
	other := view
	other.SQL = strings.ReplaceAll(view.SQL, "\n", "\r\n") + "\n"
	require.Equal(t, want, Digest(other))

	other = view
	other.Reason, other.File, other.DependsOn, other.Undo = "another", "x", []string{"y"}, "z"
	require.Equal(t, want, Digest(other))

	for name, change := range map[string]func(*Statement){
		"text":   func(s *Statement) { s.SQL += "1" },
		"role":   func(s *Statement) { s.As = "Q" },
		"schema": func(s *Statement) { s.In = []string{"D", "S"} },
		"step":   func(s *Statement) { s.Step = &Step{User: "U"} },
	} {
		other = view
		change(&other)
		require.NotEqual(t, want, Digest(other), name)
	}
	// A fixed value, so that a change of how digests are made cannot go unseen:
	// it would run every statement of every user again.
	require.Equal(t, "sha256:1b2d691c95f11a04f6fbb0322dce947fd10b4618a84a5fa9e5fdbeb8b2c851c3", want)
}

func TestResolve(t *testing.T) {
	rule := Statement{ID: "rule", SQL: "VALUE_LIST = ('${output.foundation.EgressAddresses}')", Change: "SET ('${output.foundation.EgressAddresses}')",
		Inputs: []Input{{Name: "output.foundation.EgressAddresses", List: true}}}
	one, err := Resolve(rule, map[string]string{"output.foundation.EgressAddresses": "192.0.2.1"})
	require.NoError(t, err)
	require.Equal(t, "VALUE_LIST = ('192.0.2.1')", one.SQL)
	two, err := Resolve(rule, map[string]string{"output.foundation.EgressAddresses": "192.0.2.1, 192.0.2.2,"})
	require.NoError(t, err)
	require.Equal(t, "VALUE_LIST = ('192.0.2.1', '192.0.2.2')", two.SQL)
	require.Equal(t, "SET ('192.0.2.1', '192.0.2.2')", two.Change)
	require.NotEqual(t, one.Digest, two.Digest)

	for _, missing := range []string{"", " , "} {
		_, err = Resolve(rule, map[string]string{"output.foundation.EgressAddresses": missing})
		require.EqualError(t, err, "statement rule needs output.foundation.EgressAddresses, which is not known yet")
	}

	role := Statement{SQL: "ARN = '${a}' URL = 's3://${b}/'", Inputs: []Input{{Name: "a"}, {Name: "b"}}}
	got, err := Resolve(role, map[string]string{"a": `it's ${b} \`, "b": "x,y"})
	require.NoError(t, err)
	require.Equal(t, `ARN = 'it''s ${b} \\' URL = 's3://x,y/'`, got.SQL, "a value is text, whatever is in it")

	plain, err := Resolve(view, nil)
	require.NoError(t, err)
	require.Equal(t, view, plain)
}

func TestManifestReadsBack(t *testing.T) {
	set := Set{Version: Version, Account: "a", Statements: []Statement{view}}
	data, err := set.JSON()
	require.NoError(t, err)
	got, err := Parse(data)
	require.NoError(t, err)
	require.Equal(t, set, got)

	_, err = Parse([]byte(`{"version": 2, "statements": []}`))
	require.EqualError(t, err, "the manifest of the Snowflake statements has form 2, and this version reads form 1: compile again")
	_, err = Parse([]byte(`{"version": 1, "statments": []}`))
	require.ErrorContains(t, err, "statments")
}

func TestCount(t *testing.T) {
	set := Set{Statements: []Statement{{SQL: "x", Bootstrap: true}, {SQL: "y"}, {SQL: "z"}, {Kind: Token}}}
	migrations, bootstrap := set.Count()
	require.Equal(t, []int{2, 1}, []int{migrations, bootstrap})
}
