package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkOrders: order_by names columns of the input (TAP311), and says of any
// two rows of one key which comes first (TAP310), so that the result of a merge
// is one and the same on every run.
func checkOrders(p *resolve.Program, add report) {
	for _, m := range p.Models {
		if !hasOneBody(m) {
			continue
		}
		for _, in := range m.Inputs {
			if in.Stream == nil && in.Model == nil || !isInputKnown(in) {
				continue
			}
			if checkOrderColumns(in, add) && isUnique(m) && hasModelColumns(m) {
				checkTotal(m, in, add)
			}
		}
	}
}

// checkOrderColumns reports whether all columns of the order are known.
func checkOrderColumns(in *resolve.Input, add report) bool {
	good := true
	for _, o := range in.Spec.OrderBy {
		name, _ := resolve.Order(o.V)
		if o.Set && in.Has(name) {
			continue
		}
		good = false
		if !o.Set {
			continue
		}
		d := problem(UnknownOrder, o.Span, "%s has no column %s to order by", quote(in.Spec.From.V), quote(name))
		d.Suggest = nearest(name, inputColumns(in))
		d.Detail = known("columns", inputColumns(in)) + " A term is a column of the input, with asc or desc behind it."
		add(d)
	}
	return good
}

func checkTotal(m *resolve.Model, in *resolve.Input, add report) {
	key := inputKey(in)
	if !slices.ContainsFunc(key, func(name string) bool { return !in.Has(name) }) && isOnePerKey(m, in, key) {
		return
	}
	var missing []string
	for _, name := range key {
		if in.Has(name) && !slices.ContainsFunc(orderColumns(in), func(o string) bool { return o == name }) {
			missing = append(missing, name)
		}
	}
	order := in.Spec.OrderBy
	switch {
	case len(order) == 0:
		d := problem(OrderNotTotal, in.Spec.From.Span, "the input %s of the model %s has no order_by", quote(in.Spec.From.V), quote(m.Name))
		d.Detail = fmt.Sprintf("Several rows may have one %s, and nothing says which of them comes first. For example: order_by: [%s].",
			list(m.Spec.UniqueBy.Strings()), strings.Join(sampleOrder(in, key), ", "))
		add(d)
	case len(missing) > 0:
		d := problem(OrderNotTotal, order[len(order)-1].Span, "the order of the input %s leaves rows equal: it lacks %s", quote(in.Spec.From.V), list(missing))
		d.Detail = fmt.Sprintf("Two rows that are equal in what is ordered by could change places from run to run. %s is what identifies a row of %s; put it at the end of order_by.",
			list(key), in.Spec.From.V)
		add(d)
	}
}

// inputKey is what identifies a row of the input, or nothing where it is not
// known. Then what the person orders by is taken, and dbt puts all columns
// behind it.
func inputKey(in *resolve.Input) []string {
	if in.Stream != nil {
		return in.Stream.PrimaryKey
	}
	return in.Model.Spec.UniqueBy.Strings()
}

func orderColumns(in *resolve.Input) []string {
	names := make([]string, len(in.Spec.OrderBy))
	for i, o := range in.Spec.OrderBy {
		names[i], _ = resolve.Order(o.V)
	}
	return names
}

// sampleOrder is an order that would be accepted.
func sampleOrder(in *resolve.Input, key []string) []string {
	var terms []string
	if in.Stream != nil && in.Stream.Column(in.Stream.Cursor) != nil {
		terms = append(terms, in.Stream.Cursor+" desc")
	}
	terms = append(terms, key...)
	if len(terms) == 0 {
		terms = inputColumns(in)[:1]
	}
	return terms
}

// isOnePerKey reports whether the input can have only one row for each key of
// the model, so that there is nothing to order: what identifies a row of the
// input is part of the model's key.
func isOnePerKey(m *resolve.Model, in *resolve.Input, key []string) bool {
	if len(key) == 0 {
		return false
	}
	for _, name := range key {
		if !slices.ContainsFunc(in.Spec.Columns.Pairs, func(pair spec.Pair) bool { return pair.From.V == name && isKeyColumn(m, in, pair) }) {
			return false
		}
	}
	return true
}

func isKeyColumn(m *resolve.Model, in *resolve.Input, pair spec.Pair) bool {
	c := m.Column(pair.To.V)
	return c != nil && slices.Contains(m.Spec.UniqueBy.Strings(), pair.To.V) && sameValue(c.Type.Kind, inputKind(in, pair.From.V))
}

func inputKind(in *resolve.Input, name string) ir.TypeKind {
	if in.Stream != nil {
		// A stream's key is compared exactly, whatever its type is.
		return ir.Text
	}
	if c := in.Model.Column(name); c != nil {
		return c.Type.Kind
	}
	return ir.Text
}
