// Package emit holds the one type that all emitters give: Artifact. The
// emitters themselves are the packages below this folder, each a pure function
// from *ir.Pipeline to []Artifact.
package emit
