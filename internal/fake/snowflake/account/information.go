package account

import "strings"

const informationSchema = "INFORMATION_SCHEMA"

// information gives what stands for a view of INFORMATION_SCHEMA: the engine's
// own, with only those rows that the roles may see.
func (x access) information(s *Session, src source) (string, error) {
	db := s.Database
	if len(src.name) == 3 {
		db = src.name[0]
	}
	if db == "" {
		return "", &Error{"090105", "22000", "Cannot perform SELECT. This session does not have a current database. Call 'USE DATABASE', or use a qualified name."}
	}
	if err := x.container(Name{db, informationSchema}); err != nil {
		return "", err
	}
	viewName := src.name.last()
	var where string
	switch viewName {
	case "SCHEMATA":
		where = x.visible("SCHEMA_NAME", db, schema)
	case "TABLES", "COLUMNS":
		where = x.visible("TABLE_SCHEMA || '.' || TABLE_NAME", db, table, view)
	case "VIEWS":
		where = x.visible("TABLE_SCHEMA || '.' || TABLE_NAME", db, view)
	default:
		return "", missing(view, Name{db, informationSchema, viewName})
	}
	text := "(SELECT * FROM " + engineName(db) + "." + informationSchema + "." + viewName + " WHERE " + where + ")"
	if !src.aliased {
		text += " AS " + viewName
	}
	return text, nil
}

// visible writes a condition that only the objects fulfil that the roles see.
func (x access) visible(expression, db string, kinds ...string) string {
	var names []string
	for _, o := range x.a.list(func(o *Object) bool {
		return o.Name[0] == db && len(o.Name) > 1 && (o.Kind == kinds[0] || o.Kind == kinds[len(kinds)-1])
	}) {
		if !x.sees(o) {
			continue
		}
		parts := []string{strings.Trim(engineName(o.Name[1]), `"`)}
		if len(o.Name) > 2 {
			parts = append(parts, o.Name[2])
		}
		names = append(names, literal(strings.Join(parts, ".")))
	}
	if len(names) == 0 {
		return "FALSE"
	}
	return expression + " IN (" + strings.Join(names, ", ") + ")"
}

// policyReferences is a SELECT from the table function of that name: what a
// masking policy is set on. Only tags are.
type policyReferences struct {
	columns []string // nothing for *
	policy  string
	entity  string // REF_ENTITY_NAME = …
	one     bool   // SELECT 1
}

const policyColumns = "POLICY_DB,POLICY_SCHEMA,POLICY_NAME,POLICY_KIND,REF_DATABASE_NAME,REF_SCHEMA_NAME,REF_ENTITY_NAME,REF_ENTITY_DOMAIN,REF_COLUMN_NAME,REF_ARG_COLUMN_NAMES,TAG_DATABASE,TAG_SCHEMA,TAG_NAME,POLICY_STATUS"

// policyReferences reads on after SELECT, or gives nil where it is another query.
func (p *parser) policyReferences(start int) command {
	q := &parser{sql: p.sql, tokens: p.tokens, at: start + 1}
	c := policyReferences{}
	switch {
	case q.take("*"):
	case q.ahead(0).Text == "1":
		q.next()
		c.one = true
	default:
		for first := true; first || q.take(","); first = false {
			c.columns = append(c.columns, q.ident())
		}
	}
	q.want("FROM TABLE (")
	if !q.is(informationSchema) {
		q.ident()
		q.want(".")
	}
	q.want(informationSchema + " . POLICY_REFERENCES ( POLICY_NAME =>")
	c.policy = q.text()
	q.want(") )")
	if q.take("WHERE REF_ENTITY_NAME =") {
		c.entity = q.text()
	}
	q.end()
	if q.err != nil {
		return nil
	}
	p.at = len(p.tokens) - 1
	return c
}

func (c policyReferences) run(a *Account, s *Session) (*Plan, error) {
	name, err := ParseName(c.policy)
	if err != nil {
		return nil, err
	}
	if name, err = s.full(kindOf(maskingPolicy), name); err != nil {
		return nil, err
	}
	x := a.access(s)
	m, err := x.find(maskingPolicy, name)
	if err != nil {
		return nil, err
	}
	if err := x.compute(s); err != nil {
		return nil, err
	}
	all := &Table{Columns: columns(strings.Split(policyColumns, ",")...)}
	for _, t := range a.list(func(o *Object) bool { return o.Kind == tag }) {
		for _, p := range t.Policies {
			if p.equal(m.Name) && (c.entity == "" || c.entity == t.Name[2]) {
				all.add(m.Name[0], m.Name[1], m.Name[2], "MASKING_POLICY", t.Name[0], t.Name[1], t.Name[2], tag, nil, nil, nil, nil, nil, "ACTIVE")
			}
		}
	}
	return c.choose(all)
}

// choose gives the columns that were asked for.
func (c policyReferences) choose(all *Table) (*Plan, error) {
	if c.one {
		out := &Table{Columns: []Column{{"1", "fixed"}}}
		for range all.Rows {
			out.add(1)
		}
		return &Plan{Answer: out}, nil
	}
	if len(c.columns) == 0 {
		return &Plan{Answer: all}, nil
	}
	out := &Table{Columns: columns(c.columns...), Rows: make([][]*string, len(all.Rows))}
	for _, want := range c.columns {
		at := -1
		for i, column := range all.Columns {
			if column.Name == want {
				at = i
			}
		}
		if at < 0 {
			return nil, compilation("000904", "42000", "error line 1: invalid identifier '%s'", want)
		}
		for i, row := range all.Rows {
			out.Rows[i] = append(out.Rows[i], row[at])
		}
	}
	return &Plan{Answer: out}, nil
}
