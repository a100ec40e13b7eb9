package secrets

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// Config is what the provider needs.
type Config struct {
	AWS aws.Config
	// Values gives the secrets that this job has.
	Values secret.Source
	// MustHave says that secrets which are neither stored nor given stop the
	// plan: an apply cannot go on without them.
	MustHave bool
	// Rand makes tokens and passwords; crypto/rand where it is nil.
	Rand io.Reader
}

// Provider stores secrets.
type Provider struct {
	Config
	ssm *ssm.Client
}

// New gives the provider.
func New(c Config) *Provider {
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	return &Provider{Config: c, ssm: ssm.NewFromConfig(c.AWS)}
}

// Name is the provider's name.
func (*Provider) Name() string { return "secrets" }

// wanted is one parameter that has to be there.
type wanted struct {
	param  string
	name   string // of a secret of the file; empty for what apply makes
	usedBy []string
	make   func() (secret.Value, error) // nil for a secret of the file
}

// want lists the parameters by path.
func (p *Provider) want(s settings.Settings) []wanted {
	var all []wanted
	for _, x := range s.Secrets {
		all = append(all, wanted{param: x.Param, name: x.Name, usedBy: x.UsedBy})
	}
	grouparoo := []string{"grouparoo"}
	all = append(all,
		wanted{param: s.Made.GrouparooServerToken, usedBy: grouparoo, make: p.random},
		wanted{param: s.Made.GrouparooAdminPassword, usedBy: grouparoo, make: p.random},
		wanted{param: s.Made.GrouparooAdminEmail, usedBy: grouparoo, make: func() (secret.Value, error) { return secret.New(adminEmail(s)), nil }})
	slices.SortFunc(all, func(a, b wanted) int { return cmp.Compare(a.param, b.param) })
	return all
}

// adminEmail signs in to Grouparoo's pages: the first address that gets alerts,
// or one that nobody has.
func adminEmail(s settings.Settings) string {
	if len(s.Alerts) > 0 {
		return s.Alerts[0]
	}
	return "admin@" + s.Prefix + ".invalid"
}

// random is 256 bits as text.
func (p *Provider) random() (secret.Value, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(p.Rand, b); err != nil {
		return secret.Value{}, fmt.Errorf("making a random value: %w", err)
	}
	return secret.New(hex.EncodeToString(b)), nil
}

// Plan compares what is stored with what the file asks for.
func (p *Provider) Plan(ctx context.Context, in deploy.Input) (deploy.Outcome, error) {
	s, err := settingsOf(in.Artifacts)
	if err != nil {
		return deploy.Outcome{}, err
	}
	live, err := p.list(ctx, s.ParamPath)
	if err != nil {
		return deploy.Outcome{}, err
	}
	if in.Destroy {
		return outcome(destroyed(s, live), live), nil
	}
	var changes []deploy.Change
	var missing []string
	for _, w := range p.want(s) {
		c, lacks := p.compare(s, w, live[w.param])
		if c != nil {
			changes = append(changes, *c)
		}
		if lacks {
			missing = append(missing, w.name)
		}
	}
	changes = append(changes, unused(s, p.want(s), live)...)
	changes = append(changes, keys(s, live)...)
	if missing != nil && p.MustHave {
		changes = append(changes, blocked(missing))
	}
	return outcome(changes, live), nil
}

func outcome(changes []deploy.Change, live map[string]stored) deploy.Outcome {
	o := deploy.Outcome{Changes: changes, Outputs: deploy.Outputs{}}
	var names []string
	for name, l := range live {
		names = append(names, name)
		o.Outputs[versionOf(name)] = strconv.FormatInt(l.version, 10)
		o.Outputs[modifiedOf(name)] = l.modified.UTC().Format(time.RFC3339Nano)
	}
	for _, c := range changes {
		if c.Kind == "parameter" && (c.Action == deploy.Update || c.Action == deploy.Create) {
			o.Outputs[versionOf(c.Name)] = strconv.FormatInt(live[c.Name].version+1, 10)
			o.Outputs[modifiedOf(c.Name)] = "" // by this plan
		}
	}
	slices.Sort(names)
	o.State = digest(names...)
	return o
}

func versionOf(param string) string { return "parameter." + param }

// modifiedOf is when a parameter was written last; nothing where this plan writes
// it.
func modifiedOf(param string) string { return "modified." + param }

