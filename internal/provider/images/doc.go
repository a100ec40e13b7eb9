// Package images is the provider that puts the two images of a pipeline,
// grouparoo and dbt, into their repositories. It needs no Docker.
//
// In: the artefacts grouparoo/image.json and dbt/image.json with the files that
// they name, and the repositories that the foundation stack made. Out: images in
// ECR, and for each an output image.NAME = repository@sha256:….
//
// # How an image is made
//
// An image is a dependency image (an operating system with installed packages,
// the same for every pipeline, tag deps-HASH) and one layer with the pipeline's
// files. The layer is the same byte for byte for the same files: names in order,
// one time, owner and mode for all. Its tag, config-HASH, is a digest over the
// files and image.json, and nothing that is live; so whether an image has to be
// pushed is known by asking for its tag, and another version of this program
// pushes nothing over an unchanged pipeline. Tags never move.
//
// Which files changed since the image that runs (running.image.NAME), or else since
// the last push, is read from that image's own layer:
// a list of them as a label would outgrow the 4096 bytes that containerd takes.
//
// # Where the dependency image comes from
//
// It is built on a machine with Docker, by dependencies.sh, by a Builder, or
// copied from another registry that TAPESTRY_GROUPAROO_BASE or TAPESTRY_DBT_BASE
// names. It is never built anew while its tag is there. Whoever wants another
// operating system below the same packages deletes the deps- and config- images
// in ECR and pushes the new one.
//
// # What else to know
//
// ECS looks at the health checks of its task definition and not at the image's;
// the image has one for compose and Docker. The repositories are emptied when
// their stack is deleted, so taking a pipeline down needs no step here.
//
// It sees artefacts and the form of image.json, and must not import spec or ir.
package images
