// Command tapestry-ci compiles a tapestry.yaml into a whole data pipeline.
//
// main and one file a verb: each verb reads its flags, calls the library that
// does the work and shows the result. Nothing is decided here. In: the command
// line, the environment, a .env beside the pipeline file. Out: standard output
// for what was asked for, standard error for everything else, an exit code.
//
// It may import every package of this module; none imports it.
package main
