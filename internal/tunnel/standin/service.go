package standin

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/uuid"
	uuids "github.com/twinj/uuid"
)

// Faults is what goes wrong. The zero value is a service where all is well.
type Faults struct {
	NotConnected int             // so many StartSession find no instance
	Throttle     int             // so many actions are refused because there were too many; never TerminateSession
	Deny         map[string]bool // the actions that AWS refuses, such as StartSession
	Broken       map[string]bool // the actions that are answered with half a text
	Hold         map[string]bool // the actions that get no answer, until the client hangs up; OpenDataChannel is one
	Gone         bool            // no session can be taken up again
	NoToken      bool            // ResumeSession gives no token, as for a session that timed out
	Forbid       bool            // the data channel is refused with 403
	HangUp       bool            // the data channel is closed once it is open
	Mute         bool            // no ping is answered
	Silent       bool            // the agent never begins the handshake
	Encrypt      bool            // the agent asks for encryption
	AgentVersion string
	NotReady     int // so many frames come before the forwarding is ready
	PresignedURL bool

	// What becomes of a frame. Cut breaks the websocket in its place, Corrupt
	// changes a byte of its payload, and a delayed one goes out after the next
	// that is not delayed.
	Cut, Lose, Corrupt, Double, Delay func(Frame) bool
}

func (f Faults) touchFrames() bool {
	return f.Cut != nil || f.Lose != nil || f.Corrupt != nil || f.Double != nil || f.Delay != nil
}

// Region, key and secret of the configuration that leads here.
const (
	Region = "eu-central-1"
	key    = "AKIDSTANDIN"
	secret = "standin-secret-key"
)

// Service is the stand-in.
type Service struct {
	server *httptest.Server
	dial   func(port string) (net.Conn, error)

	mu       sync.Mutex
	faults   Faults
	sessions map[string]*session
	calls    []string
	tokens   []string
	problems []string
	frames   [2]int
	opened   int
}

// format is set once: the library keeps it in a variable of its package.
var format sync.Once

// Start starts the stand-in and stops it with the test. Whatever a client did
// that the real service would not take fails the test.
func Start(t testing.TB, dial func(port string) (net.Conn, error)) *Service {
	format.Do(func() { uuids.SwitchFormat(uuids.CleanHyphen) })
	s := &Service{dial: dial, sessions: map[string]*session{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", s.api)
	mux.HandleFunc("GET /v1/data-channel/{id}", s.channel)
	s.server = httptest.NewServer(mux)
	t.Cleanup(func() {
		s.stop()
		for _, problem := range s.problems {
			t.Error("stand-in of Systems Manager: " + problem)
		}
	})
	return s
}

func (s *Service) stop() {
	s.mu.Lock()
	sessions := s.sessions
	s.sessions = map[string]*session{}
	s.mu.Unlock()
	for _, one := range sessions {
		one.stop()
	}
	s.server.Close()
}

// Config leads the AWS SDK to the stand-in. It keeps no connection open after a
// call, and does not wait long before it tries again.
func (s *Service) Config() aws.Config {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.DisableKeepAlives = true })
	return aws.Config{
		Region: Region, BaseEndpoint: aws.String(s.server.URL), HTTPClient: client,
		Retryer:     func() aws.Retryer { return retry.AddWithMaxBackoffDelay(retry.NewStandard(), time.Millisecond) },
		Credentials: credentials.NewStaticCredentialsProvider(key, secret, ""),
	}
}

// Set changes the faults.
func (s *Service) Set(change func(*Faults)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.faults)
}

// Calls is the actions that were asked for, in order.
func (s *Service) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.calls...)
}

// Count is how often an action was asked for.
func (s *Service) Count(action string) int {
	n := 0
	for _, call := range s.Calls() {
		if call == action {
			n++
		}
	}
	return n
}

// Secrets is every token and signature that was given out.
func (s *Service) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{"standin-signature"}, s.tokens...)
}

// Holds reports whether an action gets no answer.
func (s *Service) Holds(action string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults.Hold[action]
}

