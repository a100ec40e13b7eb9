// Package resolve ties the words of a file together: which catalogue entry a
// connector means, which columns a stream has after the catalogue's defaults,
// which stream or model an input reads, which types and which personal data a
// model's columns have.
//
// It never complains: what cannot be tied stays nil, and the rules of package
// check say so. Both check and lower read a Program, so that what is checked is
// what is compiled. It imports spec, catalog and ir.
package resolve
