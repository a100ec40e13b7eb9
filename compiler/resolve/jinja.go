package resolve

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// JinjaFault is a place in a SQL file whose Jinja cannot be followed.
type JinjaFault struct {
	Span source.Span
	Kind JinjaFaultKind
	Name string // the word that it is about, {{ where one is not closed
}

// JinjaFaultKind tells the faults apart.
type JinjaFaultKind uint8

// The kinds of fault.
const (
	NotLiteral  JinjaFaultKind = iota + 1 // ref() or source() of something other than texts
	ConfigCall                            // config()
	UnknownWord                           // a word that may read what cannot be seen
	NotClosed                             // {{ without }}
)

// JinjaWords are the words that the Jinja of a SQL model may begin with. All of
// them are such that what the model reads stays known.
var JinjaWords = []string{"ref", "source", "this", "is_incremental", "target", "execute", "loop", "range", "namespace", "dbt",
	"set", "endset", "if", "elif", "else", "endif", "for", "endfor", "do", "in", "not", "and", "or", "is", "recursive",
	"true", "false", "none", "True", "False", "None"}

// portable are dbt's cross-database macros: they make a piece of SQL and read
// nothing.
var portable = strings.Fields(`any_value array_append array_concat array_construct bool_or cast cast_bool_to_text concat
	current_timestamp date date_spine date_trunc dateadd datediff escape_single_quotes except generate_series hash intersect
	last_day length listagg position replace right safe_cast split_part string_literal type_bigint type_boolean type_float
	type_int type_numeric type_string type_timestamp`)

// block is what stands between {{ and }}, or {% and %}.
type block struct {
	start, end int // of its inside
	statement  bool
}

// jinjaAt is the end of the Jinja that begins at i, -1 where it is not closed, and
// 0 where none begins there.
func jinjaAt(text string, i int) int {
	if text[i] != '{' || i+1 == len(text) {
		return 0
	}
	end := 0
	switch text[i+1] {
	case '#':
		if end = strings.Index(text[i+2:], "#}"); end >= 0 {
			end += 2
		}
	case '{':
		end = closing(text[i:], "}}")
	case '%':
		end = closing(text[i:], "%}")
	default:
		return 0
	}
	if end < 0 {
		return -1
	}
	return i + end + 2
}

// blocks finds the Jinja of a text, as Jinja itself does: comments and quotes of
// SQL do not hide it. open is where one begins that is not closed, or -1.
func blocks(text string) (found []block, open int) {
	for i := 0; i < len(text); {
		end := jinjaAt(text, i)
		switch {
		case end < 0:
			return found, i
		case end == 0:
			i++
			continue
		case text[i+1] != '#':
			found = append(found, block{i + 2, end - 2, text[i+1] == '%'})
		}
		i = end
	}
	return found, -1
}

// closing is where the mark stands outside of texts and brackets, or -1.
func closing(text, mark string) int {
	open := 0
	for i := 2; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'' || c == '"':
			i = afterText(text, i) - 1
		case open == 0 && strings.HasPrefix(text[i:], mark):
			return i
		case strings.IndexByte("([{", c) >= 0:
			open++
		case strings.IndexByte(")]}", c) >= 0:
			open = max(0, open-1)
		}
	}
	return -1
}

// afterText is the place behind the text that begins at i.
func afterText(text string, i int) int {
	quote := text[i]
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case quote:
			return i + 1
		}
	}
	return len(text)
}

// WithoutJinja blanks the Jinja of a text and keeps every line and every column
// where it is.
func WithoutJinja(text string) string {
	out := []byte(text)
	for i := 0; i < len(text); {
		end := jinjaAt(text, i)
		if end <= 0 {
			i++
			continue
		}
		for ; i < end; i++ {
			if out[i] != '\n' {
				out[i] = ' '
			}
		}
	}
	return string(out)
}

// token is one word, text or sign of Jinja.
type token struct {
	start, end int  // in the file
	kind       byte // n name, s text, 0 sign or number
	text       string
}

func tokens(text string, b block) []token {
	var out []token
	for i := b.start; i < b.end; {
		r, size := utf8.DecodeRuneInString(text[i:])
		t := token{start: i, end: i + size}
		switch {
		case unicode.IsSpace(r):
			i += size
			continue
		case r == '\'' || r == '"':
			t.end, t.kind = min(afterText(text, i), b.end), 's'
		case r == '_' || unicode.IsLetter(r):
			t.kind = 'n'
			fallthrough
		case unicode.IsDigit(r):
			for t.end < b.end {
				r, size := utf8.DecodeRuneInString(text[t.end:])
				if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
					break
				}
				t.end += size
			}
		case strings.HasPrefix(text[i:b.end], "=="):
			t.end = i + 2
		}
		t.text = text[t.start:t.end]
		out = append(out, t)
		i = t.end
	}
	return out
}

