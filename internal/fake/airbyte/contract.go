package airbyte

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// contract holds requests and answers against the API description.
type contract struct{ router routers.Router }

// contracts are those that were read, by path: reading one takes longer than most
// tests, and nothing changes it.
var contracts sync.Map

func newContract(path string) (*contract, error) {
	if c, read := contracts.Load(path); read {
		return c.(*contract), nil
	}
	openapi3.DefineStringFormatValidator("uuid", openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringForUUIDOfRFC4122))
	doc, err := openapi3.NewLoader().LoadFromFile(path)
	if err != nil {
		return nil, err
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, err
	}
	c, _ := contracts.LoadOrStore(path, &contract{router})
	return c.(*contract), nil
}

// checked validates around next. The internal API has no description.
func (s *Server) checked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.judge == nil || !strings.HasPrefix(r.URL.Path, base) {
			next.ServeHTTP(w, r)
			return
		}
		input, body, err := s.judge.request(r)
		if err != nil {
			s.violated(w, http.StatusUnprocessableEntity, r, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if err := s.judge.answer(input, answer); err != nil {
			s.violated(w, http.StatusInternalServerError, r, err)
			return
		}
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
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

func (c *contract) request(r *http.Request) (*openapi3filter.RequestValidationInput, []byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, nil, err
	}
	// Defaults of the description must not get into what the server sees.
	copied := r.Clone(context.Background())
	copied.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := c.router.FindRoute(copied)
	if err != nil {
		return nil, nil, err
	}
	input := &openapi3filter.RequestValidationInput{Request: copied, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true}}
	return input, body, openapi3filter.ValidateRequest(context.Background(), input)
}

// answer looks at answers that succeed; most errors have no description.
func (c *contract) answer(input *openapi3filter.RequestValidationInput, a *httptest.ResponseRecorder) error {
	if a.Code >= 300 {
		return nil
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: a.Code, Header: a.Header(),
		Body: io.NopCloser(bytes.NewReader(a.Body.Bytes())), Options: input.Options,
	})
}
