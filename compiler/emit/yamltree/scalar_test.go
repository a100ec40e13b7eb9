package yamltree_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// lookalikes are texts that some reader of YAML takes for something else when
// they are not quoted.
var lookalikes = []string{
	"", " ", "~", "null", "Null", "NULL", "NO", "no", "No", "Yes", "y", "Y", "n", "N", "on", "Off", "TRUE", "true", "False",
	"012345670123", "0777", "0o17", "0x1F", "0b101", "123456789012", "1_000", "+1", "-1", "-0", "1.5", "1e3", "685.230_15e+03", ".5", "-.inf", ".INF", ".NaN", "190:20:30", "1:30", "20:30.5",
	"2021-01-25", "2021-01-25T00:00:00Z", "2001-12-14 21:59:43.10 -5", "2012-10-17", "10.20.0.0/16", "1.2.6",
	"<<", "=", "-", "--", "---", "...", "?", ":", "- a", "? a", "a: b", "a:", "a #b", "#a", "a ", " a", "!Ref x", "&a", "*a", "%a", "@a", "`a",
	"{a: b}", "[a]", "a, b", "|", ">", "'", "''", `"`, `"a"`, `\`, `a\nb`, "it's", `say "it's"`, "${env.X}", "${AWS::Region}",
	"a\nb", "a\n", "\na", "a\tb", "\t", "a\rb", "a\r\nb", "\x00", "\x1b[0m", "\u0085", "\u2028", "\u2029", "\ufeff", "\u00a0", "\ufffd", "\ue000", "é", "日本", "🧵",
	"arn:aws:iam::012345670123:role/x", "AWS::EC2::VPC", "rate(1 hour)", "cron(0 */6 * * ? *)", "/tapestry/x", "_airbyte_raw_id", "a.b", "e3", "inf", "nan",
	strings.Repeat("long ", 300), strings.Repeat("k", 2000),
}

// implicit11 is what YAML 1.1 (its type repository, and PyYAML, which cfn-lint
// and AWS's own tools read with) takes for no text where it is not quoted.
var implicit11 = []*regexp.Regexp{
	regexp.MustCompile(`^(?i:y|n|yes|no|true|false|on|off|null|~|)$`),
	regexp.MustCompile(`^[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|[0-9][0-9_]*)$`),
	regexp.MustCompile(`^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$`),
	regexp.MustCompile(`^[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)([eE][-+]?[0-9]+)?$`),
	regexp.MustCompile(`^[-+]?\.(?i:inf|nan)$`),
	regexp.MustCompile(`^\d{4}-\d\d?-\d\d?([Tt ].*)?$`),
	regexp.MustCompile(`^(<<|=)$`),
}

func TestNothingUnquotedLooksLikeSomethingElse(tt *testing.T) {
	for _, text := range lookalikes {
		out := strings.TrimSuffix(string(yamltree.Document{Root: t(text)}.Bytes()), "\n")
		assert.NotContains(tt, out, "\n", "one line: %q", text)
		if out != text {
			assert.Contains(tt, `"'`, out[:1], "%q is written %s", text, out)
			continue
		}
		for _, re := range implicit11 {
			assert.NotRegexp(tt, re, out)
		}
	}
}

func TestReadableTextsStayUnquoted(tt *testing.T) {
	for _, text := range []string{
		"AWS::EC2::VPC", "arn:aws:iam::aws:policy/x", "/tapestry/rain-shield/production", "rate(1 hour)", "One row per person, whichever tool knows them.",
		"_airbyte_raw_id", "don't", "data@rainshield.example", "a=b; c+d",
	} {
		assert.Equal(tt, text+"\n", string(yamltree.Document{Root: t(text)}.Bytes()))
	}
}

// TestRealReaderOfYAML11 gives everything to PyYAML, as value, key, list item,
// tagged value and block, and compares what comes back.
func TestRealReaderOfYAML11(tt *testing.T) {
	python := judge.Program(tt, "lint", "python")
	texts := append(randomTexts(3000), lookalikes...)
	file := filepath.Join(tt.TempDir(), "all.yaml")
	require.NoError(tt, os.WriteFile(file, readerDocument(texts).Bytes(), 0o600))
	out, err := exec.Command(python, "-c", readBack, file).Output()
	require.NoError(tt, err)
	var got []map[string]any
	require.NoError(tt, json.Unmarshal(out, &got))
	require.Len(tt, got, len(texts))
	for i, text := range texts {
		want := map[string]any{"value": text, "key": text, "item": text, "tag": text, "block": text, "taggedBlock": text, "itemBlock": text}
		if !assert.Equal(tt, want, got[i], "text %d: %q", i, text) {
			return
		}
	}
}

const readBack = `
import json, sys, yaml
yaml.SafeLoader.add_constructor("!T", lambda l, n: l.construct_scalar(n))
out = []
for e in yaml.safe_load(open(sys.argv[1], "rb")):
    out.append({"value": e["value"], "key": list(e["key"])[0], "item": e["list"][0], "tag": e["tag"], "block": e["block"],
                "taggedBlock": e["taggedBlock"], "itemBlock": e["list"][1]})
print(json.dumps(out))
`

func readerDocument(texts []string) yamltree.Document {
	var all s
	for _, text := range texts {
		all = append(all, m{
			k("value", t(text)),
			k("key", m{k(text, yamltree.Int(1))}),
			{Key: "list", Comment: text, Gap: true, Value: s{t(text), yamltree.Commented{Comment: text, Value: yamltree.Block(text)}}},
			k("tag", yamltree.Tagged{Tag: "T", Value: t(text)}),
			k("block", yamltree.Block(text)),
			k("taggedBlock", yamltree.Tagged{Tag: "T", Value: yamltree.Block(text)}),
			k("end", yamltree.Null{}),
		})
	}
	return yamltree.Document{Comment: "all", Root: all}
}

// randomTexts builds texts from the pieces that decide how a text is read. The
// seed is fixed: the texts are the same on every run.
func randomTexts(n int) []string {
	pieces := []string{"a", "Z", "0", "7", "12", ":", " ", "  ", "\n", "\n\n", "\t", "-", "#", "'", `"`, `\`, "{", "}", "[", ",", "&", "*", "!", "%", "@", "|", ">", "?", "~", "<<", "=", ".", "_", "e", "no", "é", "\u2028", "\x07", "${x}"}
	random := rand.New(rand.NewPCG(1, 2))
	texts := make([]string, n)
	for i := range texts {
		var b strings.Builder
		for range 1 + random.IntN(6) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		texts[i] = b.String()
	}
	return texts
}

func TestInvalidUTF8BecomesTheReplacementCharacter(tt *testing.T) {
	assert.Equal(tt, "\"a\\ufffdb\"\n", string(yamltree.Document{Root: t("a\xffb")}.Bytes()))
}

func ExampleDocument_Bytes() {
	doc := yamltree.Document{Root: yamltree.Map{
		yamltree.K("country", yamltree.Str("NO")),
		yamltree.K("account", yamltree.Str("012345670123")),
	}}
	fmt.Print(string(doc.Bytes()))
	// Output:
	// country: "NO"
	// account: "012345670123"
}
