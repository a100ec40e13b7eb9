package compiler_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"testing/fstest"
	"time"

	"github.com/goccy/go-yaml/parser"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/bigfile"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
	"github.com/tapestry-ci/tapestry-ci/internal/output"
)

// The library alone, Check and Compile on the same bytes, from 10 to 10,000
// entities (about 93,000 lines).
func BenchmarkSizes(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10_000} {
		data := bigfile.Generate(n)
		fsys := fstest.MapFS{"tapestry.yaml": {Data: data}}
		b.Run(fmt.Sprintf("library/%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				_, err := parser.ParseBytes(data, 0)
				require.NoError(b, err)
			}
		})
		b.Run(fmt.Sprintf("validate/%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				require.False(b, compiler.Check(fsys, "tapestry.yaml", compiler.Options{}).Diagnostics.HasErrors())
			}
		})
		b.Run(fmt.Sprintf("compile/%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				require.False(b, compiler.Compile(fsys, "tapestry.yaml", compiler.Options{}).Diagnostics.HasErrors())
			}
		})
	}
}

// How many times longer validate and compile take than the library alone needs
// to parse the same bytes, measured in turns. Writing the files is apart.
func BenchmarkAgainstLibrary(b *testing.B) {
	data := bigfile.Generate(10_000)
	fsys := fstest.MapFS{"tapestry.yaml": {Data: data}}
	var library, validate, compile, write time.Duration
	for b.Loop() {
		library += timed(func() { _, _ = parser.ParseBytes(data, 0) })
		validate += timed(func() { compiler.Check(fsys, "tapestry.yaml", compiler.Options{}) })
		var r *compiler.Result
		compile += timed(func() { r = compiler.Compile(fsys, "tapestry.yaml", compiler.Options{}) })
		dir := b.TempDir()
		write += timed(func() {
			_, err := output.Write(b.Context(), dir, r.Artifacts)
			require.NoError(b, err)
		})
	}
	b.ReportMetric(validate.Seconds()/library.Seconds(), "validate/library")
	b.ReportMetric(compile.Seconds()/library.Seconds(), "compile/library")
	b.ReportMetric(write.Seconds()/float64(b.N), "s-writing/op")
	if compile > 2*library || validate > 2*library {
		b.Errorf("over twice the library alone: library %s, validate %s, compile %s; is the machine busy?", library, validate, compile)
	}
}

// timed starts each turn with the garbage of the last one gone.
func timed(f func()) time.Duration {
	runtime.GC()
	began := time.Now()
	f()
	return time.Since(began)
}

// How many times faster 1,000 models compile than dbt reads the project that
// comes of it.
func BenchmarkAgainstDbtParse(b *testing.B) {
	dbt := judge.Program(b, "dbt", "dbt")
	fsys := fstest.MapFS{"tapestry.yaml": {Data: bigfile.Generate(3340)}} // three models to ten entities
	var compile, parse time.Duration
	for b.Loop() {
		var r *compiler.Result
		compile += timed(func() { r = compiler.Compile(fsys, "tapestry.yaml", compiler.Options{}) })
		require.GreaterOrEqual(b, len(r.Pipeline.Models), 1000)
		dir := b.TempDir()
		_, err := output.Write(b.Context(), dir, r.Artifacts)
		require.NoError(b, err)
		parse += timed(func() {
			cmd := exec.Command(dbt, "--quiet", "--no-partial-parse", "parse", "--project-dir", dir+"/dbt", "--profiles-dir", dir+"/dbt")
			cmd.Env = append(os.Environ(), "DBT_ENV_SECRET_PRIVATE_KEY=not-a-key")
			out, err := cmd.CombinedOutput()
			require.NoError(b, err, string(out))
		})
	}
	b.ReportMetric(parse.Seconds()/compile.Seconds(), "times-faster")
	b.ReportMetric(parse.Seconds()/float64(b.N), "s-dbt/op")
	if parse < 20*compile {
		b.Errorf("not 20 times faster: dbt %s, compile %s", parse, compile)
	}
}
