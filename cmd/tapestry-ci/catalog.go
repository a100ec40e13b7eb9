package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/lock"
)

type catalogVerb struct {
	List   catalogList   `cmd:"" help:"List the connectors."`
	Show   catalogShow   `cmd:"" help:"Show what a connector needs and has."`
	Update catalogUpdate `cmd:"" help:"Lock connectors of Airbyte's registry, so that a pipeline can use them."`
}

// beside says which pipeline's lock is looked at.
type beside struct {
	Project string `short:"p" default:"." help:"Folder with a tapestry.yaml, or the file itself." placeholder:"PATH"`
}

// catalog is what the program carries with what the pipeline has locked. A
// folder without a pipeline has no lock.
func (b beside) catalog(s stdio) (*catalog.Catalog, error) {
	dir, _ := b.place()
	cat, broken := compiler.Catalog(os.DirFS(dir), "tapestry.yaml", nil)
	if len(broken) == 0 {
		return cat, nil
	}
	data, _ := os.ReadFile(filepath.Join(dir, lock.Name)) // it was read a moment ago
	if err := diag.WriteText(s.err, relocate(broken, dir), diag.Options{Color: s.colour(s.err), Source: func(string) []byte { return data }}); err != nil {
		return nil, err
	}
	return cat, errReported
}

// place is the folder and the name of the pipeline file.
func (b beside) place() (dir, file string) {
	if info, err := os.Stat(b.Project); err == nil && !info.IsDir() {
		return filepath.Dir(b.Project), filepath.Base(b.Project)
	}
	return b.Project, "tapestry.yaml"
}

type catalogList struct {
	beside
	Format string `short:"f" default:"text" enum:"text,json" help:"Form of the output: ${enum}."`
}

// connector is one line of the list.
type connector struct {
	Name        string `json:"name"`
	Kind        string `json:"kind"`
	Title       string `json:"title"`
	Description string `json:"description"`
	// Engine is what runs it: airbyte for sources, grouparoo for destinations.
	Engine  string `json:"engine"`
	Version string `json:"version,omitempty"`
}

