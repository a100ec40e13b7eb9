package check_test

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
)

var word = regexp.MustCompile(`[A-Za-z0-9_.%-]+`)

// Whatever becomes of a file when words change places, lines are lost or come
// twice: what the rules let pass can be turned into artefacts, and every
// diagnostic has a documented code and a place.
func TestMutations(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	fsys := fstest.MapFS{"models/vips.sql": {Data: []byte("select email from {{ ref('people') }}\n")}}
	var good, all [][]byte
	for _, c := range badCases(t) {
		found, _ := c.run(t)
		for _, f := range c.archive.Files {
			if f.Name != "tapestry.yaml" || len(f.Data) < 100 || len(f.Data) > 8000 {
				continue
			}
			all = append(all, f.Data)
			if !found.HasErrors() {
				good = append(good, f.Data)
			}
		}
	}
	random := rand.New(rand.NewPCG(6, 4))
	clean, entries := 0, testCatalog()
	const runs = 4000
	for range runs {
		data := mutated(random, good[random.IntN(len(good))], all[random.IntN(len(all))])
		fsys["tapestry.yaml"] = &fstest.MapFile{Data: data}
		r := compiler.Compile(fsys, "tapestry.yaml", compiler.Options{Catalog: entries, Env: map[string]string{"SNOWFLAKE_ACCOUNT": "rainshield-main", "LIST": "l1"}})
		for _, d := range r.Diagnostics {
			require.NotEqual(t, diag.Code("TAP901"), d.Code, "%s\n%s\n%s", d.Message, d.Detail, data)
			_, documented := diag.Lookup(d.Code)
			require.True(t, documented, d.Code)
			require.True(t, d.Span.IsValid() || d.Code < "TAP200", "%s has no place: %s\n%s", d.Code, d.Message, data)
		}
		if !r.Diagnostics.HasErrors() {
			clean++
			require.NotEmpty(t, r.Artifacts)
		}
	}
	t.Logf("%d of %d without errors", clean, runs)
	require.Greater(t, clean, 100, "too few files are left whole to say anything")
}

// mutated changes one or two things in a file, with words of another one.
func mutated(random *rand.Rand, data, other []byte) []byte {
	words := word.FindAll(other, -1)
	for range 1 + random.IntN(2) {
		lines := bytes.Split(data, []byte("\n"))
		i := random.IntN(len(lines))
		switch random.IntN(4) {
		case 0:
			lines = slices.Delete(lines, i, i+1)
		case 1:
			lines = slices.Insert(lines, i, lines[random.IntN(len(lines))])
		default:
			if found := word.FindAllIndex(lines[i], -1); found != nil {
				at := found[random.IntN(len(found))]
				lines[i] = slices.Concat(lines[i][:at[0]], words[random.IntN(len(words))], lines[i][at[1]:])
			}
		}
		data = bytes.Join(lines, []byte("\n"))
	}
	return data
}
