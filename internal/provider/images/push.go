package images

import (
	"context"
	"fmt"
	"net/http"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/imagespec"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// push makes an image and pushes it, unless its tag is there.
func (p *Provider) push(ctx context.Context, r *repository, w wanted, say deploy.Progress) (deploy.Outputs, error) {
	digest, there, err := r.digest(w.tag)
	if err != nil {
		return nil, err
	}
	if there {
		say("is there already")
		return deploy.Outputs{output(w.Name): r.reference(digest)}, nil
	}
	base, there, err := r.image(r.tag(w.Dependencies.Tag))
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, fmt.Errorf("the dependency image %s is not in %s any more: make a new plan", w.Dependencies.Tag, r.uri)
	}
	img, err := w.build(base)
	if err != nil {
		return nil, err
	}
	size, err := ownSize(img)
	if err != nil {
		return nil, err
	}
	say(fmt.Sprintf("pushing %s: %d files on %s", bytesOf(size), len(w.Files), w.Dependencies.Tag))
	digest, err = r.write(w.tag, img, nil)
	if err != nil {
		return nil, err
	}
	return deploy.Outputs{output(w.Name): r.reference(digest)}, nil
}

// provide brings a dependency image into its repository, unless it is there.
func (p *Provider) provide(ctx context.Context, r *repository, w wanted, say deploy.Progress) error {
	_, there, err := r.digest(w.Dependencies.Tag)
	if err != nil {
		return err
	}
	if there {
		say("is there already")
		return nil
	}
	s, blocked, err := p.source(ctx, w)
	if err != nil {
		return err
	}
	if blocked != "" {
		return fmt.Errorf("the dependency image %s is not there. %s", w.Dependencies.Tag, blocked)
	}
	img := s.image
	if img == nil {
		built, done, err := p.c.Builder(ctx, buildOf(w), say)
		if err != nil {
			return err
		}
		defer done()
		img = built
	}
	if _, err := w.suits(img); err != nil {
		return err
	}
	_, err = r.write(w.Dependencies.Tag, img, say)
	return err
}

// write pushes an image under a tag and gives the digest that the tag stands for
// afterwards. Where somebody was faster, or where the answer to an earlier try
// was lost, the tag is there, and the registry refuses to put it again.
func (r *repository) write(tag string, img v1.Image, say deploy.Progress) (v1.Hash, error) {
	options, done := r.options, func() {}
	if say != nil {
		updates := make(chan v1.Update, 64)
		options = append(options[:len(options):len(options)], remote.WithProgress(updates))
		finished := make(chan struct{})
		go func() { defer close(finished); follow(updates, say) }()
		done = func() { <-finished }
	}
	err := remote.Write(r.tag(tag), img, options...)
	done()
	if err == nil {
		return img.Digest()
	}
	if status(err) == http.StatusBadRequest {
		if digest, there, headErr := r.digest(tag); headErr == nil && there {
			return digest, nil
		}
	}
	return v1.Hash{}, r.explain("pushing the image "+tag, err)
}

// follow tells of every tenth part, until the push is done.
func follow(updates <-chan v1.Update, say deploy.Progress) {
	told := int64(0)
	for u := range updates {
		if u.Total == 0 || u.Error != nil {
			continue
		}
		if tenth := 10 * u.Complete / u.Total; tenth > told {
			told = tenth
			say(fmt.Sprintf("%s of %s are there", bytesOf(u.Complete), bytesOf(u.Total)))
		}
	}
}

// ownSize is what an image has besides its dependency image.
func ownSize(img v1.Image) (int64, error) {
	m, err := img.Manifest()
	if err != nil {
		return 0, err
	}
	return m.Config.Size + m.Layers[len(m.Layers)-1].Size, nil
}

// bytesOf is a number of bytes for people.
func bytesOf(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// buildOf is what a Builder needs to know.
func buildOf(w wanted) Build {
	b := Build{Dockerfile: w.files["Dockerfile"], Files: map[string][]byte{}, Target: imagespec.Target, Platform: w.Platform,
		Argument: w.Dependencies.Argument, Base: w.Dependencies.Base, Tag: w.Dependencies.Tag}
	for _, path := range w.Dependencies.Files {
		b.Files[path] = w.files[path]
	}
	return b
}
