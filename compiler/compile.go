package compiler

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/check"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/local"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/manifest"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/lower"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// Options are what a compilation depends on besides the files.
type Options struct {
	// Environment is the overlay to use; empty means production.
	Environment string
	// Env are the values for ${env.X}.
	Env map[string]string
	// Catalog has the connectors; nil means those that the program carries.
	Catalog *catalog.Catalog
	// Local adds what the local target needs, which no other target reads.
	Local bool
	// Tool is the version that the manifest names.
	Tool string
}

// Result is what came of a compilation.
type Result struct {
	// Pipeline and Artifacts are nil where Diagnostics has an error.
	Pipeline    *ir.Pipeline
	Artifacts   []emit.Artifact // sorted by path, the manifest among them
	Manifest    manifest.Manifest
	Diagnostics diag.List // sorted
	// Environments are the names of the file's environments.
	Environments []string

	files map[string][]byte
}

// Source gives the text of a file that diagnostics point into, or nil.
func (r *Result) Source(file string) []byte { return r.files[file] }

// Compile compiles the file of that name in fsys. It never panics: a fault of
// its own is a diagnostic that asks for a report.
func Compile(fsys fs.FS, file string, opt Options) *Result {
	return run(fsys, file, opt, true)
}

// Check finds every mistake and makes the Pipeline, but no artefacts.
func Check(fsys fs.FS, file string, opt Options) *Result {
	return run(fsys, file, opt, false)
}

func run(fsys fs.FS, file string, opt Options, artifacts bool) (r *Result) {
	r = &Result{files: map[string][]byte{}}
	defer func() {
		if p := recover(); p != nil {
			r.Pipeline, r.Artifacts = nil, nil
			r.Diagnostics.Add(internalFault(file, fmt.Sprint(p), string(debug.Stack())))
		}
		r.Diagnostics.Sort()
	}()
	program := r.front(fsys, file, opt)
	if program == nil || r.Diagnostics.HasErrors() {
		return r
	}
	r.Pipeline = lower.Lower(program)
	if artifacts {
		r.emit(opt)
	}
	return r
}

// front reads, decodes, ties together and checks.
func (r *Result) front(fsys fs.FS, file string, opt Options) *resolve.Program {
	data, err := readBounded(fsys, file)
	if err != nil {
		r.Diagnostics.Add(unreadable(file, err))
		return nil
	}
	fsys = recorder{fsys, r.files}
	r.files[file] = data
	root, problems := source.Parse(file, data)
	r.Diagnostics = append(r.Diagnostics, diag.FromProblems(problems)...)
	if root == nil || slices.ContainsFunc(problems, unreadableTree) {
		return nil
	}
	r.Environments = spec.EnvironmentNames(root)
	env := opt.Environment
	if env == "" {
		env = spec.Production
	}
	lookup := func(name string) (string, bool) { v, ok := opt.Env[name]; return v, ok }
	decoded, uses := spec.Decode(root, env, lookup, &r.Diagnostics)
	cat, broken := Catalog(fsys, file, opt.Catalog)
	program := resolve.New(decoded, uses, env, file, fsys, cat)
	r.Diagnostics = append(append(r.Diagnostics, broken...), check.Run(program)...)
	return program
}

func (r *Result) emit(opt Options) {
	// Each emitter only reads the pipeline, so they run side by side.
	all := emitters
	if opt.Local {
		all = append(slices.Clone(emitters), local.Emit)
	}
	made := make([][]emit.Artifact, len(all))
	faults := make([]string, len(all))
	var wg sync.WaitGroup
	for i, e := range all {
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					faults[i] = fmt.Sprintf("%v\n%s", p, debug.Stack())
				}
			}()
			made[i] = e(r.Pipeline)
		})
	}
	wg.Wait()
	for _, f := range faults {
		if f != "" {
			panic(f)
		}
	}
	r.Artifacts = slices.Concat(made...)
	emit.Sort(r.Artifacts)
	r.Manifest = manifest.New(r.Pipeline.Name, r.Pipeline.Env, opt.Tool, r.Artifacts)
	m, err := r.Manifest.Artifact()
	if err != nil {
		panic(err)
	}
	r.Artifacts = append(r.Artifacts, m)
	emit.Sort(r.Artifacts)
}

// unreadableTree reports a problem after which what was read of the file is no
// base to judge the rest by: every key behind it would seem to be missing.
func unreadableTree(p source.Problem) bool {
	return p.Kind == source.BadSyntax || p.Kind == source.LimitPassed || p.Kind == source.BadEncoding
}

// tooLarge is the error of a file that is not even opened.
type tooLarge int64

func (n tooLarge) Error() string {
	return fmt.Sprintf("the file is too large: it has %d bytes, at most %d (10 MiB) are read", int64(n), source.MaxBytes)
}

// readBounded reads a file but not more than the parser takes.
func readBounded(fsys fs.FS, file string) ([]byte, error) {
	info, err := fs.Stat(fsys, file)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errors.New("it is a folder")
	}
	if info.Size() > source.MaxBytes {
		return nil, tooLarge(info.Size())
	}
	return fs.ReadFile(fsys, file)
}

func unreadable(file string, err error) diag.Diagnostic {
	if large := tooLarge(0); errors.As(err, &large) {
		return diag.Diagnostic{Code: "TAP006", Span: source.Span{File: file}, Message: err.Error()}
	}
	d := diag.Diagnostic{Code: "TAP003", Span: source.Span{File: file}, Message: "the file cannot be read: " + reason(err)}
	if errors.Is(err, fs.ErrNotExist) {
		d.Detail = "Name the folder that has it, or make one with: tapestry-ci init " + path.Dir(file)
	}
	return d
}

func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

func internalFault(file, what, stack string) diag.Diagnostic {
	return diag.Diagnostic{Code: "TAP901", Span: source.Span{File: file},
		Message: "the compiler itself failed: " + what,
		Detail:  "This is a fault of tapestry-ci, not of your file. Please report it with this text:\n" + stack}
}

// recorder keeps what is read, so that diagnostics can show it.
type recorder struct {
	fs.FS
	files map[string][]byte
}

// ReadFile makes recorder an fs.ReadFileFS.
func (r recorder) ReadFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(r.FS, name)
	if err == nil {
		r.files[name] = data
	}
	return data, err
}
