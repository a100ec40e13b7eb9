package secrets

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// Sizes in bytes of what a parameter holds, by tier.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
const (
	standardLimit = 4096
	advancedLimit = 8192
)

// mark begins the description of every parameter that is stored here; a salted
// digest of the value follows, and the version that has it.
const (
	mark        = "tapestry-ci "
	markVersion = " version "
)

// described is the description of a parameter.
func described(v secret.Value, version int64) string {
	return mark + secret.Digest(v) + markVersion + strconv.FormatInt(version, 10)
}

// stored is one parameter as a listing tells it.
type stored struct {
	there, secure bool
	ours          bool // stored by this package
	digest        string
	version       int64
	written       int64 // the version that was stored here; 0 where nobody noted it
	modified      time.Time
}

func storedOf(m types.ParameterMetadata) stored {
	text, ours := strings.CutPrefix(aws.ToString(m.Description), mark)
	digest, version, _ := strings.Cut(text, markVersion)
	written, err := strconv.ParseInt(version, 10, 64)
	if err != nil || !ours {
		written = 0
	}
	return stored{there: true, secure: m.Type == types.ParameterTypeSecureString, ours: ours, digest: digest, version: m.Version, written: written,
		modified: aws.ToTime(m.LastModifiedDate)}
}

// overwritten reports whether somebody else wrote the parameter since.
func (l stored) overwritten() bool { return l.written != 0 && l.written != l.version }

// stands reports whether a secret is stored as it should be: the value that this
// job has, or what was stored here where it has none.
func (l stored) stands(value secret.Value, given bool) bool {
	return l.there && !l.overwritten() && (!given || secret.Matches(value, l.digest))
}

// list reads what is below the path, 50 at a time. Nothing is decrypted.
func (p *Provider) list(ctx context.Context, path string) (map[string]stored, error) {
	live := map[string]stored{}
	pages := ssm.NewDescribeParametersPaginator(p.ssm, &ssm.DescribeParametersInput{MaxResults: aws.Int32(50),
		ParameterFilters: []types.ParameterStringFilter{{Key: aws.String("Path"), Option: aws.String("Recursive"), Values: []string{path}}}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the parameters below %s: %w", path, err)
		}
		for _, m := range page.Parameters {
			live[aws.ToString(m.Name)] = storedOf(m)
		}
	}
	return live, nil
}

// Apply stores or deletes one parameter.
func (p *Provider) Apply(ctx context.Context, c deploy.Change, in deploy.Input, _ deploy.Progress) (deploy.Outputs, error) {
	if c.Action == deploy.Delete {
		return nil, p.remove(ctx, c.Name)
	}
	s, err := settingsOf(in.Artifacts)
	if err != nil {
		return nil, err
	}
	for _, w := range p.want(s) {
		if w.param == c.Name {
			return p.store(ctx, s, w, c)
		}
	}
	if madeElsewhere(rest(s, c.Name)) {
		return nil, p.restore(ctx, NewStore(p.AWS, s), c.Name)
	}
	return nil, fmt.Errorf("the build names no parameter %s", c.Name)
}

// restore puts back what was stored before somebody else wrote a parameter.
func (p *Provider) restore(ctx context.Context, store *Store, name string) error {
	live, err := store.look(ctx, name)
	if err != nil || !live.overwritten() {
		return err
	}
	value, err := store.former(ctx, name, live.written)
	if err != nil {
		return err
	}
	return store.Put(ctx, name, value)
}

// store writes one parameter. What apply makes itself is never made twice: a
// second value would part those that have read the first from the others.
func (p *Provider) store(ctx context.Context, s settings.Settings, w wanted, c deploy.Change) (deploy.Outputs, error) {
	value, given := p.value(w)
	store := NewStore(p.AWS, s)
	live, err := store.look(ctx, w.param)
	if err != nil {
		return nil, err
	}
	if w.make == nil && live.stands(value, given) {
		return deploy.Outputs{versionOf(w.param): strconv.FormatInt(live.version, 10)}, nil // an earlier run came so far
	}
	former := live.overwritten() && !given
	switch {
	case former:
		value, err = store.former(ctx, w.param, live.written)
	case w.make != nil:
		value, err = w.make()
	case !given:
		err = fmt.Errorf("secret %s is not in the environment of this job; set it and run the same command again", w.name)
	}
	if err != nil {
		return nil, err
	}
	version, err := store.put(ctx, w.param, value, w.make == nil || former)
	if there := (*types.ParameterAlreadyExists)(nil); errors.As(err, &there) {
		_, version, err = store.Get(ctx, w.param)
	}
	if err != nil {
		return nil, err
	}
	return deploy.Outputs{versionOf(w.param): strconv.FormatInt(version, 10)}, nil
}

