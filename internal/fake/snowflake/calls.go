package fakesnowflake

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// nameOf names a request for the fault proxy: by its SQL where it is a statement,
// else by method and path.
func nameOf(r *http.Request, body []byte) fault.Name {
	if !strings.HasSuffix(r.URL.Path, "/query-request") {
		return fault.HTTP(r, body)
	}
	if r.Header.Get("Content-Encoding") == "gzip" {
		if z, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			body, _ = io.ReadAll(z) // what cannot be read has no SQL
		}
	}
	var q struct {
		SQL string `json:"sqlText"`
	}
	if json.Unmarshal(body, &q) != nil || q.SQL == "" {
		return fault.HTTP(r, body)
	}
	return fault.Name{Service: "sql", Operation: q.SQL}
}
