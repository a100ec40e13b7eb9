package cloud

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// variables show that this process was given credentials of AWS.
var variables = []string{"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", RoleVariable}

// Variable names the variable that says how to sign in; empty where none does. What
// a machine has by being one of AWS's is not asked for.
func Variable(lookup func(string) (string, bool)) string {
	for _, name := range variables {
		if v, _ := lookup(name); v != "" {
			return name
		}
	}
	return ""
}

// Unreachable says that nothing was heard of AWS, or of whoever gives the
// credentials for it: nobody refused anything.
type Unreachable struct{ cause error }

// Error says what to look at.
func (u *Unreachable) Error() string {
	return fmt.Sprintf("AWS cannot be reached from here: %s\nNothing is wrong with the credentials as far as is known. Look at the network, at the proxy (HTTPS_PROXY), "+
		"at AWS_ENDPOINT_URL and whether the region is one of AWS's, and run the same command again", cause(u.cause))
}

// Unwrap gives what happened.
func (u *Unreachable) Unwrap() error { return u.cause }

// Account is the account that cfg signs in to. It is asked for once.
func Account(ctx context.Context, cfg aws.Config) (string, error) {
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if refused := (*NotTrusted)(nil); errors.As(err, &refused) {
		return "", refused
	}
	if err != nil && ctx.Err() == nil && NoConnection(err) && !noneFound(err) {
		return "", &Unreachable{err}
	}
	if err != nil {
		return "", fmt.Errorf("asking AWS who we are: %w", err)
	}
	return aws.ToString(who.Account), nil
}

// noneFound reports whether the chain of the SDK came to its end: it asks the
// machine's own service last, which outside of AWS nobody answers.
func noneFound(err error) bool {
	var op *smithy.OperationError
	for errors.As(err, &op) {
		if op.ServiceID == "ec2imds" {
			return true
		}
		err = op.Err
	}
	return false
}

// network is the error of a connection, which names whom it was to.
func network(err error) error {
	var name *net.DNSError
	if errors.As(err, &name) {
		return name
	}
	var dial *net.OpError
	if errors.As(err, &dial) {
		return dial
	}
	return nil
}
