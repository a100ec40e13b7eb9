package fakesnowflake

import "strings"

// transaction keeps in mind whether a transaction is open, and gives what the
// engine has to do for a statement. The engine begins with the first statement
// that needs it, and does a MERGE outside of any transaction: fakesnow's own takes
// one, and there cannot be two. Such a MERGE cannot be rolled back here; who asks
// for it is told so.
func (in *session) transaction(sql string) ([]string, error) {
	verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(sql)), " ")
	switch verb {
	case "BEGIN":
		in.began = true
		return nil, nil
	case "COMMIT", "ROLLBACK":
		opened, merged := in.opened, in.merged
		in.began, in.opened, in.merged = false, false, false
		if merged && verb == "ROLLBACK" {
			return nil, internalError("the stand-in cannot roll a MERGE back")
		}
		if opened {
			return []string{verb}, nil
		}
		return nil, nil
	case "MERGE":
		if in.began && !in.opened {
			in.merged = true
			return []string{sql}, nil
		}
	}
	if in.began && !in.opened && verb != "SELECT" && verb != "WITH" {
		in.opened = true
		return []string{"BEGIN", sql}, nil
	}
	return []string{sql}, nil
}
