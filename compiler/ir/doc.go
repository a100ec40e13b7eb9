// Package ir is the whole pipeline after every default is filled in, every
// name is decided and every reference is resolved. It is what the emitters
// read; they decide no name and no default of their own.
//
// A Pipeline is built by package lower and never changed afterwards. Every
// list in it is sorted by id unless its comment says otherwise, so that the
// same pipeline gives the same bytes. It imports source for positions only.
package ir
