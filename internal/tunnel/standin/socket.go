package standin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/session-manager-plugin/src/service"
	"github.com/gorilla/websocket"
)

// emptyDigest is the SHA-256 of no bytes.
const emptyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// channel takes a websocket for a session.
func (s *Service) channel(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.opened++
	one, forbid, hold, hangUp := s.sessions[r.PathValue("id")], s.faults.Forbid, s.faults.Hold["OpenDataChannel"], s.faults.HangUp
	s.mu.Unlock()
	if hold {
		<-r.Context().Done()
		return
	}
	if one == nil || forbid {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	if err := signed(r); err != nil {
		s.problem("%v", err)
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	upgrader := websocket.Upgrader{}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	_, message, err := ws.ReadMessage()
	if err != nil {
		return
	}
	var hello service.OpenDataChannelInput
	if err := json.Unmarshal(message, &hello); err != nil {
		s.problem("the first message is no OpenDataChannel: %v", err)
		return
	}
	for _, field := range []*string{hello.MessageSchemaVersion, hello.RequestId, hello.TokenValue, hello.ClientId, hello.ClientVersion} {
		if aws.ToString(field) == "" {
			s.problem("OpenDataChannel lacks a field: %s", message)
			return
		}
	}
	if !one.redeem(*hello.TokenValue) {
		return // a token that was used, or is of another session: the service hangs up
	}
	if hangUp {
		return
	}
	one.serve(ws)
}

// signed computes the signature of the request anew.
func signed(r *http.Request) error {
	if r.URL.Query().Has("X-Amz-Signature") {
		return nil
	}
	when, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		return fmt.Errorf("the data channel is not signed: %w", err)
	}
	again, err := http.NewRequest(http.MethodGet, "ws://"+r.Host+r.URL.RequestURI(), nil)
	if err != nil {
		return err
	}
	who := aws.Credentials{AccessKeyID: key, SecretAccessKey: secret}
	if err := v4.NewSigner().SignHTTP(r.Context(), who, again, emptyDigest, "ssmmessages", Region, when); err != nil {
		return err
	}
	if again.Header.Get("Authorization") != r.Header.Get("Authorization") {
		return fmt.Errorf("the data channel has the signature %q, not %q", r.Header.Get("Authorization"), again.Header.Get("Authorization"))
	}
	return nil
}
