package dotenv

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Error is a mistake at a line of the file, counted from 1. It never holds a
// value: what stands in the file may be meant for nobody's eyes.
type Error struct {
	Line    int
	Message string
}

// Error gives the line and what is wrong with it.
func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

var nameForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Parse reads the variables of a file.
func Parse(data []byte) (map[string]string, error) {
	env, first := map[string]string{}, map[string]int{}
	text := strings.TrimPrefix(string(data), "\ufeff")
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, err := assignment(line)
		if err == nil && first[name] > 0 {
			err = fmt.Errorf("%s is already on line %d; take one of the two out", name, first[name])
		}
		if err != nil {
			return nil, &Error{number, err.Error()}
		}
		env[name], first[name] = value, number
	}
	return env, nil
}

// assignment reads one line that is neither empty nor a comment.
func assignment(line string) (name, value string, err error) {
	if !utf8.ValidString(line) {
		return "", "", errors.New("this is not UTF-8 text; save the file as UTF-8")
	}
	name, rest, ok := strings.Cut(line, "=")
	if !ok {
		return "", "", errors.New("this is not NAME=value: there is no =")
	}
	name = strings.TrimSpace(name)
	if word, after, exported := strings.Cut(name, " "); exported && word == "export" {
		name = strings.TrimSpace(after)
	}
	if !nameForm.MatchString(name) {
		return "", "", errors.New("what stands before the = is no name of a variable: letters, digits and underscores, first no digit")
	}
	value, err = read(strings.TrimLeft(rest, " \t"), rest)
	if err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return name, value, err
}

// read takes a value out of what stands behind the =. trimmed is rest without
// the blanks before it.
func read(trimmed, rest string) (string, error) {
	if trimmed == "" {
		return "", nil
	}
	switch trimmed[0] {
	case '\'':
		return single(trimmed[1:])
	case '"':
		return double(trimmed[1:])
	}
	return plain(rest), nil
}

// plain is a value without quotes: up to a # that has a blank before it.
func plain(rest string) string {
	for i := 1; i < len(rest); i++ {
		if rest[i] == '#' && (rest[i-1] == ' ' || rest[i-1] == '\t') {
			rest = rest[:i]
		}
	}
	return strings.TrimSpace(rest)
}

func single(text string) (string, error) {
	value, after, closed := strings.Cut(text, "'")
	if !closed {
		return "", errors.New("the ' at its beginning has no second one on the line")
	}
	return value, nothing(after)
}

// escapes are what a backslash may stand before inside double quotes; before
// anything else it is a backslash.
var escapes = map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', '"': '"', '\\': '\\', '$': '$'}

func double(text string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return b.String(), nothing(text[i+1:])
		case c == '\\' && i+1 < len(text) && escapes[text[i+1]] != 0:
			i++
			b.WriteByte(escapes[text[i]])
		default:
			b.WriteByte(c)
		}
	}
	return "", errors.New(`the " at its beginning has no second one on the line`)
}

// nothing may follow a closing quote but a comment.
func nothing(after string) error {
	after = strings.TrimSpace(after)
	if after != "" && after[0] != '#' {
		return errors.New("something stands behind the closing quote; put the whole value in quotes, or a space and a # before a comment")
	}
	return nil
}
