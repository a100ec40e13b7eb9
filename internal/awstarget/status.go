package awstarget

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/dbt"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/images"
)

// Section is how one system is doing.
type Section struct {
	Name string `json:"name"`
	// Lines say it in words. Data is the same for programs.
	Lines []string `json:"-"`
	Data  any      `json:"data,omitempty"`
	// Error says why nothing, or not all, is known.
	Error string `json:"error,omitempty"`
}

// spoken is a status that can say itself in words.
type spoken interface{ Lines() []string }

// Status asks every system side by side. One that does not answer is told of and
// holds up no other.
func (t *Target) Status(ctx context.Context, in deploy.Input) []Section {
	ask := []struct {
		name string
		of   func() (spoken, error)
	}{
		{"CloudFormation", func() (spoken, error) { return t.stacks.Status(ctx, in) }},
		{"images", func() (spoken, error) { i, err := t.images.Status(ctx, in); return imageLines(i), err }},
		{"Snowflake", func() (spoken, error) { return t.snowflake.Status(ctx, in.Artifacts) }},
		{"Airbyte", func() (spoken, error) { return t.airbyte.Status(ctx, in) }},
		{"dbt", func() (spoken, error) { r, err := t.dbt.Last(ctx); return dbtLines(r), err }},
	}
	out := make([]Section, len(ask))
	var wg sync.WaitGroup
	for i, a := range ask {
		wg.Go(func() {
			out[i].Name = a.name
			s, err := a.of()
			if err != nil {
				out[i].Error = err.Error()
				return
			}
			out[i].Data, out[i].Lines = s, s.Lines()
		})
	}
	wg.Wait()
	return out
}

type imageLines []images.Image

func (l imageLines) Lines() []string {
	var out []string
	for _, i := range l {
		line := i.Name + ": not pushed yet"
		if i.Reference != "" {
			line = fmt.Sprintf("%s: %s, pushed %s", i.Name, i.Tag, i.Pushed.Format(time.RFC3339))
			if !i.Current {
				line += "; the file asks for another one"
			}
		}
		out = append(out, line)
		if i.Link != "" {
			out = append(out, "  "+i.Link)
		}
	}
	return out
}

type dbtLines dbt.Record

func (l dbtLines) Lines() []string {
	r := l.Run
	if r == nil {
		return []string{"nothing was built yet"}
	}
	line := fmt.Sprintf("last build %s: %s", r.Ended.UTC().Format(time.RFC3339), r.Outcome)
	if r.Pass+r.Warn+r.Error+r.Skip > 0 {
		line += fmt.Sprintf(", %d passed, %d warned, %d failed, %d skipped", r.Pass, r.Warn, r.Error, r.Skip)
	}
	out := []string{line}
	for _, f := range r.Failing {
		out = append(out, "  "+f.Node+": "+f.Message)
	}
	return out
}
