package fakeaws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// reading are the words that operations begin with which change nothing and are
// in the plan role's policy.
var reading = []string{"Describe", "List", "Get", "Head", "BatchGet", "BatchCheck", "Detect", "Validate", "Estimate"}

// secretive are operations that begin so and still are not for a plan, since they
// give secrets.
var secretive = []string{"GetSecretValue", "BatchGetSecretValue", "Decrypt", "GetDataKeyPair", "GetRandomPassword"}

// rights hands on what the caller may do.
func rights(next http.Handler) http.Handler {
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
		next.ServeHTTP(w, r)
	})
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
