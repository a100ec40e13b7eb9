package deploy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
)

// PlanFormat is the version of the JSON form of a Plan.
const PlanFormat = 1

// Plan is everything that an apply would do.
type Plan struct {
	Format      int    `json:"format"`
	Pipeline    string `json:"pipeline"`
	Environment string `json:"environment"`
	Target      string `json:"target"` // local or aws
	Destroy     bool   `json:"destroy,omitempty"`
	// Commit is the revision of the file, where it is known. No part of the
	// digest.
	Commit string `json:"commit,omitempty"`
	// Tool is the version of the program. No part of the digest.
	Tool string `json:"tool,omitempty"`
	// Artifacts is the digest of the build, State that of the live state that
	// was seen, by provider.
	Artifacts string        `json:"artifacts"`
	State     []StateDigest `json:"state"`
	Changes   []Change      `json:"changes"` // in an order in which each comes after those it depends on
	// Notes help to read the plan, and name rows of samples by their number. No
	// part of the digest: whatever they tell of is in the changes, too.
	Notes []string `json:"notes,omitempty"`
	// Preview is what the models and syncs would do with the rows of the samples,
	// against what is applied now. It is there where the target itself counts no
	// rows, and never part of the digest: nothing of it is applied.
	Preview []Change `json:"preview,omitempty"`
	// Digest is over all of the above but what is said to be no part of it.
	Digest string `json:"digest"`
}

// StateDigest is the state that one provider saw.
type StateDigest struct {
	Provider string `json:"provider"`
	Digest   string `json:"digest"`
}

// Empty reports whether there is nothing to apply.
func (p *Plan) Empty() bool {
	return !slices.ContainsFunc(p.Changes, func(c Change) bool { return !c.Empty() })
}

// Change returns the change of that id, or nil.
func (p *Plan) Change(id string) *Change {
	for i := range p.Changes {
		if p.Changes[i].ID == id {
			return &p.Changes[i]
		}
	}
	return nil
}

// Blocked lists the changes that a guard forbids.
func (p *Plan) Blocked() []Change { return p.with(func(c Change) bool { return c.Action == Blocked }) }

// Destructive lists the changes that can lose data.
func (p *Plan) Destructive() []Change {
	return p.with(func(c Change) bool { return c.Risk == Destructive && !c.Empty() })
}

func (p *Plan) with(want func(Change) bool) []Change {
	var out []Change
	for _, c := range p.Changes {
		if want(c) {
			out = append(out, c)
		}
	}
	return out
}

// Seal sorts the changes and sets the digest.
func (p *Plan) Seal() error {
	p.Format = PlanFormat
	ordered, err := order(p.Changes)
	if err != nil {
		return err
	}
	p.Changes = ordered
	slices.SortFunc(p.State, func(a, b StateDigest) int { return cmp.Compare(a.Provider, b.Provider) })
	p.Digest, err = p.digest()
	return err
}

// digest is over a copy without what is no part of it.
func (p *Plan) digest() (string, error) {
	c := *p
	c.Commit, c.Tool, c.Digest, c.Notes, c.Preview = "", "", "", nil, nil
	c.Changes = nil
	for _, change := range p.Changes {
		if !change.Aside {
			c.Changes = append(c.Changes, bare(change))
		}
	}
	data, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("digest of the plan: %w", err)
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// bare is a change without what is no part of a digest: lines of the file, counts
// of what moves, and the ids of persons, which another machine salts otherwise.
func bare(c Change) Change {
	c.Origins = nil
	if c.Effect != nil && c.Effect.Moves {
		c.Effect = nil
	}
	if c.Effect != nil {
		e := *c.Effect
		e.Samples = nil
		c.Effect = &e
	}
	return c
}

// order puts each change after those it depends on; among those that are free
// the id decides. Ids of changes that are not in the plan are done already.
func order(changes []Change) ([]Change, error) {
	byID := make(map[string]*Change, len(changes))
	ids := make([]string, 0, len(changes))
	for i := range changes {
		if byID[changes[i].ID] != nil {
			return nil, fmt.Errorf("two changes have the id %q", changes[i].ID)
		}
		byID[changes[i].ID] = &changes[i]
		ids = append(ids, changes[i].ID)
	}
	slices.Sort(ids)
	out := make([]Change, 0, len(changes))
	state := map[string]int{}
	var visit func(id string) error
	visit = func(id string) error {
		c := byID[id]
		if c == nil || state[id] == 2 {
			return nil
		}
		if state[id] == 1 {
			return fmt.Errorf("change %q depends on itself", id)
		}
		state[id] = 1
		needs := slices.Sorted(slices.Values(c.DependsOn))
		for _, need := range needs {
			if err := visit(need); err != nil {
				return err
			}
		}
		state[id] = 2
		out = append(out, *c)
		return nil
	}
	for _, id := range ids {
		if err := visit(id); err != nil {
			return nil, err
		}
	}
	return out, nil
}
