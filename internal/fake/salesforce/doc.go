// Package fakesalesforce is a stand-in for the parts of a Salesforce org that
// its connector reads.
//
// In: nothing. Out: a Server with the records of one org, which tests edit; its
// Hosts, to be served through package vendor; the calls that were made; and
// faults to be had (package fault).
//
// What it models:
//
//   - sign-in by refresh token at login.salesforce.com, with Salesforce's own
//     errors; the answer names the org's host. Sessions live for two hours, or
//     until ExpireTokens: then 401 INVALID_SESSION_ID
//   - GET /services/data/vN/sobjects and …/sobjects/NAME/describe, with types of
//     fields, also compound ones, and fields that a user may not see (Hide)
//   - Bulk API 2.0 query jobs: create, look, results as CSV in pages by
//     Sforce-Locator, abort, delete. Objects with compound fields in the query
//     are refused, as Salesforce does. How often a job is not yet done is Polls
//   - REST query and queryAll with nextRecordsUrl
//   - SOQL: SELECT fields FROM object [WHERE field op literal AND …] [ORDER BY
//     field [ASC|DESC]] [LIMIT n]; a field that is not there is INVALID_FIELD
//   - query leaves deleted records out, queryAll has them with IsDeleted
//   - SystemModstamp, CreatedDate, LastModifiedDate, and an empty text is NULL,
//     as Salesforce stores it
//   - 403 REQUEST_LIMIT_EXCEEDED and whatever else by Fault and Refuse
//
// What it does not model: writing through the API, relationships, aggregate
// queries, OR and parentheses, rights on records, sandboxes' data, refresh token
// rotation, limits as they really are. No test may rest on these.
//
// It imports package fault and no other package of this module.
package fakesalesforce
