package fakesnowflake

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/account"
)

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /session/v1/login-request", s.login)
	mux.HandleFunc("POST /session", s.closeSession)
	mux.HandleFunc("POST /session/logout-request", s.closeSession)
	mux.HandleFunc("POST /session/heartbeat", s.closeSession)
	mux.HandleFunc("POST /session/token-request", s.renew)
	mux.HandleFunc("POST /queries/v1/query-request", s.query)
	mux.HandleFunc("GET /queries/{id}/result", s.result)
	mux.HandleFunc("GET /monitoring/queries/{id}", s.monitor)
	mux.HandleFunc("POST /queries/v1/abort-request", func(w http.ResponseWriter, _ *http.Request) { write(w, success(nil).bytes()) })
	mux.HandleFunc("POST /telemetry/send", func(w http.ResponseWriter, _ *http.Request) { write(w, success(nil).bytes()) })
	return mux
}

func (s *Server) query(w http.ResponseWriter, r *http.Request) {
	in, ok := s.session(r)
	if !ok {
		write(w, failure(noSession, "").bytes())
		return
	}
	request := r.URL.Query().Get("requestId")
	if m, again := s.recall(func(m remembered) bool { return request != "" && m.request == request }); again {
		send(w, m)
		return
	}
	var raw map[string]any
	if err := readBody(r, &raw); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	q := readQuery(raw)
	m := remembered{request: request, query: random()[:32]}
	// A statement is carried through even where the client has gone away.
	m.body, m.half = s.statement(context.WithoutCancel(r.Context()), in, q, m.query)
	s.remember(m)
	if q.Async && !m.half {
		code := "333334"
		write(w, answer{Code: &code, Success: true, Data: map[string]any{"queryId": m.query, "getResultUrl": "/queries/" + m.query + "/result"}}.bytes())
		return
	}
	send(w, m)
}

func send(w http.ResponseWriter, m remembered) {
	if m.half {
		writeHalf(w, m.body)
	}
	write(w, m.body)
}

func readQuery(raw map[string]any) queryRequest {
	q := queryRequest{raw: raw}
	q.SQL, _ = raw["sqlText"].(string)
	q.Describe, _ = raw["describeOnly"].(bool)
	q.Async, _ = raw["asyncExec"].(bool)
	if parameters, ok := raw["parameters"].(map[string]any); ok {
		q.Tag, _ = parameters["QUERY_TAG"].(string)
	}
	return q
}

// statement does one statement and gives the answer, and whether half of it is to
// be sent.
func (s *Server) statement(ctx context.Context, in *session, q queryRequest, id string) ([]byte, bool) {
	tag := q.Tag
	if tag == "" {
		tag = in.Tag
	}
	n, refuse, drop := s.begin(Statement{User: in.User, Role: in.Role, Tag: tag, SQL: q.SQL})
	var data map[string]any
	err := refuse
	if err == nil {
		data, err = s.do(ctx, in, q)
	}
	if err != nil {
		refusal := asError(err)
		s.end(n, refusal)
		return failure(refusal, id).bytes(), drop
	}
	data["queryId"] = id
	s.end(n, nil)
	return success(in.current(data)).bytes(), drop
}

func asError(err error) *account.Error {
	var refusal *account.Error
	if errors.As(err, &refusal) {
		return refusal
	}
	return internalError(err.Error())
}

// do checks a statement, has the engine do its part, and changes the account.
// What changes the account is done one at a time.
func (s *Server) do(ctx context.Context, in *session, q queryRequest) (map[string]any, error) {
	q, err := q.bound()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	plan, err := s.account.Prepare(in.Session, q.SQL)
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	if !plan.DDL {
		s.mu.Unlock()
		return s.carryOut(ctx, in, q, plan)
	}
	defer s.mu.Unlock()
	return s.carryOut(ctx, in, q, plan)
}

func (s *Server) carryOut(ctx context.Context, in *session, q queryRequest, plan *account.Plan) (map[string]any, error) {
	if q.Describe && plan.Answer != nil {
		return tableData(&account.Table{Columns: plan.Answer.Columns}, plan.DDL), nil
	}
	data, err := s.runEngine(ctx, in, q, plan)
	if err != nil {
		return nil, err
	}
	if plan.Then != nil {
		plan.Then()
	}
	if plan.Answer != nil {
		return tableData(plan.Answer, plan.DDL), nil
	}
	return data, nil
}

// runEngine has the engine do the statements of a plan. What changes the account
// commits what was begun.
func (s *Server) runEngine(ctx context.Context, in *session, q queryRequest, plan *account.Plan) (map[string]any, error) {
	statements := plan.Engine
	if plan.DDL && in.began {
		statements = slices.Concat([]string{"COMMIT"}, statements)
	}
	if len(statements) == 0 {
		return nil, nil
	}
	if err := s.open(ctx, in); err != nil {
		return nil, err
	}
	var data map[string]any
	for i, sql := range statements {
		send, err := in.transaction(sql)
		if err != nil {
			return nil, err
		}
		for _, sql := range send {
			request := map[string]any{"sqlText": rewrite(sql)}
			if i == len(statements)-1 && !plan.DDL {
				request = q.with(rewrite(sql))
			}
			got, err := s.engine.query(ctx, in.engine, request)
			if err != nil {
				if plan.Wrong != nil {
					err = plan.Wrong
				}
				return nil, err
			}
			if !readsArrow[in.dialect] {
				if err := inJSON(got); err != nil {
					return nil, err
				}
			}
			data = engineData(got)
		}
	}
	return data, nil
}

// result gives the answer of a statement that was not waited for.
func (s *Server) result(w http.ResponseWriter, r *http.Request) {
	m, ok := s.recall(func(m remembered) bool { return m.query == r.PathValue("id") })
	if !ok {
		http.NotFound(w, r)
		return
	}
	write(w, m.body)
}

func (s *Server) monitor(w http.ResponseWriter, r *http.Request) {
	queries := []map[string]any{}
	if _, ok := s.recall(func(m remembered) bool { return m.query == r.PathValue("id") }); ok {
		queries = append(queries, map[string]any{"id": r.PathValue("id"), "status": "SUCCESS"})
	}
	write(w, success(map[string]any{"queries": queries}).bytes())
}
