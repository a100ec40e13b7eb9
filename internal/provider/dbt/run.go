package dbt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// keyVariable is how the profile finds the private key.
const keyVariable = "DBT_ENV_SECRET_PRIVATE_KEY"

// handedOn are the variables that dbt gets of this process: how to find
// programs, files and the way out, and nothing else. A name that ends in *
// stands for all that begin so.
var handedOn = []string{"PATH", "HOME", "USER", "LANG", "LC_*", "TZ", "TMPDIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "VIRTUAL_ENV", "PYTHON*", "TAPESTRY_DUCKDB"}

// environ is the environment of dbt.
func (p *Provider) environ(more ...string) []string {
	var env []string
	for _, pair := range p.c.Environ {
		name, _, _ := strings.Cut(pair, "=")
		if slices.ContainsFunc(handedOn, func(h string) bool {
			stem, many := strings.CutSuffix(h, "*")
			return name == h || many && strings.HasPrefix(name, stem)
		}) {
			env = append(env, pair)
		}
	}
	return append(append(env, "DBT_SEND_ANONYMOUS_USAGE_STATS=false", "DO_NOT_TRACK=1", "PYTHONUNBUFFERED=1", "PYTHONUTF8=1"), more...)
}

// build runs dbt, or leaves it to the schedule, and fills in how it went.
func (p *Provider) build(ctx context.Context, pr *project, c deploy.Change, run *Run, progress deploy.Progress) error {
	first := slices.IndexFunc(c.DependsOn, func(id string) bool { return strings.HasPrefix(id, "airbyte:sync:") })
	if first >= 0 && !p.c.Wait {
		run.left(progress, "the first sync of "+strings.TrimPrefix(c.DependsOn[first], "airbyte:sync:")+" is not waited for")
		return nil
	}
	dbt, err := p.find(ctx)
	if errors.Is(err, errMissing) {
		run.left(progress, err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	if err := dbt.check(pr.wantedVersions(), "dbt-"+p.c.Target); err != nil {
		return err
	}
	run.Dbt = dbt.versions["dbt-core"]
	key, err := p.key(ctx, pr)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "tapestry-dbt-")
	if err != nil {
		return fmt.Errorf("a folder for the project: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := pr.write(dir); err != nil {
		return fmt.Errorf("writing the project for dbt: %w", err)
	}
	return p.run(ctx, dbt, dir, key, pr, run, progress)
}

// key is the private key that dbt signs in with: the profile says which
// parameter holds it.
func (p *Provider) key(ctx context.Context, pr *project) (secret.Value, error) {
	for _, need := range pr.needs {
		if name, ok := strings.CutPrefix(need, "parameter:"); ok && p.c.Params != nil {
			v, _, err := p.c.Params.Get(ctx, name)
			if err == nil && v.Empty() {
				err = errors.New("it is empty")
			}
			if err != nil {
				return secret.Value{}, fmt.Errorf("the private key of dbt, %s: %w", name, err)
			}
			return v, nil
		}
	}
	return secret.Value{}, nil
}

func (p *project) write(dir string) error {
	for _, a := range p.all {
		name := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(a.Path, folder)))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(name, a.Content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// run is one `dbt build`.
func (p *Provider) run(ctx context.Context, dbt *installed, dir string, key secret.Value, pr *project, run *Run, progress deploy.Progress) error {
	target := filepath.Join(dir, "target")
	profiles := p.c.Profiles
	if profiles == "" {
		profiles = dir
	}
	args := append([]string{"--log-format", "json", "build", "--target", p.c.Target, "--profiles-dir", profiles, "--project-dir", dir}, p.c.Args...)
	cmd := exec.CommandContext(ctx, dbt.program, args...)
	cmd.Dir = dir
	cmd.Env = p.environ("DBT_TARGET_PATH="+target, "DBT_LOG_PATH="+filepath.Join(dir, "logs"))
	if !key.Empty() {
		cmd.Env = append(cmd.Env, keyVariable+"="+key.Reveal())
	}
	// The process is the first of a group of its own, so that it ends with all
	// that it started.
	cmd.SysProcAttr = attributes()
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = p.c.Grace
	log := newLog(pr, key, progress)
	ended := follow(cmd, log)
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("dbt was stopped before it was done: %w. Apply again; it builds all of it", err)
	}
	return run.conclude(filepath.Join(target, "run_results.json"), ended, log)
}

// follow starts the command, reads what it says, and waits. The thread that
// starts it stays as long as it runs, since the system ends the child with it.
func follow(cmd *exec.Cmd, log *log) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.Stdout, cmd.Stderr = log, &log.tail
	if err := cmd.Start(); err != nil {
		return err
	}
	err := cmd.Wait()
	// Whatever is left of the group; mostly nothing is.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	log.flush()
	return err
}
