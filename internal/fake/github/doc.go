// Package fakegithub is a stand-in for api.github.com: an HTTP server in this
// process with the state of one repository.
//
// In: Options. Out: a Server with a URL, tokens, functions that set the stage
// (branches, pull requests, people) and functions that say what was left behind
// (comments, check runs, deployments, issues). Every request and every answer is
// held against GitHub's published description: a request that does not fit is
// answered 422, an answer that does not fit 500, and either fails the test.
//
// # What it models
//
//   - comments of pull requests and issues: 30 a page with Link headers, create,
//     read, patch, delete; a body over 65,536 characters is refused (422)
//   - pull requests, those of a commit, their files
//   - check runs, with at most 50 annotations a call, which add up
//   - deployments and their statuses
//   - issues: list by label, state and creator; create, patch
//   - a person's permission, a branch's tip, a commit's parents
//   - tokens with permissions as a workflow gives them: what a token may not do is
//     answered 403 "Resource not accessible by integration"; authors are the
//     token's own login
//   - GitHub Enterprise: everything below /api/v3
//
// Refuse answers as GitHub does when it is busy (429, 403 with a secondary limit,
// 5xx before or after doing it); lost replies come from internal/fake/fault.
//
// # What was added to the description
//
// GitHub's description is there as a subset without issues, a person's permission,
// a branch's tip, a commit and the check runs of a commit. beyond.json describes
// those six paths in our own words, from the public documentation.
//
// # What it does not model
//
// Rate limits by themselves, conditional requests, reactions, reviews, labels as
// objects, webhooks, more than one repository.
//
// It imports internal/fake/fault and internal/judge, and nothing under test.
package fakegithub
