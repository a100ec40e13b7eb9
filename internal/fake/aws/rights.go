package fakeaws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// reading are the words that operations begin with which change nothing and are
// in the plan role's policy.
var reading = []string{"Describe", "List", "Get", "Head", "BatchGet", "BatchCheck", "Detect", "Validate", "Estimate"}

// secretive are operations that begin so and still are not for a plan, since they
// give secrets.
var secretive = []string{"GetSecretValue", "BatchGetSecretValue", "Decrypt", "GetDataKeyPair", "GetRandomPassword"}

// rights hands on what the caller may do, and to whom it belongs.
func rights(next http.Handler, others *handed) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // the client went away
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		name := fault.AWS(r, body)
		if name.Caller == PlanKey && !readable(name, body) {
			denied(w, name)
			return
		}
		if other := others.of(name); other != nil {
			other.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// handed are operations that another stand-in answers.
type handed struct {
	mu sync.Mutex
	to map[string]http.Handler
}

// put gives operations to a handler; without one, all come back.
func (h *handed) put(to http.Handler, operations []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if to == nil || h.to == nil {
		h.to = map[string]http.Handler{}
	}
	for _, o := range operations {
		h.to[o] = to
	}
}

func (h *handed) of(name fault.Name) http.Handler {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.to[name.Operation]
}

// readable reports whether the plan role may do it.
func readable(name fault.Name, body []byte) bool {
	if slices.Contains(secretive, name.Operation) {
		return false
	}
	if name.Service == "ssm" && decrypts(body) {
		return false
	}
	return slices.ContainsFunc(reading, func(word string) bool { return strings.HasPrefix(name.Operation, word) })
}

// decrypts reports whether a call of SSM asks for the values of secrets.
func decrypts(body []byte) bool {
	var asked struct{ WithDecryption bool }
	return json.Unmarshal(body, &asked) == nil && asked.WithDecryption
}

func denied(w http.ResponseWriter, name fault.Name) {
	f := fault.Failure{
		Status: http.StatusBadRequest, Code: "AccessDeniedException",
		Message: fmt.Sprintf("User: arn:aws:sts::%s:assumed-role/plan/tapestry-ci is not authorized to perform: %s:%s because no identity-based policy allows the action",
			account, name.Service, name.Operation),
	}
	if name.Form == fault.Query || name.Form == fault.S3 {
		f.Status, f.Code = http.StatusForbidden, "AccessDenied"
	}
	name.Form.Write(w, f)
}
