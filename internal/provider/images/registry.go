package images

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// session is a sign-in to the registry of the account.
type session struct {
	registry  name.Registry
	transport http.RoundTripper
	until     time.Time
}

// early is how long before its end a sign-in is renewed: longer than any push.
const early = 2 * time.Hour

// signIn gives the session, a new one where there is none or it ends soon. Both
// images share it: signing in is two calls.
func (p *Provider) signIn(ctx context.Context) (*session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session != nil && p.c.Now().Before(p.session.until) {
		return p.session, nil
	}
	endpoint, password, until, err := p.token(ctx)
	if err != nil {
		return nil, fmt.Errorf("signing in to the image registry (ecr:GetAuthorizationToken): %w", err)
	}
	scheme, host, _ := strings.Cut(endpoint, "://")
	var options []name.Option
	if scheme == "http" {
		options = append(options, name.Insecure)
	}
	registry, err := name.NewRegistry(host, options...)
	if err != nil {
		return nil, fmt.Errorf("the address of the image registry, %s: %w", endpoint, err)
	}
	auth := &authn.Basic{Username: "AWS", Password: password.Reveal()}
	through, err := transport.NewWithContext(ctx, registry, auth, p.retrying(), nil)
	if err != nil {
		return nil, fmt.Errorf("reaching the image registry %s: %w", host, err)
	}
	p.session = &session{registry, through, until.Add(-early)}
	return p.session, nil
}

// token asks ECR where its registry is and for a password.
func (p *Provider) token(ctx context.Context) (endpoint string, password secret.Value, until time.Time, err error) {
	got, err := p.ecr.GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{})
	if err != nil {
		return "", secret.Value{}, time.Time{}, err
	}
	if len(got.AuthorizationData) == 0 {
		return "", secret.Value{}, time.Time{}, errors.New("ECR gave no token")
	}
	data := got.AuthorizationData[0]
	text, err := base64.StdEncoding.DecodeString(aws.ToString(data.AuthorizationToken))
	_, word, ok := strings.Cut(string(text), ":")
	if err != nil || !ok {
		return "", secret.Value{}, time.Time{}, errors.New("ECR's token is of no form that is known")
	}
	return aws.ToString(data.ProxyEndpoint), secret.New(word), aws.ToTime(data.ExpiresAt), nil
}

// retrying tries again what a network broke.
func (p *Provider) retrying() http.RoundTripper {
	return transport.NewRetry(p.c.Transport, transport.WithRetryBackoff(p.c.Backoff), transport.WithRetryPredicate(passing),
		transport.WithRetryStatusCodes(http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
			http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout))
}

// passing reports whether an error may be gone at the next try.
func passing(err error) bool {
	var temporary interface{ Temporary() bool }
	if errors.As(err, &temporary) && temporary.Temporary() {
		return true
	}
	for _, known := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.EPIPE, syscall.ECONNRESET, net.ErrClosed} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// repository is one repository of the account.
type repository struct {
	uri     string // as stacks name it
	name    name.Repository
	session *session
	options []remote.Option
}

// repository gives the place of an image. The host is the one that ECR says it
// is reached at, which is that of the URI but for stand-ins.
func (p *Provider) repository(ctx context.Context, w wanted, outputs deploy.Outputs) (*repository, error) {
	uri := outputs[outputOf[w.Name]]
	_, path, ok := strings.Cut(uri, "/")
	if !ok {
		return nil, fmt.Errorf("the stack foundation does not say where the image %s is pushed to (output %s): deploy it first",
			w.Name, strings.TrimPrefix(outputOf[w.Name], "output.foundation."))
	}
	s, err := p.signIn(ctx)
	if err != nil {
		return nil, err
	}
	return &repository{uri: uri, name: s.registry.Repo(path), session: s, options: []remote.Option{
		remote.WithContext(ctx), remote.WithTransport(s.transport),
		remote.WithRetryBackoff(p.c.Backoff), remote.WithRetryPredicate(passing),
	}}, nil
}

// reference is how stacks name an image.
func (r *repository) reference(digest v1.Hash) string { return r.uri + "@" + digest.String() }

// digest is what a tag stands for, where it is there.
func (r *repository) digest(tag string) (v1.Hash, bool, error) {
	d, err := remote.Head(r.name.Tag(tag), r.options...)
	if absent(err) {
		return v1.Hash{}, false, nil
	}
	if err != nil {
		return v1.Hash{}, false, r.explain("looking for the image "+tag, err)
	}
	return d.Digest, true, nil
}

// image reads an image, where it is there. Its layers are not fetched.
func (r *repository) image(ref name.Reference) (v1.Image, bool, error) {
	img, err := remote.Image(ref, r.options...)
	if absent(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, r.explain("reading the image "+ref.Identifier(), err)
	}
	return img, true, nil
}

func (r *repository) tag(tag string) name.Reference { return r.name.Tag(tag) }

// absent reports whether a registry says that something is not there.
func absent(err error) bool { return status(err) == http.StatusNotFound }

// status is that of a registry's answer, or 0.
func status(err error) int {
	var answer *transport.Error
	if errors.As(err, &answer) {
		return answer.StatusCode
	}
	return 0
}

// explain says what a registry's refusal means.
func (r *repository) explain(doing string, err error) error {
	next := ""
	var answer *transport.Error
	if errors.As(err, &answer) {
		for _, d := range answer.Errors {
			if d.Code == transport.NameUnknownErrorCode {
				next = ". The stack foundation made the repository; somebody took it away: deploy the stack anew"
			}
		}
		if answer.StatusCode == http.StatusForbidden || answer.StatusCode == http.StatusUnauthorized {
			next = ". The role needs ecr:BatchGetImage and ecr:GetDownloadUrlForLayer to plan, and the calls that push layers and put images to apply"
		}
	}
	return fmt.Errorf("%s in %s: %w%s", doing, r.uri, err, next)
}
