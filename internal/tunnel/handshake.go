package tunnel

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// spokenVersion is the version of the session-manager-plugin whose protocol we
// speak. The SSM agent chooses by it: from 1.1.70 on it carries many
// connections, above 1.2.331 it leaves out the keep-alive of smux. A client of
// another version would be cut off after 30 seconds without traffic.
const spokenVersion = "1.2.792.0"

// The agent's side of the same two choices.
var (
	manyConnectionsAbove = version{3, 0, 196, 0}
	noKeepAliveAbove     = version{3, 1, 1511, 0}
)

type version [4]int

// parseVersion reads up to four numbers with dots between them.
func parseVersion(text string) (version, bool) {
	var v version
	parts := strings.Split(text, ".")
	if len(parts) > len(v) {
		return v, false
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return v, false
		}
		v[i] = n
	}
	return v, true
}

func (v version) above(other version) bool {
	for i := range v {
		if v[i] != other[i] {
			return v[i] > other[i]
		}
	}
	return false
}

// The forms of the handshake's payloads.
type (
	handshakeRequest struct {
		AgentVersion           string
		RequestedClientActions []requestedAction
	}
	requestedAction struct {
		ActionType       string
		ActionParameters json.RawMessage
	}
	handshakeResponse struct {
		ClientVersion          string
		ProcessedClientActions []processedAction
		Errors                 []string
	}
	processedAction struct {
		ActionType   string
		ActionStatus int
		ActionResult json.RawMessage
		Error        string
	}
	acknowledgement struct {
		Kind       string `json:"AcknowledgedMessageType"`
		ID         string `json:"AcknowledgedMessageId"`
		Sequence   int64  `json:"AcknowledgedMessageSequenceNumber"`
		Sequential bool   `json:"IsSequentialMessage"`
	}
)

const (
	actionDone   = 1
	actionFailed = 2

	actionSessionType = "SessionType"
	actionEncrypt     = "KMSEncryption"
	sessionTypePort   = "Port"
)

// answer gives the response to a handshake and the agent's version. An error
// means that this session cannot be used; the response says so to the agent.
func answer(payload []byte) (handshakeResponse, version, error) {
	response := handshakeResponse{ClientVersion: spokenVersion, ProcessedClientActions: []processedAction{}, Errors: []string{}}
	var request handshakeRequest
	if err := json.Unmarshal(payload, &request); err != nil {
		return response, version{}, fmt.Errorf("the handshake of the SSM agent cannot be read: %w", err)
	}
	var refused error
	for _, action := range request.RequestedClientActions {
		done := processedAction{ActionType: action.ActionType, ActionStatus: actionDone, ActionResult: json.RawMessage("null")}
		if err := possible(action); err != nil {
			done.ActionStatus, done.Error = actionFailed, err.Error()
			response.Errors = append(response.Errors, err.Error())
			refused = err
		}
		response.ProcessedClientActions = append(response.ProcessedClientActions, done)
	}
	agent, ok := parseVersion(request.AgentVersion)
	if refused == nil && (!ok || !agent.above(manyConnectionsAbove)) {
		refused = fmt.Errorf("its SSM agent has version %q, which carries one connection at a time; update the agent of the instance to 3.1 or later", request.AgentVersion)
	}
	return response, agent, refused
}

// possible says why an action that the agent asks for cannot be done.
func possible(action requestedAction) error {
	switch action.ActionType {
	case actionSessionType:
		var wanted struct{ SessionType string }
		if err := json.Unmarshal(action.ActionParameters, &wanted); err != nil || wanted.SessionType != sessionTypePort {
			return fmt.Errorf("the session is of type %q, not %q", wanted.SessionType, sessionTypePort)
		}
		return nil
	case actionEncrypt:
		return fmt.Errorf("the session has to be encrypted with a KMS key, which this program does not do; " +
			"take kmsKeyId out of the inputs of the session document " + document + ", or give Airbyte an access of its own (access: in the file)")
	}
	return fmt.Errorf("the SSM agent asks for %q, which this program does not know", action.ActionType)
}

// acknowledge makes the frame that says that f has come.
func acknowledge(f frame, now time.Time) frame {
	payload, err := json.Marshal(acknowledgement{Kind: f.kind, ID: f.id.String(), Sequence: f.sequence, Sequential: true})
	if err != nil {
		panic(err) // four plain fields
	}
	made := newFrame(kindAcknowledge, 0, 0, payload, now)
	made.flags = 3
	return made
}