func (p *Provider) remove(ctx context.Context, name string) error {
	_, err := p.ssm.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: &name})
	if gone := (*types.ParameterNotFound)(nil); err != nil && !errors.As(err, &gone) {
		return fmt.Errorf("deleting parameter %s: %w", name, err)
	}
	return nil
}

// Store reads and writes single parameters for providers that make values of
// their own, such as keys.
type Store struct {
	ssm  *ssm.Client
	key  string
	tags []types.Tag
}

// NewStore gives the parameters of a pipeline.
func NewStore(cfg aws.Config, s settings.Settings) *Store {
	store := &Store{ssm: ssm.NewFromConfig(cfg), key: s.KeyAlias}
	for _, t := range s.Tags {
		store.tags = append(store.tags, types.Tag{Key: aws.String(t.Key), Value: aws.String(t.Value)})
	}
	return store
}

// Put stores a value, whatever was there.
func (s *Store) Put(ctx context.Context, name string, v secret.Value) error {
	_, err := s.put(ctx, name, v, true)
	return err
}

func (s *Store) put(ctx context.Context, name string, v secret.Value, overwrite bool) (int64, error) {
	if v.Len() > advancedLimit {
		return 0, fmt.Errorf("the value for %s has %d bytes, and a parameter holds %d: shorten it", name, v.Len(), advancedLimit)
	}
	tier := types.ParameterTierStandard
	if v.Len() > standardLimit {
		tier = types.ParameterTierAdvanced
	}
	version := int64(1)
	if overwrite {
		live, err := s.look(ctx, name)
		if err != nil {
			return 0, err
		}
		version = live.version + 1
	}
	in := &ssm.PutParameterInput{Name: &name, Type: types.ParameterTypeSecureString, KeyId: &s.key, Tier: tier, Overwrite: aws.Bool(overwrite),
		Value: aws.String(v.Reveal()), Description: aws.String(described(v, version))}
	if !overwrite {
		in.Tags = s.tags // SSM refuses tags together with overwriting
	}
	version, err := s.write(ctx, in, version, v)
	if err != nil {
		return 0, err
	}
	if overwrite && len(s.tags) > 0 {
		_, err := s.ssm.AddTagsToResource(ctx, &ssm.AddTagsToResourceInput{ResourceType: types.ResourceTypeForTaggingParameter, ResourceId: &name, Tags: s.tags})
		if err != nil {
			return 0, fmt.Errorf("tagging parameter %s: %w", name, err)
		}
	}
	return version, nil
}

// write puts a parameter whose description says which version it will be. Where an
// answer was lost and the call repeated, or somebody else wrote it too, it is
// another version, and is written once more.
func (s *Store) write(ctx context.Context, in *ssm.PutParameterInput, version int64, v secret.Value) (int64, error) {
	for {
		answer, err := s.ssm.PutParameter(ctx, in)
		if err != nil {
			return 0, fmt.Errorf("storing parameter %s: %w", aws.ToString(in.Name), err)
		}
		if answer.Version == version {
			return version, nil
		}
		version = answer.Version + 1
		in.Description, in.Overwrite, in.Tags = aws.String(described(v, version)), aws.Bool(true), nil
	}
}

// look tells of one parameter, without its value.
func (s *Store) look(ctx context.Context, name string) (stored, error) {
	pages := ssm.NewDescribeParametersPaginator(s.ssm, &ssm.DescribeParametersInput{
		ParameterFilters: []types.ParameterStringFilter{{Key: aws.String("Name"), Option: aws.String("Equals"), Values: []string{name}}}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return stored{}, fmt.Errorf("looking at parameter %s: %w", name, err)
		}
		for _, m := range page.Parameters {
			return storedOf(m), nil
		}
	}
	return stored{}, nil
}

// former is the value of an earlier version. SSM keeps a hundred.
func (s *Store) former(ctx context.Context, name string, version int64) (secret.Value, error) {
	v, _, err := s.Get(ctx, name+":"+strconv.FormatInt(version, 10))
	if err != nil {
		return v, fmt.Errorf("what was in %s before somebody else wrote it: %w. Delete the parameter, and apply stores it anew", name, err)
	}
	return v, nil
}

// Get reads and decrypts a value, with its version.
func (s *Store) Get(ctx context.Context, name string) (secret.Value, int64, error) {
	answer, err := s.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	if err != nil {
		return secret.Value{}, 0, fmt.Errorf("reading parameter %s: %w", name, err)
	}
	return secret.New(aws.ToString(answer.Parameter.Value)), answer.Parameter.Version, nil
}
