// Package source turns the bytes of a YAML file into a tree in which every
// key and every scalar keeps its position, and nothing else: it knows no word
// of the tapestry language.
//
// In: bytes and a file name. Out: *Node and a list of Problem values (never a
// panic, never an unbounded amount of memory or time).
//
// It is the only package that imports the YAML library. It imports no other
// package of this module.
package source
