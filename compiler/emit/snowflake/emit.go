package snowflake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

const (
	provider     = "snowflake"
	folder       = "snowflake/"
	manifestPath = folder + "manifest.json"
)

// group is one file of statements.
type group struct {
	file  string
	title string
	make  func(setup) []statement
}

// groups are in the order in which they run. Their numbers never change: a
// group that a pipeline does not need leaves a gap.
var groups = []group{
	{"bootstrap", "Run once by an account administrator, before anything else.", bootstrap},
	{"001_database", "The database.", database},
	{"002_ledger", "The ledger of what was run.", ledger},
	{"003_warehouses", "How big the warehouses are and when they rest.", warehouseSettings},
	{"004_roles", "Roles, and who stands above whom.", roles},
	{"005_schemas", "Schemas, and who owns them.", schemas},
	{"006_users", "Service users. They have no passwords.", users},
	{"007_grants", "Who may do what.", grants},
	{"008_future_grants", "Who may do what on tables and views that are not there yet.", futureGrants},
	{"009_network", "Where the sync engine may sign in from.", network},
	{"010_landing", "Files in the landing bucket, and the tables that they are loaded into.", landing},
	{"011_sync_views", "What the sync engine reads.", syncViews},
	{"012_tags_and_masking", "Personal data is masked for everybody who does not move it.", masking},
}

// Emit writes the files and the manifest.
func Emit(p *ir.Pipeline) []emit.Artifact {
	list, _ := statements(p)
	artifacts := append(files(p, list), userSQL(p)...)
	set := wrap(p, list)
	content, err := set.JSON()
	if err != nil {
		// Only a type that JSON does not know could do this.
		panic(fmt.Sprintf("the manifest of the Snowflake statements: %v", err))
	}
	artifacts = append(artifacts, emit.Artifact{
		Path: manifestPath, Provider: provider, Kind: "manifest", Content: content,
		Needs: []string{"bootstrap:snowflake"}, Provides: provides(list), Origins: []source.Span{p.Snowflake.Origin},
	})
	emit.Sort(artifacts)
	return artifacts
}

// Set gives the statements of a pipeline as data.
func Set(p *ir.Pipeline) migration.Set {
	list, _ := statements(p)
	return wrap(p, list)
}

// statements gives all of them in order, and the ids that some rest on and
// that are not among them: those of objects that were there before.
func statements(p *ir.Pipeline) (list []statement, outside []string) {
	u := newSetup(p)
	for _, g := range groups {
		for _, s := range g.make(u) {
			if s.As == "" {
				s.As = p.Snowflake.Roles.Deploy
			}
			if s.SQL != "" {
				s.File = folder + g.file + ".sql"
			}
			s.Digest = migration.Digest(s.Statement)
			list = append(list, s)
		}
	}
	return list, link(list)
}

func wrap(p *ir.Pipeline, list []statement) migration.Set {
	s := p.Snowflake
	set := migration.Set{
		Version: migration.Version, Account: s.Account,
		Database: migration.Database{Name: s.Database, Existing: s.Existing},
		Plan:     migration.Login{User: s.Users.Plan, Role: s.Roles.Plan},
		Deploy:   s.Roles.Deploy, Warehouse: s.TransformWarehouse,
		Ledger:     ledgerOf(p),
		Statements: make([]migration.Statement, len(list)), Syncs: syncs(p), Secrets: grouparoo.SecretNames(p),
	}
	for i, st := range list {
		set.Statements[i] = st.Statement
	}
	return set
}

func ledgerOf(p *ir.Pipeline) migration.Object {
	return named("table", p.Snowflake.Database, p.Snowflake.Schemas.Ledger, ledgerTable).data()
}

// files gives the SQL of each group that has any.
func files(p *ir.Pipeline, list []statement) []emit.Artifact {
	byFile := map[string][]statement{}
	for _, s := range list {
		byFile[s.File] = append(byFile[s.File], s)
	}
	var out []emit.Artifact
	for _, g := range groups {
		path := folder + g.file + ".sql"
		if len(byFile[path]) > 0 {
			out = append(out, file(path, g, byFile[path], p.Snowflake.Origin))
		}
	}
	return out
}

func file(path string, g group, list []statement, origin source.Span) emit.Artifact {
	a := emit.Artifact{Path: path, Provider: provider, Kind: "migration", Needs: []string{"bootstrap:snowflake"}, Provides: provides(list)}
	if list[0].Bootstrap {
		a.Kind, a.Needs, a.Provides = "bootstrap", nil, []string{"bootstrap:snowflake"}
	}
	var b strings.Builder
	b.WriteString("-- " + g.title + "\n")
	spans := []source.Span{origin}
	for _, s := range list {
		b.WriteString("\n")
		block(&b, s)
		spans = append(spans, s.spans...)
		a.Parts = append(a.Parts, emit.Part{ID: s.ID, Origins: s.spans})
		a.Needs = append(a.Needs, stacks(s)...)
	}
	slices.Sort(a.Needs)
	a.Needs = slices.Compact(a.Needs)
	a.Content, a.Origins = []byte(b.String()), distinctSpans(spans)
	return a
}

// block writes one statement: comment lines with its id and what else a reader
// wants to know, then the statement. Nothing from the pipeline file gets into a
// comment line unless it is printable, so that no name can end the line.
func block(b *strings.Builder, s statement) {
	line := func(word, text string) {
		if text != "" {
			b.WriteString("-- " + word + ": " + text + "\n")
		}
	}
	line("id", s.ID)
	line("as", printable(sqlname.Ident(s.As)))
	if len(s.In) > 0 {
		line("in", printable(sqlname.Qualified(s.In...)))
	}
	if s.WhenExists != nil {
		line("when", printable(s.WhenExists.Name)+" exists; again after "+s.RepeatAfter)
	}
	line("why", s.Reason)
	b.WriteString(s.SQL + ";\n")
}

// stacks names the stacks whose outputs a statement needs.
func stacks(s statement) []string {
	var out []string
	for _, in := range s.Inputs {
		if rest, ok := strings.CutPrefix(in.Name, "output."); ok {
			name, _, _ := strings.Cut(rest, ".")
			out = append(out, "stack:"+name)
		}
	}
	return out
}

// provides names what other systems wait for: schemas, tables and views, and the
// parameters that keys and tokens go into.
func provides(list []statement) []string {
	var out []string
	for _, s := range list {
		if s.Step != nil {
			out = append(out, "parameter:"+s.Step.Param)
		}
		if s.Kind == migration.Create && slices.Contains([]string{"schema", "table", "view"}, s.Object.Type) {
			out = append(out, s.Object.Type+":"+strings.Join(s.Object.Parts[1:], "."))
		}
	}
	slices.Sort(out)
	return out
}

func distinctSpans(spans []source.Span) []source.Span {
	spans = slices.DeleteFunc(spans, func(s source.Span) bool { return !s.IsValid() })
	slices.SortFunc(spans, compareSpans)
	return slices.Compact(spans)
}

func compareSpans(a, b source.Span) int {
	switch {
	case a.File != b.File:
		return strings.Compare(a.File, b.File)
	case a.Start.Before(b.Start) || a.Start == b.Start && a.End.Before(b.End):
		return -1
	case a == b:
		return 0
	}
	return 1
}
