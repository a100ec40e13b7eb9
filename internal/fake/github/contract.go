package fakegithub

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

//go:embed beyond.json
var beyond []byte

// contract holds requests and answers against the API description.
type contract struct {
	doc    *openapi3.T
	router routers.Router
}

// newContract reads GitHub's description and adds the paths of beyond.json.
func newContract(path string) (*contract, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var theirs, ours map[string]any
	if err := json.Unmarshal(text, &theirs); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(beyond, &ours); err != nil {
		return nil, err
	}
	for at := range ours["paths"].(map[string]any) {
		if _, ok := theirs["paths"].(map[string]any)[at]; ok {
			return nil, fmt.Errorf("GitHub's description has %s: take it out of beyond.json", at)
		}
	}
	maps.Copy(theirs["paths"].(map[string]any), ours["paths"].(map[string]any))
	maps.Copy(theirs["components"].(map[string]any)["schemas"].(map[string]any), ours["schemas"].(map[string]any))
	if text, err = json.Marshal(theirs); err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil // any host
	router, err := gorillamux.NewRouter(doc)
	return &contract{doc, router}, err
}

// operationID is the path value that says which operation of the description it
// is.
const operationID = "operation"

// checked validates around next, which finds what the path says as path values.
func (s *Server) checked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		input, body, err := s.judge.request(r, s.prefix())
		if err != nil {
			s.violated(w, http.StatusUnprocessableEntity, r, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.SetPathValue(operationID, input.Route.Operation.OperationID)
		for name, value := range input.PathParams {
			r.SetPathValue(name, value)
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if err := s.judge.answer(input, answer); err != nil {
			s.violated(w, http.StatusInternalServerError, r, err)
			return
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // a client that went away needs no answer
	})
}

func (s *Server) violated(w http.ResponseWriter, code int, r *http.Request, err error) {
	s.mu.Lock()
	s.violations = append(s.violations, r.Method+" "+r.URL.Path+": "+err.Error())
	s.mu.Unlock()
	http.Error(w, err.Error(), code)
}

func (c *contract) request(r *http.Request, prefix string) (*openapi3filter.RequestValidationInput, []byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, nil, err
	}
	copied := r.Clone(context.Background())
	copied.Body = io.NopCloser(bytes.NewReader(body))
	copied.URL.Path = strings.TrimPrefix(copied.URL.Path, prefix)
	route, params, err := c.router.FindRoute(copied)
	if err != nil {
		return nil, nil, err
	}
	input := &openapi3filter.RequestValidationInput{Request: copied, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true}}
	return input, body, openapi3filter.ValidateRequest(context.Background(), input)
}

// answer looks at every answer that the description has a word about.
func (c *contract) answer(input *openapi3filter.RequestValidationInput, a *httptest.ResponseRecorder) error {
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: a.Code, Header: a.Header(),
		Body: io.NopCloser(bytes.NewReader(a.Body.Bytes())), Options: input.Options,
	})
}

// example makes the smallest value that fits a schema, and lays values over it.
func (c *contract) example(schema string, values map[string]any) map[string]any {
	made, _ := smallest(c.doc.Components.Schemas[schema].Value).(map[string]any)
	maps.Copy(made, values)
	return made
}

func smallest(s *openapi3.Schema) any {
	switch {
	case s.Nullable:
		return nil
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.AllOf) > 0:
		made := map[string]any{}
		for _, part := range s.AllOf {
			if m, ok := smallest(part.Value).(map[string]any); ok {
				maps.Copy(made, m)
			}
		}
		return made
	case len(s.OneOf) > 0:
		return smallest(s.OneOf[0].Value)
	case len(s.AnyOf) > 0:
		return smallest(s.AnyOf[0].Value)
	case s.Type.Is("array"):
		return []any{}
	case s.Type.Is("boolean"):
		return false
	case s.Type.Is("integer"), s.Type.Is("number"):
		return 1
	case s.Type.Is("string"):
		return text(s.Format)
	}
	made := map[string]any{}
	for _, name := range s.Required {
		made[name] = smallest(s.Properties[name].Value)
	}
	return made
}

func text(format string) string {
	switch format {
	case "uri":
		return "https://github.example/x"
	case "date-time":
		return "2026-11-01T10:00:00Z"
	}
	return "x"
}
