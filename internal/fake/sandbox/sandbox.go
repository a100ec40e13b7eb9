package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/imagespec"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	fakeairbyte "github.com/tapestry-ci/tapestry-ci/internal/fake/airbyte"
	fakeaws "github.com/tapestry-ci/tapestry-ci/internal/fake/aws"
	fakeregistry "github.com/tapestry-ci/tapestry-ci/internal/fake/registry"
	fakesnowflake "github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// Options say what it is made for.
type Options struct {
	Artifacts []emit.Artifact
	// Tools is the folder of the tool set "fakes".
	Tools string
	// Spec is Airbyte's API description; without it no request is held against it.
	Spec string
	// Dir takes the key and the registry's sign-in.
	Dir string
}

// Sandbox is what runs. Close ends it.
type Sandbox struct {
	AWS       *fakeaws.Server
	Registry  *fakeregistry.Server
	Snowflake *fakesnowflake.Server
	Airbyte   *fakeairbyte.Server

	dir      string
	settings settings.Settings
	set      migration.Set
	artifact map[string][]byte
	tags     map[string]string // of dependency images
	key      string            // path of the private key
	up       atomic.Bool       // Airbyte's machine
	data     atomic.Value      // where it has Airbyte's database, a string
}

// New starts everything.
func New(ctx context.Context, o Options) (*Sandbox, error) {
	s := &Sandbox{dir: o.Dir, artifact: map[string][]byte{}, tags: map[string]string{}}
	for _, a := range o.Artifacts {
		s.artifact[a.Path] = a.Content
	}
	var err error
	if s.settings, err = settings.Parse(s.artifact[settings.Path]); err != nil {
		return nil, err
	}
	if s.set, err = migration.Parse(s.artifact["snowflake/manifest.json"]); err != nil {
		return nil, err
	}
	for _, start := range []func(context.Context, Options) error{s.startAWS, s.startRegistry, s.startAirbyte, s.startSnowflake} {
		if err := start(ctx, o); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// Start starts everything for a test, and ends it after it.
func Start(t testing.TB, artifacts []emit.Artifact) *Sandbox {
	t.Helper()
	s, err := New(t.Context(), Options{Artifacts: artifacts, Tools: judge.Dir(t, "fakes"), Spec: judge.Spec(t, "airbyte-public-api-subset.yaml"), Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		require.Empty(t, s.Airbyte.Violations(), "requests that Airbyte's API description forbids")
	})
	return s
}

// Close ends everything.
func (s *Sandbox) Close() error {
	var err error
	if s.AWS != nil {
		err = s.AWS.Close()
	}
	if s.Registry != nil {
		s.Registry.Close()
	}
	if s.Airbyte != nil {
		s.Airbyte.Close()
	}
	if s.Snowflake != nil {
		s.Snowflake.Close()
	}
	return err
}

func (s *Sandbox) startAWS(ctx context.Context, o Options) (err error) {
	if s.AWS, err = fakeaws.New(ctx, fakeaws.Options{Python: filepath.Join(o.Tools, "bin", "python")}); err != nil {
		return err
	}
	s.AWS.Watch(s.machine)
	return s.Network()
}

// Network makes the VPC that a file names as its own.
func (s *Sandbox) Network() error {
	vpc, subnets := ownNetwork(string(s.artifact["cloudformation/foundation.yaml"]))
	if vpc == "" {
		return nil
	}
	return s.AWS.Network(s.settings.Region, vpc, subnets...)
}

var vpcID, subnetID = regexp.MustCompile(`\bvpc-[0-9a-f]{8,17}\b`), regexp.MustCompile(`\bsubnet-[0-9a-f]{8,17}\b`)

// ownNetwork finds the ids of a network that was there before.
func ownNetwork(template string) (vpc string, subnets []string) {
	subnets = subnetID.FindAllString(template, -1)
	slices.Sort(subnets)
	return vpcID.FindString(template), slices.Compact(subnets)
}

func (s *Sandbox) startRegistry(_ context.Context, o Options) error {
	s.Registry = fakeregistry.New()
	s.Registry.Exists = s.AWS.HasRepository
	s.AWS.HandOn(s.Registry.ECR(), fakeregistry.ECRCalls...)
	if err := s.AWS.SetRegistry(s.Registry.URL()); err != nil {
		return err
	}
	for name := range bases {
		spec, err := imagespec.Parse(s.artifact[name+"/"+imagespec.File], s.fileOf(name))
		if err != nil {
			return err
		}
		s.tags[name] = spec.Dependencies.Tag
		s.Registry.Create("bases/" + name)
		if _, err := s.Registry.PushDependencies("bases/"+name, s.tags[name]); err != nil {
			return err
		}
	}
	return s.signInToRegistry(o.Dir)
}

// bases are the variables that name dependency images.
var bases = map[string]string{"grouparoo": "TAPESTRY_GROUPAROO_BASE", "dbt": "TAPESTRY_DBT_BASE"}

func (s *Sandbox) startAirbyte(_ context.Context, o Options) (err error) {
	s.Airbyte, err = fakeairbyte.New(fakeairbyte.Options{Spec: o.Spec})
	return err
}

func (s *Sandbox) startSnowflake(ctx context.Context, o Options) (err error) {
	if s.Snowflake, err = fakesnowflake.New(ctx, fakesnowflake.Options{Fakesnow: filepath.Join(o.Tools, "bin", "fakesnow"), Account: strings.ToUpper(s.set.Account)}); err != nil {
		return err
	}
	return s.administer(ctx)
}

// Env are the variables that lead tapestry-ci here, sorted, with made-up values
// for every secret of the file.
func (s *Sandbox) Env() []string {
	env := []string{
		"AWS_ENDPOINT_URL=" + s.AWS.URL, "AWS_ACCESS_KEY_ID=" + fakeaws.ApplyKey, "AWS_SECRET_ACCESS_KEY=sandbox", "AWS_REGION=" + s.settings.Region,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		"SNOWFLAKE_HOST=" + s.Snowflake.Host(), "SNOWFLAKE_PORT=" + strconv.Itoa(s.Snowflake.Port()), "SNOWFLAKE_PROTOCOL=http",
		"SNOWFLAKE_PRIVATE_KEY_PATH=" + s.key,
		"TAPESTRY_AIRBYTE_URL=" + s.Airbyte.URL(),
		"TAPESTRY_ABCTL_SHA256=" + strings.Repeat("0123456789abcdef", 4),
		"DOCKER_CONFIG=" + s.dir,
		"TAPESTRY_POLL=50ms", // stand-ins take no time
	}
	for name, variable := range bases {
		env = append(env, fmt.Sprintf("%s=%s/bases/%s:%s", variable, s.Registry.Host(), name, s.tags[name]))
	}
	for _, secret := range s.settings.Secrets {
		env = append(env, secret.Name+"=sandbox-"+strings.ToLower(secret.Name))
	}
	slices.Sort(env)
	return env
}

// fileOf reads the files beside an image.json.
func (s *Sandbox) fileOf(folder string) imagespec.Read {
	return func(file string) ([]byte, bool) {
		content, ok := s.artifact[folder+"/"+file]
		return content, ok
	}
}
