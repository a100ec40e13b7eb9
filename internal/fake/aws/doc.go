// Package fakeaws is a stand-in for one account of AWS: an emulator, ministack,
// behind a proxy of ours that refuses what the real service refuses.
//
// In: the Python of the tool set "fakes". Out: a Server with a URL for
// AWS_ENDPOINT_URL, configurations that sign as the plan and the apply role, the
// calls that were made, and faults to be had.
package fakeaws
