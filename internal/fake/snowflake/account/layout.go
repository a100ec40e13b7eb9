package account

import (
	"slices"
	"strconv"
	"strings"
)

// layout is what SHOW prints for one kind: the columns of the real service, and
// the row of an object. What is not modelled is NULL or as for a new object.
type layout struct {
	columns string
	row     func(a *Account, s *Session, o *Object) []any
}

var layouts = map[string]layout{
	"ROLES":             {"created_on,name,is_default,is_current,is_inherited,assigned_to_users,granted_to_roles,granted_roles,owner,comment", roleRow},
	"USERS":             {"name,created_on,login_name,display_name,first_name,last_name,email,mins_to_unlock,days_to_expiry,comment,disabled,must_change_password,snowflake_lock,default_warehouse,default_namespace,default_role,default_secondary_roles,ext_authn_duo,ext_authn_uid,mins_to_bypass_mfa,owner,last_success_login,expires_at_time,locked_until_time,has_password,has_rsa_public_key,type,has_mfa,has_pat,has_workload_identity", userRow},
	"WAREHOUSES":        {"name,state,type,size,min_cluster_count,max_cluster_count,started_clusters,running,queued,is_default,is_current,auto_suspend,auto_resume,available,provisioning,quiescing,other,created_on,resumed_on,updated_on,owner,comment,enable_query_acceleration,query_acceleration_max_scale_factor,resource_monitor,actives,pendings,failed,suspended,uuid,scaling_policy,budget,owner_role_type,resource_constraint", warehouseRow},
	"RESOURCE MONITORS": {"name,credit_quota,used_credits,remaining_credits,level,frequency,start_time,end_time,notify_at,suspend_at,suspend_immediately_at,created_on,owner,comment,notify_users", monitorRow},
	"DATABASES":         {"created_on,name,is_default,is_current,origin,owner,comment,options,retention_time,kind,owner_role_type", databaseRow},
	"SCHEMAS":           {"created_on,name,is_default,is_current,database_name,owner,comment,options,retention_time,owner_role_type", schemaRow},
	"TABLES":            {"created_on,name,database_name,schema_name,kind,comment,cluster_by,rows,bytes,owner,retention_time,automatic_clustering,change_tracking,search_optimization,is_external,enable_schema_evolution,owner_role_type,is_event", tableRow},
	"VIEWS":             {"created_on,name,reserved,database_name,schema_name,owner,comment,text,is_secure,is_materialized,owner_role_type,change_tracking", viewRow},
	"OBJECTS":           {"created_on,name,database_name,schema_name,kind,comment,cluster_by,rows,bytes,owner,retention_time,owner_role_type,is_hybrid,is_dynamic,is_iceberg", objectRow},
	"NETWORK RULES":     {"created_on,name,database_name,schema_name,owner,comment,type,mode,entries_in_valuelist,owner_role_type", ruleRow},
	"NETWORK POLICIES":  {"created_on,name,comment,entries_in_allowed_ip_list,entries_in_blocked_ip_list,entries_in_allowed_network_rules,entries_in_blocked_network_rules", policyRow},
	"INTEGRATIONS":      {"name,type,category,enabled,comment,created_on", integrationRow},
	"STAGES":            {"created_on,name,database_name,schema_name,url,has_credentials,has_encryption_key,owner,comment,region,type,cloud,notification_channel,storage_integration,endpoint,owner_role_type,directory_enabled", stageRow},
	"FILE FORMATS":      {"created_on,name,database_name,schema_name,type,owner,comment,format_options,owner_role_type", formatRow},
	"TAGS":              {"created_on,name,database_name,schema_name,owner,comment,allowed_values,owner_role_type", tagRow},
	"MASKING POLICIES":  {"created_on,name,database_name,schema_name,kind,owner,comment,owner_role_type,options", maskingRow},
}

func (o *Object) comment() string { return o.Props["COMMENT"] }

func (o *Object) ownerType() any {
	if o.Owner == "" {
		return ""
	}
	return role
}

// or gives a property, or what stands for it where it is not set.
func (o *Object) or(name string, other any) any {
	if value, ok := o.Props[name]; ok {
		return value
	}
	return other
}

func count(stored string) string { return strconv.Itoa(len(splitList(stored))) }

