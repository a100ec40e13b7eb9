package archtest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

func TestImportsOfThisModule(t *testing.T) {
	packages := list(t)
	require.NotEmpty(t, packages)
	for _, line := range checkImports(packages) {
		t.Error(line)
	}
}

// TestFilesOfThisModule walks the whole tree, so its result is not taken from
// the test cache when a file or folder was added.
func TestFilesOfThisModule(t *testing.T) {
	wrong, err := checkFiles(os.DirFS(root))
	require.NoError(t, err)
	for _, line := range wrong {
		t.Error(line)
	}
}

// list asks the go command. -e: a package that does not build is reported by its
// own tests.
func list(t *testing.T) []Package {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	require.NoError(t, err)
	var packages []Package
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p Package
		require.NoError(t, dec.Decode(&p))
		packages = append(packages, p)
	}
	return packages
}

// The name of the module is written down in layers.go; were it another one, no
// rule would fit and every one would pass.
func TestModuleName(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	assert.Contains(t, string(content), "module "+module+"\n")
}

func TestImportRules(t *testing.T) {
	for _, c := range []struct{ from, imports, want string }{
		{"compiler/spec", module + "/compiler/catalog", ""},
		{"compiler/catalog", module + "/compiler/spec", "direction"},
		{"compiler/source", module + "/compiler/diag", "direction"},
		{"compiler/ir", module + "/compiler/diag", "direction"},
		{"compiler/ir/irtest", module + "/compiler/ir", ""},
		{"compiler/emit/cfn", module + "/compiler/ir", ""},
		{"compiler/emit/cfn", module + "/compiler/emit/yamltree", ""},
		{"compiler/emit/cfn", module + "/compiler/spec", "direction"},
		{"compiler/emit/cfn", module + "/compiler/lower", "direction"},
		{"compiler/emit/cfn", module + "/compiler/diag", "direction"},
		{"compiler/lower", module + "/compiler/spec", ""},
		{"compiler/lower", module + "/compiler/emit/cfn", "direction"},
		{"compiler", module + "/compiler/check", ""},
		{"compiler", module + "/internal/deploy", "direction"},
		{"compiler/new", module + "/compiler/ir", "table of layers"},
		{"compiler/new", module + "/internal/deploy", "library of its own"},
		{"compiler/source", yamlLibrary + "/ast", ""},
		{"compiler/catalog", yamlLibrary, "reads YAML"},
		{"internal/report", yamlLibrary + "/parser", "reads YAML"},
		{"compiler/lower", "os", "network, clock"},
		{"compiler/lower", "net/http", "network, clock"},
		{"compiler/lower", "text/template", "network, clock"},
		{"compiler/lower", "embed", ""},
		{"compiler/lower", "net/netip", ""},
		{"internal/deploy", module + "/compiler/emit", ""},
		{"internal/deploy", module + "/compiler/ir", "direction"},
		{"internal/deploy", module + "/internal/provider/snowflake", "direction"},
		{"internal/deploy", "github.com/aws/aws-sdk-go-v2/service/s3", "through its providers"},
		{"internal/provider/cloudformation", "github.com/aws/aws-sdk-go-v2/service/s3", ""},
		{"internal/provider/cloudformation", module + "/compiler/spec", "direction"},
		{"internal/provider/cloudformation", module + "/internal/deploy", ""},
		{"internal/report/github", module + "/internal/report", ""},
		{"internal/report", module + "/compiler/ir", "direction"},
		{"internal/common", "os", "says nothing"},
		{"cmd/tapestry-ci", module + "/internal/deploy", ""},
	} {
		got := strings.Join(checkImports([]Package{{module + "/" + c.from, []string{c.imports}}}), "\n")
		if c.want == "" {
			assert.Empty(t, got)
		} else {
			assert.Contains(t, got, c.want, "%s imports %s", c.from, c.imports)
		}
	}
}

func TestFileRules(t *testing.T) {
	long := "package p\n" + strings.Repeat("\n", maxLines)
	for _, c := range []struct{ name, content, want string }{
		{"compiler/p/a.go", "package p\n", ""},
		{"compiler/p/a.go", long, "701 lines"},
		{"compiler/p/a_test.go", long, "701 lines"},
		{"compiler/p/testdata/a.go", long, ""},
		{"build/a.go", long, ""},
		{"internal/p/a.go", "package p\n\nfunc init() {}\n", "a.go:3:1: init()"},
		{"internal/p/a.go", "package p\n\ntype t int\n\nfunc (t) init() {}\n", ""},
		{"compiler/p/a.go", "package p\n\nimport \"time\"\n\nvar x = time.Now()\n", "a.go:5:9: time.Now"},
		{"compiler/p/a.go", "package p\n\nimport \"time\"\n\nvar x = time.UTC\n", ""},
		{"compiler/p/a_test.go", "package p\n\nimport \"time\"\n\nvar x = time.Now()\n", ""},
		{"internal/p/a.go", "package p\n\nimport \"time\"\n\nvar x = time.Now()\n", ""},
		{"internal/p/a.go", "package", "expected 'IDENT'"},
	} {
		tree := fstest.MapFS{
			c.name:                           {Data: []byte(c.content)},
			filepath.Dir(c.name) + "/doc.go": {Data: []byte("package p\n")},
		}
		wrong, err := checkFiles(tree)
		require.NoError(t, err)
		if c.want == "" {
			assert.Empty(t, wrong, c.name)
		} else {
			assert.Contains(t, strings.Join(wrong, "\n"), c.want)
		}
	}
}

func TestFolderRules(t *testing.T) {
	wrong, err := checkFiles(fstest.MapFS{
		"a/a.go":        {Data: []byte("package a\n")},
		"b/doc.go":      {Data: []byte("package b\n")},
		"c/readme.md":   {Data: []byte("no package\n")},
		"other/go.mod":  {Data: []byte("module other\n")},
		"other/main.go": {Data: []byte("package main\n")},
	})
	require.NoError(t, err)
	require.Len(t, wrong, 1)
	assert.Contains(t, wrong[0], "a: no doc.go")
}
