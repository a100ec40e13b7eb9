package fakesnowflake

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/account"
)

// session is one connection: the account's side of it, and the engine's.
type session struct {
	*account.Session
	engine  string // token; opened with the first statement that needs it
	began   bool   // a transaction
	opened  bool   // it, in the engine, too
	merged  bool   // it has a MERGE in it
	dialect string // the driver
}

// loginRequest is what the drivers send to sign in.
type loginRequest struct {
	Data struct {
		AppID         string         `json:"CLIENT_APP_ID"`
		Account       string         `json:"ACCOUNT_NAME"`
		Login         string         `json:"LOGIN_NAME"`
		Password      string         `json:"PASSWORD"`
		Authenticator string         `json:"AUTHENTICATOR"`
		Token         string         `json:"TOKEN"`
		Provider      string         `json:"PROVIDER"`
		Parameters    map[string]any `json:"SESSION_PARAMETERS"`
	} `json:"data"`
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	var body loginRequest
	if err := readBody(r, &body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	q := r.URL.Query()
	validate, _ := body.Data.Parameters["CLIENT_VALIDATE_DEFAULT_PARAMETERS"].(bool)
	c := account.Credentials{
		Account: s.options.Account, Login: body.Data.Login, Password: body.Data.Password, Authenticator: body.Data.Authenticator, Token: body.Data.Token, Provider: body.Data.Provider,
		Role: q.Get("roleName"), Warehouse: q.Get("warehouse"), Database: q.Get("databaseName"), Schema: q.Get("schemaName"), Validate: validate,
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Address = s.address
	in, err := s.account.SignIn(c)
	if err != nil {
		write(w, failure(err.(*account.Error), "").bytes())
		return
	}
	if tag, ok := body.Data.Parameters["QUERY_TAG"].(string); ok {
		in.Tag = tag
	}
	token := random()
	s.sessions[token] = &session{Session: in, dialect: body.Data.AppID}
	write(w, success(loginData(in, token)).bytes())
}

func loginData(in *account.Session, token string) map[string]any {
	return map[string]any{
		"token": token, "masterToken": token, "validityInSeconds": 3600, "masterValidityInSeconds": 14400, "sessionId": in.ID,
		"displayUserName": in.User, "serverVersion": "9.0.0", "firstLogin": false, "healthCheckInterval": 45,
		"parameters": []map[string]any{
			{"name": "AUTOCOMMIT", "value": true}, {"name": "TIMEZONE", "value": "Etc/UTC"},
			{"name": "CLIENT_SESSION_KEEP_ALIVE", "value": false},
			{"name": "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", "value": 3600},
			{"name": "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", "value": 0}, // arrays come with the statement
		},
		"sessionInfo": map[string]any{"databaseName": orNull(in.Database), "schemaName": orNull(in.Schema), "warehouseName": orNull(in.Warehouse), "roleName": in.Role},
	}
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// token reads the session's token from the header.
func token(r *http.Request) string {
	text := strings.TrimPrefix(r.Header.Get("Authorization"), `Snowflake Token="`)
	return strings.TrimSuffix(text, `"`)
}

var noSession = &account.Error{Code: "390104", State: "08001", Message: "User must login again to access the service."}

// session finds the session of a request.
func (s *Server) session(r *http.Request) (*session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in, ok := s.sessions[token(r)]
	return in, ok
}

// closeSession ends a session: its temporary tables go.
func (s *Server) closeSession(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("delete") == "true" || strings.HasSuffix(r.URL.Path, "logout-request") {
		s.forget(r.Context(), token(r))
	}
	write(w, success(nil).bytes())
}

func (s *Server) forget(ctx context.Context, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.sessions[token]
	if in == nil {
		return
	}
	delete(s.sessions, token)
	drops := s.account.Leave(in.Session)
	if in.engine == "" {
		return
	}
	for _, sql := range drops {
		_ = s.engine.run(ctx, in.engine, sql)
	}
	s.engine.logout(ctx, in.engine)
}

// renew answers a driver that wants a new token: the old one stays good.
func (s *Server) renew(w http.ResponseWriter, r *http.Request) {
	in, ok := s.session(r)
	if !ok {
		write(w, failure(noSession, "").bytes())
		return
	}
	write(w, success(map[string]any{"sessionToken": token(r), "masterToken": token(r), "validityInSecondsST": 3600, "validityInSecondsMT": 14400, "sessionId": in.ID}).bytes())
}

// open gives the engine's session of a session.
func (s *Server) open(ctx context.Context, in *session) error {
	if in.engine != "" {
		return nil
	}
	token, err := s.engine.login(ctx)
	if err != nil {
		return fmt.Errorf("the engine: %w", err)
	}
	in.engine = token
	return nil
}

// current adds what is current to an answer; the drivers keep it.
func (in *session) current(data map[string]any) map[string]any {
	data["finalDatabaseName"], data["finalSchemaName"] = orNull(in.Database), orNull(in.Schema)
	data["finalWarehouseName"], data["finalRoleName"] = orNull(in.Warehouse), in.Role
	return data
}

// queryRequest is a statement as the drivers send it.
type queryRequest struct {
	SQL      string
	Describe bool
	Async    bool
	Tag      string
	raw      map[string]any
}

// with gives the whole request with another statement in it: its bindings go on
// to the engine as they are.
func (q queryRequest) with(sql string) map[string]any {
	out := maps.Clone(q.raw)
	out["sqlText"] = sql
	delete(out, "asyncExec")
	return out
}
