package images

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// found is what Plan saw of one image.
type found struct {
	wanted
	uri        string      // of its repository; empty before the foundation stack is there
	repository *repository // nil where nothing of it had to be read
	final      v1.Hash     // of the image under its tag; empty where it is not there
	base       v1.Image    // the dependency image, in its repository or where it will come from; nil where it is not known
	based      bool        // it is in its repository
	source     source
	blocked    string // why there is no way to a dependency image
	unfit      error  // why nothing can be laid on it
	earlier    *earlier
}

// Plan asks for each image whether it is there under its tag, and only where it
// is not, or another one runs, what it will be made from and what changed. For two images that are
// there it makes two calls.
func (p *Provider) Plan(ctx context.Context, in deploy.Input) (deploy.Outcome, error) {
	all, err := read(in.Artifacts)
	if err != nil || in.Destroy {
		// The repositories are emptied when their stack is deleted.
		return deploy.Outcome{}, err
	}
	seen, wrong := make([]found, len(all)), make([]error, len(all))
	sideBySide(len(all), func(i int) { seen[i], wrong[i] = p.look(ctx, all[i], in.Outputs) })
	if err := errors.Join(wrong...); err != nil {
		return deploy.Outcome{}, err
	}
	out := deploy.Outcome{Outputs: deploy.Outputs{}}
	for _, f := range seen {
		out.Changes = append(out.Changes, f.changes()...)
		if f.final.Hex != "" && f.earlier != nil {
			out.Notes = append(out.Notes, fmt.Sprintf("image %s is pushed already, and differs from the one that runs: %s", f.Name, f.earlier.reason()))
		}
		reference, err := f.reference()
		if err != nil {
			return deploy.Outcome{}, err
		}
		if reference != "" {
			out.Outputs[output(f.Name)] = reference
		}
	}
	out.State, err = state(seen)
	return out, err
}

// output is the name of the output that an image gives.
func output(image string) string { return "image." + image }

// look reads what there is of an image.
func (p *Provider) look(ctx context.Context, w wanted, outputs deploy.Outputs) (found, error) {
	f := found{wanted: w, uri: outputs[outputOf[w.Name]]}
	if f.uri == "" {
		return f, p.lookElsewhere(ctx, &f)
	}
	var there bool
	var err error
	if f.final, there, err = p.tagged(ctx, f.uri, w.tag); err != nil {
		return f, err
	}
	running := outputs["running."+output(w.Name)]
	if there && (running == "" || running == f.uri+"@"+f.final.String()) {
		return f, nil
	}
	if f.repository, err = p.repository(ctx, w, outputs); err != nil {
		return f, err
	}
	if f.earlier, err = p.earlier(ctx, f.repository, w, running); err != nil || there {
		return f, err
	}
	if f.base, f.based, err = f.repository.image(f.repository.tag(w.Dependencies.Tag)); err != nil {
		return f, err
	}
	if !f.based {
		return f, p.lookElsewhere(ctx, &f)
	}
	_, err = w.suits(f.base)
	var unfit *unsuited
	if errors.As(err, &unfit) {
		f.unfit, err = err, nil
	}
	return f, err
}

// lookElsewhere looks where the dependency image will come from.
func (p *Provider) lookElsewhere(ctx context.Context, f *found) (err error) {
	f.source, f.blocked, err = p.source(ctx, f.wanted)
	if f.blocked == "" {
		f.base = f.source.image
	}
	return err
}

// reference is the image as stacks name it, where that is certain: it is there,
// or everything that it will be made of is known.
func (f found) reference() (string, error) {
	switch {
	case f.final.Hex != "":
		return f.uri + "@" + f.final.String(), nil
	case f.repository == nil:
		return "", nil
	case f.base == nil || f.unfit != nil:
		return "", nil
	}
	img, err := f.build(f.base)
	if err != nil {
		return "", err
	}
	digest, err := img.Digest()
	return f.repository.reference(digest), err
}

// known is the reason of what cannot be looked at before the foundation.
const known = "known when stack foundation is there"

// changes are those of one image: none where it is there.
func (f found) changes() []deploy.Change {
	if f.final.Hex != "" {
		return nil
	}
	c := deploy.Change{
		ID: f.imageID(), Provider: provider, Kind: "image", Name: f.Name, Action: deploy.Create, Risk: deploy.Safe,
		Reason: fmt.Sprintf("no image of it was pushed before; %d files on %s", len(f.Files), f.Dependencies.Tag),
		Needs:  []string{"stack:foundation"}, Provides: []string{"image:" + f.Name}, Content: f.tag, Origins: f.origins,
	}
	switch {
	case f.repository == nil:
		c.Reason = fmt.Sprintf("its digest is %s; %d files on %s", known, len(f.Files), f.Dependencies.Tag)
	case f.unfit != nil:
		c.Action, c.Reason = deploy.Blocked, f.unfit.Error()
		c.Next = fmt.Sprintf("Tags never move: delete the image %s in ECR first", f.Dependencies.Tag)
	case f.earlier != nil:
		c.Action, c.Reason, c.Fields = deploy.Update, f.earlier.reason(), f.earlier.fields
	}
	if f.based {
		return []deploy.Change{c}
	}
	c.DependsOn = []string{f.baseID()}
	return []deploy.Change{f.baseChange(), c}
}

// baseChange says how the dependency image will come. Its content is its tag,
// and not where it comes from: that is another place after an apply was stopped
// for want of one.
func (f found) baseChange() deploy.Change {
	c := deploy.Change{
		ID: f.baseID(), Provider: provider, Kind: "base", Name: f.Name, Action: deploy.Create, Risk: deploy.Safe,
		Needs: []string{"stack:foundation"}, Content: f.Dependencies.Tag, Origins: f.origins,
	}
	missing := fmt.Sprintf("the dependency image %s is not there", f.Dependencies.Tag)
	if f.repository == nil {
		missing = fmt.Sprintf("whether the dependency image %s is there is %s", f.Dependencies.Tag, known)
	}
	switch {
	case f.blocked != "" && f.repository == nil && f.source.from == "":
		// Nobody can push to a repository that is not there yet.
		c.Action, c.Reason, c.Next = deploy.Deferred, missing, f.blocked
	case f.blocked != "":
		c.Action, c.Reason, c.Next = deploy.Blocked, missing, f.blocked
	case f.source.image != nil:
		c.Reason = missing + "; copied from " + f.source.from
	default:
		c.Reason = missing + "; " + f.source.from
	}
	if f.source.from != "" {
		c.Fields = []deploy.FieldChange{{Path: "from", After: f.source.from}}
	}
	return c
}

// state is a digest over what was seen in the repositories.
func state(seen []found) (string, error) {
	type image struct {
		Name, Tag, Digest, Earlier string
		Repository, Dependencies   bool
	}
	var all []image
	for _, f := range seen {
		i := image{Name: f.Name, Tag: f.tag, Repository: f.uri != "", Dependencies: f.based}
		if f.final.Hex != "" {
			i.Digest = f.final.String()
		}
		if f.earlier != nil {
			i.Earlier = f.earlier.digest
		}
		all = append(all, i)
	}
	text, err := json.Marshal(all)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}
