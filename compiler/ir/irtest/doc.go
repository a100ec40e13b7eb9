// Package irtest gives tests of the emitters a Pipeline to start from: the
// Rain Shield example as package lower would make it. Each call makes a new
// value that the test may change.
package irtest
