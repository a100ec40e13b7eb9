package fakesalesforce

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// statement is a query that was understood.
type statement struct {
	object *object
	fields []Field
	where  []condition
	order  string
	down   bool
	limit  int
}

type condition struct {
	field Field
	op    string
	value any
}

var (
	selectForm    = regexp.MustCompile(`(?is)^\s*SELECT\s+(.+?)\s+FROM\s+(\w+)(?:\s+WHERE\s+(.+?))?(?:\s+ORDER\s+BY\s+(\w+)(?:\s+(ASC|DESC))?)?(?:\s+LIMIT\s+(\d+))?\s*$`)
	conditionForm = regexp.MustCompile(`^\s*(\w+)\s*(<=|>=|!=|=|<|>)\s*(.+?)\s*$`)
	andForm       = regexp.MustCompile(`(?i)\s+AND\s+`)
)

// parse understands a query.
func (s *Server) parse(text string) (*statement, *refusal) {
	m := selectForm.FindStringSubmatch(text)
	if m == nil {
		return nil, &refusal{http.StatusBadRequest, "MALFORMED_QUERY", "unexpected token in the query"}
	}
	o := s.find(m[2])
	if o == nil {
		return nil, &refusal{http.StatusBadRequest, "INVALID_TYPE", fmt.Sprintf("sObject type '%s' is not supported.", m[2])}
	}
	st := &statement{object: o, order: m[4], down: strings.EqualFold(m[5], "DESC")}
	st.limit, _ = strconv.Atoi(m[6])
	for name := range strings.SplitSeq(m[1], ",") {
		f, ok := o.field(strings.TrimSpace(name))
		if !ok {
			return nil, noField(strings.TrimSpace(name), o.name)
		}
		st.fields = append(st.fields, f)
	}
	if m[3] == "" {
		return st, nil
	}
	for _, part := range andForm.Split(m[3], -1) {
		c, bad := o.condition(part)
		if bad != nil {
			return nil, bad
		}
		st.where = append(st.where, c)
	}
	return st, nil
}

func noField(name, object string) *refusal {
	return &refusal{http.StatusBadRequest, "INVALID_FIELD", fmt.Sprintf("No such column '%s' on entity '%s'.", name, object)}
}

func (o *object) condition(text string) (condition, *refusal) {
	m := conditionForm.FindStringSubmatch(text)
	if m == nil {
		return condition{}, &refusal{http.StatusBadRequest, "MALFORMED_QUERY", "unexpected token: " + text}
	}
	f, ok := o.field(m[1])
	if !ok {
		return condition{}, noField(m[1], o.name)
	}
	c := condition{field: f, op: m[2]}
	switch literal := m[3]; {
	case f.Type == "datetime":
		at, err := time.Parse(time.RFC3339, literal)
		if err != nil {
			return c, &refusal{http.StatusBadRequest, "INVALID_FIELD", "value of filter criterion for field '" + f.Name + "' must be of type dateTime"}
		}
		c.value = at
	case strings.EqualFold(literal, "true"), strings.EqualFold(literal, "false"):
		c.value = strings.EqualFold(literal, "true")
	case strings.EqualFold(literal, "null"):
	default:
		c.value = strings.Trim(literal, "'")
	}
	return c, nil
}

// rows are the records that a query finds.
func (st *statement) rows(deleted bool) []Record {
	var found []Record
	for _, r := range st.object.records {
		if (deleted || r["IsDeleted"] != true) && st.fits(r) {
			found = append(found, r)
		}
	}
	if st.order != "" {
		slices.SortStableFunc(found, func(a, b Record) int {
			n := cmp.Compare(fmt.Sprint(a[st.order]), fmt.Sprint(b[st.order]))
			if st.down {
				return -n
			}
			return n
		})
	}
	if st.limit > 0 {
		found = found[:min(st.limit, len(found))]
	}
	return found
}

func (st *statement) fits(r Record) bool {
	return !slices.ContainsFunc(st.where, func(c condition) bool { return !c.holds(st.object.value(r, c.field)) })
}

func (c condition) holds(v any) bool {
	if c.value == nil || v == nil { // NULL is equal to NULL, and in no order with anything
		same := c.value == nil && v == nil
		return c.op == "=" && same || c.op == "!=" && !same
	}
	n := 0
	if at, ok := c.value.(time.Time); ok {
		is, err := time.Parse(timeForm, fmt.Sprint(v))
		if err != nil {
			return false
		}
		n = is.Compare(at)
	} else {
		n = cmp.Compare(fmt.Sprint(v), fmt.Sprint(c.value))
	}
	switch c.op {
	case "=":
		return n == 0
	case "!=":
		return n != 0
	case "<":
		return n < 0
	case "<=":
		return n <= 0
	case ">":
		return n > 0
	}
	return n >= 0
}
