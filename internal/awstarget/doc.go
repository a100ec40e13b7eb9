// Package awstarget puts the providers of the target "aws" together: which
// there are, what they are given, and in which order things are read before a
// plan and published after an apply.
//
// In: the artefacts of a build and a way to read the environment. Out: a Target
// with providers for deploy.Build and deploy.Execute, a ledger and a lock that
// several machines share. It imports the providers and must not be imported by
// them, nor import the compiler's inner packages.
//
// # Who signs in as whom
//
// AWS by the chain of the SDK, or the role in TAPESTRY_AWS_ROLE by GitHub's
// identity token. Snowflake as the environment says; where that is GitHub's
// identity token, a plan that is not live signs in as the user that only looks.
// Airbyte by the API client whose parameter its machine wrote, through a tunnel
// of Systems Manager; TAPESTRY_AIRBYTE_URL names another way.
package awstarget
