// Package scaffold has the files that `tapestry-ci init` writes for GitHub: the
// workflow that plans and applies, and the CloudFormation template for the roles
// that its jobs sign in as.
//
// In: Options, of which every value is checked, since it goes into YAML. Out:
// Files, and the Subjects that the jobs sign in as, which Snowflake has to know,
// too (bootstrap.GitHubSubject, bootstrap.GitHubPlanSubject).
//
// The files are ordinary ones below files/ with a few @@NAMES@@, so that linters
// and people read what users will get. The tests hold them, and this project's own
// workflows and action, against actionlint, zizmor, cfn-lint and checkov.
//
// # What the roles may do
//
// Plan: read stacks, images, services, names of parameters and the ledger; no
// secret. It can be asked for by anyone who can push a branch. Apply: the same, and
// act on what the pipeline's names begin with; it hands CloudFormation one role of
// its own (TAPESTRY_AWS_STACK_ROLE), which makes the resources of the stacks. The
// roles that stacks make have what the templates say, within that name.
//
// No policy was tried against a real account.
//
// It imports nothing of this module.
package scaffold
