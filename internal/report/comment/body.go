package comment

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// The largest bodies: GitHub takes 65,536 characters in a comment and 1 MiB in
// a step summary, which the rest of the step writes to as well.
const (
	DefaultLimit = 60_000
	SummaryLimit = 1<<20 - 16<<10
)

// Body is what is written to GitHub.
type Body struct {
	Marker Marker
	// Text is the comment, Whole the same for the step summary.
	Text  string
	Whole string
	// Cut says that Text leaves something out, WholeCut that Whole does, too.
	Cut      bool
	WholeCut bool
}

// Markdown is the whole without the marker, for who puts it somewhere else.
func (b Body) Markdown() string {
	_, text, _ := strings.Cut(b.Whole, "\n")
	return text
}

// Context is where a body belongs. Project and Environment are to be the same
// for every event, also where there is no plan, or a body is not found again.
type Context struct {
	Project     string // path of tapestry.yaml in the repository
	Environment string // production where it is empty
	Commit      string
	// Server and Repository are for links: https://github.com where it is empty,
	// and owner/name.
	Server     string
	Repository string
	// RunURL is the run whose summary holds the whole, PlanFile the name of the
	// artefact with the plan's JSON.
	RunURL   string
	PlanFile string
	// Branch is the branch that a merge into applies the plan; empty where a
	// merge applies nothing.
	Branch string
	// Command is the comment that applies the plan; empty where none does.
	Command string
	// Allow says in a sentence how what can lose data is allowed by its id.
	Allow string
	// Graph is the pipeline, for the picture; nil draws none.
	Graph *Graph
}

// defaultEnvironment is what the pipeline file calls its default.
const defaultEnvironment = "production"

// Options are how a body is written.
type Options struct {
	// Limit is the most bytes of Body.Text; DefaultLimit where it is 0.
	Limit int
}

// writer builds one version of a body.
type writer struct {
	c       Context
	limits  limits
	clipped int
}

// limits are the most bytes of single texts.
type limits struct {
	name, prose, value, statement int
	mistakes                      int // most diagnostics
	summary                       bool
}

var (
	inComment = limits{name: 200, prose: 600, value: 1_500, statement: 4_000, mistakes: 100}
	inSummary = limits{name: 1_000, prose: 10_000, value: 30_000, statement: 100_000, mistakes: 1_000, summary: true}
)

// body builds both versions of a page and fits them.
func body(m Marker, c Context, o Options, build func(w *writer) page) Body {
	b := Body{Marker: m}
	b.Text, b.Cut = write(m, c, inComment, cmp.Or(o.Limit, DefaultLimit), build)
	b.Text = strings.TrimRight(b.Text, "\n") // GitHub might, and then the same text would look changed
	b.Whole, b.WholeCut = write(m, c, inSummary, SummaryLimit, build)
	return b
}

func write(m Marker, c Context, l limits, limit int, build func(w *writer) page) (string, bool) {
	w := &writer{c: c, limits: l}
	p := build(w)
	p.head = m.Encode() + "\n" + p.head
	text, cut := p.fit(limit-1, w.notice)
	return strings.TrimRight(text, "\n") + "\n", cut || w.clipped > 0
}

func (c Context) marker(kind Kind, digest string) Marker {
	return Marker{Kind: kind, Project: short(cmp.Or(c.Project, "tapestry.yaml")), Environment: short(cmp.Or(c.Environment, defaultEnvironment)), Commit: short(c.Commit), Digest: short(digest)}
}

// notice says what is left out and where it is.
func (w *writer) notice(missing []deploy.Count) string {
	var parts []string
	for _, m := range missing {
		parts = append(parts, count(m.N, m.Name))
	}
	if w.clipped > 0 {
		parts = append(parts, "the end of "+count(w.clipped, "long text"))
	}
	if parts == nil {
		return ""
	}
	text := "> [!NOTE]\n> Left out to fit: " + strings.Join(parts, ", ") + "."
	if where := w.whole(); where != "" {
		text += " " + where
	}
	return text + "\n\n"
}

// whole says where to read what is left out.
func (w *writer) whole() string {
	run, ok := safeURL(w.c.RunURL)
	switch {
	case w.limits.summary && w.c.PlanFile != "":
		return "The whole is in the artefact " + w.code(w.c.PlanFile) + " of this run."
	case w.limits.summary:
		return ""
	case ok:
		return "The whole is in the [summary of the run](" + run + ")."
	}
	return "The whole is in the summary of the run."
}

// title is the first line that a reader sees.
func (w *writer) title(what, pipeline, environment string) string {
	return "### " + what + ": " + w.code(cmp.Or(pipeline, w.c.Project, "tapestry.yaml")) + " in " + w.code(cmp.Or(environment, defaultEnvironment)) + "\n\n"
}

// foot is what a body is about, in small letters.
func (w *writer) foot(digest, tool string) string {
	var parts []string
	if w.c.Project != "" {
		parts = append(parts, w.code(w.c.Project))
	}
	if w.c.Commit != "" {
		parts = append(parts, "commit "+w.commit())
	}
	if digest != "" {
		parts = append(parts, "plan "+w.code(digest))
	}
	if tool != "" {
		parts = append(parts, "tapestry-ci "+w.code(tool))
	}
	if run, ok := safeURL(w.c.RunURL); ok {
		parts = append(parts, "[run]("+run+")")
	}
	if parts == nil {
		return ""
	}
	return "<sub>" + strings.Join(parts, " · ") + "</sub>\n"
}

var (
	safeLink   = regexp.MustCompile(`^https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~%/-]*)?(#[A-Za-z0-9-]*)?$`)
	repository = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)
	fullCommit = regexp.MustCompile(`^[0-9a-f]{40}$|^[0-9a-f]{64}$`)
)

// linkMost is the longest address that is linked.
const linkMost = 1_000

// safeURL gives a link only where nothing in it could end the link.
func safeURL(url string) (string, bool) {
	return url, len(url) <= linkMost && safeLink.MatchString(url)
}

// link makes a link to a page of the repository, where its address is known.
func (w *writer) link(text, page string) string {
	if len(w.c.Repository) > linkMost || !repository.MatchString(w.c.Repository) || len(w.c.Commit) > 64 || !fullCommit.MatchString(w.c.Commit) {
		return text
	}
	url, ok := safeURL(strings.TrimRight(cmp.Or(w.c.Server, "https://github.com"), "/") + "/" + w.c.Repository + page)
	if !ok {
		return text
	}
	return "[" + text + "](" + url + ")"
}

func (w *writer) commit() string {
	short := w.c.Commit
	if len(short) <= 64 && fullCommit.MatchString(short) {
		short = short[:12]
	}
	return w.link(w.code(short), "/commit/"+w.c.Commit)
}

// place is a line of a file, linked. file is relative to the pipeline's folder.
func (w *writer) place(text, file string, line int) string {
	if len(file) > linkMost || len(w.c.Project) > linkMost {
		return w.code(text)
	}
	return w.link(w.code(text), fmt.Sprintf("/blob/%s/%s#L%d", w.c.Commit, escapePath(path.Join(path.Dir(w.c.Project), file)), line))
}

// escapePath percent-encodes all that is not plain in a path of a URL.
func escapePath(p string) string {
	var b strings.Builder
	for i := range len(p) {
		ch := p[i]
		if ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z' || ch >= '0' && ch <= '9' || strings.IndexByte("/._-~", ch) >= 0 {
			b.WriteByte(ch)
		} else {
			fmt.Fprintf(&b, "%%%02X", ch)
		}
	}
	return b.String()
}
