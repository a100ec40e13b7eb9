package images

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Image is what there is of one image.
type Image struct {
	Name string `json:"name"`
	// Reference is repository@digest of the image that the artefacts ask for, or
	// of the one that was pushed last where that one is not there.
	Reference string    `json:"reference,omitempty"`
	Tag       string    `json:"tag,omitempty"`
	Pushed    time.Time `json:"pushed,omitzero"`
	Bytes     int64     `json:"bytes,omitempty"`
	// Current says that it is the one that the artefacts ask for, Dependencies
	// that the image below it is there.
	Current      bool `json:"current"`
	Dependencies bool `json:"dependencies"`
	// Link is the repository's page.
	Link string `json:"link,omitempty"`
}

// Status tells of each image what is there.
func (p *Provider) Status(ctx context.Context, in deploy.Input) ([]Image, error) {
	all, err := read(in.Artifacts)
	if err != nil {
		return nil, err
	}
	out, wrong := make([]Image, len(all)), make([]error, len(all))
	sideBySide(len(all), func(i int) { out[i], wrong[i] = p.status(ctx, all[i], in.Outputs) })
	return out, errors.Join(wrong...)
}

func (p *Provider) status(ctx context.Context, w wanted, outputs deploy.Outputs) (Image, error) {
	i := Image{Name: w.Name}
	uri := outputs[outputOf[w.Name]]
	if uri == "" {
		return i, nil
	}
	i.Link = page(uri)
	pushed, err := p.pushed(ctx, uri)
	if err != nil {
		return i, err
	}
	i.Dependencies = slices.ContainsFunc(pushed, func(d types.ImageDetail) bool { return slices.Contains(d.ImageTags, w.Dependencies.Tag) })
	last := newest(pushed)
	if at := slices.IndexFunc(pushed, func(d types.ImageDetail) bool { return slices.Contains(d.ImageTags, w.tag) }); at >= 0 {
		last, i.Current = &pushed[at], true
	}
	if last != nil {
		i.Reference, i.Tag = uri+"@"+aws.ToString(last.ImageDigest), configTag(*last)
		i.Pushed, i.Bytes = aws.ToTime(last.ImagePushedAt).UTC(), aws.ToInt64(last.ImageSizeInBytes)
	}
	return i, nil
}

// registryURI is account, region and name of a repository.
var registryURI = regexp.MustCompile(`^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/(.+)$`)

// page is a repository's page in the console.
func page(uri string) string {
	m := registryURI.FindStringSubmatch(uri)
	if m == nil {
		return ""
	}
	return fmt.Sprintf("https://%[2]s.console.aws.amazon.com/ecr/repositories/private/%[1]s/%[3]s?region=%[2]s", m[1], m[2], m[3])
}
