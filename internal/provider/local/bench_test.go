//go:build cgo && unix

package local

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// million is Rain Shield with half a million contacts and as many registrants.
func million(b *testing.B) *project {
	p := newProject(b, "rain-shield")
	write := func(name string, line func(i int) string) {
		f, err := os.Create(filepath.Join(p.dir, "samples", name))
		require.NoError(b, err)
		w := bufio.NewWriter(f)
		for i := range 500_000 {
			_, _ = w.WriteString(line(i) + "\n")
		}
		require.NoError(b, w.Flush())
		require.NoError(b, f.Close())
	}
	write("salesforce/Contact.ndjson", func(i int) string {
		return fmt.Sprintf(`{"Id": "003%09d", "Email": "User%d@rainshield.example", "FirstName": "First%d", "LastName": "Last%d", "IsDeleted": %v, "SystemModstamp": "2026-%02d-%02dT%02d:30:00Z"}`,
			i, i*7919%700_000, i%1000, i%5003, i%50 == 0, 1+i%12, 1+i%28, i%24)
	})
	write("zoom/webinar_registrants.ndjson", func(i int) string {
		return fmt.Sprintf(`{"id": "r-%09d", "email": "user%d@rainshield.example", "first_name": "First%d", "last_name": "Last%d"}`, i, i*104729%700_000, i%1000, i%5003)
	})
	return p
}

// cpu is the time that the process computed: on a busy machine it says more than
// the clock.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func reportCPU(b *testing.B, since time.Duration) {
	b.ReportMetric((cpu(b)-since).Seconds()/float64(b.N), "cpu-s/op")
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	b.ReportMetric(float64(u.Maxrss)/1024, "peak-MB") // of this process so far, in KB on Linux
}

// BenchmarkPreview1M plans a million sample rows.
func BenchmarkPreview1M(b *testing.B) {
	p := million(b)
	began := cpu(b)
	defer func() { reportCPU(b, began) }()
	for b.Loop() {
		plan := p.plan()
		require.Greater(b, effectOf(b, plan, newsletter).Created, 600_000)
	}
}

// BenchmarkDirect1M runs the same SQL on the same files by DuckDB directly.
func BenchmarkDirect1M(b *testing.B) {
	p := million(b)
	pl, err := readArtifact(p.artifacts)
	require.NoError(b, err)
	began := cpu(b)
	defer func() { reportCPU(b, began) }()
	for b.Loop() {
		d, err := openDatabase(ctx, "", false)
		require.NoError(b, err)
		for _, schema := range pl.schemas() {
			require.NoError(b, d.exec(ctx, "create schema "+q(schema)))
		}
		for _, s := range pl.Streams {
			var types, names []string
			for _, c := range s.raw() {
				types = append(types, q(c.Name)+": "+lit(c.DuckDB))
				names = append(names, q(c.Name)+" as "+q(c.SQL))
			}
			file := filepath.Join(p.dir, "samples", filepath.FromSlash(s.Sample)+".ndjson")
			require.NoError(b, d.exec(ctx, "create table "+place{s.Schema, s.Table}.String()+" as select "+strings.Join(names, ", ")+
				" from read_json("+lit(file)+", format = 'newline_delimited', columns = {"+strings.Join(types, ", ")+"})"))
			require.NoError(b, d.exec(ctx, "create view "+s.Staging.String()+" as "+s.Staging.SQL))
		}
		for _, m := range pl.Models {
			require.NoError(b, d.exec(ctx, createTable(&m)))
		}
		for _, s := range pl.Syncs {
			require.NoError(b, d.exec(ctx, "create table "+s.Segment.String()+" as "+s.Segment.SQL))
		}
		d.close()
	}
}
