package cloudformation

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/cloudformation/stackdiff"
)

const (
	amiVariable   = "TAPESTRY_AMI_ID"
	abctlVariable = "TAPESTRY_ABCTL_SHA256"
	abctlVersion  = "AbctlVersion" // the parameter beside the one with the digest
)

// bound are the values that a stack's parameters get. Those that are not among
// them have the template's default.
type bound struct {
	values map[string]string
	// fields say of values that only apply will know when that is.
	fields []deploy.FieldChange
	// blocked says why a value cannot be had, next what to do.
	blocked, next string
}

// bind finds the values of a stack's parameters, as far as they are known before
// anything is applied.
func (all *pipeline) bind(s *stack, outputs deploy.Outputs, lookup func(string) (string, bool)) bound {
	b := bound{values: map[string]string{}}
	live := s.given()
	if c := stateOf(s.live); c == absent || c == stuck {
		live = nil // it will be made anew
	}
	for _, parameter := range s.Parameters {
		kind, rest, _ := strings.Cut(parameter.From, ":")
		was, has := live[parameter.Name]
		switch {
		case kind == "ami":
			if b.values[parameter.Name] = image(was, lookup); b.values[parameter.Name] == stackdiff.Unknown {
				b.fields = append(b.fields, deploy.FieldChange{Path: "Parameters." + parameter.Name, After: "the newest of Amazon's at the time of the apply, kept from then on (" + rest + ")"})
			}
		case kind == "abctl":
			version, arch, _ := strings.Cut(rest, ":")
			b.abctl(parameter.Name, version, arch, was, live[abctlVersion], lookup)
		case isTrust(parameter.From):
			// Once the stack is there, they have a change of their own.
			if b.values[parameter.Name] = was; !has {
				b.values[parameter.Name] = outputs[parameter.From]
			}
		case outputs[parameter.From] != "":
			b.values[parameter.Name] = outputs[parameter.From]
		default:
			b.values[parameter.Name] = stackdiff.Unknown
			b.fields = append(b.fields, deploy.FieldChange{Path: "Parameters." + parameter.Name, Before: was, After: knownWhen(parameter.From)})
		}
	}
	return b
}

func isTrust(from string) bool { return strings.HasPrefix(from, "snowflake.") }

func knownWhen(from string) string {
	if image, ok := strings.CutPrefix(from, "image."); ok {
		return "known when image " + image + " is pushed"
	}
	return "known when there is an output " + from
}

// image is the machine image: the one that the environment names, else the one
// that is in use, since another replaces the machine. Else it is Amazon's newest,
// which is not asked for before the apply: it is another one every other week,
// and a plan would not hold for longer.
func image(live string, lookup func(string) (string, bool)) string {
	if given, ok := lookup(amiVariable); ok && given != "" {
		return given
	}
	if live != "" {
		return live
	}
	return stackdiff.Unknown
}

// newestImage asks for the machine image that a parameter of Amazon names.
func (cl clients) newestImage(ctx context.Context, name string) (string, error) {
	out, err := cl.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if err != nil {
		return "", fmt.Errorf("asking for the newest machine image, parameter %s: %w\n%s=ami-… names one, so that nothing has to be asked", name, err, amiVariable)
	}
	return aws.ToString(out.Parameter.Value), nil
}

// abctl is the digest of abctl's archive. Nobody but a person may say which
// archive runs as root, so it is never looked up.
func (b *bound) abctl(name, version, arch, live, liveVersion string, lookup func(string) (string, bool)) {
	if given, ok := lookup(abctlVariable); ok && given != "" {
		b.values[name] = given
		return
	}
	if live != "" && liveVersion == version {
		b.values[name] = live
		return
	}
	b.values[name] = stackdiff.Unknown
	b.blocked = fmt.Sprintf("the SHA-256 of abctl %s for %s is not known, and the machine installs no other archive than the one that has it", version, arch)
	b.next = fmt.Sprintf("Look at the release, and give the digest of its archive: export %s=$(curl -fsSL https://github.com/airbytehq/abctl/releases/download/%s/abctl-%s-linux-%s.tar.gz | sha256sum | cut -d' ' -f1)",
		abctlVariable, version, version, arch)
}

// certain are the values when they are applied: none may be unknown then.
func (w *work) certain(ctx context.Context) (map[string]string, error) {
	b := w.all.bind(w.stack, w.in.Outputs, w.p.c.Lookup)
	if b.blocked != "" {
		return nil, fmt.Errorf("%s. %s", b.blocked, b.next)
	}
	for _, parameter := range w.stack.Parameters {
		if b.values[parameter.Name] != stackdiff.Unknown {
			continue
		}
		name, ok := strings.CutPrefix(parameter.From, "ami:")
		if !ok {
			return nil, fmt.Errorf("parameter %s has no value yet: what gives it was not applied", parameter.Name)
		}
		newest, err := w.newestImage(ctx, name)
		if err != nil {
			return nil, err
		}
		w.say("the machine gets " + newest)
		b.values[parameter.Name] = newest
	}
	return b.values, nil
}
