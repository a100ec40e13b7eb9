// Package output writes a build folder. Each file is written beside its place
// and renamed, files that did not change are not touched, files that an earlier
// build made and this one does not are removed.
//
// Before the first change the manifest is replaced by one without a digest that
// names the files of both builds, and the finished manifest is written last. So
// an interrupted run leaves whole files, can be told from a finished one, and
// is put right by the next.
//
// It never leaves the folder, also where a symbolic link in it points out, and
// never touches a file that no build made.
//
// In: a folder and artefacts. Out: files, and how many were written, left
// alone and removed. It imports emit and its manifest.
package output
