// Package fakemailchimp stands in for Mailchimp's Marketing API 3.0, as far as
// Grouparoo's plugin calls it, with the state of audiences behind it.
//
// In: an API key. Out: a Server with its Hosts, to be served through package
// vendor; the members of each audience; the calls that were made, and faults to be
// had (package fault).
//
// # What it models
//
//   - Basic sign-in by API key; the host is the data centre in the key.
//   - GET /lists, /lists/ID/merge-fields, /lists/ID/members/HASH; POST
//     /lists/ID/members; PUT and DELETE /lists/ID/members/HASH; POST
//     /lists/ID/members/HASH/tags. HASH is the MD5 of the address in small letters.
//   - DELETE archives: the member and its tags stay, its status is archived, and
//     the address may be added again. Archiving twice is 405.
//   - POST of an address that is there and not archived: 400 Member Exists. PUT of
//     a new one: 400 without status_if_new.
//   - A person who unsubscribed is not subscribed again by anyone else: 400 Member
//     In Compliance State, also after having been archived. Other fields of such a
//     member can be changed.
//   - Merge fields are those of the audience; others in a request are passed over.
//     An empty text clears a field. Tags are kept in small letters.
//   - 429 for more than ten calls at the same time; Mailchimp's form of errors.
//
// # What it does not
//
// Pending members, bounces, permanent deletion, batches, segments, interests, how
// many contacts an account may have, and which addresses Mailchimp takes for fake.
// What it says of an archived person who had unsubscribed is read in reports of
// users; nothing here may be held for the real service.
//
// It imports packages fault and vendor and no other package of this module.
package fakemailchimp
