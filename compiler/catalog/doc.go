// Package catalog is what the compiler knows of connectors, as data: one YAML
// file a connector in sources/ and destinations/, one folder a template in
// templates/, and facts of clouds in clouds/. No connector is named in Go.
//
// In: an fs.FS with those folders (Embedded, or one of a test or a company that
// adds its own). Out: Source and Destination values, read when they are asked
// for. It imports source, diag and decode.
package catalog
