package graph

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Write draws g in one of the forms text, mermaid, dot, json.
func Write(w io.Writer, g Graph, form string, columns bool) error {
	switch form {
	case "json":
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(g)
	case "mermaid":
		return write(w, g.mermaid(columns))
	case "dot":
		return write(w, g.dot(columns))
	}
	return write(w, g.text(columns))
}

func write(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return err
}

// text lists every model and sync with what it reads, and, with columns, the
// way of each column. A column with personal data has an asterisk.
func (g Graph) text(columns bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n", g.Pipeline, g.Environment)
	for _, kind := range []string{"stream", "model", "sync"} {
		fmt.Fprintf(&b, "\n%ss\n", kind)
		for _, n := range g.Nodes {
			if n.Kind == kind {
				g.textNode(&b, n, columns)
			}
		}
	}
	if columns {
		b.WriteString("\n* personal data\n")
	}
	return b.String()
}

func (g Graph) textNode(b *strings.Builder, n Node, columns bool) {
	off := ""
	if n.Off {
		off = ", off"
	}
	fmt.Fprintf(b, "  %s (%s%s)\n", n.Name, n.Detail, off)
	for _, e := range g.Edges {
		if e.To == n.ID {
			fmt.Fprintf(b, "    ← %s\n", name(e.From))
		}
	}
	if !columns {
		return
	}
	for _, c := range n.Columns {
		mark := ""
		if c.PII {
			mark = "*"
		}
		var from []string
		for _, f := range g.Columns {
			if f.To == (End{n.ID, c.Name}) {
				from = append(from, name(f.From.Node)+"."+f.From.Column)
			}
		}
		line := fmt.Sprintf("      %s%s %s", c.Name, mark, c.Type)
		if from != nil {
			line += " ← " + strings.Join(from, ", ")
		}
		b.WriteString(line + "\n")
	}
}

// name is a node's id without its kind.
func name(id string) string {
	_, after, _ := strings.Cut(id, ":")
	return after
}

func (g Graph) mermaid(columns bool) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	ids := map[string]string{}
	for i, n := range g.Nodes {
		ids[n.ID] = fmt.Sprintf("n%d", i)
		shape := map[string]string{"stream": "[(%s)]", "model": "[%s]", "sync": "([%s])"}[n.Kind]
		fmt.Fprintf(&b, "  n%d"+shape+"\n", i, `"`+mermaidText(n, columns)+`"`)
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "  %s --> %s\n", ids[e.From], ids[e.To])
	}
	return b.String()
}

// mermaidText is safe inside a quoted Mermaid label: whatever has a meaning
// there becomes an entity.
func mermaidText(n Node, columns bool) string {
	text := entity(n.Name)
	if columns {
		for _, c := range n.Columns {
			text += "<br/>" + entity(c.Name)
			if c.PII {
				text += "*"
			}
		}
	}
	return text
}

func entity(s string) string {
	return strings.NewReplacer("&", "#amp;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "#", "#35;", "`", "#96;", "\n", " ").Replace(s)
}

func (g Graph) dot(columns bool) string {
	var b strings.Builder
	b.WriteString("digraph tapestry {\n  rankdir=LR;\n  node [fontname=\"Helvetica\"];\n")
	for _, n := range g.Nodes {
		shape := map[string]string{"stream": "cylinder", "model": "box", "sync": "oval"}[n.Kind]
		label := n.Name
		if columns {
			for _, c := range n.Columns {
				label += "\n" + c.Name
			}
		}
		fmt.Fprintf(&b, "  %s [shape=%s, label=%s];\n", quoted(n.ID), shape, quoted(label))
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "  %s -> %s;\n", quoted(e.From), quoted(e.To))
	}
	b.WriteString("}\n")
	return b.String()
}

// quoted is a DOT string: only quotes and backslashes need care in it.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
