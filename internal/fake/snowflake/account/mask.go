package account

// Mask gives the body of the masking policy that holds for a column of a type, or
// nothing where there is none: the tag of the column, of its relation, of the
// schema, or of the database, whichever is nearest, with a policy for that type.
// It knows of no column that it is not told of, and does not look under a view.
func (a *Account) Mask(relation Name, column, typ string) string {
	for _, at := range []struct {
		kind   string
		name   Name
		column string
	}{{table, relation, column}, {table, relation, ""}, {schema, relation[:2], ""}, {database, relation[:1], ""}} {
		o := a.get(at.kind, at.name)
		if o == nil {
			continue
		}
		for _, key := range sortedKeys(o.Tags) {
			tagged, name, _ := cutKey(key)
			if tagged != at.column {
				continue
			}
			if body := a.policyOf(name, typ); body != "" {
				return body
			}
		}
	}
	return ""
}

// policyOf is the body of the policy that a tag has for a type.
func (a *Account) policyOf(tagName, typ string) string {
	name, err := ParseName(tagName)
	if err != nil {
		return ""
	}
	t := a.get(tag, name)
	if t == nil {
		return ""
	}
	for _, p := range t.Policies {
		if m := a.get(maskingPolicy, p); m != nil && family(m.Signature.returns) == family(typ) {
			return m.Signature.body
		}
	}
	return ""
}
