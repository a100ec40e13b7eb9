package snowflake

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/cfn"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/modelsql"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	full := fullPipeline()
	full.Ingestion.Landing = ir.S3
	for name, p := range map[string]*ir.Pipeline{"rain-shield": irtest.RainShield(), "enterprise-s3": full} {
		dir := filepath.Join("testdata", name)
		artifacts := Emit(p)
		if *update {
			require.NoError(t, os.RemoveAll(dir))
			require.NoError(t, os.MkdirAll(dir, 0o755))
		}
		entries, _ := os.ReadDir(dir)
		if !*update {
			require.Len(t, entries, len(artifacts), "files in %s; run with -update", dir)
		}
		for _, a := range artifacts {
			path := filepath.Join(dir, filepath.Base(a.Path))
			if *update {
				require.NoError(t, os.WriteFile(path, a.Content, 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), string(a.Content), path)
		}
	}
}

// The system that this one follows needed 34 statements.
func TestRainShieldHasEnoughStatements(t *testing.T) {
	migrations, bootstrap := Set(irtest.RainShield()).Count()
	require.GreaterOrEqual(t, migrations, 34)
	require.Positive(t, bootstrap)
}

func TestIDsAreUniqueAndEachStatementIsInItsFileOnce(t *testing.T) {
	for name, p := range variants() {
		texts := map[string]string{}
		for _, a := range Emit(p) {
			texts[a.Path] = string(a.Content)
			require.True(t, strings.HasSuffix(texts[a.Path], "\n") && !strings.HasSuffix(texts[a.Path], "\n\n"), a.Path)
		}
		seen := map[string]bool{}
		for _, s := range Set(p).Statements {
			require.False(t, seen[s.ID], "%s: %s comes twice", name, s.ID)
			seen[s.ID] = true
			require.Equal(t, s.SQL == "", s.File == "", s.ID)
			if s.SQL != "" {
				require.Equal(t, 1, strings.Count(texts[s.File], "-- id: "+s.ID+"\n"), "%s: %s", name, s.ID)
				require.Equal(t, 1, strings.Count(texts[s.File], "\n"+s.SQL+";\n"), "%s: %s", name, s.ID)
			}
		}
	}
}

// A reader of the file finds as many statements as the manifest has, whatever
// the names in it are.
func TestNoNameLeavesItsPlace(t *testing.T) {
	for name, p := range variants() {
		want := map[string][]string{}
		for _, s := range Set(p).Statements {
			if s.SQL != "" {
				want[s.File] = append(want[s.File], s.SQL)
			}
		}
		for _, a := range Emit(p) {
			if strings.HasSuffix(a.Path, ".sql") {
				require.Equal(t, want[a.Path], split(string(a.Content)), "%s: %s", name, a.Path)
			}
		}
	}
	p := irtest.RainShield()
	p.Sources[0].Schema = "RAW\n-- id: x\n;DROP"
	for _, a := range Emit(p) {
		if a.Path == "snowflake/005_schemas.sql" {
			require.Len(t, split(string(a.Content)), 9)
		}
	}
}

// split cuts a file into statements as Snowflake does: at each ; that is not in
// a comment, a constant or a quoted name.
func split(text string) []string {
	var out []string
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case strings.HasPrefix(text[i:], "--"):
			end := strings.IndexByte(text[i:], '\n')
			i += end
		case c == '\'' || c == '"':
			end := i + 1
			for ; text[end] != c; end++ {
				if c == '\'' && text[end] == '\\' {
					end++
				}
			}
			b.WriteString(text[i : end+1])
			i = end
		case c == ';':
			out = append(out, strings.TrimSpace(b.String()))
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	return out
}

