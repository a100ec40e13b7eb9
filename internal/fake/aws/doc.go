// Package fakeaws is a stand-in for one account of AWS: an emulator, ministack,
// corrected where it differs from the real service, behind a proxy of ours.
//
// In: the Python of the tool set "fakes". Out: a Server with a URL for
// AWS_ENDPOINT_URL, configurations that sign as the plan and as the apply role,
// the calls that were made with their bodies, and faults to be had (package
// fault). Start is for tests; New and Close for everybody else. S3 needs
// UsePathStyle. The first call of a test that shares a server is Reset.
//
// The emulator is a process of its own. It ends when its standard input ends, and
// so with us, however we end. The launcher (launcher/*.py, Python that is
// unpacked into a folder of its own) reaches into private parts of the emulator
// and so accepts one version of it alone.
//
// # What it models beyond the emulator
//
//   - CloudFormation types that our templates use and the emulator lacks: EIP,
//     NatGateway, Instance, SecurityGroupIngress and Egress, FlowLog, Volume,
//     VolumeAttachment, DLM, application autoscaling, SSM documents, budgets,
//     OIDC providers. Nothing runs behind them; references to networks, addresses
//     and volumes are looked up, and a network that does not exist is refused
//     (Network says which one was there before)
//   - what a stack permits in each of its states, also those that only
//     SetStackStatus reaches. ROLLBACK_COMPLETE and the failed states cannot be
//     updated (the real service lets CREATE_FAILED and UPDATE_FAILED be, where a
//     rollback was switched off); UPDATE_ROLLBACK_FAILED can be continued
//   - change sets that are not ready at the first look, that hold outputs alone,
//     that know which properties replace a resource, and that list for a change
//     of tags only what has tags
//   - IAM without capabilities, parameters that are missing, unknown or against
//     their pattern, templates over 51,200 bytes: refused
//   - full buckets, repositories with images, protected databases and balancers,
//     exports in use: not deleted
//   - why a create is rolled back; resources that an update adds are created in
//     the events
//   - drift that Drift asked for, besides what the emulator compares itself, and
//     change sets in the mode REVERT_DRIFT, which put it back
//   - imports that begin a new stack; a bucket's policy, which there is one of
//   - lifecycle rules and encryption of a bucket; sizes and tiers of SSM parameters, and that the
//     key of a SecureString exists; the public parameters of Amazon's images
//   - the plan role (PlanKey): it describes, lists and gets. Whatever writes, and
//     whatever decrypts, is AccessDenied
//   - times of ECS with milliseconds; a deployment takes over at once, and its tasks
//     fail only in an answer that a test gives itself (HandOn)
//   - calls that belong to another stand-in (HandOn), and ECR's sign-in for it
//     (SetRegistry)
//
// # What it does not model
//
// No test may rest on these.
//
//   - signatures are not checked, and no policy is evaluated: of the apply role's,
//     the service role's and the resources' own policies nothing is known here
//   - properties of resources are not validated: cfn-lint is the judge of them
//   - stacks are done in moments; no *_IN_PROGRESS lasts, unless it was set
//   - a state that was set is a word: nothing of the stack's resources failed, and
//     ContinueUpdateRollback succeeds at once
//   - ResolvedValue of SSM-typed parameters; quotas; rates; eventual consistency
//   - DeleteStack while a create or a rollback runs in earnest; rollback triggers;
//     stack sets; nested stacks
//   - containers, databases, queues and machines: none runs. ECS counts tasks, RDS
//     has an address that nobody answers at
//   - the exact words of an error, where they were not seen: compare codes
//
// It imports package fault, package judge and the AWS SDK, and no provider.
package fakeaws
