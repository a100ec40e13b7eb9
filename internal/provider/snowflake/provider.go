package snowflake

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// Name is the provider's name.
const Name = "snowflake"

// ParamStore keeps what apply makes. Put replaces what is there.
type ParamStore interface {
	Put(ctx context.Context, name string, v secret.Value) error
	Get(ctx context.Context, name string) (v secret.Value, version int64, err error)
}

// Config is what the provider needs besides the artefacts.
type Config struct {
	// Lookup reads the environment; see Connection.
	Lookup Lookup
	// Token asks for an identity token, where the job may ask for one.
	Token func(ctx context.Context, audience string) (secret.Value, error)
	// ReadOnly signs in as the user and the role that only look.
	ReadOnly bool
	// Params may be nil where nothing is applied.
	Params ParamStore
	// Tool and Run are said in every query tag and in the ledger: the version of
	// the program, and what tells one apply from another.
	Tool, Run string
	// Rotate names users whose keys are made anew.
	Rotate []string
	Now    func() time.Time
	Rand   io.Reader // crypto/rand where it is nil
	// Retries is how often the driver asks again where there was no answer, with a
	// second and more between; 3 where it is 0.
	Retries int
}

// Provider is the warehouse. Close ends its connections.
type Provider struct {
	c Config

	mu      sync.Mutex
	open    *client
	who     identity
	pending []row // lines of a ledger that is not there yet
	absent  bool  // the ledger is known not to be there
	// order says which statement the last plan has after another, and ahead which
	// one the ledger has as begun although it is still to come.
	order map[string]string
	ahead string
}

// New gives the provider.
func New(c Config) *Provider {
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Provider{c: c}
}

// Name is part of deploy.Provider.
func (*Provider) Name() string { return Name }

// Follows is part of deploy.Follower: which parameters there are.
func (*Provider) Follows() []string { return []string{"secrets"} }

// Close signs out.
func (p *Provider) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open != nil {
		p.open.close()
		p.open = nil
	}
}

// signIn gives the client of this provider. It connects when it is first used.
func (p *Provider) signIn(pl pipeline) (*client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open != nil {
		return p.open, nil
	}
	set := pl.set
	if p.c.ReadOnly {
		set.Deploy = set.Plan.Role
	}
	cfg, how, err := Connection(p.c.Lookup, set)
	if err != nil {
		return nil, err
	}
	if p.c.Retries > 0 {
		cfg.MaxRetryCount = p.c.Retries
	}
	con := connector{cfg: cfg}
	if how == ByIdentity {
		if p.c.Token == nil {
			return nil, errors.New("this job may ask GitHub for no identity token: give it `permissions: {id-token: write}`")
		}
		con.token = func(ctx context.Context) (secret.Value, error) { return p.c.Token(ctx, Audience) }
	}
	p.who = identity{cfg.Account, cfg.User, cfg.Role}
	p.open = newClient(con, queryTag{Tool: "tapestry-ci", Version: p.c.Tool, Pipeline: pl.settings.Pipeline, Environment: pl.settings.Environment, Run: p.c.Run})
	return p.open, nil
}

// Plan is part of deploy.Provider. It only reads.
func (p *Provider) Plan(ctx context.Context, in deploy.Input) (deploy.Outcome, error) {
	pl, err := read(in.Artifacts)
	if err != nil {
		return deploy.Outcome{}, err
	}
	l, err := p.look(ctx, pl, in)
	if isLogin(err) {
		return deploy.Outcome{Changes: []deploy.Change{unsigned(p.who.account, p.explain(err))}}, nil
	}
	if err != nil {
		return deploy.Outcome{}, p.explain(err)
	}
	planner := newPlanner(pl, l, in.Outputs, p.c.Now(), p.c.Rotate)
	out := deploy.Outcome{State: l.digest(), Outputs: handshake(pl, l)}
	if in.Destroy {
		out.Changes = planner.destroy()
		return out, nil
	}
	out.Changes = planner.apply()
	if slices.ContainsFunc(out.Changes, func(c deploy.Change) bool { return c.Kind == "warehouse" }) && len(made(pl.set, "resource monitor")) > 0 {
		if err := p.open.look(ctx, []question{monitorQuestion(pl.set)}, l); err != nil {
			return deploy.Outcome{}, p.explain(err)
		}
		planner = newPlanner(pl, l, in.Outputs, p.c.Now(), p.c.Rotate)
		out.Changes = planner.apply()
	}
	maps.Copy(out.Outputs, predicted(out.Changes, in.Outputs))
	out.Changes = append(out.Changes, planner.syncs()...)
	out.Notes = append(planner.notes, p.count(ctx, l, out.Changes)...)
	if !l.whole {
		out.Notes = append(out.Notes, fmt.Sprintf("Snowflake: role %s sees less than %s does. Roles, what they were granted, and the network rule are taken from the ledger; apply looks itself.", p.who.role, pl.set.Deploy))
	}
	p.remember(planner.chain)
	return out, nil
}

// remember keeps in which order the statements of a plan run.
func (p *Provider) remember(chain []deploy.Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order, p.ahead = map[string]string{}, ""
	for i := 1; i < len(chain); i++ {
		if chain[i].Action != deploy.Delete {
			p.order[strings.TrimPrefix(chain[i-1].ID, Name+":")] = strings.TrimPrefix(chain[i].ID, Name+":")
		}
	}
}

func (p *Provider) look(ctx context.Context, pl pipeline, in deploy.Input) (*live, error) {
	cl, err := p.signIn(pl)
	if err != nil {
		return nil, err
	}
	l := newLive()
	l.who = p.who
	l.whole = p.who.role == signInName(pl.set.Deploy)
	err = cl.look(ctx, append(questions(pl.set), l.formerQuestion(pl.set, in)...), l)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.absent = l.noLedger
	return l, err
}

// handshake is what the stack with the landing bucket has to know of the
// storage integration, whose role may be taken on by Snowflake alone.
func handshake(pl pipeline, l *live) deploy.Outputs {
	out := deploy.Outputs{}
	for _, o := range made(pl.set, "integration") {
		t, _ := l.thing(o)
		for name, property := range map[string]string{"principal": "storage_aws_iam_user_arn", "external_id": "storage_aws_external_id"} {
			if v := t.props[property]; v != "" {
				out["snowflake.integration."+name] = v
			}
		}
	}
	return out
}

// explain says who wanted what, and what may help.
func (p *Provider) explain(err error) error {
	who := fmt.Sprintf("Snowflake account %s as %s with role %s", p.who.account, p.who.user, p.who.role)
	switch {
	case p.who == identity{}, errors.As(err, new(elsewhere)):
		return err
	case isLogin(err):
		return fmt.Errorf("signing in to %s: %w", who, err)
	case isDenied(err):
		return fmt.Errorf("%s: %w\nThe role may not do it. %s", who, err, bootstrapNext)
	case !isAnswer(err):
		return fmt.Errorf("%s cannot be reached: %w\nLook at the account's name in the file, and whether this machine may connect to it", who, err)
	}
	return fmt.Errorf("%s: %w", who, err)
}
