package cloud

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

// NotTrusted says that a role does not take the job for one that may have it.
type NotTrusted struct {
	Role string
	// Subject is who GitHub says the job is; empty where it could not be read.
	Subject string
	cause   error
}

// Error tells what the trust policy of the role has to say.
func (n *NotTrusted) Error() string {
	who := n.Subject
	if who == "" {
		who = "somebody whose name could not be read"
	}
	return fmt.Sprintf("AWS does not let this job take the role %s\n"+
		"GitHub says that the job is %s, and the trust policy of the role has to name exactly that, with the audience sts.amazonaws.com. Look which environment the job runs in, "+
		"and whether OWNER or REPO of aws/github-oidc.yaml are still right. GitHub adds numbers to the names of repositories made or renamed since July 2026: "+
		"the parameters OwnerId and RepositoryId of that template are for these.", n.Role, who)
}

// Unwrap gives what AWS answered.
func (n *NotTrusted) Unwrap() error { return n.cause }

// trusted explains a refusal of the role.
type trusted struct {
	role   string
	next   aws.CredentialsProvider
	tokens *audience
}

// Retrieve is called by the SDK.
func (t trusted) Retrieve(ctx context.Context) (aws.Credentials, error) {
	got, err := t.next.Retrieve(ctx)
	var refused smithy.APIError
	if errors.As(err, &refused) && refused.ErrorCode() == "AccessDenied" {
		err = &NotTrusted{Role: t.role, Subject: t.tokens.subject(), cause: err}
	}
	return got, err
}

// subject is the name in the last token. It is no secret: GitHub documents how it
// is made.
func (a *audience) subject() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last
}

// subjectOf reads the claim sub of a token, without checking anything.
func subjectOf(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct{ Sub string }
	if err != nil || json.Unmarshal(data, &claims) != nil {
		return ""
	}
	return claims.Sub
}
