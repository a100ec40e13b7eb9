// Package source turns the bytes of a YAML file into a tree in which every
// key and every scalar keeps its position, and nothing else: it knows no word
// of the tapestry language.
//
// In: bytes and a file name. Out: *Node and a list of Problem values (never a
// panic, never an unbounded amount of memory or time).
//
// It is the only package that imports the YAML library, and it takes only the
// words from it: where a scalar, a key, a bracket is. The parser of the library
// stops at the first mistake, and copies a map once for each of its keys. So
// the tree, the places, the texts in quotes and blocks, and what is said about
// mistakes are made here. The layers, each in a file of its own:
//
//	text     bytes → text: encoding, line breaks, size
//	window   text → tokens of the library, a stretch at a time
//	stream   tokens → pieces with exact places; word says which
//	block, blockmap, flow, alias   pieces → tree; message says what is wrong
//
// It imports no other package of this module.
package source
