package tunnel

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/cenkalti/backoff/v5"
)

// judge tells whether starting a session may be tried again: when the instance
// is not registered, and when the network or the service failed.
func (t *Tunnel) judge(err error) error {
	if err == nil {
		return nil
	}
	if absent(err) {
		return err
	}
	if refused := (refusedError{}); errors.As(err, &refused) {
		return backoff.Permanent(err)
	}
	return permanentIfClient(err)
}

// Lasting reports whether an error of Open, or of Systems Manager, does not pass
// by itself: AWS refuses the request, or the agent cannot be spoken to.
func Lasting(err error) bool {
	if err == nil || absent(err) {
		return false
	}
	var permanent *backoff.PermanentError
	return errors.As(err, new(refusedError)) || errors.As(permanentIfClient(err), &permanent)
}

// told is an error in words for people, with what it was.
type told struct {
	text string
	err  error
}

func (t *told) Error() string { return t.text }
func (t *told) Unwrap() error { return t.err }

// absent reports whether Systems Manager does not know the instance.
func absent(err error) bool {
	var unknown *types.TargetNotConnected
	return errors.As(err, &unknown)
}

// permanentIfClient marks an error that the service blames on the request.
func permanentIfClient(err error) error {
	var api smithy.APIError
	var answered *smithyhttp.ResponseError
	if errors.As(err, &answered) && answered.HTTPStatusCode() >= 500 {
		return err
	}
	if errors.As(err, &api) && api.ErrorFault() != smithy.FaultServer && !throttled(api) {
		return backoff.Permanent(err)
	}
	return err
}

func throttled(api smithy.APIError) bool {
	return strings.Contains(api.ErrorCode(), "Throttl") || api.ErrorCode() == "TooManyRequestsException"
}

// explain says what an error of Systems Manager means and what to do about it.
func (t *Tunnel) explain(err error) error {
	if absent(err) {
		return &told{fmt.Sprintf("Systems Manager does not know the instance %s (yet). It registers a minute or two after it starts; "+
			"if it never does, look whether it may use AmazonSSMManagedInstanceCore, whether it reaches the internet or the ssm and ssmmessages endpoints, "+
			"and whether it is in region %s of this account", t.cfg.Instance, t.cfg.AWS.Region), err}
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return err
	}
	switch code := api.ErrorCode(); {
	case strings.HasPrefix(code, "AccessDenied") || code == "UnauthorizedOperation":
		return &told{fmt.Sprintf("AWS refuses it: %s. %s", strings.TrimSuffix(api.ErrorMessage(), "."), t.allow()), err}
	case code == "InvalidDocument":
		return &told{fmt.Sprintf("this account or region has no session document %s: %s", document, api.ErrorMessage()), err}
	}
	return err
}

// allow is what a policy has to hold for a tunnel.
func (t *Tunnel) allow() string {
	arn := "arn:" + partition(t.cfg.AWS.Region)
	return fmt.Sprintf("A tunnel needs ssm:StartSession on %s:ec2:%s:*:instance/%s and on %s:ssm:%s::document/%s, "+
		"and ssm:ResumeSession, ssm:TerminateSession and ssmmessages:OpenDataChannel on %s:ssm:*:*:session/*",
		arn, t.cfg.AWS.Region, t.cfg.Instance, arn, t.cfg.AWS.Region, document, arn)
}

func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}
