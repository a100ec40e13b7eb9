// Package planschema makes the JSON Schema of a deploy.Plan (draft 2020-12)
// from its Go type; the result is schema/plan.schema.json.
package planschema
