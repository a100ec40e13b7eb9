// Package secret holds values that must never be printed: a Value shows itself
// as "(secret)" through every way of printing and encoding that Go knows, and
// only Reveal gives the text.
//
// In: a text. Out: a Value, a salted Digest that tells whether two values are
// the same without telling either. It imports no other package of this module.
package secret
