package stackdiff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
)

const root = "../../../.."

// emitted gives every template that we emit, by name: those of all examples in
// each of their environments, and those of the emitter's own tests, which use
// every option.
func emitted(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	folders, err := filepath.Glob(root + "/examples/[0-9][0-9]-*")
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, folder := range folders {
		for _, env := range environments(t, folder) {
			for path, content := range compiled(t, folder, env) {
				all[filepath.Base(folder)+"/"+env+"/"+path] = content
			}
		}
	}
	golden, err := filepath.Glob(root + "/compiler/emit/cfn/testdata/golden/*/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, golden)
	for _, path := range golden {
		all[path], err = os.ReadFile(path)
		require.NoError(t, err)
	}
	return all
}

func options(t testing.TB, folder, env string) compiler.Options {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, ".env"))
	require.NoError(t, err)
	values, err := dotenv.Parse(data)
	require.NoError(t, err)
	return compiler.Options{Environment: env, Env: values, Tool: "test"}
}

func environments(t testing.TB, folder string) []string {
	t.Helper()
	return compiler.Check(os.DirFS(folder), "tapestry.yaml", options(t, folder, "")).Environments
}

// compiled gives the templates of a pipeline, by name: foundation.yaml.
func compiled(t testing.TB, folder, env string) map[string][]byte {
	t.Helper()
	return templatesOf(t, compiler.Compile(os.DirFS(folder), "tapestry.yaml", options(t, folder, env)))
}

func templatesOf(t testing.TB, result *compiler.Result) map[string][]byte {
	t.Helper()
	require.NotNil(t, result.Pipeline, "%v", result.Diagnostics)
	found := map[string][]byte{}
	for _, a := range result.Artifacts {
		if a.Provider == "cloudformation" {
			found[filepath.Base(a.Path)] = a.Content
		}
	}
	return found
}

// A template is the same as itself, also where GetTemplate gives it as JSON with
// the long forms, its keys in any order.
func TestTemplateIsTheSameAsItself(t *testing.T) {
	for name, content := range emitted(t) {
		here := Side{Template: content}
		for seed := range int64(3) {
			there := Side{Template: long(t, content, rand.New(rand.NewSource(seed)))}
			for _, pair := range [][2]Side{{here, here}, {here, there}, {there, here}} {
				r, err := Compare(pair[0], pair[1])
				require.NoError(t, err, name)
				require.Empty(t, lines(r), name)
			}
		}
	}
}

// Every type and property that we emit is in the table: nothing of ours is ever
// "not known".
func TestTableHasAllThatWeEmit(t *testing.T) {
	seen := map[string]bool{}
	for name, content := range emitted(t) {
		tree, problems := source.ParseTagged(name, content)
		require.Empty(t, problems)
		for _, e := range tree.Get("Resources").Entries {
			kind := e.Value.Get("Type").Text
			seen[kind] = true
			require.Contains(t, kinds(), kind, name)
			for _, p := range entriesOf(e.Value.Get("Properties")) {
				assert.True(t, kinds()[kind].names(p.Key), "%s: %s.%s", name, kind, p.Key)
			}
		}
	}
	t.Logf("%d types", len(seen))
	assert.Greater(t, len(seen), 40)
}

// Whatever of a template is gone or new is told, and nothing else.
func TestEveryResourceComesAndGoes(t *testing.T) {
	for name, content := range emitted(t) {
		coming, err := Compare(Side{}, Side{Template: content})
		require.NoError(t, err)
		going, err := Compare(Side{Template: content}, Side{})
		require.NoError(t, err)
		tree, _ := source.ParseTagged(name, content)
		assert.Len(t, coming.Resources, len(tree.Get("Resources").Entries))
		assert.Len(t, going.Resources, len(coming.Resources))
		for i, r := range going.Resources {
			assert.Equal(t, coming.Resources[i].LogicalID, r.LogicalID)
		}
	}
}

// long writes a template as JSON with long forms, keys in random order.
func long(t testing.TB, content []byte, random *rand.Rand) []byte {
	t.Helper()
	tree, problems := source.ParseTagged("template", content)
	require.Empty(t, problems)
	var b bytes.Buffer
	writeLong(&b, tree, random)
	require.True(t, json.Valid(b.Bytes()))
	return b.Bytes()
}

func writeLong(b *bytes.Buffer, n *source.Node, random *rand.Rand) {
	if n.Tag != "" {
		bare := *n
		bare.Tag = ""
		if n.Tag == "!GetAtt" && random.Intn(2) == 0 {
			name, attribute, _ := strings.Cut(n.Text, ".")
			fmt.Fprintf(b, `{"Fn::GetAtt": [%q, %q]}`, name, attribute)
			return
		}
		name := "Fn::" + n.Tag[1:]
		if n.Tag == "!Ref" || n.Tag == "!Condition" {
			name = n.Tag[1:]
		}
		fmt.Fprintf(b, "{%q: ", name)
		writeLong(b, &bare, random)
		b.WriteByte('}')
		return
	}
	switch n.Kind {
	case source.Map:
		writeAll(b, "{}", len(n.Entries), random.Perm(len(n.Entries)), func(i int) {
			fmt.Fprintf(b, "%s: ", quoted(n.Entries[i].Key))
			writeLong(b, n.Entries[i].Value, random)
		})
	case source.List:
		writeAll(b, "[]", len(n.Items), nil, func(i int) { writeLong(b, n.Items[i], random) })
	case source.Scalar:
		if n.Style == source.Plain && json.Valid([]byte(n.Text)) && random.Intn(2) == 0 {
			b.WriteString(n.Text)
			return
		}
		b.WriteString(quoted(n.Text))
	default:
		b.WriteString("null")
	}
}

func writeAll(b *bytes.Buffer, brackets string, count int, order []int, write func(int)) {
	b.WriteByte(brackets[0])
	for i := range count {
		if i > 0 {
			b.WriteString(", ")
		}
		if order == nil {
			write(i)
		} else {
			write(order[i])
		}
	}
	b.WriteByte(brackets[1])
}

func quoted(s string) string {
	out, _ := json.Marshal(s)
	return string(out)
}

// An unchanged stack is what is compared most.
func BenchmarkCompare(b *testing.B) {
	content := compiled(b, root+"/examples/05-big-company", "production")["sync.yaml"]
	other := bytes.Replace(content, []byte("db.t4g.micro"), []byte("db.t4g.small"), 1)
	b.SetBytes(int64(len(content) + len(other)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compare(Side{Template: content}, Side{Template: other}); err != nil {
			b.Fatal(err)
		}
	}
}
