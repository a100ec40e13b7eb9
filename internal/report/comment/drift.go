package comment

import (
	"cmp"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Drift writes, for an issue, where what is live is not as the file says; one
// line where it is.
func Drift(p *deploy.Plan, c Context, o Options) Body {
	c.Commit = cmp.Or(c.Commit, p.Commit)
	c.Environment = cmp.Or(c.Environment, p.Environment)
	return body(c.marker(KindDrift, p.Digest), c, o, func(w *writer) page {
		if p.Empty() {
			text := "✅ No drift: what is live is as " + w.code(c.Project) + " says, for " + w.code(p.Pipeline) + " in " + w.code(p.Environment)
			return page{head: text + " · plan " + w.code(p.Digest) + "\n"}
		}
		return page{
			head: w.title("🌊 Drift", p.Pipeline, p.Environment) + "What is live is not what the file says. To make it so again: " + summed(p) + "\n\n",
			rest: slices.Concat(w.planBody(p), []node{fixed(driftNext)}),
			foot: w.foot(p.Digest, p.Tool),
		}
	})
}

const driftNext = "**What to do next**\n\n" +
	"- Somebody changed it by hand and it should stay: write it into the pipeline file, by a pull request.\n" +
	"- It should not stay: apply the pipeline anew. The list above is what that does.\n" +
	"- It is gone by itself by the next check: this issue is closed then.\n\n"
