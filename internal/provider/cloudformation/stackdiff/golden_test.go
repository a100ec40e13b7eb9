package stackdiff

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
)

var update = flag.Bool("update", false, "write the golden files anew")

// live are values as the stacks of a pipeline have them.
var live = map[string]string{
	"AmiId": "ami-0123456789abcdef0", "AbctlSha256": strings.Repeat("ab", 32),
	"GrouparooImage": "example/grouparoo@sha256:" + strings.Repeat("a", 64), "DbtImage": "example/dbt@sha256:" + strings.Repeat("b", 64),
}

// edits are changes that people make: to the pipeline file, or to what a
// parameter is.
var edits = []struct {
	name, example string
	replace       []string          // of the file, as pairs
	parameters    map[string]string // that differ afterwards
}{
	{name: "larger-machine", example: "01-rain-shield", replace: []string{"sources:\n  zoom", "ingestion: {instance: t3.2xlarge}\n\nsources:\n  zoom"}},
	{name: "other-image-of-the-machine", example: "01-rain-shield", parameters: map[string]string{"AmiId": "ami-0fedcba9876543210"}},
	{name: "other-image-of-grouparoo", example: "01-rain-shield", parameters: map[string]string{"GrouparooImage": "example/grouparoo@sha256:" + strings.Repeat("c", 64)}},
	{name: "images-not-known-yet", example: "01-rain-shield", parameters: map[string]string{"GrouparooImage": Unknown, "DbtImage": Unknown, "AmiId": Unknown}},
	{name: "workers-off", example: "01-rain-shield", parameters: map[string]string{"WorkerMinimum": "0", "WorkerMaximum": "0", "ScheduleState": "DISABLED"}},
	{name: "state-in-containers", example: "01-rain-shield", replace: []string{"sources:\n  zoom", "sync: {data: containers}\n\nsources:\n  zoom"}},
	{name: "state-on-the-machine", example: "01-rain-shield", replace: []string{"sources:\n  zoom", "ingestion: {data: instance}\n\nsources:\n  zoom"}},
	{name: "no-access", example: "05-big-company", replace: []string{"  landing: s3\n  access: *office\n", "  landing: s3\n"}},
	{name: "own-network", example: "05-big-company", replace: []string{
		"  network:\n    vpc: vpc-0a1b2c3d4e5f67890\n    private_subnets: [subnet-0a1b2c3d4e5f60001, subnet-0a1b2c3d4e5f60002]\n" +
			"    public_subnets: [subnet-0a1b2c3d4e5f60011, subnet-0a1b2c3d4e5f60012]\n    egress: [198.51.100.10, 198.51.100.11]\n", ""}},
	{name: "integration-made", example: "05-big-company", parameters: map[string]string{
		"SnowflakePrincipal": "arn:aws:iam::123456789012:user/snow", "SnowflakeExternalId": "EXTERNAL"}},
}

func TestGoldenEdits(t *testing.T) {
	for _, e := range edits {
		t.Run(e.name, func(t *testing.T) {
			folder := root + "/examples/" + e.example
			before, after := compiled(t, folder, "production"), edited(t, folder, e.replace)
			var text strings.Builder
			for _, name := range []string{"foundation.yaml", "ingestion.yaml", "sync.yaml"} {
				r, err := Compare(Side{Template: before[name], Parameters: live}, Side{Template: after[name], Parameters: merged(live, e.parameters)})
				require.NoError(t, err)
				text.WriteString("# " + name + "\n")
				for _, line := range lines(r) {
					text.WriteString(line + "\n")
				}
			}
			golden := filepath.Join("testdata", e.name+".txt")
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(golden, []byte(text.String()), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), text.String(), "%s differs; run go test -update if it should", golden)
		})
	}
}

func merged(base, over map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range []map[string]string{base, over} {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

// edited compiles a pipeline after a change of its file.
func edited(t *testing.T, folder string, pairs []string) map[string][]byte {
	t.Helper()
	files := fstest.MapFS{}
	require.NoError(t, fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(folder, path))
		files[path] = &fstest.MapFile{Data: data}
		return err
	}))
	text := string(files["tapestry.yaml"].Data)
	for i := 0; i < len(pairs); i += 2 {
		require.Contains(t, text, pairs[i])
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	files["tapestry.yaml"].Data = []byte(text)
	return templatesOf(t, compiler.Compile(files, "tapestry.yaml", options(t, folder, "production")))
}
