package ir

import "strings"

// LandingPrefix is the folder of the landing bucket that Airbyte writes to,
// where landing: s3. It is not empty because Airbyte would then begin the keys
// of objects with a slash.
const LandingPrefix = "airbyte"

// LandingPath is the folder of one stream's files in the landing bucket:
// airbyte/RAW_ZOOM/webinar_registrants. Airbyte writes a character that object
// keys should not have as an underscore.
func (s *Source) LandingPath(st *Stream) string {
	return LandingPrefix + "/" + objectKey(s.Schema) + "/" + objectKey(st.Name)
}

func objectKey(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("/!_.*')(&$@=;:+,?-", r):
			return r
		}
		return '_'
	}, name)
}
