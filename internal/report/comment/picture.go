package comment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Graph is the pipeline as a picture shows it: what internal/graph has, with
// the objects that stand for each node.
type Graph struct {
	Nodes []Node
	Edges []Edge
}

// Node is a stream, a model or a sync.
type Node struct {
	ID    string // stream:zoom.users, as in FieldChange.Affects
	Kind  string // stream, model, sync
	Name  string // zoom.users
	Group string // the source or the destination
	// Objects are ids or names of changes that stand for the node besides those
	// of its own kind and name, such as RAW_ZOOM.USERS.
	Objects []string
}

// Edge says that To reads From.
type Edge struct{ From, To string }

// pictureMost is how many nodes are drawn. Of a larger pipeline only what
// changes is, with its neighbours.
const pictureMost = 40

// pictureMarks are how nodes are drawn. The sign says it without colour.
var pictureMarks = []struct {
	class, sign, style string
	legend             string
}{
	{"blocked", "! ", "fill:#ffebe9,stroke:#cf222e,stroke-width:3px,color:#1f2328", "**!** blocked"},
	{"taken", "− ", "fill:#ffebe9,stroke:#cf222e,color:#1f2328", "**−** deleted"},
	{"changed", "~ ", "fill:#fff8c5,stroke:#9a6700,color:#1f2328", "**~** changed"},
	{"made", "+ ", "fill:#dafbe1,stroke:#1a7f37,color:#1f2328", "**+** new"},
	{"later", "? ", "fill:#ddf4ff,stroke:#0969da,color:#1f2328", "**?** known later"},
	{reached, "", "fill:none,stroke:#9a6700,stroke-dasharray:4 3", "dashed: reads what changes"},
	{"same", "", "fill:none,stroke:#8c959f", ""},
}

// reached is the mark of what only reads something that changes.
const reached = "reached"

var classOf = map[deploy.Action]string{deploy.Blocked: "blocked", deploy.Delete: "taken", deploy.Replace: "changed", deploy.Update: "changed",
	deploy.Create: "made", deploy.Deferred: "later"}

// picture draws sources, models, syncs and destinations, with what changes
// marked. It is folded where nothing in it changes or where it is large.
func (w *writer) picture(p *deploy.Plan) []node {
	if w.c.Graph == nil || len(w.c.Graph.Nodes) == 0 {
		return nil
	}
	g := *w.c.Graph
	classes := classesOf(&g, p)
	drawn := drawnOf(&g, classes)
	if len(drawn) == 0 {
		return nil
	}
	tag := "<details open>"
	if len(classes) == 0 || len(drawn) > 16 {
		tag = "<details>"
	}
	summary := "The pipeline"
	if hidden := len(g.Nodes) - len(drawn); hidden > 0 {
		summary += fmt.Sprintf(" (%s of %s nodes)", thousands(len(drawn)), thousands(len(g.Nodes)))
	}
	text := tag + "<summary>" + summary + "</summary>\n\n```mermaid\n" + strings.Join(mermaid(&g, drawn, classes), "\n") + "\n```\n\n"
	if legend := legendOf(drawn, classes); legend != "" {
		text += legend + "\n\n"
	}
	return []node{{text: text + "</details>\n\n", rank: rankPicture, noun: "picture of the pipeline"}}
}

// classesOf says how each node that changes is marked, and each that reads
// something that changes, whether a change says so or the edges do.
func classesOf(g *Graph, p *deploy.Plan) map[string]string {
	gravest := map[string]int{} // place in pictureMarks, by a word for what changes
	read := map[string]bool{}   // ids that a change names as downstream of it
	for _, c := range seen(p) {
		place := markOf(c)
		if place < 0 {
			continue
		}
		for _, word := range wordsOf(c) {
			if was, ok := gravest[word]; !ok || place < was {
				gravest[word] = place
			}
		}
		for _, f := range c.Fields {
			for _, a := range f.Affects {
				for end := range a {
					if a[end] == '.' {
						read[a[:end]] = true
					}
				}
				read[a] = true
			}
		}
	}
	out := map[string]string{}
	for _, n := range g.Nodes {
		best := len(pictureMarks)
		for _, word := range n.words() {
			if place, ok := gravest[word]; ok {
				best = min(best, place)
			}
		}
		if best < len(pictureMarks) {
			out[n.ID] = pictureMarks[best].class
		} else if read[n.ID] {
			out[n.ID] = reached
		}
	}
	spread(g, out)
	return out
}

// markOf is the place of a change's mark, or -1.
func markOf(c deploy.Change) int {
	class := classOf[c.Action]
	for i, m := range pictureMarks {
		if m.class == class {
			return i
		}
	}
	return -1
}

// wordsOf are the words by which a node finds a change that is of it.
func wordsOf(c deploy.Change) []string {
	out := []string{"id " + c.ID, "name " + c.Name, c.Kind + " " + c.Name}
	switch {
	case c.Kind == "table":
		out = append(out, "table "+folded(strings.TrimPrefix(c.Name, "RAW_")))
	case c.Provider == "airbyte" && (c.Kind == "source" || c.Kind == "connection"):
		out = append(out, "source "+c.Name)
	}
	return out
}

