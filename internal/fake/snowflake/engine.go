package fakesnowflake

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/account"
)

// engine speaks to fakesnow.
type engine struct {
	url    string // nothing where there are no rows
	client *http.Client
	// one statement at a time: two DESCRIBE or SHOW at once disturb each other in
	// fakesnow, which answers 500 then.
	one sync.Mutex
}

// newEngine opens a new connection for each call: on one that is kept, each answer
// waits 40 ms for an acknowledgement.
func newEngine(url string) *engine {
	return &engine{url: url, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
}

// reply is what fakesnow answers: the same form as the service.
type reply struct {
	Data    map[string]json.RawMessage `json:"data"`
	Code    *string                    `json:"code"`
	Message *string                    `json:"message"`
	Success bool                       `json:"success"`
}

func (e *engine) post(ctx context.Context, path, token string, body any) (int, reply, error) {
	if e.url == "" {
		return http.StatusOK, noRows(path), nil
	}
	data, err := json.Marshal(body)
	if err != nil {
		return 0, reply{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url+path, bytes.NewReader(data))
	if err != nil {
		return 0, reply{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", `Snowflake Token="`+token+`"`)
	}
	resp, err := e.client.Do(req)
	if err != nil {
		return 0, reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	var r reply
	err = json.NewDecoder(resp.Body).Decode(&r)
	return resp.StatusCode, r, err
}

// home is the schema that a session of the engine is in. Every name that reaches
// the engine is a full one, but it has to be somewhere: it keeps what it works
// with in the course of a MERGE there.
const home = "STAND_IN.HOME"

// login opens a session of the engine.
func (e *engine) login(ctx context.Context) (string, error) {
	body := map[string]any{"data": map[string]any{"SESSION_PARAMETERS": map[string]any{}}}
	_, r, err := e.post(ctx, "/session/v1/login-request", "", body)
	if err != nil {
		return "", err
	}
	var token string
	if err := json.Unmarshal(r.Data["token"], &token); err != nil {
		return "", fmt.Errorf("the engine gave no session: %w", err)
	}
	for _, sql := range []string{"CREATE DATABASE IF NOT EXISTS STAND_IN", "CREATE SCHEMA IF NOT EXISTS " + home, "USE SCHEMA " + home} {
		if err := e.run(ctx, token, sql); err != nil {
			return "", err
		}
	}
	return token, nil
}

func (e *engine) logout(ctx context.Context, token string) {
	_, _, _ = e.post(ctx, "/session?delete=true", token, nil)
}

// run has the engine do one statement.
func (e *engine) run(ctx context.Context, token, sql string) error {
	_, err := e.query(ctx, token, map[string]any{"sqlText": sql})
	return err
}

// query has the engine do one statement with the client's own request around it.
func (e *engine) query(ctx context.Context, token string, request map[string]any) (map[string]json.RawMessage, error) {
	e.one.Lock()
	defer e.one.Unlock()
	status, r, err := e.post(ctx, "/queries/v1/query-request", token, request)
	switch {
	case err != nil:
		return nil, internalError(err.Error())
	case status != http.StatusOK:
		return nil, internalError("the engine cannot run this statement")
	case !r.Success:
		return nil, engineError(r)
	}
	return r.Data, nil
}

// internalError is how the service words that something went wrong on its side.
// The driver does not try again.
func internalError(why string) *account.Error {
	return &account.Error{Code: "000603", State: "XX000", Message: "SQL execution internal error:\nProcessing aborted: " + why + "."}
}

// engineError puts what DuckDB says into the codes of the service.
func engineError(r reply) *account.Error {
	message, code, state := "the engine gave no reason", "001003", "42000"
	if r.Message != nil {
		message = *r.Message
	}
	if r.Code != nil && len(*r.Code) == 6 {
		code = *r.Code
	}
	if err := json.Unmarshal(r.Data["sqlState"], &state); err != nil {
		state = "42000"
	}
	if _, rest, ok := strings.Cut(message, "): "); ok && strings.HasPrefix(message, code) {
		message = rest
	}
	if strings.Contains(message, "Referenced column") {
		code, state = "000904", "42000"
	}
	return &account.Error{Code: code, State: state, Message: "SQL compilation error:\n" + message}
}
