package yamltree

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Bytes writes the document. It panics where the tree itself is wrong (a key
// twice in one Map, a tag on a tag, a nil value): that is a mistake of the
// caller's code, never of a user's input.
func (d Document) Bytes() []byte {
	var w writer
	w.comment(d.Comment, 0)
	switch root := d.Root.(type) {
	case Map:
		w.root(len(root) == 0, "{}", func() { w.mapping(root, 0) })
	case Seq:
		w.root(len(root) == 0, "[]", func() { w.sequence(root, 0) })
	default:
		w.buf.WriteString(scalar(root) + "\n")
	}
	return w.buf.Bytes()
}

type writer struct{ buf bytes.Buffer }

func (w *writer) root(empty bool, short string, write func()) {
	if empty {
		w.buf.WriteString(short + "\n")
		return
	}
	write()
}

func (w *writer) indent(n int) {
	for range n {
		w.buf.WriteByte(' ')
	}
}

// comment writes text as comment lines. Every character that any reader takes
// for a line end ends a line here, so no text can leave its comment.
func (w *writer) comment(text string, indent int) {
	if text == "" {
		return
	}
	text = strings.Map(breakToNewline, strings.ReplaceAll(text, "\r\n", "\n"))
	for line := range strings.SplitSeq(text, "\n") {
		w.indent(indent)
		line = strings.Map(dropUnprintable, line)
		w.buf.WriteString(strings.TrimRight("# "+line, " ") + "\n")
	}
}

func (w *writer) mapping(m Map, indent int) {
	seen := make(map[string]bool, len(m))
	for _, e := range m {
		if seen[e.Key] {
			panic(fmt.Sprintf("yamltree: key %q twice in one map", e.Key))
		}
		seen[e.Key] = true
		if e.Gap {
			w.buf.WriteByte('\n')
		}
		w.comment(e.Comment, indent)
		w.indent(indent)
		w.key(e.Key, indent)
		w.value(e.Value, indent, indent)
	}
}

// longKey is the length from which a key is written in the explicit form:
// readers look for the colon of the short form for 1,024 characters only.
const longKey = 1000

func (w *writer) key(key string, indent int) {
	text := quote(key)
	if len(text) < longKey {
		w.buf.WriteString(text + ":")
		return
	}
	w.buf.WriteString("? " + text + "\n")
	w.indent(indent)
	w.buf.WriteString(":")
}

func (w *writer) sequence(s Seq, indent int) {
	for _, item := range s {
		if c, ok := item.(Commented); ok {
			w.comment(c.Comment, indent)
			item = c.Value
		}
		w.indent(indent)
		w.buf.WriteByte('-')
		switch v := item.(type) {
		case Map:
			if len(v) > 0 && plainStart(v[0]) {
				w.inlineMap(v, indent)
				continue
			}
		case Seq:
			if len(v) > 0 {
				w.buf.WriteByte('\n')
				w.sequence(v, indent+2)
				continue
			}
		}
		w.value(item, indent, indent)
	}
}

// plainStart reports whether a map may begin on the line of its dash.
func plainStart(first Entry) bool { return first.Comment == "" && !first.Gap }

// inlineMap writes the first key of a map after the dash and the rest below.
func (w *writer) inlineMap(m Map, indent int) {
	var inner writer
	inner.mapping(m, indent+2)
	w.buf.WriteByte(' ')
	w.buf.Write(inner.buf.Bytes()[indent+2:])
}

// value writes what follows "key:" or "-": on the same line where it is one
// line, below it otherwise. parent is the column of the key or dash.
func (w *writer) value(n Node, indent, parent int) {
	switch v := n.(type) {
	case Tagged:
		w.tagged(v, indent, parent)
	case Map:
		if len(v) == 0 {
			w.buf.WriteString(" {}\n")
			return
		}
		w.buf.WriteByte('\n')
		w.mapping(v, indent+2)
	case Seq:
		if len(v) == 0 {
			w.buf.WriteString(" []\n")
			return
		}
		w.buf.WriteByte('\n')
		w.sequence(v, indent+2)
	case Block:
		w.block(v, parent)
	default:
		w.buf.WriteString(" " + scalar(v) + "\n")
	}
}

func (w *writer) tagged(t Tagged, indent, parent int) {
	if _, ok := t.Value.(Tagged); ok {
		panic("yamltree: the value of tag !" + t.Tag + " has a tag itself")
	}
	w.buf.WriteString(" !" + t.Tag)
	w.value(t.Value, indent, parent)
}

func scalar(n Node) string {
	switch v := n.(type) {
	case Str:
		return quote(string(v))
	case Block:
		return doubleQuoted(string(v))
	case Int:
		return strconv.FormatInt(int64(v), 10)
	case Bool:
		return strconv.FormatBool(bool(v))
	case Null:
		return "null"
	case Tagged:
		return "!" + v.Tag + " " + scalar(v.Value)
	}
	panic(fmt.Sprintf("yamltree: %T is not a value that can stand here", n))
}
