// Package graph draws an ir.Pipeline: streams, models and syncs with the edges
// between them, and the way of each column, as text, Mermaid, DOT and JSON. All
// four are views of one Graph. It imports ir only.
package graph
