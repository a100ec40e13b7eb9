// Package fakezoom is a stand-in for the parts of Zoom that the connector reads
// when it looks for who registered for a webinar.
//
// In: nothing. Out: a Server with the state of one account, which tests edit; its
// Hosts, to be served through package vendor; the calls that were made; and
// faults to be had (package fault).
//
// What it models:
//
//   - sign-in by server-to-server OAuth: POST zoom.us/oauth/token with
//     grant_type=account_credentials and the client by Basic; tokens live for an
//     hour, or until ExpireTokens
//   - GET /v2/users, /v2/users/ID/webinars, /v2/users/ID/meetings,
//     /v2/webinars/ID, /v2/webinars/ID/registrants
//   - pages: page_size up to 300, 30 where it is not given, next_page_token in
//     the answer, which is empty on the last page and fits one list only
//   - registrants by status; approved ones where none is asked for
//   - Zoom's own errors with their numbers: 124 for a bad token, 300 for a bad
//     page, 3001 for a webinar that is not there
//   - 429 with Retry-After and Zoom's message (Throttle); other faults by Fault
//
// What it does not model: writing through the API, panelists, polls, reports and
// questions (404, as on an account without them), scopes, the limits that an
// account really has. No test may rest on these.
//
// It imports package fault and no other package of this module.
package fakezoom