func roleRow(a *Account, s *Session, o *Object) []any {
	users, roles, below := 0, 0, 0
	for _, g := range o.Grants {
		if g.ToUser {
			users++
		} else {
			roles++
		}
	}
	for _, other := range a.objects {
		if other.Kind == role && slices.ContainsFunc(other.Grants, func(g Grant) bool { return !g.ToUser && g.To == o.Name[0] }) {
			below++
		}
	}
	isDefault := a.get(user, Name{s.User}) != nil && a.get(user, Name{s.User}).Props["DEFAULT_ROLE"] == o.Name[0]
	inherited := s.Role != o.Name[0] && a.closure(s.Role)[o.Name[0]]
	return []any{o.Created, o.Name[0], yesNo(isDefault), yesNo(s.Role == o.Name[0]), yesNo(inherited), users, roles, below, o.Owner, o.comment()}
}

func secondary(o *Object) any {
	value, ok := o.Props["DEFAULT_SECONDARY_ROLES"]
	switch {
	case !ok:
		return `["ALL"]`
	case value == "":
		return "[]"
	}
	return `["` + value + `"]`
}

func flag(value bool) string { return strconv.FormatBool(value) }

func userRow(_ *Account, _ *Session, o *Object) []any {
	p := o.Props
	return []any{o.Name[0], o.Created, p["LOGIN_NAME"], p["DISPLAY_NAME"], p["FIRST_NAME"], p["LAST_NAME"], p["EMAIL"], nil, nil, o.comment(),
		flag(p["DISABLED"] == "TRUE"), flag(p["MUST_CHANGE_PASSWORD"] == "TRUE"), "false", p["DEFAULT_WAREHOUSE"], p["DEFAULT_NAMESPACE"], p["DEFAULT_ROLE"], secondary(o),
		"false", nil, nil, o.Owner, nil, nil, nil, flag(p["PASSWORD"] != ""), flag(p["RSA_PUBLIC_KEY"] != "" || p["RSA_PUBLIC_KEY_2"] != ""), o.or("TYPE", "PERSON"),
		"false", flag(len(o.Tokens) > 0), flag(p["WORKLOAD_IDENTITY"] != "")}
}

func warehouseRow(a *Account, s *Session, o *Object) []any {
	state := "STARTED"
	if o.Props["INITIALLY_SUSPENDED"] == "TRUE" {
		state = "SUSPENDED"
	}
	u := a.get(user, Name{s.User})
	autoSuspend := o.or("AUTO_SUSPEND", "600")
	if autoSuspend == "NULL" {
		autoSuspend = nil
	}
	return []any{o.Name[0], state, o.or("WAREHOUSE_TYPE", "STANDARD"), o.Props["WAREHOUSE_SIZE"], o.or("MIN_CLUSTER_COUNT", 1), o.or("MAX_CLUSTER_COUNT", 1), 0, 0, 0,
		yesNo(u != nil && u.Props["DEFAULT_WAREHOUSE"] == o.Name[0]), yesNo(s.Warehouse == o.Name[0]), autoSuspend, strings.ToLower(o.Props["AUTO_RESUME"]),
		"", "", "", "", o.Created, o.Created, o.Created, o.Owner, o.comment(), strings.ToLower(o.or("ENABLE_QUERY_ACCELERATION", "FALSE").(string)), 8,
		nullName(o.Props["RESOURCE_MONITOR"]), 0, 0, 0, 0, nil, o.or("SCALING_POLICY", "STANDARD"), nil, o.ownerType(), nil}
}

// nullName is how SHOW WAREHOUSES says that there is no monitor.
func nullName(name string) string {
	if name == "" || name == "NULL" {
		return "null"
	}
	return name
}

func monitorRow(a *Account, _ *Session, o *Object) []any {
	at := map[string][]string{}
	for _, t := range o.Triggers {
		at[t.action] = append(at[t.action], t.percent+"%")
	}
	level := any(nil)
	if len(a.list(func(w *Object) bool { return w.Kind == warehouse && w.Props["RESOURCE_MONITOR"] == o.Name.String() })) > 0 {
		level = warehouse
	}
	quota := ""
	if q := o.Props["CREDIT_QUOTA"]; q != "" {
		quota = decimal(q)
	}
	return []any{o.Name[0], quota, "0.00", quota, level, o.or("FREQUENCY", "MONTHLY"), nil, nil, strings.Join(at["NOTIFY"], ","), strings.Join(at["SUSPEND"], ","),
		strings.Join(at["SUSPEND_IMMEDIATE"], ","), o.Created, o.Owner, o.comment(), o.Props["NOTIFY_USERS"]}
}