// Opened is how often a websocket was asked for.
func (s *Service) Opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// Attached reports whether a living session has a websocket.
func (s *Service) Attached() (yes bool) {
	s.Each(func(one *Session) {
		one.s.mu.Lock()
		defer one.s.mu.Unlock()
		yes = yes || one.s.ws != nil
	})
	return yes
}

// Living is how many sessions have not ended.
func (s *Service) Living() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// Each does something with every living session.
func (s *Service) Each(do func(*Session)) {
	s.mu.Lock()
	var all []*session
	for _, one := range s.sessions {
		all = append(all, one)
	}
	s.mu.Unlock()
	for _, one := range all {
		do(&Session{one})
	}
}

func (s *Service) problem(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

// api answers the AWS JSON protocol.
func (s *Service) api(w http.ResponseWriter, r *http.Request) {
	action := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSSM.")
	if !strings.Contains(r.Header.Get("Authorization"), "/"+Region+"/ssm/aws4_request") {
		s.problem("%s is not signed", action)
	}
	body, _ := io.ReadAll(r.Body)
	var input struct {
		Target, DocumentName, SessionId string
		Parameters                      map[string][]string
	}
	if err := json.Unmarshal(body, &input); err != nil {
		s.problem("%s: %v", action, err)
	}
	if s.held(action) {
		<-r.Context().Done()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if s.faults.Throttle > 0 && action != "TerminateSession" {
		s.faults.Throttle--
		refuse(w, "ThrottlingException", "Rate exceeded")
		return
	}
	if s.faults.Deny[action] {
		refuse(w, "AccessDeniedException", "User: arn:aws:sts::123456789012:assumed-role/ci/tapestry is not authorized to perform: ssm:"+action+
			" on resource: arn:aws:ec2:"+Region+":123456789012:instance/"+input.Target+" because no identity-based policy allows the ssm:"+action+" action")
		return
	}
	switch action {
	case "StartSession":
		s.start(w, input.Target, input.DocumentName, input.Parameters)
	case "ResumeSession":
		one := s.sessions[input.SessionId]
		if one == nil || s.faults.Gone {
			refuse(w, "DoesNotExistException", "Session "+input.SessionId+" does not exist.")
			return
		}
		s.admit(w, one, action)
	case "TerminateSession":
		if one := s.sessions[input.SessionId]; one != nil {
			delete(s.sessions, input.SessionId)
			go one.stop()
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"SessionId": input.SessionId})
	default:
		refuse(w, "InvalidAction", action)
	}
}

// held notes a call and reports whether it gets no answer.
func (s *Service) held(action string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, action)
	return s.faults.Hold[action]
}

func (s *Service) start(w http.ResponseWriter, target, document string, parameters map[string][]string) {
	port := parameters["portNumber"]
	if document != "AWS-StartPortForwardingSession" || len(port) != 1 || len(parameters["localPortNumber"]) != 1 {
		refuse(w, "InvalidDocument", "no such document, or its parameters are wrong: "+document)
		return
	}
	if s.faults.NotConnected != 0 {
		s.faults.NotConnected--
		refuse(w, "TargetNotConnected", target+" is not connected.")
		return
	}
	one := newSession(s, "ci-"+uuid.NewString(), port[0], parameters["localPortNumber"][0])
	s.sessions[one.id] = one
	s.admit(w, one, "StartSession")
}

// admit gives out a new token. The lock is held.
func (s *Service) admit(w http.ResponseWriter, one *session, action string) {
	token := "standin-token-" + uuid.NewString()
	if action == "ResumeSession" && s.faults.NoToken {
		token = ""
	} else {
		one.admit(token)
		s.tokens = append(s.tokens, token)
	}
	address := "ws" + strings.TrimPrefix(s.server.URL, "http") + "/v1/data-channel/" + one.id + "?role=publish_subscribe"
	if s.faults.PresignedURL {
		address += "&X-Amz-Signature=standin-signature"
	}
	answer, _ := json.Marshal(map[string]string{"SessionId": one.id, "TokenValue": token, "StreamUrl": address})
	if s.faults.Broken[action] {
		answer = answer[:len(answer)-5]
	}
	_, _ = w.Write(answer)
}

func refuse(w http.ResponseWriter, code, text string) {
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": text})
}
