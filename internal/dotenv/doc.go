// Package dotenv reads a .env file: NAME=value on each line.
//
// In: the bytes of the file. Out: the variables, or the first mistake with its
// line. Values are taken as they were typed: a $ is a dollar sign and never
// another variable, and a # begins a comment only after a space, so that a
// value such as pa$$wo#rd arrives whole. A name that stands twice is an error,
// as everywhere in this project.
//
// It is ours because the libraries that read the format either put other
// variables into values or cut them at every #. It imports nothing of this
// module.
package dotenv
