package compiler_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml/parser"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/bigfile"
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
