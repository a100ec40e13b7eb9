package grouparoo

import (
	"encoding/json"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// SnowflakeToken is the name under which the containers get the token of the
// Snowflake user of Grouparoo: the environment variable EnvName(SnowflakeToken).
// It is made when the pipeline is applied, and is written in small letters so
// that it is no secret of the file.
const SnowflakeToken = "snowflake_token"

// EnvName is the environment variable that fills an app option whose value is
// the name of a secret.
func EnvName(secretName string) string { return "GROUPAROO_OPTION__APP__" + secretName }

// SecretNames lists the secrets of the file that Grouparoo's containers need,
// sorted: those of the destinations that have a sync which is on, and of those
// that have none left, which may have members to be removed yet.
func SecretNames(p *ir.Pipeline) []string {
	var names []string
	for i := range p.Destinations {
		d := &p.Destinations[i]
		if len(d.Syncs) == 0 && d.Engine == "grouparoo" && d.Enabled {
			names = append(names, secretsOf(d, &ir.Sync{})...)
		}
		for j := range d.Syncs {
			if s := &d.Syncs[j]; runs(d, s) {
				names = append(names, SyncSecrets(d, s)...)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// SyncSecrets lists the secrets of one sync, sorted.
func SyncSecrets(d *ir.Destination, s *ir.Sync) []string {
	names := secretsOf(d, s)
	slices.Sort(names)
	return slices.Compact(names)
}

func secretsOf(d *ir.Destination, s *ir.Sync) []string {
	var names []string
	for _, f := range slices.Concat(d.Grouparoo.Options, s.Options) {
		names = appendSecrets(names, f.Value)
	}
	return names
}

func appendSecrets(names []string, v ir.Value) []string {
	if v.Kind == ir.SecretValue {
		names = append(names, v.Secret)
	}
	for _, item := range v.List {
		names = appendSecrets(names, item)
	}
	for _, f := range v.Fields {
		names = appendSecrets(names, f.Value)
	}
	return names
}

// options writes the options of a plugin. They are texts, numbers and booleans;
// a secret is its name.
func options(fields []ir.Field) map[string]any {
	out := map[string]any{}
	for _, f := range fields {
		if v := option(f.Value); v != nil {
			out[f.Name] = v
		}
	}
	return out
}

func option(v ir.Value) any {
	switch v.Kind {
	case ir.StringValue:
		return v.Text
	case ir.NumberValue:
		return json.Number(v.Text)
	case ir.BoolValue:
		return v.Bool
	case ir.SecretValue:
		return v.Secret
	}
	return nil // no plugin has an option that is a list or an object
}
