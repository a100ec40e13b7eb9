// Package fakeregistry is a stand-in for the image registry of AWS (ECR): a real
// registry, that of go-containerregistry, in this process, behind what ECR does
// differently.
//
// In: nothing. Out: a Server with a URL, the calls that were made with the bytes
// that each sent, and faults to be had (package fault).
//
// What it models:
//
//   - sign-in by Basic with the user AWS and the password that the token holds;
//     without it 401, whatever is asked
//   - repositories exist because somebody made them, not because somebody pushes:
//     NAME_UNKNOWN otherwise. Create makes one; Exists follows another service
//   - tags never move: a manifest that is pushed to a tag which is there is
//     refused, also where it is the same one, as ECR does
//   - a manifest is refused where a layer or the configuration that it names was
//     not pushed to that repository; a blob in another repository does not count
//   - ECR's own calls GetAuthorizationToken and DescribeImages, at the root, as
//     JSON with X-Amz-Target, so that an aws.Config with this URL works by itself
//     and a stand-in for AWS can hand these calls on (ECR)
//
// What it does not model: redirects of blobs to S3, parts of a certain size,
// limits of rate and size, scans, lifecycle, mounts from other repositories,
// deletion. No test may rest on these.
//
// It imports package fault and no other package of this module.
package fakeregistry
