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
// digest of the value follows.
const mark = "tapestry-ci "

// stored is one parameter as a listing tells it.
type stored struct {
	there, secure bool
	ours          bool // stored by this package
	digest        string
	version       int64
	modified      time.Time
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
			digest, ours := strings.CutPrefix(aws.ToString(m.Description), mark)
			live[aws.ToString(m.Name)] = stored{there: true, secure: m.Type == types.ParameterTypeSecureString, ours: ours, digest: digest, version: m.Version,
				modified: aws.ToTime(m.LastModifiedDate)}
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
	return nil, fmt.Errorf("the build names no parameter %s", c.Name)
}

// store writes one parameter. What apply makes itself is never made twice: a
// second value would part those that have read the first from the others.
func (p *Provider) store(ctx context.Context, s settings.Settings, w wanted, c deploy.Change) (deploy.Outputs, error) {
	value, given := p.value(w)
	if w.make != nil {
		var err error
		if value, err = w.make(); err != nil {
			return nil, err
		}
	} else if !given {
		return nil, fmt.Errorf("secret %s is not in the environment of this job; set it and run the same command again", w.name)
	}
	store := NewStore(p.AWS, s)
	version, err := store.put(ctx, w.param, value, w.make == nil)
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
	in := &ssm.PutParameterInput{Name: &name, Type: types.ParameterTypeSecureString, KeyId: &s.key, Tier: tier, Overwrite: aws.Bool(overwrite),
		Value: aws.String(v.Reveal()), Description: aws.String(mark + secret.Digest(v))}
	if !overwrite {
		in.Tags = s.tags // SSM refuses tags together with overwriting
	}
	answer, err := s.ssm.PutParameter(ctx, in)
	if err != nil {
		return 0, fmt.Errorf("storing parameter %s: %w", name, err)
	}
	if overwrite && len(s.tags) > 0 {
		_, err = s.ssm.AddTagsToResource(ctx, &ssm.AddTagsToResourceInput{ResourceType: types.ResourceTypeForTaggingParameter, ResourceId: &name, Tags: s.tags})
		if err != nil {
			return 0, fmt.Errorf("tagging parameter %s: %w", name, err)
		}
	}
	return answer.Version, nil
}

// Get reads and decrypts a value, with its version.
func (s *Store) Get(ctx context.Context, name string) (secret.Value, int64, error) {
	answer, err := s.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	if err != nil {
		return secret.Value{}, 0, fmt.Errorf("reading parameter %s: %w", name, err)
	}
	return secret.New(aws.ToString(answer.Parameter.Value)), answer.Parameter.Version, nil
}
