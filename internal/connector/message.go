package connector

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// message is one line of Airbyte's protocol.
type message struct {
	Type             string
	Log              struct{ Level, Message string }
	Spec             json.RawMessage
	ConnectionStatus struct{ Status, Message string }
	Catalog          struct{ Streams []Stream }
	Record           rawRecord
	State            json.RawMessage
	Trace            trace
	Control          struct {
		Type            string
		ConnectorConfig struct{ Config map[string]any }
	}
}

type rawRecord struct {
	Stream    string
	Namespace string
	Data      map[string]any
	EmittedAt json.Number `json:"emitted_at"`
}

type trace struct {
	Type  string
	Error struct {
		Message     string
		Internal    string `json:"internal_message"`
		FailureType string `json:"failure_type"`
	}
}

// Record is one row that a connector read. Numbers are json.Number, so that none
// loses its digits. What a connector does not say of a column is not in Data.
type Record struct {
	Stream    string
	Namespace string
	Data      map[string]any
	EmittedAt time.Time
}

func (r rawRecord) record() Record {
	ms, err := r.EmittedAt.Float64()
	if err != nil {
		ms = 0
	}
	return Record{r.Stream, r.Namespace, r.Data, time.UnixMilli(int64(ms)).UTC()}
}

// parse reads one line. What is no message of the protocol is something that a
// library printed: a line of the log.
func parse(line []byte) message {
	var m message
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&m); err != nil || m.Type == "" {
		m = message{Type: "LOG"}
		m.Log.Level, m.Log.Message = "INFO", strings.TrimSpace(string(line))
	}
	return m
}
