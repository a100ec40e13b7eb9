package ci

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/github"
	"github.com/tapestry-ci/tapestry-ci/internal/report"
)

// said is what a run has to tell at its end.
type said struct {
	base      string // what is checked out was merged into this
	plans     []*deploy.Plan
	files     []string
	summaries []string
	wrong     bool
}

func (s said) err() error {
	if s.wrong {
		return ErrTold
	}
	return nil
}

// failed notes the end of a project, and says what was not said yet.
func (r *run) failed(p project, err error) {
	if err == nil {
		return
	}
	r.said.wrong = true
	if text := withoutTold(err); text != "" {
		r.problem(diag.Error, p.name()+": "+text)
	}
}

// withoutTold is the text of an error, or of those that were joined, without what
// was told.
func withoutTold(err error) string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var parts []string
		for _, one := range joined.Unwrap() {
			if text := withoutTold(one); text != "" {
				parts = append(parts, text)
			}
		}
		return strings.Join(parts, "\n")
	}
	if errors.Is(err, ErrTold) {
		return ""
	}
	return err.Error()
}

// problem is an annotation without a place.
func (r *run) problem(severity diag.Severity, text string) {
	head, rest, _ := strings.Cut(text, "\n")
	r.later = append(r.later, diag.Diagnostic{Severity: severity, Message: head, Detail: rest})
	if !r.muted {
		_ = diag.WriteGitHub(r.Log, r.later) // a log that is closed takes no complaint about it either
		r.later = nil
	}
}

// warn tells of something that did not work and holds up nothing.
func (r *run) warn(err error) {
	if err != nil {
		r.problem(diag.Warning, err.Error())
	}
}

// quietly does work whose output the runner must not take for commands: names and
// errors in it come from the pipeline file and from live systems.
func (r *run) quietly(work func() error) error {
	b := make([]byte, 16)
	if _, err := io.ReadFull(r.Random, b); err != nil {
		return fmt.Errorf("reading random bytes: %w", err)
	}
	mark := "tapestry_" + hex.EncodeToString(b)
	fmt.Fprintf(r.Log, "::stop-commands::%s\n", mark)
	r.muted = true
	err := work()
	fmt.Fprintf(r.Log, "\n::%s::\n", mark)
	r.muted = false
	if r.later != nil {
		later := r.later
		r.later = nil
		return errors.Join(err, diag.WriteGitHub(r.Log, later))
	}
	return err
}

// summary adds to the summary of the step.
func (r *run) summary(markdown string) {
	r.said.summaries = append(r.said.summaries, strings.TrimRight(markdown, "\n")+"\n")
	r.warn(r.writer.Summary(markdown + "\n"))
}

// temporary is the folder for files that later steps read.
func (r *run) temporary() string {
	dir, _ := r.Lookup("RUNNER_TEMP")
	return orElse(dir, os.TempDir())
}

// savePlan writes the plan as JSON.
func (r *run) savePlan(plan *deploy.Plan, p project) error {
	if plan == nil {
		return nil
	}
	r.said.plans = append(r.said.plans, plan)
	data, err := json.MarshalIndent(plan, "", "  ")
	if err != nil {
		return err
	}
	file := r.free("plan.json", p)
	if err := os.WriteFile(file, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	r.said.files = append(r.said.files, file)
	return nil
}

// free is the path of a file for later steps. Where a project or a step before has
// taken the name, it says what it is about.
func (r *run) free(name string, p project) string {
	file := filepath.Join(r.temporary(), name)
	stem, ending := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	for n := 1; ; n++ {
		if _, err := os.Lstat(file); err != nil {
			return file
		}
		more := ""
		if n > 1 {
			more = "-" + strconv.Itoa(n)
		}
		file = filepath.Join(r.temporary(), stem+"-"+strings.Map(plain, p.path+"-"+p.env)+more+ending)
	}
}

// plain leaves of a path what no file system minds.
func plain(c rune) rune {
	if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' {
		return c
	}
	return '-'
}

// logPlan shows the plan in the log.
func (r *run) logPlan(plan *deploy.Plan) error {
	if plan == nil {
		return nil
	}
	var b strings.Builder
	if err := report.WritePlan(&b, plan, report.Options{}); err != nil {
		return err
	}
	return r.writer.Text(b.String())
}

// digestOf is the digest of a plan, or one over those of several.
func digestOf(plans []*deploy.Plan) string {
	var digests []string
	for _, p := range plans {
		digests = append(digests, p.Digest)
	}
	switch len(digests) {
	case 0:
		return ""
	case 1:
		return digests[0]
	}
	slices.Sort(digests)
	sum := sha256.Sum256([]byte(strings.Join(digests, "\n")))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// outputs are what later steps and jobs get.
func (r *run) outputs(d github.Decision) error {
	changes := 0
	for _, p := range r.said.plans {
		changes += len(slices.DeleteFunc(slices.Clone(p.Changes), func(c deploy.Change) bool { return c.Empty() }))
	}
	digest := digestOf(r.said.plans)
	if len(r.said.plans) > 1 {
		r.summary("The digest of all these plans together is `" + digest + "`.\n")
	}
	summary, err := r.saveSummary()
	count := ""
	if len(r.said.plans) > 0 {
		count = strconv.Itoa(changes)
	}
	for _, o := range [][2]string{{"what", string(d.What)}, {"commit", d.Commit}, {"changes", count}, {"plan-digest", digest},
		{"plan-file", strings.Join(r.said.files, "\n")}, {"summary", summary}} {
		err = errors.Join(err, r.writer.Output(o[0], o[1]))
	}
	return err
}

// saveSummary writes what the summary says into a file of its own.
func (r *run) saveSummary() (string, error) {
	if len(r.said.summaries) == 0 {
		return "", nil
	}
	file := r.free("tapestry-summary.md", project{path: r.File, env: orElse(r.Env, defaultEnvironment)})
	if err := os.WriteFile(file, []byte(strings.Join(r.said.summaries, "\n")), 0o600); err != nil {
		return "", fmt.Errorf("writing the summary: %w", err)
	}
	return file, nil
}
