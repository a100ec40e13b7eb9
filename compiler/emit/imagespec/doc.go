// Package imagespec is the form of image.json: what an image is made of, said so
// that whoever builds it has to read no Dockerfile. An image is a dependency
// image, which is built rarely and on a machine with Docker, and one layer with
// the pipeline's files on top.
//
// In: an Image, or the bytes of a file, and the files that it names. Out: the
// other one, the tag by which the dependency image is known (a digest over all
// that it is made of), and the script that builds it. A test holds every
// image.json against the Dockerfile beside it.
//
// It imports nothing of the compiler but jsonfile and must not: the applying
// side may know no Pipeline.
package imagespec
