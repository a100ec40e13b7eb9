// Package yamltree is a small typed tree of YAML values and its writer. The
// emitters build trees instead of gluing text, so what they write is always
// well-formed, in the order in which it was built, and means the same to a
// reader of YAML 1.1 as to one of YAML 1.2: a text such as NO, 012345670123 or
// 2021-01-25 is quoted wherever either of them would take it for something
// other than text.
//
// In: a Document. Out: bytes, the same for the same tree, ending in one line
// end.
//
// It knows nothing of what the trees mean and imports nothing of this module.
package yamltree
