package account

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

type describe struct {
	kind *kind
	name Name
}

func (p *parser) describe() command {
	c := describe{kind: p.kind()}
	c.name = p.name()
	p.end()
	return c
}

func (c describe) run(a *Account, s *Session) (*Plan, error) {
	name, err := s.full(c.kind, c.name)
	if err != nil {
		return nil, err
	}
	x := a.access(s)
	if c.kind.name == user && name[0] == s.User {
		return &Plan{Answer: describeUser(a.get(user, name))}, nil
	}
	o, err := x.find(c.kind.name, name)
	if err != nil {
		return nil, err
	}
	switch c.kind.name {
	case table, view:
		return &Plan{Engine: []string{describeColumns(o.Name)}}, nil
	case user:
		if !x.lists(s, o) {
			return nil, denied(user, o.Name)
		}
		return &Plan{Answer: describeUser(o)}, nil
	case schema, database:
		return &Plan{Answer: a.describeContainer(x, o)}, nil
	}
	if of := descriptions[c.kind.name]; of != nil {
		return &Plan{Answer: of(o)}, nil
	}
	return nil, unsupported("DESCRIBE " + c.kind.name)
}

// describeColumns is DESCRIBE of a table or a view. The engine's own finds columns
// in the current database only.
func describeColumns(name Name) string {
	text := func(part string) string { return literal(strings.Trim(engineName(part), `"`)) }
	return `SELECT COLUMN_NAME AS "name",
	CASE WHEN DATA_TYPE = 'NUMBER' THEN 'NUMBER(' || NUMERIC_PRECISION || ',' || NUMERIC_SCALE || ')'
		WHEN DATA_TYPE IN ('TINYINT', 'SMALLINT', 'INTEGER', 'HUGEINT') THEN 'NUMBER(38,0)'
		WHEN DATA_TYPE = 'TEXT' THEN 'VARCHAR(' || COALESCE(CHARACTER_MAXIMUM_LENGTH, 16777216) || ')'
		WHEN DATA_TYPE IN ('TIMESTAMP_NTZ', 'TIMESTAMP_TZ', 'TIME') THEN DATA_TYPE || '(9)'
		WHEN DATA_TYPE = 'BINARY' THEN 'BINARY(8388608)'
		ELSE DATA_TYPE END AS "type",
	'COLUMN' AS "kind", CASE WHEN IS_NULLABLE = 'YES' THEN 'Y' ELSE 'N' END AS "null?", COLUMN_DEFAULT AS "default", 'N' AS "primary key", 'N' AS "unique key",
	CAST(NULL AS VARCHAR) AS "check", CAST(NULL AS VARCHAR) AS "expression", CAST(NULL AS VARCHAR) AS "comment", CAST(NULL AS VARCHAR) AS "policy name",
	CAST(NULL AS VARCHAR) AS "privacy domain"
	FROM ` + engineName(name[0]) + `._FS_INFORMATION_SCHEMA._FS_COLUMNS WHERE TABLE_SCHEMA = ` + text(name[1]) + ` AND TABLE_NAME = ` + literal(name[2]) + ` ORDER BY ORDINAL_POSITION`
}

var descriptions = map[string]func(*Object) *Table{
	warehouse: func(o *Object) *Table {
		t := &Table{Columns: columns("created_on", "name", "kind")}
		t.add(o.Created, o.Name[0], warehouse)
		return t
	},
	rule: func(o *Object) *Table {
		t := &Table{Columns: columns("created_on", "name", "database_name", "schema_name", "owner", "comment", "type", "mode", "value_list", "owner_role_type")}
		t.add(o.Created, o.Name[2], o.Name[0], o.Name[1], o.Owner, o.comment(), o.Props["TYPE"], o.Props["MODE"], o.Props["VALUE_LIST"], o.ownerType())
		return t
	},
	policy:      describePolicy,
	integration: describeIntegration,
	stage:       describeStage,
	fileFormat: func(o *Object) *Table {
		t := &Table{Columns: columns("property", "property_type", "property_value", "property_default")}
		t.add("TYPE", "String", o.or("TYPE", "CSV"), "CSV")
		for _, name := range sortedKeys(o.Props) {
			if name != "TYPE" && name != "COMMENT" {
				t.add(name, "String", o.Props[name], "")
			}
		}
		return t
	},
	maskingPolicy: func(o *Object) *Table {
		t := &Table{Columns: columns("name", "signature", "return_type", "body")}
		t.add(o.Name[2], o.Signature.arguments, o.Signature.returns, o.Signature.body)
		return t
	},
}

