// Package output writes a build folder. Each file is written beside its place
// and renamed, files that did not change are not touched, files that an earlier
// build made and this one does not are removed, and the manifest is written
// last: an interrupted run leaves whole files and is put right by the next.
//
// It never leaves the folder, also where a symbolic link in it points out, and
// never touches a file that no build made.
package output
