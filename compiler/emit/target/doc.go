// Package target writes target.json, the names and places that an apply has to
// know and that no other artefact says. Its form is package settings.
//
// In: *ir.Pipeline. Out: one artefact. It imports ir, emit, cfn for the paths of
// the templates, and settings.
package target