// words are those of the changes that are of the node.
func (n Node) words() []string {
	out := []string{n.Kind + " " + n.Name}
	for _, o := range n.Objects {
		out = append(out, "id "+o, "name "+o)
	}
	if n.Kind == "stream" {
		out = append(out, "table "+folded(n.Name), "source "+n.Group)
	}
	return out
}

// spread marks whatever is downstream of a marked node.
func spread(g *Graph, classes map[string]string) {
	var next []string
	for _, n := range g.Nodes {
		if classes[n.ID] != "" {
			next = append(next, n.ID)
		}
	}
	for ; len(next) > 0; next = next[1:] {
		for _, e := range g.Edges {
			if e.From == next[0] && classes[e.To] == "" {
				classes[e.To] = reached
				next = append(next, e.To)
			}
		}
	}
}

// folded is a name as systems compare it that know no case and few marks.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(name))
}

// drawnOf picks the nodes that are drawn.
func drawnOf(g *Graph, classes map[string]string) []Node {
	if len(g.Nodes) <= pictureMost {
		return g.Nodes
	}
	near := map[string]bool{}
	for _, e := range g.Edges {
		near[e.From] = near[e.From] || classes[e.To] != ""
		near[e.To] = near[e.To] || classes[e.From] != ""
	}
	var changed, beside []Node
	for _, n := range g.Nodes {
		if classes[n.ID] != "" {
			changed = append(changed, n)
		} else if near[n.ID] {
			beside = append(beside, n)
		}
	}
	all := append(changed, beside...)
	return all[:min(len(all), pictureMost)]
}

var pictureShapes = map[string]string{"stream": `[("%s")]`, "model": `["%s"]`, "sync": `(["%s"])`}

// mermaid is the flowchart: a box a source with its streams, models, a box a
// destination with its syncs.
func mermaid(g *Graph, drawn []Node, classes map[string]string) []string {
	out := []string{"flowchart LR"}
	ids, boxes := map[string]string{}, 0
	for _, kind := range []string{"stream", "model", "sync"} {
		for _, group := range groupsOf(drawn, kind) {
			if group != "" {
				out = append(out, fmt.Sprintf(`  subgraph g%d["%s"]`, boxes, label(group)))
			}
			for _, n := range drawn {
				if n.Kind == kind && n.Group == group {
					ids[n.ID] = fmt.Sprintf("n%d", len(ids))
					text := signOf(classes[n.ID]) + label(strings.TrimPrefix(n.Name, group+"."))
					out = append(out, "  "+ids[n.ID]+fmt.Sprintf(pictureShapes[kind], text)+":::"+cmp.Or(classes[n.ID], "same"))
				}
			}
			if group != "" {
				out = append(out, "  end", fmt.Sprintf("  style g%d fill:none,stroke:#8c959f", boxes))
				boxes++
			}
		}
	}
	for _, e := range g.Edges {
		if ids[e.From] != "" && ids[e.To] != "" {
			out = append(out, "  "+ids[e.From]+" --> "+ids[e.To])
		}
	}
	for _, m := range pictureMarks {
		if m.class == "same" || marked(drawn, classes, m.class) {
			out = append(out, "  classDef "+m.class+" "+m.style)
		}
	}
	return out
}

func groupsOf(nodes []Node, kind string) []string {
	var out []string
	for _, n := range nodes {
		if n.Kind == kind && !slices.Contains(out, n.Group) {
			out = append(out, n.Group)
		}
	}
	return out
}

func marked(drawn []Node, classes map[string]string, class string) bool {
	return slices.ContainsFunc(drawn, func(n Node) bool { return classes[n.ID] == class })
}

func signOf(class string) string {
	for _, m := range pictureMarks {
		if m.class == class {
			return m.sign
		}
	}
	return ""
}

func legendOf(drawn []Node, classes map[string]string) string {
	var parts []string
	for _, m := range pictureMarks {
		if m.legend != "" && marked(drawn, classes, m.class) {
			parts = append(parts, m.legend)
		}
	}
	if parts == nil {
		return ""
	}
	return "<sub>" + strings.Join(parts, " · ") + "</sub>"
}

// labelMost is how many characters of a name a picture has room for.
const labelMost = 40

// label is text inside quotes of Mermaid: letters and digits as they are, all
// else as the number of the character.
func label(s string) string {
	runes := []rune(show(s[:min(len(s), 8*labelMost)]))
	if len(runes) > labelMost {
		runes = append(runes[:labelMost-1], '…')
	}
	if len(runes) == 0 {
		return " " // Mermaid takes no empty label
	}
	var b strings.Builder
	for _, r := range runes {
		if r > 0x7f || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '.' || r == ' ' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
