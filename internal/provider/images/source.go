package images

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/imagespec"
)

// source is where a dependency image comes from that is not in its repository.
type source struct {
	from  string   // in words, as the plan shows it
	image v1.Image // known beforehand, where it is copied
}

// builtHere is what the plan says of an image that Docker builds.
const builtHere = "built with Docker where the plan is applied"

// source finds a way to a dependency image. blocked says what to do where there
// is none.
func (p *Provider) source(ctx context.Context, w wanted) (s source, blocked string, err error) {
	variable := imagespec.BaseVariable(w.Name)
	reference, _ := p.c.Lookup(variable)
	switch {
	case reference == "" && p.c.Builder != nil:
		return source{from: builtHere}, "", nil
	case reference == "":
		return source{}, fmt.Sprintf("On a machine with Docker run %s/%s of the build, once for all pipelines, or name an image that is ready in another registry in %s",
			w.Name, imagespec.ScriptFile, variable), nil
	}
	s = source{from: reference}
	ref, err := name.ParseReference(reference)
	if err != nil {
		return s, fmt.Sprintf("%s is no name of an image (%v)", variable, err), nil
	}
	s.image, err = remote.Image(ref, p.elsewhere(ctx)...)
	if code := status(err); code == http.StatusNotFound || code == http.StatusUnauthorized || code == http.StatusForbidden {
		return s, fmt.Sprintf("%s names %s, which cannot be read (%v): push it there, or sign in with docker login", variable, reference, err), nil
	}
	if err != nil {
		return s, "", fmt.Errorf("reading the dependency image %s: %w", reference, err)
	}
	var unfit *unsuited
	if _, err := w.suits(s.image); errors.As(err, &unfit) {
		return s, fmt.Sprintf("%s names %s: %v", variable, reference, err), nil
	} else if err != nil {
		return s, "", fmt.Errorf("reading the dependency image %s: %w", reference, err)
	}
	return s, "", nil
}

// elsewhere are the options for other registries.
func (p *Provider) elsewhere(ctx context.Context) []remote.Option {
	return []remote.Option{
		remote.WithContext(ctx), remote.WithAuthFromKeychain(p.c.Keychain), remote.WithTransport(p.c.Transport),
		remote.WithRetryBackoff(p.c.Backoff), remote.WithRetryPredicate(passing),
	}
}
