package connector_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/connector"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/airbyte"
	"github.com/tapestry-ci/tapestry-ci/compiler/lock"
)

// before are the lines of a file before its config, of which the first has the
// number 1 in the table below.
const before = `version: 1
name: demo
aws: {region: us-east-1}
snowflake: {account: acme-main}
sources:
  it:
    connector: subject
    streams: {things: {columns: {id: text}}}
    config:
`

// held compiles a configuration against a specification.
func held(spec []byte, config string) *compiler.Result {
	l := lock.Lock{}
	l.Set(lock.Connector{Name: "subject", Definition: "6f1f9d3e-2b7c-4c57-9e0c-0d6a2f4b8a11", Repository: "airbyte/source-subject", Version: "1.0.0", Spec: spec})
	var text strings.Builder
	text.WriteString(before)
	for line := range strings.Lines(config) {
		text.WriteString("      " + line)
	}
	return compiler.Check(fstest.MapFS{"tapestry.yaml": {Data: []byte(text.String())}, lock.Name: {Data: l.Text()}}, "tapestry.yaml", compiler.Options{})
}

// places are the errors as line:column code message, counted from the first line
// and column of the configuration.
func places(list diag.List) []string {
	var out []string
	for _, d := range list {
		if d.Severity == diag.Error {
			out = append(out, fmt.Sprintf("%d:%d %s %s", d.Span.Start.Line-strings.Count(before, "\n"), d.Span.Start.Col-6, d.Code, d.Message))
		}
	}
	return out
}

// emitted is the configuration that Airbyte gets.
func emitted(t *testing.T, r *compiler.Result) string {
	t.Helper()
	for _, a := range airbyte.Emit(r.Pipeline) {
		if a.Path == "airbyte/source-it.json" {
			var d struct {
				Body struct{ Configuration json.RawMessage }
			}
			require.NoError(t, json.Unmarshal(a.Content, &d))
			return string(d.Body.Configuration)
		}
	}
	t.Fatal("there is no source")
	return ""
}

const (
	refs = `{"type":"object","required":["login"],"properties":{"login":{"$ref":"#/definitions/login"},"tree":{"$ref":"#/definitions/node"}},
		"definitions":{"login":{"type":"object","required":["user","key"],"properties":{"user":{"type":"string"},"key":{"$ref":"#/definitions/key"}}},
		"key":{"type":"string","airbyte_secret":true,"minLength":40},"node":{"type":"object","properties":{"name":{"type":"string"},"child":{"$ref":"#/definitions/node"}}}}}`
	allOf = `{"type":"object","allOf":[{"required":["host"],"properties":{"host":{"type":"string"}}},{"properties":{"port":{"type":"integer","minimum":1}}}],
		"properties":{"port":{"maximum":65535,"description":"The port."}}}`
	anyOf = `{"type":"object","properties":{"token":{"type":"string","airbyte_secret":true},"user":{"type":"string"},"limit":{"anyOf":[{"type":"integer"},{"type":"null"}]},
		"when":{"anyOf":[{"type":"string"},{"type":"integer"}]}},"anyOf":[{"required":["token"]},{"required":["user"]}]}`
	nested = `{"type":"object","required":["auth"],"properties":{"auth":{"type":"object","required":["kind"],"oneOf":[
		{"title":"Key","properties":{"kind":{"const":"key","order":1},"key":{"type":"string","airbyte_secret":true,"order":0}},"required":["kind","key"]},
		{"title":"OAuth","properties":{"kind":{"const":"oauth"},"store":{"type":"object","oneOf":[
			{"title":"File","required":["path"],"properties":{"where":{"type":"string","const":"file"},"path":{"type":"string"}}},
			{"title":"Vault","required":["url"],"properties":{"where":{"type":"string","enum":["vault"]},"url":{"type":"string","format":"uri"}}}]}},"required":["kind","store"]}]}}}`
	inner = `{"type":"object","properties":{"out":{"oneOf":[{"properties":{"format":{"const":"csv"},"delimiter":{"type":"string"}},"required":["format"]},
		{"properties":{"format":{"const":"parquet"}},"required":["format"],"oneOf":[{"properties":{"codec":{"const":"none"}},"required":["codec"]},
			{"properties":{"codec":{"const":"zip"},"level":{"type":"integer"}},"required":["codec","level"]}]}]}}}`
	untold = `{"type":"object","properties":{"where":{"type":"object","oneOf":[{"properties":{"city":{"type":"string"}},"required":["city"]},
		{"properties":{"lat":{"type":"number"},"lon":{"type":"number"}},"required":["lat","lon"]}]}}}`
	root   = `{"type":"object","required":["mode"],"oneOf":[{"properties":{"mode":{"const":"a"},"x":{"type":"string"}},"required":["x"]},{"properties":{"mode":{"const":"b"}}}],"additionalProperties":true}`
	values = `{"type":"object","required":["n","d"],"properties":{"n":{"type":"integer"},"d":{"default":5},"s":{"type":"string"},"b":{"type":"boolean"},"x":{"type":"number","exclusiveMinimum":0},
		"z":{"type":["string","null"]},"m":{"type":["string","integer","null"]},"e":{"type":"integer","enum":[1,7,30]},"when":{"type":"string","format":"date-time","pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"},
		"loose":{"type":"string","pattern":"^(?!bad).*$"},"part":{"type":"string","pattern":"ab+c"},"list":{"type":"array","minItems":1,"uniqueItems":true,"items":{"type":"string"}},
		"free":{"type":"object"},"map":{"type":"object","additionalProperties":{"type":"integer"}}}}`
	broken = `{"type":"object","required":true,"properties":{"a":{"type":"string","required":true,"enum":"x","default":[1],"minimum":"3"},"b":{"type":"text"},"c":[1],"d":null,"e":{"pattern":"(("},"f":{"$ref":"https://example.com/x.json"},"g":{"$ref":"#/nowhere"}}}`
)

