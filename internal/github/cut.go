package github

import "strings"

// cut keeps whole lines of a text up to a number of bytes, and says at the end
// that something is missing.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	const note = "\n\n_The rest does not fit here._\n"
	kept := s[:max(most-len(note), 0)]
	if at := strings.LastIndexByte(kept, '\n'); at > 0 {
		kept = kept[:at]
	}
	return strings.ToValidUTF8(kept, "") + note
}
