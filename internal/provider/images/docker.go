package images

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/imagespec"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Build is a dependency image to build.
type Build struct {
	Dockerfile []byte
	Files      map[string][]byte // beside the Dockerfile
	Target     string
	Platform   string
	Argument   string // of the build: says the image of the operating system
	Base       string
	Tag        string
}

// Builder builds a dependency image. done is called when the image is no longer
// read.
type Builder func(ctx context.Context, b Build, say deploy.Progress) (img v1.Image, done func(), err error)

// Docker builds with the program docker, or is nil where there is none. It is
// given nothing secret: the image comes out as a file and is pushed from here.
func Docker() Builder {
	program, err := exec.LookPath("docker")
	if err != nil {
		return nil
	}
	return func(ctx context.Context, b Build, say deploy.Progress) (v1.Image, func(), error) {
		folder, err := os.MkdirTemp("", "tapestry-image-")
		if err != nil {
			return nil, nil, err
		}
		done := func() { _ = os.RemoveAll(folder) }
		img, err := dockerBuild(ctx, program, folder, b, say)
		if err != nil {
			done()
			return nil, nil, fmt.Errorf("building the dependency image %s with Docker: %w", b.Tag, err)
		}
		return img, done, nil
	}
}

func dockerBuild(ctx context.Context, program, folder string, b Build, say deploy.Progress) (v1.Image, error) {
	home := filepath.Join(folder, "context")
	if err := lay(home, b); err != nil {
		return nil, err
	}
	base := b.Base
	if !strings.Contains(base, "@sha256:") {
		// What is built is what was looked up here, whatever becomes of the tag.
		digest, err := exec.CommandContext(ctx, program, "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", base).Output()
		if err != nil {
			return nil, fmt.Errorf("looking up %s: %w", base, withWords(err))
		}
		base += "@" + strings.TrimSpace(string(digest))
	}
	archive := filepath.Join(folder, "image.tar")
	cmd := exec.CommandContext(ctx, program, "buildx", "build", home, "--target", b.Target, "--platform", b.Platform, "--provenance=false",
		"--progress=plain", "--build-arg", b.Argument+"="+base, "--label", imagespec.LabelBase+"="+base, "--label", imagespec.LabelDependencies+"="+b.Tag,
		"--output", "type=docker,dest="+archive)
	if err := run(cmd, say); err != nil {
		return nil, err
	}
	return tarball.ImageFromPath(archive, nil)
}

// lay writes what Docker may see.
func lay(home string, b Build) error {
	files := map[string][]byte{"Dockerfile": b.Dockerfile}
	for path, content := range b.Files {
		files[path] = content
	}
	for path, content := range files {
		file := filepath.Join(home, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// lastLines is how much of what Docker printed an error shows.
const lastLines = 8

// run runs Docker and tells of its steps.
func run(cmd *exec.Cmd, say deploy.Progress) error {
	printed, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	var last []string
	lines := bufio.NewScanner(printed)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		last = append(last, line)
		last = last[max(0, len(last)-lastLines):]
		if strings.Contains(line, "["+imagespec.Target+" ") {
			say(line)
		}
	}
	_, _ = io.Copy(io.Discard, printed) // what follows a line that is too long
	if err := errors.Join(lines.Err(), cmd.Wait()); err != nil {
		return fmt.Errorf("%w:\n%s", err, strings.Join(last, "\n"))
	}
	return nil
}

// withWords adds what a program said to the error of its end.
func withWords(err error) error {
	var ended *exec.ExitError
	if errors.As(err, &ended) && len(ended.Stderr) > 0 {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(ended.Stderr)))
	}
	return err
}