// jinjaReader collects what a SQL file reads and what cannot be followed in it.
type jinjaReader struct {
	file, text string
	names      jinjaNames
	refs       []jinjaRef
	faults     []JinjaFault
}

// jinjaRef is a call with literals alone.
type jinjaRef struct {
	span source.Span
	call string // ref or source
	args []string
}

func readJinja(file, text string) *jinjaReader {
	r := &jinjaReader{file: file, text: text, names: jinjaNames{{}}}
	found, open := blocks(text)
	for _, b := range found {
		ts := tokens(text, b)
		for len(ts) > 0 && (ts[0].text == "-" || ts[0].text == "+") && ts[0].start == b.start { // {%-
			ts = ts[1:]
		}
		if b.statement {
			r.statement(ts)
		} else {
			r.words(ts, nil)
		}
	}
	if open >= 0 {
		r.faults = append(r.faults, JinjaFault{spanIn(file, text, open, open+2), NotClosed, text[open : open+2]})
	}
	return r
}

// statement reads what stands between {% and %}. What a name is given is read
// before the name is one: in {% set graph = graph %} the second is dbt's.
func (r *jinjaReader) statement(ts []token) {
	word := ""
	if len(ts) > 0 {
		word = ts[0].text
	}
	switch word {
	case "set":
		names, rest := targets(ts[1:], "=")
		r.words(rest, nil)
		if len(rest) > 0 {
			r.names.bind(names)
		} else {
			r.names.push(word, names)
		}
	case "for":
		names, rest := targets(ts[1:], "in")
		filter := topLevel(rest, "if")
		r.words(rest[:filter], nil)
		r.words(rest[filter:], names)
		r.names.push(word, names)
	case "macro":
		r.fault(ts[0], UnknownWord)
		names, _ := targets(ts[1:], "")
		r.names.push(word, names)
	case "if":
		r.words(ts, nil)
		r.names.push(word, nil)
	case "elif", "else":
		r.names.turn(word == "else")
		r.words(ts, nil)
	case "endif", "endfor", "endset", "endmacro":
		r.names.pop()
	default:
		r.words(ts, nil)
	}
}

// targets are the names before mark, and what follows them; where they are not
// plain (ns.x), there are none and all follows.
func targets(ts []token, mark string) (names []string, rest []token) {
	for i, t := range ts {
		if t.text == mark {
			return names, ts[i:]
		}
		if t.text == "." {
			return nil, ts
		}
		if t.kind == 'n' {
			names = append(names, t.text)
		}
	}
	return names, nil
}

// topLevel is where the word stands outside of brackets, or the end.
func topLevel(ts []token, word string) int {
	open := 0
	for i, t := range ts {
		switch t.text {
		case "(", "[", "{":
			open++
		case ")", "]", "}":
			open--
		case word:
			if open == 0 {
				return i
			}
		}
	}
	return len(ts)
}

// words looks at the names of an expression; more are names that it may have
// beside those of its scope.
func (r *jinjaReader) words(ts []token, more []string) {
	at := func(i int) token {
		if i < 0 || i >= len(ts) {
			return token{}
		}
		return ts[i]
	}
	for i, t := range ts {
		before, after := at(i-1).text, at(i+1).text
		isTest := before == "is" || before == "not" && at(i-2).text == "is"
		if t.kind != 'n' || before == "." || before == "|" || isTest {
			continue
		}
		switch {
		case t.text == "ref" || t.text == "source":
			r.call(ts, i)
		case t.text == "config":
			r.fault(t, ConfigCall)
		case t.text == "dbt":
			if after != "." || !slices.Contains(portable, at(i+2).text) {
				t.end, t.text = max(t.end, at(i+2).end), t.text+"."+at(i+2).text
				r.fault(t, UnknownWord)
			}
		case slices.Contains(JinjaWords, t.text) || slices.Contains(more, t.text) || r.names.has(t.text) || after == "=" && i > 0:
		default:
			r.fault(t, UnknownWord)
		}
	}
}

func (r *jinjaReader) fault(t token, kind JinjaFaultKind) {
	r.faults = append(r.faults, JinjaFault{spanIn(r.file, r.text, t.start, t.end), kind, t.text})
}

// call reads ref or source at i with its brackets.
func (r *jinjaReader) call(ts []token, i int) {
	var args []string
	j := i + 1
	for want := "("; j+1 < len(ts) && ts[j].text == want && ts[j+1].kind == 's' && !strings.Contains(ts[j+1].text, `\`); want = "," {
		args = append(args, strings.Trim(ts[j+1].text, ts[j+1].text[:1]))
		j += 2
	}
	most := map[string]int{"ref": 1, "source": 2}[ts[i].text]
	if j >= len(ts) || ts[j].text != ")" || len(args) == 0 || len(args) > most {
		r.fault(ts[i], NotLiteral)
		return
	}
	r.refs = append(r.refs, jinjaRef{spanIn(r.file, r.text, ts[i].start, ts[j].end), ts[i].text, args})
}
