// Package judge finds the independent tools and API descriptions that tests
// hold our output against: cfn-lint, sqlfluff, checkov, dbt, the real Grouparoo,
// a JSON Schema validator.
//
// In: the name of a tool set (a folder below tools/) and of a program in it, or
// the file name of an API description. Out: a path that exists. Where it is
// missing, the test is skipped with a message that says how to get it, so that
// `go test ./...` works with Go alone; `make test` turns the skips into failures.
//
// The sets are installed by `make tools` into a folder of the user's cache named
// after the digest of the set's lock file, so a changed lock file is a new set.
//
// Environment:
//
//   - TAPESTRY_CACHE: where the sets are, instead of the user's cache folder
//   - TAPESTRY_REQUIRE_JUDGES=1: a missing tool fails the test
//   - TAPESTRY_SPECS: the folder of the API descriptions
//   - TAPESTRY_REQUIRE_SPECS=1: a missing description fails the test
//
// It is for tests only and imports no other package of this module.
package judge
