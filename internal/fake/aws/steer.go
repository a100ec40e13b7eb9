package fakeaws

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// SetStackStatus puts a stack into a state that cannot be reached otherwise, such
// as UPDATE_ROLLBACK_FAILED. What the real service permits from there is
// permitted, everything else is refused.
func (s *Server) SetStackStatus(stack, status, reason string) error {
	return s.steer("status", map[string]any{"stack": stack, "status": status, "reason": reason})
}

// Drift has the next drift detection find another value at a property, such as
// /CidrBlock, of a stack's resource. The resource itself is not changed.
func (s *Server) Drift(stack, logicalID, property, value string) error {
	return s.steer("drift", map[string]any{"stack": stack, "resource": logicalID, "property": property, "value": value})
}

// Network says that a VPC and its subnets were there before any stack. A template
// that names another one fails.
func (s *Server) Network(region, vpc string, subnets ...string) error {
	return s.steer("network", map[string]any{"region": region, "vpc": vpc, "subnets": subnets})
}

// SetRegistry is where ECR says that images are pushed to.
func (s *Server) SetRegistry(url string) error {
	return s.steer("registry", map[string]any{"url": url})
}

// HasRepository tells whether ECR has an image repository, in any region.
func (s *Server) HasRepository(name string) bool {
	answer, err := s.post("/_tapestry/repositories", []byte("{}"))
	var names []string
	return err == nil && json.Unmarshal(answer, &names) == nil && slices.Contains(names, name)
}

// HandOn gives some operations to another stand-in, such as those of ECR that a
// registry answers itself. They are counted, refused and broken here all the
// same.
func (s *Server) HandOn(to http.Handler, operations ...string) {
	s.handed.put(to, operations)
}

// PutParameter writes a SecureString, as a machine of the account would do. It is
// no call that Requests tells of.
func (s *Server) PutParameter(ctx context.Context, name, value string) error {
	_, err := ssm.NewFromConfig(s.inside()).PutParameter(ctx, &ssm.PutParameterInput{
		Name: &name, Value: &value, Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(true),
	})
	return err
}

// Reset empties the account and forgets calls, faults and what was set,
// also what was handed on.
func (s *Server) Reset() error {
	if _, err := s.post("/_ministack/reset", nil); err != nil {
		return err
	}
	s.handed.put(nil, nil)
	s.proxy.Reset()
	return nil
}

func (s *Server) steer(what string, values map[string]any) error {
	body, err := json.Marshal(values)
	if err != nil {
		return err
	}
	_, err = s.post("/_tapestry/"+what, body)
	return err
}

// post tells the emulator something past the proxy.
func (s *Server) post(path string, body []byte) ([]byte, error) {
	resp, err := backend.Post(s.process.url+path, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the AWS stand-in: %s: %s", path, answer)
	}
	return answer, nil
}
