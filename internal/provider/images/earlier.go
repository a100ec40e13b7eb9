package images

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/imagespec"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// earlier is the image that runs, or that was pushed last, and what has changed
// since.
type earlier struct {
	digest string
	fields []deploy.FieldChange
}

// earlier looks for the image that runs. Where none does, or nobody knows which,
// it is the one that was pushed last: an apply may have pushed it and failed later,
// so it is not what people see. It is nil where there is none.
func (p *Provider) earlier(ctx context.Context, r *repository, w wanted, running string) (*earlier, error) {
	if uri, digest, _ := strings.Cut(running, "@"); uri == r.uri {
		e, err := r.compared(w, digest)
		if e != nil || err != nil {
			return e, err
		}
	}
	pushed, err := p.pushed(ctx, r.uri)
	if err != nil {
		return nil, err
	}
	last := newest(pushed)
	if last == nil {
		return nil, nil
	}
	return r.compared(w, aws.ToString(last.ImageDigest))
}

// compared says what an image has otherwise than it is wanted; nil where the image
// is gone.
func (r *repository) compared(w wanted, digest string) (*earlier, error) {
	img, there, err := r.image(r.name.Digest(digest))
	if err != nil || !there {
		return nil, err
	}
	fields, err := w.differences(img)
	if err != nil {
		return nil, r.explain("reading an earlier image", err)
	}
	return &earlier{digest, fields}, nil
}

// newest is the image of ours that was pushed last, or nil.
func newest(pushed []types.ImageDetail) *types.ImageDetail {
	var last *types.ImageDetail
	for i, d := range pushed {
		if configTag(d) == "" {
			continue
		}
		if last == nil || cmp.Or(aws.ToTime(d.ImagePushedAt).Compare(aws.ToTime(last.ImagePushedAt)), cmp.Compare(configTag(d), configTag(*last))) > 0 {
			last = &pushed[i]
		}
	}
	return last
}

// pushed lists all images of a repository.
func (p *Provider) pushed(ctx context.Context, uri string) ([]types.ImageDetail, error) {
	_, path, _ := strings.Cut(uri, "/")
	var all []types.ImageDetail
	pages := ecr.NewDescribeImagesPaginator(p.ecr, &ecr.DescribeImagesInput{RepositoryName: aws.String(path), MaxResults: aws.Int32(1000)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		var unknown *types.RepositoryNotFoundException
		if errors.As(err, &unknown) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("listing the images of %s (ecr:DescribeImages): %w", uri, err)
		}
		all = append(all, page.ImageDetails...)
	}
	return all, nil
}

// tagged is the digest of the image that a tag stands for, where there is one. ECR
// says it in one call; the registry would want a sign-in first.
func (p *Provider) tagged(ctx context.Context, uri, tag string) (v1.Hash, bool, error) {
	_, path, _ := strings.Cut(uri, "/")
	answer, err := p.ecr.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: aws.String(path), ImageIds: []types.ImageIdentifier{{ImageTag: &tag}}})
	var absent *types.ImageNotFoundException
	var unknown *types.RepositoryNotFoundException
	if errors.As(err, &absent) || errors.As(err, &unknown) {
		return v1.Hash{}, false, nil
	}
	if err != nil {
		return v1.Hash{}, false, fmt.Errorf("looking for the tag %s of %s (ecr:DescribeImages): %w", tag, uri, err)
	}
	if len(answer.ImageDetails) == 0 {
		return v1.Hash{}, false, nil
	}
	digest, err := v1.NewHash(aws.ToString(answer.ImageDetails[0].ImageDigest))
	return digest, err == nil, err
}

// configTag is the tag of an image of ours, or empty.
func configTag(d types.ImageDetail) string {
	i := slices.IndexFunc(d.ImageTags, func(tag string) bool { return strings.HasPrefix(tag, configPrefix) })
	if i < 0 {
		return ""
	}
	return d.ImageTags[i]
}

// differences lists what an image has otherwise than it is wanted, files first.
func (w wanted) differences(img v1.Image) ([]deploy.FieldChange, error) {
	layers, err := img.Layers()
	if err != nil || len(layers) == 0 {
		return nil, err
	}
	was, err := digests(layers[len(layers)-1], w.Workdir)
	if err != nil {
		return nil, err
	}
	is := map[string]string{}
	for _, path := range w.Files {
		is[path] = imagespec.Digest(w.files[path])
	}
	var out []deploy.FieldChange
	for _, path := range slices.Sorted(maps.Keys(union(was, is))) {
		if was[path] != is[path] {
			out = append(out, deploy.FieldChange{Path: path, Before: short(was[path]), After: short(is[path])})
		}
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	return append(out, w.settings(config.Config)...), nil
}

// settings lists what the image's configuration has otherwise.
func (w wanted) settings(was v1.Config) []deploy.FieldChange {
	is := w.config(was)
	var out []deploy.FieldChange
	for _, f := range []struct {
		path    string
		was, is any
	}{
		{"dependencies", was.Labels[imagespec.LabelDependencies], w.Dependencies.Tag},
		{"environment", was.Env, is.Env}, {"command", was.Cmd, is.Cmd}, {"user", was.User, is.User}, {"working directory", was.WorkingDir, is.WorkingDir},
		{"volumes", sorted(was.Volumes), sorted(is.Volumes)}, {"ports", sorted(was.ExposedPorts), sorted(is.ExposedPorts)},
		{"health check", check(was.Healthcheck), check(is.Healthcheck)},
		{"bill of materials", was.Labels[imagespec.LabelBill], is.Labels[imagespec.LabelBill]},
	} {
		if !reflect.DeepEqual(f.was, f.is) {
			out = append(out, deploy.FieldChange{Path: f.path, Before: fmt.Sprint(f.was), After: fmt.Sprint(f.is)})
		}
	}
	return out
}

func check(h *v1.HealthConfig) string {
	if h == nil {
		return ""
	}
	return fmt.Sprintf("%v every %s within %s, after %s", h.Test, h.Interval, h.Timeout, h.StartPeriod)
}

func sorted(set map[string]struct{}) []string { return slices.Sorted(maps.Keys(set)) }

func union(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

func short(digest string) string {
	if digest == "" {
		return ""
	}
	return "sha256:" + digest[:12]
}

// named is how many names a reason has.
const named = 3

// reason says in a line what changed.
func (e *earlier) reason() string {
	if len(e.fields) == 0 {
		return "the way in which images are built changed"
	}
	var names []string
	for _, f := range e.fields {
		verb := "changed"
		if f.Before == "" {
			verb = "is new"
		} else if f.After == "" {
			verb = "is gone"
		}
		names = append(names, f.Path+" "+verb)
	}
	if more := len(names) - named; more > 0 {
		return fmt.Sprintf("%s, and %d more", strings.Join(names[:named], ", "), more)
	}
	return strings.Join(names, ", ")
}
