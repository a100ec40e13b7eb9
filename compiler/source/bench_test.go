package source_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml/parser"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// manySources is a file with n sources of nine lines and a line of comment each.
func manySources(n int) []byte {
	var b strings.Builder
	b.WriteString("version: 1\nname: big\nsources:\n")
	for i := range n {
		fmt.Fprintf(&b, `  source_%d:
    connector: salesforce
    config: # signs in with its own key
      client_id: ${env.SF_CLIENT_ID}
      client_secret: ${secret.SF_CLIENT_SECRET}
    schedule: 6h
    streams:
      Contact_%d:
        columns: {id: text, email: email, first_name: text}
        pii: [email, first_name]
`, i, i)
	}
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 9300} {
		data := manySources(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				source.Parse("tapestry.yaml", data)
			}
		})
	}
}

func BenchmarkLibraryAlone(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 9300} {
		data := manySources(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				_, _ = parser.ParseBytes(data, 0)
			}
		})
	}
}

// The tree must not cost more than the parser of the library alone does.
func TestParse_isNotSlowerThanTheLibrary(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	data := manySources(9300)
	start := time.Now()
	_, err := parser.ParseBytes(data, 0)
	require.NoError(t, err)
	alone := time.Since(start)

	start = time.Now()
	root, problems := source.Parse("tapestry.yaml", data)
	ours := time.Since(start)
	require.Empty(t, problems)
	require.Len(t, root.Get("sources").Entries, 9300)
	assert.Less(t, ours, alone*13/10)
	t.Logf("93,000 lines: %v, library alone %v", ours, alone)
}
