package resolve

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// stemLimit is the longest name of a dbt model that names files: with a prefix
// (bad_values_), an ending and the mark of a file that is being written it stays
// within the 255 bytes that a file system gives a name.
const stemLimit = 200

// StagingName is the dbt model that cleans a stream.
func StagingName(source, stream string) string {
	return Limit("stg_"+folded(source)+"__"+folded(stream), stemLimit)
}

// Limit shortens name to n characters where it is longer, ending it with a hash
// of the whole so that two long names stay apart.
func Limit(name string, n int) string {
	if len(name) <= n {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	separator := "_"
	if i := strings.IndexAny(name, "-_"); i >= 0 {
		separator = name[i : i+1]
	}
	return strings.TrimRight(name[:n-9], "-_") + separator + hex.EncodeToString(sum[:])[:8]
}