// Run lists the connectors.
func (v catalogList) Run(s stdio) error {
	cat, err := v.catalog(s)
	if err != nil {
		return err
	}
	all := connectors(cat)
	if v.Format == "json" {
		return printJSON(s.out, all)
	}
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	kind := ""
	for _, c := range all {
		if c.Kind != kind {
			kind = c.Kind
			fmt.Fprintf(t, "%ss\n", kind)
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\n", c.Name, c.Title, c.Description)
	}
	return t.Flush()
}

func connectors(cat *catalog.Catalog) []connector {
	var out []connector
	for _, name := range cat.SourceNames() {
		e, _ := cat.Source(name)
		out = append(out, connector{name, "source", e.Title, e.Description, "airbyte", e.Airbyte.Version})
	}
	for _, name := range cat.DestinationNames() {
		e, _ := cat.Destination(name)
		out = append(out, connector{name, "destination", e.Title, e.Description, e.Engine, ""})
	}
	return out
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type catalogShow struct {
	beside
	Name   string `arg:"" help:"Name of the connector, such as zoom."`
	Format string `short:"f" default:"text" enum:"text,json" help:"Form of the output: ${enum}."`
}

// Run shows a connector, as source, as destination or as both.
func (v catalogShow) Run(s stdio) error {
	cat, err := v.catalog(s)
	if err != nil {
		return err
	}
	src, _ := cat.Source(v.Name)
	dst, _ := cat.Destination(v.Name)
	if src == nil && dst == nil {
		near := diag.Nearest(v.Name, append(cat.SourceNames(), cat.DestinationNames()...))
		if near != "" {
			near = fmt.Sprintf("; did you mean %q?", near)
		}
		return fmt.Errorf("there is no connector %q%s\nList them with: tapestry-ci catalog list\nLock one of Airbyte's registry with: tapestry-ci catalog update NAME", v.Name, near)
	}
	if v.Format == "json" {
		return printJSON(s.out, describeConnector(v.Name, src, dst))
	}
	if src != nil {
		showSource(s.out, src)
	}
	if src != nil && dst != nil {
		fmt.Fprintln(s.out)
	}
	if dst != nil {
		showDestination(s.out, dst)
	}
	return nil
}

func showSource(w io.Writer, e *catalog.Source) {
	fmt.Fprintf(w, "source %s: %s\n%s\n%s %s, definition %s, licence %s\n%s\n", e.Name, e.Title, e.Description,
		e.Airbyte.Repository, e.Airbyte.Version, e.Airbyte.Definition, e.Airbyte.License, e.Docs)
	showFields(w, "config", e.Config, 1)
	fmt.Fprintln(w, "\nstreams")
	for i, name := range e.Streams.Keys {
		st := e.Streams.Values[i]
		fmt.Fprintf(w, "  %s%s%s\n", name, labelled("key", strings.Join(st.PrimaryKey, ", ")), labelled("cursor", st.Cursor))
		for j, c := range st.Columns.Keys {
			mark := ""
			if slices.Contains(st.PII, c) {
				mark = "*"
			}
			fmt.Fprintf(w, "    %s%s: %s\n", c, mark, st.Columns.Values[j])
		}
	}
	if e.Discovered {
		fmt.Fprintln(w, "  and whatever else the account has: name it and list its columns")
	}
	fmt.Fprintln(w, "\n* personal data")
}

func labelled(label, text string) string {
	if text == "" {
		return ""
	}
	return "  " + label + " " + text
}

func showFields(w io.Writer, title string, f catalog.Fields, depth int) {
	indent := strings.Repeat("  ", depth)
	fmt.Fprintf(w, "\n%s%s\n", strings.Repeat("  ", depth-1), title)
	for i, name := range f.Keys {
		v := &f.Values[i]
		if v.Const != nil {
			continue
		}
		words := []string{v.Type}
		if v.Required && v.Default == nil {
			words = append(words, "required")
		}
		if v.Secret {
			words = append(words, "secret")
		}
		if v.Default != nil && v.Default.Text != "" {
			words = append(words, "default "+v.Default.Text)
		}
		if len(v.Enum) > 0 {
			words = append(words, "one of "+strings.Join(v.Enum, ", "))
		}
		fmt.Fprintf(w, "%s%s (%s) %s\n", indent, name, strings.Join(words, ", "), v.Description)
		if v.Fields.Len() > 0 {
			showFields(w, name+" has", v.Fields, depth+1)
		}
		for j := range v.OneOf {
			showFields(w, "as "+v.OneOf[j].Title, v.OneOf[j].Fields, depth+1)
		}
	}
}

func showDestination(w io.Writer, e *catalog.Destination) {
	fmt.Fprintf(w, "destination %s: %s\n%s\nrun by %s (%s)\n%s\n", e.Name, e.Title, e.Description, e.Engine, e.Grouparoo.Plugin, e.Docs)
	showFields(w, "config", e.Config, 1)
	showFields(w, "to", e.To, 1)
	showDestFields(w, "key", e.Keys, e.OpenKeys)
	showDestFields(w, "fields", e.Fields, e.OpenFields)
	fmt.Fprintf(w, "\nmodes: %s\n", strings.Join(e.Modes.Keys, ", "))
	if len(e.OnRemoved) > 0 {
		fmt.Fprintf(w, "on_removed: %s\n", strings.Join(e.OnRemoved, ", "))
	}
	for _, n := range e.Notes {
		fmt.Fprintf(w, "note: %s\n", n)
	}
}

func showDestFields(w io.Writer, title string, m catalog.OrderedMap[catalog.DestField], open string) {
	fmt.Fprintf(w, "\n%s\n", title)
	for i, name := range m.Keys {
		f := m.Values[i]
		words := []string{}
		if f.Type != "" {
			words = append(words, f.Type)
		}
		if f.Required {
			words = append(words, "required")
		}
		about := f.Description
		if f.Refused != "" {
			words, about = append(words, "cannot be filled"), f.Refused
		}
		line := "  " + name
		if len(words) > 0 {
			line += " (" + strings.Join(words, ", ") + ")"
		}
		fmt.Fprintln(w, strings.TrimRight(line+" "+about, " "))
	}
	if open != "" {
		fmt.Fprintf(w, "  and any name like %s\n", open)
	}
}
