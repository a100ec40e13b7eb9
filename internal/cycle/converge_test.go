//go:build cgo

package cycle

import (
	"encoding/csv"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// put writes a generated pipeline, in the order of its keys and rows or, with r,
// in any.
func (m made) put(t testing.TB, p *project, r *rand.Rand) {
	t.Helper()
	file := m.file
	if r != nil {
		file = file.shuffled(r)
	}
	p.write(t, "tapestry.yaml", file.block(""))
	for name, rows := range m.samples {
		p.write(t, "samples/"+name+".ndjson", lines(rows, r))
	}
	for name, sql := range m.models {
		p.write(t, name, sql)
	}
}

// lines writes rows as NDJSON; in any order of rows and keys where r is given.
func lines(rows []mapping, r *rand.Rand) string {
	rows = slices.Clone(rows)
	if r != nil {
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
	var b strings.Builder
	for _, row := range rows {
		if r != nil {
			row = slices.Clone(row)
			r.Shuffle(len(row), func(i, j int) { row[i], row[j] = row[j], row[i] })
		}
		b.WriteString(row.String() + "\n")
	}
	return b.String()
}

func pipelines() uint64 {
	if testing.Short() {
		return 6
	}
	return 60
}

// A plan after an apply is empty, whatever the pipeline and its rows look like.
func TestPlanAfterApplyIsEmpty(t *testing.T) {
	t.Parallel()
	syncs, tables := 0, 0
	for seed := range pipelines() {
		p := &project{dir: t.TempDir()}
		generate(seed).put(t, p, nil)
		plan := p.mustApply(t)
		for _, c := range plan.Changes {
			switch c.Kind {
			case "sync":
				syncs++
			case "table":
				tables++
			}
		}
		again := p.mustPlan(t)
		require.Empty(t, again.Changes, "seed %d", seed)
	}
	t.Logf("%d pipelines with %d tables and %d syncs", pipelines(), tables, syncs)
}

// Any order of keys, streams and rows gives the same plan, before an apply and
// after one.
func TestAnyOrderSamePlan(t *testing.T) {
	t.Parallel()
	for seed := range pipelines() / 2 {
		m, p := generate(1000+seed), &project{dir: t.TempDir()}
		m.put(t, p, nil)
		want := p.mustPlan(t)
		r := rand.New(rand.NewPCG(seed, 5))
		for range 2 {
			m.put(t, p, r)
			require.Equal(t, want.Digest, p.mustPlan(t).Digest, "seed %d", seed)
		}
		p.mustApply(t)
		m.put(t, p, r)
		require.Empty(t, p.mustPlan(t).Changes, "seed %d", seed)
	}
}

// From one pipeline to another, with other rows: whatever changed, one apply is
// enough.
func TestOneApplyIsEnough(t *testing.T) {
	t.Parallel()
	for seed := range pipelines() / 5 {
		p := &project{dir: t.TempDir()}
		for round := range uint64(3) {
			generate(2000+seed*3+round).put(t, p, nil)
			p.mustApply(t)
			require.True(t, p.mustPlan(t).Empty(), "seed %d, round %d", seed, round)
		}
	}
}

// CSV says the same as NDJSON: an empty field is NULL, an empty text is quoted.
func TestCSVIsTheSame(t *testing.T) {
	p := rainShield(t)
	want := p.mustPlan(t)
	var b strings.Builder
	w := csv.NewWriter(&b)
	require.NoError(t, w.Write([]string{"last_name", "id", "email", "first_name"}))
	for _, r := range readLines[registrant](t, p.read(t, registrantsFile)) {
		require.NoError(t, w.Write([]string{r.LastName, r.ID, *r.Email, r.FirstName}))
	}
	w.Flush()
	p.remove(t, registrantsFile)
	p.write(t, strings.TrimSuffix(registrantsFile, filepath.Ext(registrantsFile))+".csv", b.String())
	assert.Equal(t, want.Digest, p.mustPlan(t).Digest)
}
