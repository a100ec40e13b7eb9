package fakesnowflake

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// readsArrow are the drivers that take rows as Arrow; the service sends others
// JSON, which is all that the one for Node understands.
var readsArrow = map[string]bool{"Go": true, "PythonConnector": true}

// inJSON writes the rows of an answer as JSON, where they are Arrow.
func inJSON(data map[string]json.RawMessage) error {
	var packed string
	if err := json.Unmarshal(data["rowsetBase64"], &packed); err != nil || packed == "" {
		if _, there := data["rowset"]; !there {
			data["rowset"] = json.RawMessage("[]")
		}
		data["queryResultFormat"] = json.RawMessage(`"json"`)
		return nil
	}
	stream, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return err
	}
	rows, err := rowsOf(stream)
	if err != nil {
		return err
	}
	if data["rowset"], err = json.Marshal(rows); err != nil {
		return err
	}
	data["queryResultFormat"] = json.RawMessage(`"json"`)
	delete(data, "rowsetBase64")
	return nil
}

func rowsOf(stream []byte) ([][]*string, error) {
	reader, err := ipc.NewReader(bytes.NewReader(stream))
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	rows := [][]*string{}
	for reader.Next() {
		record := reader.RecordBatch()
		for i := range int(record.NumRows()) {
			row := make([]*string, record.NumCols())
			for j := range row {
				if row[j], err = cell(record.Column(j), record.Schema().Field(j), i); err != nil {
					return nil, err
				}
			}
			rows = append(rows, row)
		}
	}
	return rows, reader.Err()
}

// cell writes a value as the service does in JSON: times as seconds since 1970
// with nanoseconds, dates as days, booleans as 0 and 1.
func cell(column arrow.Array, field arrow.Field, i int) (*string, error) {
	if column.IsNull(i) {
		return nil, nil
	}
	var text string
	switch c := column.(type) {
	case *array.Boolean:
		text = map[bool]string{true: "1", false: "0"}[c.Value(i)]
	case *array.Struct:
		text = fmt.Sprintf("%d.%09d", c.Field(0).(*array.Int64).Value(i), c.Field(1).(*array.Int32).Value(i))
		if c.NumField() > 2 {
			text += fmt.Sprintf(" %d", c.Field(2).(*array.Int32).Value(i))
		}
	case *array.Date32:
		text = strconv.Itoa(int(c.Value(i)))
	case *array.Float64:
		text = strconv.FormatFloat(c.Value(i), 'g', -1, 64)
	case *array.String, *array.LargeString, *array.Int8, *array.Int16, *array.Int32, *array.Int64, *array.Decimal128:
		text = c.ValueStr(i)
	default:
		return nil, fmt.Errorf("a column of type %s (%s) has no form in JSON here", column.DataType(), field.Name)
	}
	return &text, nil
}
