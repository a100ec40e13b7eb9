package snowflake

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
)

// question is one read. Where what it asks about is not there, gone is called,
// if it is set and the deploy role asks, and tell is not.
type question struct {
	sql  string
	tell func(*live, []record)
	gone func(*live)
	// anyone: whoever asks is told the truth, such as about the ledger.
	anyone bool
}

// subjects are the names of what a set is about, by kind.
func subjects(set migration.Set, want func(migration.Statement) bool) []migration.Object {
	var out []migration.Object
	seen := map[string]bool{}
	for _, s := range set.Statements {
		if want(s) && len(s.Object.Parts) > 0 && !seen[keyOf(s.Object)] {
			seen[keyOf(s.Object)] = true
			out = append(out, s.Object)
		}
	}
	return out
}

func made(set migration.Set, kind string) []migration.Object {
	return subjects(set, func(s migration.Statement) bool { return s.Kind == migration.Create && s.Object.Type == kind })
}

// ours are those that the deploy role makes itself.
func ours(set migration.Set, kind string) []migration.Object {
	return subjects(set, func(s migration.Statement) bool {
		return s.Kind == migration.Create && s.Object.Type == kind && !s.Bootstrap
	})
}

func lastParts(objects []migration.Object) []string {
	var out []string
	for _, o := range objects {
		out = append(out, o.Parts[len(o.Parts)-1])
	}
	return out
}

// questions are all reads of a plan. Their number does not depend on how many
// sources, schemas, tables or syncs there are.
func questions(set migration.Set) []question {
	list := []question{ledgerQuestion(set), warehouseQuestion(set), schemaQuestion(set), roleGrants(set.Deploy)}
	for _, r := range ours(set, "role") {
		list = append(list, roleGrants(r.Parts[0]), members(r.Parts[0]))
	}
	for _, name := range futureRoles(set) {
		list = append(list, futureGrants(name))
	}
	list = append(list, viewQuestions(set)...)
	for _, u := range ours(set, "user") {
		list = append(list, userQuestion(u))
	}
	for _, o := range made(set, "network rule") {
		list = append(list, describe("network rule", o.Parts, "DESCRIBE NETWORK RULE "+quote(o.Parts...), wide))
	}
	for _, o := range made(set, "network policy") {
		list = append(list, describe("network policy", o.Parts, "DESCRIBE NETWORK POLICY "+quote(o.Parts...), policyRules))
	}
	for _, o := range made(set, "integration") {
		list = append(list, describe("integration", o.Parts, "DESCRIBE INTEGRATION "+quote(o.Parts...), pairs))
	}
	return append(list, tokenQuestions(set)...)
}

func warehouseQuestion(set migration.Set) question {
	return question{sql: "SHOW WAREHOUSES LIKE " + like(lastParts(made(set, "warehouse"))), tell: func(l *live, rows []record) {
		l.seen["warehouse"] = true
		for _, r := range rows {
			l.put("warehouse", []string{r["name"]}, r["owner"], pick(r, "size", "auto_suspend", "auto_resume", "resource_monitor"))
		}
	}}
}

// schemaQuestion also tells whether the database is there.
func schemaQuestion(set migration.Set) question {
	schemas := lastParts(made(set, "schema"))
	return question{sql: "SHOW SCHEMAS IN DATABASE " + quote(set.Database.Name), tell: func(l *live, rows []record) {
		l.seen["database"], l.seen["schema"] = true, true
		l.put("database", []string{set.Database.Name}, "", nil)
		for _, r := range rows {
			if slices.Contains(schemas, r["name"]) {
				l.put("schema", []string{set.Database.Name, r["name"]}, r["owner"], pick(r, "options"))
			}
		}
	}, gone: func(l *live) { l.seen["database"], l.seen["schema"] = true, true }}
}

// owned are the kinds of which SHOW GRANTS TO ROLE says that they are there: our
// roles own all that we make.
var owned = []string{"table", "stage", "file format", "masking policy", "tag"}

