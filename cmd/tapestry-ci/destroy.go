package main

import "context"

type destroyVerb struct {
	target
	Path  string   `arg:"" optional:"" default:"." help:"Folder with a tapestry.yaml, or the file itself."`
	Purge []string `help:"Object with data that is deleted too, by its id or its name in destroy --plan. Repeat for more." placeholder:"ID"`
	Allow []string `help:"Destructive change that may be made, by its id or its name. Repeat for more." placeholder:"ID"`
	Plan  bool     `help:"Show what would happen, and change nothing."`
}

// Help is shown below the flags.
func (destroyVerb) Help() string {
	return `Takes the pipeline down and keeps the data: the warehouse and what is at the
destinations. --purge names what is deleted with it.

Examples:
  tapestry-ci destroy --plan
  tapestry-ci destroy
  tapestry-ci destroy --purge mailchimp.newsletter`
}

func purges(ids []string) []string {
	var out []string
	for _, id := range ids {
		out = append(out, "--purge", id)
	}
	return out
}

// Run takes the pipeline down.
func (v destroyVerb) Run(ctx context.Context, s stdio) error {
	d, err := v.open(ctx, v.Path, s, want{live: true})
	if err != nil {
		return err
	}
	defer d.close()
	d.input.Destroy, d.input.Purge = true, v.Purge
	if v.Plan {
		plan, err := d.plan(ctx)
		if err != nil {
			return err
		}
		if err := v.writePlan(s, plan, v.command("destroy", v.Path, purges(v.Purge)...)); err != nil {
			return err
		}
		return mayGoAhead(plan)
	}
	return d.apply(ctx, s, v.target, "", append(v.Allow, v.Purge...), 4)
}
