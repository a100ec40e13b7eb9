package awstarget

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/cloud"
)

// variable is one that a target reads late, when stacks are being made already.
type variable struct {
	name string
	form *regexp.Regexp
	what string
}

// late are checked by their form. Whether one has to be there at all is for
// the plan to say, in which such a thing is blocked.
var late = []variable{
	{"TAPESTRY_AMI_ID", regexp.MustCompile(`^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$`), "the id of a machine image, such as ami-0123456789abcdef0"},
	{"TAPESTRY_ABCTL_SHA256", regexp.MustCompile(`^[0-9a-f]{64}$`), "a SHA-256, 64 digits of 0-9 and a-f"},
	{stackRoleVariable, role, "the ARN of a role, such as arn:aws:iam::123456789012:role/name"},
	{cloud.RoleVariable, role, "the ARN of a role, such as arn:aws:iam::123456789012:role/name"},
}

var role = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(\d{12}):role/[A-Za-z0-9+=,.@_/-]+$`)

const stackRoleVariable = "TAPESTRY_AWS_STACK_ROLE"

// environment checks what the environment says, all of it at once and before
// anything is asked or made.
func environment(lookup func(string) (string, bool)) error {
	var wrong []string
	for _, v := range late {
		if value, _ := lookup(v.name); value != "" && !v.form.MatchString(value) {
			wrong = append(wrong, fmt.Sprintf("%s is %q, and has to be %s", v.name, value, v.what))
		}
	}
	if text, _ := lookup(airbyteVariable); text != "" && !isAddress(text) {
		wrong = append(wrong, fmt.Sprintf("%s is no address such as https://airbyte.example.com", airbyteVariable))
	}
	if text, _ := lookup(pollVariable); text != "" {
		if d, err := time.ParseDuration(text); err != nil || d <= 0 {
			wrong = append(wrong, fmt.Sprintf("%s is %q, which is no time such as 2s", pollVariable, text))
		}
	}
	if wrong == nil {
		return nil
	}
	return errors.New("the environment of this job is not as it has to be; nothing was done\n  " + strings.Join(wrong, "\n  "))
}

// isAddress says that a text is an address. It may hold a password,
// so nobody shows it.
func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// ownRole says that the role for stacks is one of the account: CloudFormation takes
// no other.
func ownRole(lookup func(string) (string, bool), account string) error {
	value, _ := lookup(stackRoleVariable)
	if m := role.FindStringSubmatch(value); m != nil && m[1] != account {
		return fmt.Errorf("%s is a role of account %s, and this is account %s; nothing was done", stackRoleVariable, m[1], account)
	}
	return nil
}