// roleGrants tells what a role has, what it owns, and whether it is there.
func roleGrants(name string) question {
	return question{sql: "SHOW GRANTS TO ROLE " + quote(name), tell: func(l *live, rows []record) {
		l.seen["role"], l.told["to "+name] = true, true
		l.put("role", []string{name}, "", nil)
		for _, kind := range owned {
			l.seen[kind] = true
		}
		for _, r := range rows {
			kind, parts, privilege := kindOf(r["granted_on"]), parse(r["name"]), r["privilege"]
			switch {
			case kind == "account":
				parts = nil
			case kind == "role" && privilege == "USAGE":
				privilege = "ROLE"
			case privilege == "OWNERSHIP" && slices.Contains(owned, kind):
				l.put(kind, parts, name, nil)
			}
			if privilege != "OWNERSHIP" {
				l.grants[grantKey(privilege, "", kind, parts, false, name)] = true
			}
		}
	}, gone: func(l *live) { l.seen["role"], l.told["to "+name] = true, true }}
}

// members tells which users and roles have a role.
func members(name string) question {
	return question{sql: "SHOW GRANTS OF ROLE " + quote(name), tell: func(l *live, rows []record) {
		l.told["of "+name] = true
		for _, r := range rows {
			to := r["grantee_name"]
			if strings.HasPrefix(to, `"`) {
				to = strings.Join(parse(to), ".")
			}
			l.grants[grantKey("ROLE", "", "role", []string{name}, kindOf(r["granted_to"]) == "user", to)] = true
		}
	}, gone: func(l *live) { l.told["of "+name] = true }}
}

func futureRoles(set migration.Set) []string {
	var names []string
	roles := lastParts(ours(set, "role"))
	for _, s := range set.Statements {
		if s.Grant != nil && s.Grant.Future != "" && slices.Contains(roles, s.Grant.To) && !slices.Contains(names, s.Grant.To) {
			names = append(names, s.Grant.To)
		}
	}
	slices.Sort(names)
	return names
}

// futureGrants: the name is that of the schema with <TABLE> behind it.
func futureGrants(name string) question {
	return question{sql: "SHOW FUTURE GRANTS TO ROLE " + quote(name), tell: func(l *live, rows []record) {
		l.told["future "+name] = true
		for _, r := range rows {
			parts := parse(r["name"])
			if last := len(parts) - 1; last > 0 && strings.HasPrefix(parts[last], "<") {
				parts = parts[:last]
			}
			plural := strings.ToUpper(kindOf(r["grant_on"])) + "S"
			l.grants[grantKey(r["privilege"], plural, "schema", parts, false, name)] = true
		}
	}, gone: func(l *live) { l.told["future "+name] = true }}
}

func viewQuestions(set migration.Set) []question {
	var list []question
	var schemas []string
	for _, v := range made(set, "view") {
		schema := v.Parts[:2]
		if sql := "SHOW VIEWS IN SCHEMA " + quote(schema...); !slices.Contains(schemas, sql) {
			schemas = append(schemas, sql)
			list = append(list, question{sql: sql, tell: func(l *live, rows []record) {
				l.seen["view"] = true
				for _, r := range rows {
					l.put("view", []string{schema[0], schema[1], r["name"]}, r["owner"], nil)
				}
			}, gone: func(l *live) { l.seen["view"] = true }})
		}
	}
	return list
}

// describe reads one object.
func describe(kind string, parts []string, sql string, read func([]record) map[string]string) question {
	return question{sql: sql, tell: func(l *live, rows []record) {
		l.seen[kind] = true
		l.put(kind, parts, "", read(rows))
	}, gone: func(l *live) { l.seen[kind] = true }}
}

