package comment_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// A plan of 5,000 changes over a pipeline of 600 nodes.
func BenchmarkPlan(b *testing.B) {
	plan := many(b, 5_000, strings.Repeat("\n  -- a comment of the statement", 10))
	c := where()
	for i := range 300 {
		c.Graph.Nodes = append(c.Graph.Nodes, comment.Node{ID: fmt.Sprintf("stream:zoom.TABLE_%04d", i), Kind: "stream", Name: fmt.Sprintf("zoom.TABLE_%04d", i), Group: "zoom"},
			comment.Node{ID: fmt.Sprintf("model:m%d", i), Kind: "model", Name: fmt.Sprintf("m%d", i)})
	}
	for b.Loop() {
		comment.Plan(plan, c, comment.Options{})
	}
}
