package grouparoo

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// The columns that every sync view has besides those of its model.
const (
	changedAt = "CHANGED_AT"
	removed   = "REMOVED"
)

// idLimit is the longest id that Grouparoo stores.
const idLimit = 191

// objects gives what Grouparoo has to know for one sync, each object after
// those it refers to.
func objects(p *ir.Pipeline, d *ir.Destination, s *ir.Sync) []any {
	n := s.Names
	all := []any{
		app{Class: "app", ID: n.SourceApp, Name: n.SourceApp, Type: "snowflake", Options: warehouse(p)},
		app{Class: "app", ID: n.App, Name: n.App, Type: d.Grouparoo.App, Options: options(d.Grouparoo.Options)},
		source{
			Class: "source", ID: n.Source, Name: n.Source, Type: "snowflake-table-import", AppID: n.SourceApp,
			Options: map[string]string{"table": s.View}, Mapping: map[string]string{s.Keys[0].SQL: propertyID(n, s.Keys[0].Column)},
		},
		scheduleOf(s),
	}
	for _, column := range properties(s) {
		all = append(all, column)
	}
	all = append(all, groupOf(s, n.Group))
	for _, tag := range s.Tags {
		all = append(all, groupOf(s, tagGroupID(n, tag)))
	}
	return append(all, destinationOf(d, s))
}

func warehouse(p *ir.Pipeline) map[string]any {
	s := p.Snowflake
	return map[string]any{
		"account": s.Account, "username": s.Users.Grouparoo, "password": SnowflakeToken,
		"warehouse": s.SyncWarehouse, "database": s.Database, "schema": s.Schemas.Syncs,
	}
}

func scheduleOf(s *ir.Sync) schedule {
	out := schedule{
		Class: "schedule", ID: s.Names.Schedule, Name: s.Names.Schedule, SourceID: s.Names.Source,
		Options: map[string]string{"column": changedAt},
	}
	if minutes := frequency(s.Schedule); minutes > 0 {
		out.Recurring, out.Frequency = true, minutes*60*1000
	}
	return out
}

// mapped is one field of the destination with the property that fills it.
type mapped struct {
	ir.SyncColumn
	property string
}

// mappings gives every field, keys first. Grouparoo lets a property fill one
// field only, so a column that fills several has a property for each: the first
// is named after the column, the others after the field too.
func mappings(s *ir.Sync) []mapped {
	var all []mapped
	seen := map[string]bool{}
	for _, c := range slices.Concat(s.Keys, s.Fields) {
		id := propertyID(s.Names, c.Column)
		if seen[c.SQL] {
			id = withHash(id, c.Field)
		}
		seen[c.SQL] = true
		all = append(all, mapped{c, id})
	}
	return all
}

// properties gives the property of each field, the key first, and the one that
// says whether the row is gone.
func properties(s *ir.Sync) []property {
	var all []property
	for i, m := range mappings(s) {
		p := propertyOf(s.Names, m.property, m.SQL, propertyType(m.Type))
		p.Unique, p.Identifying = i == 0, i == 0
		all = append(all, p)
	}
	return append(all, propertyOf(s.Names, propertyID(s.Names, removed), removed, "boolean"))
}

func propertyOf(n ir.GrouparooNames, id, sql, typ string) property {
	return property{
		Class: "property", ID: id, Name: id, Type: typ, SourceID: n.Source,
		Options: map[string]string{"column": sql, "aggregationMethod": "exact"},
	}
}

// propertyType is Grouparoo's word for a type. Numbers with decimals and floats
// are one to it; it has no type for JSON.
func propertyType(t ir.Type) string {
	switch t.Kind {
	case ir.Email:
		return "email"
	case ir.Integer:
		return "integer"
	case ir.Number:
		if t.Scale == 0 {
			return "integer"
		}
		return "float"
	case ir.Float:
		return "float"
	case ir.Boolean:
		return "boolean"
	case ir.Date, ir.Timestamp, ir.TimestampNTZ:
		return "date"
	}
	return "string"
}

var unsafe = regexp.MustCompile(`[^a-z0-9_-]`)

// propertyID is the prefix of the sync and the column. Where the column has
// letters that an id may not have, or is too long, a hash keeps two apart.
func propertyID(n ir.GrouparooNames, column string) string {
	lower := strings.ToLower(column)
	id := n.PropertyPrefix + unsafe.ReplaceAllString(lower, "_")
	if id == n.PropertyPrefix+lower && len(id) <= idLimit {
		return id
	}
	return withHash(id, column)
}

func withHash(id, of string) string {
	sum := sha256.Sum256([]byte(of))
	end := "_" + hex.EncodeToString(sum[:4])
	return id[:min(len(id), idLimit-len(end))] + end
}

// groupOf is a group of the rows that are not gone.
func groupOf(s *ir.Sync, id string) group {
	return group{Class: "group", ID: id, Name: id, Type: "calculated", Rules: []rule{{
		PropertyID: propertyID(s.Names, removed), Operation: map[string]string{"op": "eq"}, Match: "false",
	}}}
}

// tagGroupID names the group that stands for a tag. It depends on the tag's
// text: Grouparoo sends everybody again when a group appears or goes, and does
// nothing when a group that stays is given another tag.
func tagGroupID(n ir.GrouparooNames, tag string) string {
	return withHash(n.Group+"_"+unsafe.ReplaceAllString(strings.ToLower(tag), "_"), tag)
}

func destinationOf(d *ir.Destination, s *ir.Sync) destination {
	n := s.Names
	out := destination{
		Class: "destination", ID: n.Destination, Name: n.Destination, Type: d.Grouparoo.DestinationType,
		AppID: n.App, GroupID: n.Group, Mode: s.Engine, Options: options(s.Options),
		Mapping: map[string]string{}, Tags: map[string]string{},
	}
	for _, m := range mappings(s) {
		out.Mapping[m.Field] = m.property
	}
	for _, tag := range s.Tags {
		out.Tags[tag] = tagGroupID(n, tag)
	}
	return out
}
