// Package cloudformation is the provider of a pipeline's three stacks:
// foundation, ingestion and sync.
//
// In: target.json and the templates that it names, the outputs of other
// providers, the environment (TAPESTRY_AMI_ID, TAPESTRY_ABCTL_SHA256, and
// TAPESTRY_AWS_STACK_ROLE, the role that CloudFormation makes resources with) and
// AWS. Out: stacks, their outputs as output.STACK.NAME, and the images that their
// tasks have as running.image.NAME. It sees artefacts alone
// and must not import the compiler's spec or ir.
//
// # Plan
//
// A plan reads and writes nothing, so it has no change set: package stackdiff
// compares the live template, parameters and tags with those that are wanted.
// For three unchanged stacks that takes six calls, fewer where Outputs was called
// right before. With Input.Live it also asks CloudFormation for drift: what someone
// changed is put back by a change of its own, with a field for every property. It
// is Aside, since a plan that does not look cannot show it. Newer minor versions of
// databases are AWS's own doing and no drift.
//
// A parameter that target.json names gets its value from where that says; every
// other one has the template's default, and is put back where someone changed it.
// Values that are found out late (an image's digest, the newest machine image) are
// no part of Change.Content.
//
// The sync stack comes last: after dbt's build, which waits for the first syncs that
// it reads. An apply that does not wait for those begins them, leaves the build to
// the stack's schedule, and makes the stack then: no worker and no schedule is there
// before the first sync was begun, and the sync views, which are made empty, are
// what workers find until dbt ran.
//
// # Apply
//
// Apply works in rounds: look, do the next step, look again. So it goes on
// wherever an earlier one was stopped, waits for whoever is at a stack, and finds
// a change set again whose reply was lost, since its name follows from what is in
// it. Where a change set would remove, replace or put back something that the plan
// does not show, it is deleted and nothing is done. Drift is put back by a change
// set of the mode REVERT_DRIFT, which the service has since November 2025.
//
// What a stack is and what its events say are two answers, of which either may be
// from a moment ago. It is done where both agree, and where it spoke of itself
// after the change was begun. While it waits, an outage of AWS is told and
// outlasted for ten minutes.
//
// A first creation that fails leaves nothing (RetainExceptOnCreate). A stack that
// can only be deleted is made anew, unless a bucket of it is not empty or a
// database or volume is there: then the plan is blocked. A rollback that got stuck
// is continued, and never ended by deleting the stack.
//
// Buckets outlive their stack, and the time in which a stack has none, under names
// that a new one would have. So they are taken up: an import brings them and their
// policies into the stack, which it begins or is there already, and an update does
// the rest. CloudFormation's own way (ImportExistingResources)
// takes up names that stand in the template as they are, and these have the
// account and the region in them.
//
// # What is protected
//
// A database or load balancer that leaves the stack, or is made anew, is protected
// against deletion, and CloudFormation would leave it behind with its update done.
// So the protection is switched off first, by a change set of the parameter alone,
// and comes back with the next one for whatever stays. A database that goes is a
// Destructive change, though a last snapshot of it stays.
//
// # Destroy
//
// Schedules and workers end first, then the stacks go in the order in which
// nothing stands on what is gone. Protection against deletion is taken off right
// before, through a parameter. What holds data stays and is listed; Input.Purge
// deletes nothing here.
//
// # Rights
//
// A plan needs, of cloudformation, DescribeStacks, GetTemplate,
// DescribeStackEvents and ListStackResources, and an apply DescribeEvents, for why
// something was refused before it was made; s3:ListBucket on the pipeline's
// buckets; and to look for drift DetectStackDrift,
// DescribeStackDriftDetectionStatus, DescribeStackResourceDrifts and whatever reads
// the resources themselves. Status needs ecs:DescribeServices.
//
// # What it does not do
//
// A new stack takes up neither the address, the key nor the volume that an earlier
// one left: they have no names, and the plan cannot find them. It makes new ones;
// a new address has to be let in by Snowflake. An update that failed with its
// rollback switched off (UPDATE_FAILED), which nothing here does, blocks the plan.
// Conditional replacements are shown as such and are not stopped.
package cloudformation