// decimal writes a number with two places.
func decimal(number string) string {
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return number
	}
	return strconv.FormatFloat(value, 'f', 2, 64)
}

func databaseRow(_ *Account, s *Session, o *Object) []any {
	return []any{o.Created, o.Name[0], yesNo(false), yesNo(s.Database == o.Name[0]), "", o.Owner, o.comment(), "", o.or("DATA_RETENTION_TIME_IN_DAYS", "1"), "STANDARD", o.ownerType()}
}

func schemaRow(_ *Account, s *Session, o *Object) []any {
	options := ""
	if o.Props["MANAGED ACCESS"] != "" {
		options = "MANAGED ACCESS"
	}
	return []any{o.Created, o.Name[1], yesNo(false), yesNo(s.Database == o.Name[0] && s.Schema == o.Name[1]), o.Name[0], o.Owner, o.comment(), options,
		o.or("DATA_RETENTION_TIME_IN_DAYS", "1"), o.ownerType()}
}

func tableRow(_ *Account, _ *Session, o *Object) []any {
	return []any{o.Created, o.Name[2], o.Name[0], o.Name[1], o.tableKind(), o.comment(), "", nil, nil, o.Owner, "1", "OFF", "OFF", "OFF", "N", "N", o.ownerType(), "N"}
}

func (o *Object) tableKind() string {
	switch {
	case o.Session != 0:
		return "TEMPORARY"
	case o.Props["TRANSIENT"] != "":
		return "TRANSIENT"
	}
	return table
}

func viewRow(_ *Account, _ *Session, o *Object) []any {
	return []any{o.Created, o.Name[2], "", o.Name[0], o.Name[1], o.Owner, o.comment(), o.Props["TEXT"], flag(o.Props["SECURE"] != ""), "false", o.ownerType(), "OFF"}
}

// objectRow says TABLE for every kind of table, as dbt's adapter takes it for
// granted: only SHOW TABLES tells them apart.
func objectRow(_ *Account, _ *Session, o *Object) []any {
	return []any{o.Created, o.Name[2], o.Name[0], o.Name[1], o.Kind, o.comment(), "", nil, nil, o.Owner, "1", o.ownerType(), "N", "N", "N"}
}

func ruleRow(_ *Account, _ *Session, o *Object) []any {
	return []any{o.Created, o.Name[2], o.Name[0], o.Name[1], o.Owner, o.comment(), o.Props["TYPE"], o.Props["MODE"], count(o.Props["VALUE_LIST"]), o.ownerType()}
}

func policyRow(_ *Account, _ *Session, o *Object) []any {
	p := o.Props
	return []any{o.Created, o.Name[0], o.comment(), count(p["ALLOWED_IP_LIST"]), count(p["BLOCKED_IP_LIST"]), count(p["ALLOWED_NETWORK_RULE_LIST"]), count(p["BLOCKED_NETWORK_RULE_LIST"])}
}

func integrationRow(_ *Account, _ *Session, o *Object) []any {
	return []any{o.Name[0], o.Props["TYPE"], "STORAGE", strings.ToLower(o.Props["ENABLED"]), o.comment(), o.Created}
}

func stageRow(_ *Account, _ *Session, o *Object) []any {
	kind, cloud, from := "INTERNAL", any(nil), any(nil)
	if o.Props["URL"] != "" {
		kind, cloud = "EXTERNAL", "AWS"
	}
	if i := o.Props["STORAGE_INTEGRATION"]; i != "" {
		from = i
	}
	return []any{o.Created, o.Name[2], o.Name[0], o.Name[1], o.Props["URL"], "N", "N", o.Owner, o.comment(), nil, kind, cloud, nil, from, nil, o.ownerType(), "N"}
}

func formatRow(_ *Account, _ *Session, o *Object) []any {
	return []any{o.Created, o.Name[2], o.Name[0], o.Name[1], o.or("TYPE", "CSV"), o.Owner, o.comment(), nil, o.ownerType()}
}

func tagRow(_ *Account, _ *Session, o *Object) []any {
	return []any{o.Created, o.Name[2], o.Name[0], o.Name[1], o.Owner, o.comment(), nil, o.ownerType()}
}

func maskingRow(_ *Account, _ *Session, o *Object) []any {
	return []any{o.Created, o.Name[2], o.Name[0], o.Name[1], "MASKING_POLICY", o.Owner, o.comment(), o.ownerType(), ""}
}
