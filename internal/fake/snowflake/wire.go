package fakesnowflake

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/account"
)

// answer is the envelope of everything that the service sends.
type answer struct {
	Data    any     `json:"data"`
	Message *string `json:"message"`
	Code    *string `json:"code"`
	Success bool    `json:"success"`
	Headers any     `json:"headers"`
}

func success(data any) answer { return answer{Data: data, Success: true} }

// failure is an error as the drivers read it. It comes with status 200: at any
// other they would ask again.
func failure(err *account.Error, queryID string) answer {
	data := map[string]any{"errorCode": err.Code, "sqlState": err.State, "queryId": queryID, "internalError": false, "line": -1, "pos": -1, "type": "COMPILATION"}
	return answer{Data: data, Message: &err.Message, Code: &err.Code}
}

func (a answer) bytes() []byte {
	data, err := json.Marshal(a)
	if err != nil {
		message := err.Error()
		data, _ = json.Marshal(answer{Message: &message})
	}
	return data
}

// rowType is a column on the wire.
type rowType struct {
	Name       string `json:"name"`
	Database   string `json:"database"`
	Schema     string `json:"schema"`
	Table      string `json:"table"`
	Type       string `json:"type"`
	Nullable   bool   `json:"nullable"`
	Length     *int   `json:"length"`
	ByteLength *int   `json:"byteLength"`
	Precision  *int   `json:"precision"`
	Scale      *int   `json:"scale"`
}

func rowTypes(columns []account.Column) []rowType {
	out := make([]rowType, len(columns))
	for i, c := range columns {
		out[i] = rowType{Name: c.Name, Type: c.Type, Nullable: true}
		switch c.Type {
		case "text":
			out[i].Length, out[i].ByteLength = number(16777216), number(16777216)
		case "fixed":
			out[i].Precision, out[i].Scale = number(38), number(0)
		default:
			out[i].Precision, out[i].Scale = number(0), number(9)
		}
	}
	return out
}

func number(n int) *int { return &n }

// The types of statements that the drivers tell apart.
const (
	typeShow = 16384
	typeDDL  = 24576
)

// tableData is a modelled answer: rows of text, in the JSON form, which every
// driver reads.
func tableData(t *account.Table, ddl bool) map[string]any {
	rows := t.Rows
	if rows == nil {
		rows = [][]*string{}
	}
	kind := typeShow
	if ddl {
		kind = typeDDL
	}
	return map[string]any{
		"parameters": []map[string]any{{"name": "TIMEZONE", "value": "Etc/UTC"}}, "rowtype": rowTypes(t.Columns), "rowset": rows,
		"total": len(rows), "returned": len(rows), "numberOfBinds": 0, "arrayBindSupported": false, "statementTypeId": kind,
		"version": 1, "queryResultFormat": "json", "sqlState": nil,
	}
}

// engineData takes over what the engine answered, and adds what it leaves out.
func engineData(from map[string]json.RawMessage) map[string]any {
	data := map[string]any{"numberOfBinds": 0, "version": 1}
	for name, value := range from {
		data[name] = value
	}
	if _, there := data["returned"]; !there {
		data["returned"] = data["total"]
	}
	return data
}

// readBody reads a request, which some drivers send compressed.
func readBody(r *http.Request, into any) error {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return err
		}
		body = z
	}
	return json.NewDecoder(body).Decode(into)
}

func write(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// writeHalf sends the beginning of an answer and breaks off. The driver cannot
// tell what became of its statement, and does not ask again.
func writeHalf(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body[:len(body)/2])
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	panic(http.ErrAbortHandler)
}