// compare says what happens to one parameter, and whether this job lacks its
// value.
func (p *Provider) compare(s settings.Settings, w wanted, live stored) (*deploy.Change, bool) {
	c := deploy.Change{ID: "secrets:parameter:" + rest(s, w.param), Provider: "secrets", Kind: "parameter", Name: w.param, Risk: deploy.Safe,
		Needs: []string{"stack:foundation"}, Provides: []string{"parameter:" + w.param}, Content: digest(w.param, s.KeyAlias)}
	if w.name != "" {
		c.Provides = append(c.Provides, "secret:"+w.name)
	}
	value, given := p.value(w)
	switch {
	case live.overwritten():
		c.Action, c.Aside = deploy.Update, true
		c.Reason = "somebody else wrote it since the last apply; what was stored then is put back, or the value that this job has"
		c.Fields = live.putBack()
		return &c, false
	case live.there && w.name == "" || live.stands(value, given):
		return nil, false
	case live.there:
		c.Action, c.Aside, c.Reason = deploy.Update, true, "its value is another one; whoever reads it gets it with the next start"
		c.Fields = []deploy.FieldChange{{Path: "value", Before: "(stored)", After: "(changed)"}}
		return &c, false
	case w.name == "":
		c.Action, c.Reason = deploy.Create, "it is not there; apply makes the value"
		return &c, false
	}
	// Whether the value is here differs from job to job, so the change does not
	// say it.
	c.Action, c.Reason = deploy.Create, "it is not there; apply stores "+w.name+" of its environment, for "+strings.Join(w.usedBy, ", ")
	return &c, !given
}

func (p *Provider) value(w wanted) (secret.Value, bool) {
	if w.name == "" || p.Values == nil {
		return secret.Value{}, false
	}
	v, ok := p.Values(w.name)
	return v, ok && !v.Empty()
}

// blocked stops an apply that could not go on.
func blocked(missing []string) deploy.Change {
	return deploy.Change{ID: "secrets:missing:values", Provider: "secrets", Kind: "missing", Name: strings.Join(missing, ", "), Action: deploy.Blocked, Risk: deploy.Safe, Aside: true,
		Reason: "these secrets are neither stored nor in this job's environment: " + strings.Join(missing, ", "),
		Next:   "Put them into the environment of the job that applies, under these names."}
}

// others are folders below the path whose parameters are made elsewhere.
var others = []string{"airbyte/", "snowflake/"}

func madeElsewhere(name string) bool {
	return slices.ContainsFunc(others, func(folder string) bool { return strings.HasPrefix(name, folder) })
}

// unused are parameters that this provider stored and no line of the file names.
func unused(s settings.Settings, want []wanted, live map[string]stored) []deploy.Change {
	var changes []deploy.Change
	for name, l := range live {
		named := slices.ContainsFunc(want, func(w wanted) bool { return w.param == name })
		if named || !l.ours || madeElsewhere(rest(s, name)) {
			continue
		}
		changes = append(changes, removal(s, name, "nothing in the file uses it any more"))
	}
	slices.SortFunc(changes, func(a, b deploy.Change) int { return cmp.Compare(a.ID, b.ID) })
	return changes
}

// keys are those that somebody wrote by hand of the parameters that the steps of
// Snowflake store: what was there still fits the users there.
func keys(s settings.Settings, live map[string]stored) []deploy.Change {
	var changes []deploy.Change
	for name, l := range live {
		if madeElsewhere(rest(s, name)) && l.overwritten() {
			changes = append(changes, deploy.Change{ID: "secrets:parameter:" + rest(s, name), Provider: "secrets", Kind: "parameter", Name: name, Action: deploy.Update,
				Risk: deploy.Safe, Aside: true, Provides: []string{"parameter:" + name}, Content: digest(name, s.KeyAlias),
				Reason: "somebody else wrote it since it was stored; what was stored then is put back", Fields: l.putBack()})
		}
	}
	slices.SortFunc(changes, func(a, b deploy.Change) int { return cmp.Compare(a.ID, b.ID) })
	return changes
}

func (l stored) putBack() []deploy.FieldChange {
	return []deploy.FieldChange{{Path: "version", Before: fmt.Sprintf("%d (changed outside)", l.version), After: fmt.Sprintf("%d, with what version %d had", l.version+1, l.written)}}
}

func removal(s settings.Settings, name, reason string) deploy.Change {
	return deploy.Change{ID: "secrets:parameter:" + rest(s, name), Provider: "secrets", Kind: "parameter", Name: name, Action: deploy.Delete,
		Risk: deploy.Safe, Reason: reason, Content: digest(name)}
}

// destroyed takes away all that is stored for the pipeline, also the keys and
// tokens of Snowflake and the credentials that Airbyte's machine made, once
// nobody reads them any more. What a stack made goes with its stack.
func destroyed(s settings.Settings, live map[string]stored) []deploy.Change {
	var changes []deploy.Change
	for name, l := range live {
		if !l.secure {
			continue
		}
		c := removal(s, name, "the pipeline is taken down")
		c.Needs, c.Provides = []string{"gone:stack:sync", "gone:airbyte", "gone:snowflake"}, []string{"gone:secrets"}
		changes = append(changes, c)
	}
	slices.SortFunc(changes, func(a, b deploy.Change) int { return cmp.Compare(a.ID, b.ID) })
	return changes
}

func rest(s settings.Settings, param string) string {
	return strings.TrimPrefix(param, s.ParamPath+"/")
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func settingsOf(artifacts []emit.Artifact) (settings.Settings, error) {
	for _, a := range artifacts {
		if a.Path == settings.Path {
			return settings.Parse(a.Content)
		}
	}
	return settings.Settings{}, fmt.Errorf("the build has no %s: compile again", settings.Path)
}