func TestSameInputSameBytesWhateverItsOrder(t *testing.T) {
	want := Emit(manySources(5))
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		p := manySources(5)
		shuffle(random, p.Sources)
		for i := range p.Sources {
			shuffle(random, p.Sources[i].Streams)
			for j := range p.Sources[i].Streams {
				p.Sources[i].Streams[j].Columns = slices.Clone(p.Sources[i].Streams[j].Columns)
				shuffle(random, p.Sources[i].Streams[j].Columns)
			}
		}
		shuffle(random, p.Models[0].Columns)
		shuffle(random, p.Destinations[0].Syncs[0].Fields)
		require.Equal(t, want, Emit(p))
	}
}

func shuffle[T any](r *rand.Rand, list []T) {
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// Adding a source adds statements about it and changes no other.
func TestASourceTouchesItsOwnStatementsOnly(t *testing.T) {
	for name, p := range variants() {
		if name == "hostile" || name == "quoted" {
			continue
		}
		before := byID(Set(p))
		after := byID(Set(withSource(p, "aaa", "RAW_AAA")))
		require.Greater(t, len(after), len(before))
		for id, s := range after {
			if old, there := before[id]; there {
				require.Equal(t, old, s, "%s: %s", name, id)
			} else {
				require.Contains(t, id, "RAW_AAA", name)
			}
			delete(before, id)
		}
		require.Empty(t, before, name)
	}
}

func byID(set migration.Set) map[string]migration.Statement {
	out := map[string]migration.Statement{}
	for _, s := range set.Statements {
		out[s.ID] = s
	}
	return out
}

// What statements rest on and is not among them was there before.
func TestNothingElseIsNeeded(t *testing.T) {
	for name, p := range variants() {
		allowed := map[string]bool{"create/role/SYSADMIN": true}
		if p.Snowflake.Existing {
			allowed["create/database/"+printable(newSetup(p).database().name())] = true
		}
		_, outside := statements(p)
		for _, id := range outside {
			require.True(t, allowed[id], "%s: %s", name, id)
		}
	}
}

func TestNobodyGetsEverything(t *testing.T) {
	for name, p := range variants() {
		for _, s := range Set(p).Statements {
			text := " " + strings.Join(strings.FieldsFunc(s.SQL, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' }), " ") + " "
			require.NotContains(t, text, " PUBLIC ", "%s: %s", name, s.ID)
			require.NotContains(t, text, " ALL ", "%s: %s", name, s.ID)
			if !s.Bootstrap {
				require.NotContains(t, text, accountAdmin, "%s: %s", name, s.ID)
				require.NotEqual(t, accountAdmin, s.As, "%s: %s", name, s.ID)
			}
		}
	}
}

func TestDataIsKept(t *testing.T) {
	for name, p := range variants() {
		for _, s := range Set(p).Statements {
			switch s.Object.Type {
			case "database", "schema", "table":
				if s.Kind == migration.Create {
					require.True(t, s.HoldsData, "%s: %s", name, s.ID)
				}
			}
			require.False(t, s.HoldsData && s.Undo != "", "%s: %s would take data with it", name, s.ID)
			require.NotRegexp(t, `^DROP (DATABASE|SCHEMA|TABLE)`, s.Undo, name)
			if s.Grant != nil && s.Grant.Privilege != "OWNERSHIP" {
				require.NotEmpty(t, s.Undo, "%s: %s", name, s.ID)
			}
		}
	}
}

func TestSyncViewColumns(t *testing.T) {
	p := irtest.RainShield()
	sync := &p.Destinations[0].Syncs[0]
	// One column fills two fields; it comes once.
	sync.Fields = append(sync.Fields, ir.SyncColumn{Field: "EMAIL2", Column: "email", SQL: "EMAIL", Type: ir.Type{Kind: ir.Email}},
		ir.SyncColumn{Field: "SPEND", Column: "spend", SQL: "SPEND", Type: ir.Type{Kind: ir.Number, Precision: 12, Scale: 2}})
	require.Equal(t, []string{
		"CAST(NULL AS VARCHAR) AS EMAIL", "CAST(NULL AS VARCHAR) AS FIRST_NAME", "CAST(NULL AS VARCHAR) AS LAST_NAME",
		"CAST(NULL AS NUMBER(12,2)) AS SPEND", "CAST(NULL AS TIMESTAMP_NTZ) AS CHANGED_AT", "CAST(NULL AS BOOLEAN) AS REMOVED",
	}, viewColumns(*sync))
}

// C7, C8: a name keeps its identity, and is quoted part by part.
func TestNamesAreQuotedWhereNeeded(t *testing.T) {
	p := irtest.RainShield()
	p.Snowflake.Users.Dbt = "jon.doe@x.example"
	p.Snowflake.Roles.Reader = "reader"
	set := byID(Set(p))
	require.Equal(t, `GRANT ROLE RAIN_SHIELD_TRANSFORMER TO USER "jon.doe@x.example"`, set[`grant/role/RAIN_SHIELD_TRANSFORMER/to/user/"jon.doe@x.example"`].SQL)
	require.Equal(t, `GRANT USAGE ON SCHEMA RAIN_SHIELD.SYNCS TO ROLE "reader"`, set[`grant/usage/schema/RAIN_SHIELD.SYNCS/to/role/"reader"`].SQL)
	require.Equal(t, []string{"jon.doe@x.example"}, set[`create/user/"jon.doe@x.example"`].Object.Parts)
}

func TestPrintable(t *testing.T) {
	require.Equal(t, "ÜBER.\"a%20b%2Fc%25\"", printable("ÜBER.\"a b/c%\""))
	require.Equal(t, "a%0A--%0D%E2%80%A8%C2%85b%FF", printable("a\n--\r\u2028\u0085b\xff"))
}

func TestArtifacts(t *testing.T) {
	p := fullPipeline()
	p.Ingestion.Landing = ir.S3
	byPath := map[string]emit.Artifact{}
	for _, a := range Emit(p) {
		byPath[a.Path] = a
		require.Equal(t, "snowflake", a.Provider)
		require.NotEmpty(t, a.Origins, a.Path)
	}
	require.Equal(t, []string{"bootstrap:snowflake"}, byPath["snowflake/bootstrap.sql"].Provides)
	require.Contains(t, byPath["snowflake/009_network.sql"].Needs, "stack:foundation")
	require.Contains(t, byPath["snowflake/010_landing.sql"].Needs, "stack:ingestion")
	require.Contains(t, byPath["snowflake/011_sync_views.sql"].Provides, "view:SYNCS.SYNC_MAILCHIMP_NEWSLETTER")
	require.Contains(t, byPath["snowflake/005_schemas.sql"].Provides, "schema:RAW_ZOOM")
	_, err := migration.Parse(byPath[manifestPath].Content)
	require.NoError(t, err)
}

func BenchmarkEmit(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		p := manySources(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for range b.N {
				Emit(p)
			}
		})
	}
}

// The names that other emitters give to what this one uses.
func TestNamesAgreeWithTheOtherEmitters(t *testing.T) {
	require.Equal(t, "output.foundation."+cfn.OutEgressAddresses, egress.Name)
	require.Equal(t, "output.ingestion."+cfn.OutLandingBucket, landingBucket.Name)
	require.Equal(t, "output.ingestion."+cfn.OutLandingRole, landingRole.Name)
	stack := cfn.Templates(irtest.RainShield())[2].Content()
	require.Contains(t, string(stack), "Value: "+Set(irtest.RainShield()).Place()+"\n")

	sync := irtest.RainShield().Destinations[0].Syncs[0]
	var want []string
	for _, c := range modelsql.SyncColumns(&sync) {
		want = append(want, c.SQL)
	}
	want = append(want, modelsql.ChangedAt, modelsql.Removed)
	require.Len(t, viewColumns(sync), len(want))
	for _, column := range want {
		require.True(t, slices.ContainsFunc(viewColumns(sync), func(c string) bool { return strings.HasSuffix(c, " AS "+column) }), column)
	}
}
