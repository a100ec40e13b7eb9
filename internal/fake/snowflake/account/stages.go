package account

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/lex"
)

// stages checks what a COPY reads from: the stage, the file format that it names,
// and the one that the stage names.
func (x access) stages(s *Session, tokens []lex.Token) error {
	for i, t := range tokens {
		var err error
		switch {
		case i > 0 && tokens[i-1].Is("FROM") && (t.IsSign("@") || t.Kind == lex.String && strings.HasPrefix(t.Text, "@")):
			err = x.stage(s, stageName(tokens[i:]))
		case i > 1 && tokens[i-1].IsSign("=") && tokens[i-2].Is("FORMAT_NAME"):
			err = x.uses(s, fileFormat, t.Text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// stageName is what stands between @ and the path.
func stageName(tokens []lex.Token) string {
	if tokens[0].Kind != lex.String {
		name, _ := readName(tokens, 1)
		return name.String()
	}
	text, quoted := tokens[0].Text[1:], false
	for i, c := range text {
		if c == '"' {
			quoted = !quoted
		} else if c == '/' && !quoted {
			return text[:i]
		}
	}
	return text
}

// stage: who reads files of an external stage needs USAGE on it, of an internal
// one READ, and USAGE on the file format that it names.
func (x access) stage(s *Session, text string) error {
	name, err := ParseName(text)
	if err == nil {
		name, err = s.full(kindOf(stage), name)
	}
	if err != nil {
		return err
	}
	o, err := x.find(stage, name)
	if err != nil {
		return err
	}
	privilege := "READ"
	if o.Props["URL"] != "" {
		privilege = "USAGE"
	}
	if !x.may(o, privilege) {
		return denied(stage, name.lastName())
	}
	if format := inner(o.Props["FILE_FORMAT"], "FORMAT_NAME"); format != "" {
		return x.uses(s, fileFormat, format)
	}
	return nil
}

// uses wants USAGE on an object whose name stands in a string.
func (x access) uses(s *Session, kind, text string) error {
	name, err := ParseName(text)
	if err == nil {
		name, err = s.full(kindOf(kind), name)
	}
	if err == nil {
		_, err = x.need(kind, name, "USAGE")
	}
	return err
}