var hard = []struct{ name, spec, config, want string }{
	{"references", refs, "login: {user: u, key: '${secret.K}'}\ntree: {name: a, child: {name: b}}", `{"login":{"user":"u","key":"${secret.K}"},"tree":{"name":"a","child":{"name":"b"}}}`},
	{"secret behind a reference", refs, "login:\n  user: u\n  key: abc", `3:8 TAP214 the field "login.key" of "subject" is a secret and must not be written in the file`},
	{"misspelt behind references", refs, "login: {user: u, key: '${secret.K}'}\ntree:\n  child:\n    child: {nmae: x}", `4:13 TAP210 "subject" has no field "tree.child.child.nmae" under "config"`},
	{"missing behind a reference", refs, "login: {user: u}", `1:9 TAP211 "subject" needs the field "login.key" under "config"`},
	{"allOf", allOf, "host: h\nport: 80", `{"host":"h","port":80}`},
	{"allOf, below", allOf, "host: h\nport: 0", `2:7 TAP213 the field "port" of "subject" is "0", but must be at least 1`},
	{"allOf, above", allOf, "host: h\nport: 65536", `2:7 TAP213 the field "port" of "subject" is "65536", but must be at most 65535`},
	{"allOf, missing", allOf, "port: 1", `1:1 TAP211 "subject" needs the field "host" under "config"`},
	{"anyOf", anyOf, "user: u\nlimit: null\nwhen: 5", `{"limit":null,"user":"u","when":5}`},
	{"anyOf as text", anyOf, "token: '${secret.T}'\nlimit: 3\nwhen: '5'", `{"limit":3,"token":"${secret.T}","when":"5"}`},
	{"anyOf, neither", anyOf, "when: now", `1:1 TAP213 "config" of "subject" must be of one of the forms that the connector knows`},
	{"anyOf, wrong", anyOf, "user: u\nwhen: [1]", `2:8 TAP213 the field "when" of "subject" must be of one of the forms that the connector knows`},
	{"forms", nested, "auth: {key: '${secret.K}'}", `{"auth":{"key":"${secret.K}","kind":"key"}}`},
	{"forms in forms", nested, "auth:\n  kind: oauth\n  store: {url: 'https://v'}", `{"auth":{"kind":"oauth","store":{"url":"https://v","where":"vault"}}}`},
	{"forms in forms, wrong", nested, "auth:\n  kind: oauth\n  store: {where: vault, url: v}", `3:30 TAP213 the field "auth.store.url" of "subject" is "v", but must be an address such as https://example.com/path`},
	{"unknown form", nested, "auth: {kind: keys}", `1:14 TAP216 "keys" is no form of the field "auth" of "subject"`},
	{"field of another form", nested, "auth: {kind: key, key: '${secret.K}', store: {path: p}}", `1:39 TAP210 "subject" has no field "auth.store" under "config"`},
	{"form that forks again", inner, "out: {format: parquet, codec: zip, level: 3}", `{"out":{"format":"parquet","codec":"zip","level":3}}`},
	{"form that forks again, missing", inner, "out: {format: parquet, codec: zip}", `1:7 TAP211 "subject" needs the field "out.level" under "config"`},
	{"forms without a name", untold, "where: {lat: 1.5, lon: 2}", `{"where":{"lat":1.5,"lon":2}}`},
	{"forms without a name, half", untold, "where: {lat: 1.5}", `1:9 TAP213 the field "where" of "subject" must be of one of the forms that the connector knows`},
	{"forms without a name, misspelt", untold, "where: {lat: 1.5, lonn: 2}", `1:19 TAP210 "subject" has no field "where.lonn" under "config"`},
	{"forms of the whole", root, "mode: a\nx: '1'", `{"mode":"a","x":"1"}`},
	{"forms of the whole, missing", root, "mode: a", `1:1 TAP211 "subject" needs the field "x" under "config"`},
	{"forms of the whole, unknown", root, "mode: c", `1:7 TAP213 the field "mode" of "subject" is "c", but must be one of a, b`},
	{"default only", values, "n: '007'", `1:4 TAP212 the field "n" of "subject" must be a whole number, not "007"`},
	{"numbers in quotes", values, "n: '7'\nb: 'true'\nx: '1.50'\ns: 5", `{"b":true,"d":5,"n":7,"s":"5","x":1.50}`},
	{"null", values, "n: 1\nz: null\nm: null\nd: x", `{"d":"x","m":null,"n":1,"z":null}`},
	{"several types", values, "n: 1\nm: 5\nz: a", `{"d":5,"m":5,"n":1,"z":"a"}`},
	{"several types, wrong", values, "n: 1\nm: true", `2:4 TAP213 the field "m" of "subject" must be of the type integer or string`},
	{"enum of numbers", values, "n: 1\ne: 8", `2:4 TAP213 the field "e" of "subject" is "8", but must be one of 1, 7, 30`},
	{"exclusive bound", values, "n: 1\nx: 0", `2:4 TAP213 the field "x" of "subject" must be more than 0`},
	{"pattern and format", values, "n: 1\nwhen: 2024-02-30T00:00:00Z", `2:7 TAP213 the field "when" of "subject" is "2024-02-30T00:00:00Z", but must be a date that is on the calendar`},
	{"pattern that Go cannot read", values, "n: 1\nloose: bad", `{"d":5,"loose":"bad","n":1}`},
	{"pattern of a part", values, "n: 1\npart: xxabbbcxx", `{"d":5,"n":1,"part":"xxabbbcxx"}`},
	{"pattern of a part, wrong", values, "n: 1\npart: ac", `2:7 TAP213 the field "part" of "subject" is "ac", but must be of the form ab+c`},
	{"too few items", values, "n: 1\nlist: []", `2:7 TAP213 the field "list" of "subject" must be a list of at least 1`},
	{"items twice", values, "n: 1\nlist:\n  - a\n  - a", `3:5 TAP213 the field "list" of "subject" must be a list without repeats: items 0 and 1 are the same`},
	{"free names", values, "n: 1\nfree: {a: 1, b: [true, 'x', null], c: {d: '2'}}\nmap: {one: 1}", `{"d":5,"free":{"a":1,"b":[true,"x",null],"c":{"d":"2"}},"map":{"one":1},"n":1}`},
	{"free names, wrong", values, "n: 1\nmap: {one: x}", `2:12 TAP212 the field "map.one" of "subject" must be a whole number, not "x"`},
	{"secret in the open", values, "n: 1\nfree: {a: '${secret.A}'}", `2:11 TAP215 the field "free.a" of "subject" is no secret, so it cannot take a ${secret.…}`},
	{"specification with mistakes", broken, "a: x\nb: y\nc: 1\nd: z\ne: q\nf: r\ng: s", `{"a":"x","b":"y","c":1,"d":"z","e":"q","f":"r","g":"s"}`},
	{"nothing at all", `{}`, "a: 1", `{"a":1}`},
	{"no fields", `{"type":"object","additionalProperties":false}`, "a: 1", `1:1 TAP210 "subject" has no field "a" under "config"`},
}

func TestHardSpecifications(t *testing.T) {
	for _, c := range hard {
		t.Run(c.name, func(t *testing.T) {
			spec, err := connector.Canonical([]byte(c.spec))
			require.NoError(t, err)
			r := held(spec, c.config)
			if c.want[0] == '{' {
				require.Empty(t, places(r.Diagnostics))
				assert.JSONEq(t, c.want, emitted(t, r))
				return
			}
			assert.Equal(t, []string{c.want}, places(r.Diagnostics))
		})
	}
}