func describePolicy(o *Object) *Table {
	t := &Table{Columns: columns("name", "value")}
	for _, name := range []string{"ALLOWED_IP_LIST", "BLOCKED_IP_LIST"} {
		if value := o.Props[name]; value != "" {
			t.add(name, value)
		}
	}
	for _, name := range []string{"ALLOWED_NETWORK_RULE_LIST", "BLOCKED_NETWORK_RULE_LIST"} {
		if value := o.Props[name]; value != "" {
			var list []map[string]string
			for _, text := range splitList(value) {
				list = append(list, map[string]string{"fullyQualifiedRuleName": text})
			}
			data, _ := json.Marshal(list)
			t.add(name, string(data))
		}
	}
	return t
}

func describeIntegration(o *Object) *Table {
	t := &Table{Columns: columns("property", "property_type", "property_value", "property_default")}
	t.add("ENABLED", "Boolean", strings.ToLower(o.Props["ENABLED"]), "false")
	t.add("STORAGE_PROVIDER", "String", o.Props["STORAGE_PROVIDER"], "")
	t.add("STORAGE_ALLOWED_LOCATIONS", "List", o.Props["STORAGE_ALLOWED_LOCATIONS"], "[]")
	t.add("STORAGE_BLOCKED_LOCATIONS", "List", o.Props["STORAGE_BLOCKED_LOCATIONS"], "[]")
	t.add("STORAGE_AWS_IAM_USER_ARN", "String", o.Props["STORAGE_AWS_IAM_USER_ARN"], "")
	t.add("STORAGE_AWS_ROLE_ARN", "String", o.Props["STORAGE_AWS_ROLE_ARN"], "")
	t.add("STORAGE_AWS_EXTERNAL_ID", "String", o.Props["STORAGE_AWS_EXTERNAL_ID"], "")
	t.add("COMMENT", "String", o.comment(), "")
	return t
}

func describeStage(o *Object) *Table {
	t := &Table{Columns: columns("parent_property", "property", "property_type", "property_value", "property_default")}
	format := o.Props["FILE_FORMAT"]
	for _, name := range []string{"FORMAT_NAME", "TYPE"} {
		if value := inner(format, name); value != "" {
			t.add("STAGE_FILE_FORMAT", name, "String", value, "")
		}
	}
	if url := o.Props["URL"]; url != "" {
		t.add("STAGE_LOCATION", "URL", "String", `["`+url+`"]`, "")
		t.add("STAGE_INTEGRATION", "STORAGE_INTEGRATION", "String", o.Props["STORAGE_INTEGRATION"], "")
	}
	return t
}

// describeUser gives the properties in the service's order.
func describeUser(o *Object) *Table {
	t := &Table{Columns: columns("property", "value", "default", "description")}
	add := func(name string, value any) { t.add(name, value, "null", "") }
	text := func(name string) any { return o.or(name, "null") }
	add("NAME", o.Name[0])
	for _, name := range []string{"COMMENT", "DISPLAY_NAME", "TYPE", "LOGIN_NAME", "FIRST_NAME", "LAST_NAME", "EMAIL"} {
		add(name, text(name))
	}
	if o.Props["PASSWORD"] != "" {
		add("PASSWORD", "********")
	} else {
		add("PASSWORD", "null")
	}
	add("MUST_CHANGE_PASSWORD", strings.ToLower(o.or("MUST_CHANGE_PASSWORD", "FALSE").(string)))
	add("DISABLED", strings.ToLower(o.or("DISABLED", "FALSE").(string)))
	for _, name := range []string{"DEFAULT_WAREHOUSE", "DEFAULT_NAMESPACE", "DEFAULT_ROLE"} {
		add(name, text(name))
	}
	add("DEFAULT_SECONDARY_ROLES", secondary(o))
	for _, name := range []string{"RSA_PUBLIC_KEY", "RSA_PUBLIC_KEY_2"} {
		add(name, text(name))
		add(name+"_FP", Fingerprint(o.Props[name]))
	}
	add("HAS_PAT", flag(len(o.Tokens) > 0))
	add("HAS_WORKLOAD_IDENTITY", flag(o.Props["WORKLOAD_IDENTITY"] != ""))
	return t
}

// Fingerprint is how the service writes a public key: SHA256: and the digest.
func Fingerprint(stored string) string {
	key, err := parseKey(stored)
	if err != nil {
		return "null"
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "null"
	}
	sum := sha256.Sum256(der)
	return "SHA256:" + base64.StdEncoding.EncodeToString(sum[:])
}

func (a *Account) describeContainer(x access, o *Object) *Table {
	t := &Table{Columns: columns("created_on", "name", "kind")}
	for _, below := range a.below(o) {
		if x.sees(below) && len(below.Name) == len(o.Name)+1 {
			t.add(below.Created, below.Name.last(), below.Kind)
		}
	}
	return t
}

func quoteJSON(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		return fmt.Sprintf("%q", text)
	}
	return string(data)
}