// interesting are the properties that a plan looks at. All others may move
// without a plan noticing.
var interesting = []string{
	"type", "default_role", "default_warehouse", "default_namespace", "default_secondary_roles",
	"rsa_public_key_fp", "rsa_public_key_2_fp",
	"enabled", "storage_aws_role_arn", "storage_allowed_locations", "storage_aws_iam_user_arn", "storage_aws_external_id",
	"value_list", "credit_quota",
}

// pairs reads an answer with one property a row.
func pairs(rows []record) map[string]string {
	out := map[string]string{}
	for _, r := range rows {
		name, value := strings.ToLower(r["property"]), first(r, "value", "property_value")
		if slices.Contains(interesting, name) && value != "null" {
			out[name] = value
		}
	}
	return out
}

// wide reads an answer with one property a column.
func wide(rows []record) map[string]string {
	if len(rows) == 0 {
		return nil
	}
	return pick(rows[0], interesting...)
}

// policyRules reads the names of the rules out of the JSON that stands for them.
func policyRules(rows []record) map[string]string {
	out := map[string]string{}
	for _, r := range rows {
		if name := strings.ToLower(r["name"]); name == "allowed_network_rule_list" {
			var rules []struct{ FullyQualifiedRuleName string }
			if json.Unmarshal([]byte(r["value"]), &rules) != nil {
				out[name] = r["value"]
				continue
			}
			var names []string
			for _, rule := range rules {
				names = append(names, rule.FullyQualifiedRuleName)
			}
			out[name] = strings.Join(names, ",")
		}
	}
	return out
}

// tokenQuestions are about the users that a token is made for and those that a
// network policy holds for.
func tokenQuestions(set migration.Set) []question {
	var list []question
	for _, s := range set.Statements {
		user := s.Object.Parts
		switch {
		case s.Kind == migration.Token:
			list = append(list, tokenQuestion(s))
		case slices.ContainsFunc(s.Want, func(p migration.Property) bool { return p.Name == "network_policy" }):
			list = append(list, question{sql: "SHOW PARAMETERS LIKE 'NETWORK_POLICY' IN USER " + quote(user...), tell: func(l *live, rows []record) {
				for _, r := range rows {
					if r["level"] == "USER" {
						l.put("user", user, "", map[string]string{"network_policy": r["value"]})
					}
				}
			}})
		}
	}
	return list
}

func userQuestion(user migration.Object) question {
	return describe("user", user.Parts, "DESCRIBE USER "+quote(user.Parts...), pairs)
}

func tokenQuestion(st migration.Statement) question {
	return question{sql: "SHOW USER PROGRAMMATIC ACCESS TOKENS FOR USER " + quote(st.Object.Parts...), tell: func(l *live, rows []record) {
		l.seen["token"] = true
		for _, r := range rows {
			l.tokens = append(l.tokens, token{r["name"], r["role_restriction"], r["status"], moment(r["expires_at"])})
		}
	}, gone: func(l *live) { l.seen["token"] = true }}
}

// monitorQuestion is asked only where the size of a warehouse changes.
func monitorQuestion(set migration.Set) question {
	return question{sql: "SHOW RESOURCE MONITORS LIKE " + like(lastParts(made(set, "resource monitor"))), tell: func(l *live, rows []record) {
		l.seen["resource monitor"] = true
		for _, r := range rows {
			quota, _, _ := strings.Cut(r["credit_quota"], ".")
			l.put("resource monitor", []string{r["name"]}, r["owner"], map[string]string{"credit_quota": quota})
		}
	}}
}

func pick(r record, names ...string) map[string]string {
	out := map[string]string{}
	for _, n := range names {
		if v, ok := r[n]; ok && v != "" && v != "null" {
			out[n] = v
		}
	}
	return out
}

func first(r record, names ...string) string {
	for _, n := range names {
		if v := r[n]; v != "" {
			return v
		}
	}
	return ""
}

// moment reads a time as the driver gives it; nothing where it is none.
func moment(text string) time.Time {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999 -0700", "2006-01-02 15:04:05.999999999 -0700 MST"} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
