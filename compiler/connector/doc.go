// Package connector reads what an Airbyte connector says of its own
// configuration: a JSON Schema with a few words of Airbyte's, such as
// airbyte_secret and order.
//
// In: the specification, as JSON. Out: the fields as the catalogue has them, so
// that places, secrets and misspelt names are found as for every other source;
// and the whole schema, for what fields cannot say (anyOf, a number of items,
// fields that need each other). $ref is followed within the specification,
// allOf is folded together, oneOf becomes forms where constants tell them apart,
// and is one object with all their fields where they do not.
//
// What it does not hold a configuration to: regular expressions that look ahead
// or behind, which Go cannot, and formats of text other than date, date-time,
// uri, email and uuid.
//
// It imports source and catalog.
package connector
