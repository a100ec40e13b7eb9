package account

import "strings"

// Session is one connection and what is current in it.
type Session struct {
	ID        int64
	User      string
	Role      string
	Secondary bool   // the user's other roles count, too
	Bound     string // the one role that the token allows
	Warehouse string
	Database  string
	Schema    string
	Tag       string // QUERY_TAG
}

// full completes a name with the current database and schema.
func (s *Session) full(k *kind, name Name) (Name, error) {
	if len(name) > k.depth {
		return nil, compilation("001003", "42000", "syntax error: %s is no name of a %s.", name, strings.ToLower(k.name))
	}
	missingParts := k.depth - len(name)
	if missingParts == 0 {
		return name, nil
	}
	if s.Database == "" {
		return nil, &Error{"090105", "22000", "Cannot perform operation. This session does not have a current database. Call 'USE DATABASE', or use a qualified name."}
	}
	if k.depth == 2 {
		return Name{s.Database, name[0]}, nil
	}
	if missingParts == 1 {
		return Name{s.Database, name[0], name[1]}, nil
	}
	if s.Schema == "" {
		return nil, &Error{"090106", "22000", "Cannot perform operation. This session does not have a current schema. Call 'USE SCHEMA', or use a qualified name."}
	}
	return Name{s.Database, s.Schema, name[0]}, nil
}
