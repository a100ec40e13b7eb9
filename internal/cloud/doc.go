// Package cloud signs in to AWS for every provider: the chain of the SDK, or,
// in a GitHub job that may ask for an identity token, the role that is named in
// the environment, taken with a fresh token whenever the last one ends, so that
// an apply of hours does not lose its rights in the middle.
//
// Account tells no network from no credentials.
//
// Patience outlasts an outage that is longer than the SDK's own retries, for those
// who wait for something that goes on meanwhile.
//
// In: a region and a way to read the environment. Out: an aws.Config. It imports
// the AWS SDK and package secret.
package cloud
