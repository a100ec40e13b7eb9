// Command run starts a sandbox for a pipeline and waits until it is interrupted.
// `make sandbox` calls it.
package main
