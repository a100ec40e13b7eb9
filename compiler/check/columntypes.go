package check

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkColumnTypes: every type is one of the language (TAP223).
func checkColumnTypes(p *resolve.Program, add report) {
	eachStream(p, func(st *resolve.Stream) {
		for _, c := range st.Spec.Columns.Items {
			checkType(c.Type, add)
		}
		for i := range st.Spec.Nested.Items {
			checkType(st.Spec.Nested.Items[i].Value.Type, add)
		}
	})
	for _, m := range p.Models {
		for i := range m.Spec.Columns.Items {
			checkType(m.Spec.Columns.Items[i].Value, add)
		}
	}
}

// otherWords are the words that people bring from other systems.
var otherWords = map[string]string{
	"string": "text", "varchar": "text", "char": "text", "str": "text", "uuid": "text",
	"int": "integer", "bigint": "integer", "smallint": "integer", "long": "integer",
	"decimal": "number", "numeric": "number", "double": "float", "real": "float", "bool": "boolean",
	"datetime": "timestamp", "timestamptz": "timestamp", "timestamp_tz": "timestamp", "timestamp_ltz": "timestamp", "time": "timestamp",
	"variant": "json", "object": "json", "array": "json", "jsonb": "json", "e-mail": "email", "mail": "email",
}

func checkType(t spec.Text, add report) {
	if !t.Set {
		return
	}
	if _, ok := resolve.ParseType(t.V); ok {
		return
	}
	d := problem(UnknownType, t.Span, "%s is no type of a column", quote(t.V))
	word, digits, numbered := strings.Cut(strings.ToLower(t.V), "(")
	switch word = strings.TrimSpace(word); {
	case numbered && (word == "number" || otherWords[word] == "number"):
		d.Message = quote(t.V) + " is no number type"
		d.Detail = "Write number(p,s): p digits in all, 1 to 38, of which s are behind the point, 0 to p."
		if word != "number" {
			d.Suggest = "number(" + digits
		}
	case otherWords[word] != "":
		d.Suggest = otherWords[word]
		d.Detail = known("types", resolve.TypeNames)
	default:
		d.Suggest = nearest(t.V, resolve.TypeNames)
		d.Detail = known("types", resolve.TypeNames) + " A number may have digits: number(12,2)."
	}
	add(d)
}
