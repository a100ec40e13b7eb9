package fault

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
)

// Form is how a service tells an error.
type Form int

// The forms.
const (
	Plain Form = iota // a status and a JSON message
	Query             // AWS: CloudFormation, STS
	JSON              // AWS: SSM, ECR, ECS
	CBOR              // AWS: smithy's RPC v2
	S3                // AWS: S3
)

// Failure is an error that a service answers with.
type Failure struct {
	Status  int
	Code    string
	Message string
}

// tooMany is what a service says that is asked too often.
func tooMany(f Form) Failure {
	switch f {
	case S3:
		return Failure{http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate."}
	case JSON, CBOR:
		return Failure{http.StatusBadRequest, "ThrottlingException", "Rate exceeded"}
	case Query:
		return Failure{http.StatusBadRequest, "Throttling", "Rate exceeded"}
	}
	return Failure{http.StatusTooManyRequests, "too_many_requests", "Too many requests"}
}

const requestID = "00000000-0000-4000-8000-000000000000"

// Write answers with a failure.
func (f Form) Write(w http.ResponseWriter, failure Failure) {
	kind, body := f.body(failure)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Amzn-Requestid", requestID)
	if f == CBOR {
		w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	}
	if failure.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "0")
	}
	w.WriteHeader(failure.Status)
	_, _ = w.Write(body) // a client that went away needs no answer
}

func (f Form) body(e Failure) (kind string, body []byte) {
	switch f {
	case Query:
		return "text/xml", fmt.Appendf(nil, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
			escape(e.Code), escape(e.Message), requestID)
	case S3:
		return "application/xml", fmt.Appendf(nil, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message><RequestId>%s</RequestId></Error>",
			escape(e.Code), escape(e.Message), requestID)
	case CBOR:
		return "application/cbor", cborMap("__type", e.Code, "message", e.Message)
	case JSON:
		return "application/x-amz-json-1.1", jsonMap("__type", e.Code, "message", e.Message)
	}
	return "application/json", jsonMap("type", e.Code, "message", e.Message)
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}

func jsonMap(pairs ...string) []byte {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	body, _ := json.Marshal(m) // strings always marshal
	return body
}

// cborMap writes a map of a few texts, which is all that an error needs.
func cborMap(pairs ...string) []byte {
	out := []byte{0xa0 | byte(len(pairs)/2)}
	for _, s := range pairs {
		out = append(out, 0x79, byte(len(s)>>8), byte(len(s)))
		out = append(out, s...)
	}
	return out
}
