package archtest

// module is the path of this module, as go.mod says it.
const module = "github.com/tapestry-ci/tapestry-ci"

// layer says what a package may import of this module. A name that ends in a
// slash stands for all packages below that folder.
type layer struct {
	name string
	may  []string
}

// layers is the direction of imports, from the ground up. The first entry that
// fits a package counts. Test files are free: a test may look at its package
// from any side.
//
//	source ← diag ← decode ← catalog ← spec ← resolve ← check
//	source ← ir ← lower(spec, catalog, resolve)
//	source ← ir ← emit/*
//
// The emitters see the Pipeline and nothing before it, and deploy and the
// providers see the artefacts alone: what was reviewed is what is applied.
var layers = []layer{
	{"compiler/source", nil},
	{"compiler/schedule", nil},
	{"compiler/diag", []string{"compiler/source"}},
	{"compiler/decode", []string{"compiler/source", "compiler/diag"}},
	{"compiler/catalog", []string{"compiler/source", "compiler/diag", "compiler/decode"}},
	{"compiler/connector", []string{"compiler/source", "compiler/catalog"}},
	{"compiler/lock", []string{"compiler/source", "compiler/diag", "compiler/decode", "compiler/catalog", "compiler/connector"}},
	{"compiler/spec", []string{"compiler/source", "compiler/diag", "compiler/decode", "compiler/catalog", "compiler/schedule"}},
	{"compiler/ir", []string{"compiler/source"}},
	{"compiler/ir/", []string{"compiler/source", "compiler/ir"}},
	{"compiler/resolve", []string{"compiler/source", "compiler/diag", "compiler/decode", "compiler/catalog", "compiler/spec", "compiler/schedule", "compiler/ir"}},
	{"compiler/check", []string{"compiler/source", "compiler/diag", "compiler/decode", "compiler/catalog", "compiler/spec", "compiler/schedule", "compiler/ir", "compiler/resolve"}},
	{"compiler/lower", []string{"compiler/source", "compiler/catalog", "compiler/spec", "compiler/schedule", "compiler/ir", "compiler/resolve"}},
	{"compiler/emit", []string{"compiler/source"}},
	{"compiler/emit/", []string{"compiler/source", "compiler/schedule", "compiler/ir", "compiler/emit", "compiler/emit/"}},
	{"compiler", []string{"compiler/"}},

	{"internal/deploy", []string{"compiler/source", "compiler/emit"}},
	{"internal/secret", nil},
	{"internal/cloud", []string{"internal/secret"}},
	{"internal/tunnel", []string{"internal/secret"}},
	{"internal/state", []string{"compiler/emit/target/settings", "internal/deploy"}},
	{"internal/provider/", []string{"compiler/source", "compiler/emit", "compiler/emit/snowflake/migration", "compiler/emit/target/settings", "compiler/emit/imagespec",
		"internal/deploy", "internal/secret", "internal/cloud", "internal/provider/"}},
	{"internal/awstarget", []string{"compiler/emit", "compiler/emit/target/settings", "compiler/emit/snowflake/migration",
		"internal/deploy", "internal/secret", "internal/cloud", "internal/tunnel", "internal/state", "internal/provider/"}},
	{"internal/github", []string{"compiler/source", "compiler/diag", "internal/deploy", "internal/secret"}},
	{"internal/github/", []string{"compiler/emit/yamltree", "internal/github"}},
	{"internal/ci", []string{"compiler/source", "compiler/diag", "internal/deploy", "internal/secret", "internal/github", "internal/report", "internal/report/comment"}},
	{"internal/report/", []string{"compiler/source", "compiler/diag", "internal/deploy", "internal/report", "internal/report/"}},
	{"internal/report", []string{"compiler/source", "compiler/diag", "internal/deploy"}},
}

// The compiler is a pure function of its arguments: no network, no clock, no
// process. YAML is written from a typed tree, never from a text template.
var (
	compilerImports = []string{
		"net", "net/http", "net/http/", "net/rpc", "net/smtp", "os", "os/", "syscall", "math/rand", "math/rand/", "crypto/rand",
		"text/template", "html/template",
		"github.com/aws/", "github.com/snowflakedb/", "github.com/google/go-github/",
		"github.com/google/go-containerregistry/", "github.com/duckdb/",
	}
	compilerCalls = []string{"time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "time.NewTimer", "time.Tick"}
)

// Deploy plans and executes through its Provider interface; the clients of the
// clouds are in the providers.
var deployImports = []string{
	"net/http", "github.com/aws/", "github.com/snowflakedb/", "github.com/google/go-github/",
	"github.com/google/go-containerregistry/", "github.com/duckdb/",
}

const (
	yamlLibrary = "github.com/goccy/go-yaml"
	yamlOwner   = "compiler/source"
)

// vagueNames are names under which anything could go.
var vagueNames = []string{"util", "utils", "helper", "helpers", "common", "misc", "shared"}

// maxLines is the length at which a file must be split.
const maxLines = 700
