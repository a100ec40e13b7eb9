package migration

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/jsonfile"
)

// Digest gives the digest of what a statement does: its text, the role it runs
// as and the schema it runs in. Line ends and space around the text do not
// count, and neither does who wrote it: a new version of the compiler that
// says the same gives the same digest.
func Digest(s Statement) string {
	h := sha256.New()
	fmt.Fprintf(h, "as %q in %q\n%s", s.As, s.In, normal(s.SQL))
	if s.Step != nil {
		fmt.Fprintf(h, "%s %q %q %q %q %d", s.Kind, s.Step.User, s.Step.Param, s.Step.Name, s.Step.Role, s.Step.Days)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func normal(sql string) string { return strings.TrimSpace(lineEnds.Replace(sql)) }

// Resolve fills the inputs of s into its text. A value is escaped for the
// string constant that it stands in. The answer has a new digest, so that an
// input that changes counts as a changed statement.
func Resolve(s Statement, values map[string]string) (Statement, error) {
	if len(s.Inputs) == 0 {
		return s, nil
	}
	pairs, plain := make([]string, 0, 2*len(s.Inputs)), make([]string, 0, 2*len(s.Inputs))
	for _, in := range s.Inputs {
		text := in.text(values[in.Name])
		if text == "" {
			return s, fmt.Errorf("statement %s needs %s, which is not known yet", s.ID, in.Name)
		}
		pairs = append(pairs, "${"+in.Name+"}", text)
		plain = append(plain, "${"+in.Name+"}", values[in.Name])
	}
	fill := strings.NewReplacer(pairs...)
	s.SQL, s.Change = fill.Replace(s.SQL), fill.Replace(s.Change)
	s.Want = slices.Clone(s.Want)
	for i := range s.Want {
		s.Want[i].Value = strings.NewReplacer(plain...).Replace(s.Want[i].Value)
	}
	s.Digest = Digest(s)
	return s, nil
}

// text is what goes between the quotes.
func (in Input) text(value string) string {
	items := []string{value}
	if in.List {
		items = strings.Split(value, ",")
	}
	var texts []string
	for _, item := range items {
		if item = strings.TrimSpace(item); item != "" {
			texts = append(texts, constant.Replace(item))
		}
	}
	return strings.Join(texts, "', '")
}

var constant = strings.NewReplacer(`\`, `\\`, `'`, `''`, "\n", `\n`, "\r", `\r`)

// JSON writes the manifest.
func (s Set) JSON() ([]byte, error) { return jsonfile.Marshal(s) }

// Parse reads a manifest and refuses one of another form.
func Parse(data []byte) (Set, error) {
	var s Set
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Set{}, fmt.Errorf("the manifest of the Snowflake statements cannot be read: %w", err)
	}
	if s.Version != Version {
		return Set{}, fmt.Errorf("the manifest of the Snowflake statements has form %d, and this version reads form %d: compile again", s.Version, Version)
	}
	return s, nil
}
