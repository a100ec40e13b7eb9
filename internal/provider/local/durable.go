package local

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Files hold data of persons: nobody else on the machine may read them.
const (
	fileMode = 0o600
	dirMode  = 0o700
)

// written is what is known of a file after writing it.
type written struct {
	size int64
	sum  string
}

// fileWriter writes a file that is on disk for good when it is closed.
type fileWriter struct {
	*bufio.Writer
	file *os.File
	sum  hash.Hash
	size *counter
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) { c.n += int64(len(p)); return len(p), nil }

func createFile(path string) (*fileWriter, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode)
	if err != nil {
		return nil, err
	}
	sum, size := sha256.New(), &counter{}
	return &fileWriter{Writer: bufio.NewWriterSize(io.MultiWriter(f, sum, size), 1<<16), file: f, sum: sum, size: size}, nil
}

// finish flushes everything to the disk.
func (w *fileWriter) finish() (written, error) {
	err := errors.Join(w.Flush(), w.file.Sync(), w.file.Close())
	return written{w.size.n, sumOf(w.sum)}, err
}

// writeFile writes a small file for good.
func writeFile(path string, data []byte) error {
	w, err := createFile(path)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	_, ended := w.finish()
	return errors.Join(err, ended)
}

// replaceFile writes a small file in one step: there is the old one or the new
// one, never a half.
func replaceFile(path string, data []byte) error {
	if err := writeFile(path+".tmp", data); err != nil {
		return err
	}
	return rename(path+".tmp", path)
}

// rename moves a file for good.
func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

// makeDir makes a folder for good, with those above it.
func makeDir(dir string) error {
	if exists(dir) {
		return nil
	}
	if err := makeDir(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// remove deletes files for good; one that is not there is no fault.
func remove(paths ...string) error {
	for _, p := range paths {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if len(paths) == 0 {
		return nil
	}
	return syncDir(filepath.Dir(paths[0]))
}

// syncDir makes renames and removals in a folder last. Windows has no such
// thing, and does not need it.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// sumFile hashes a file. One that is not there has no sum.
func sumFile(path string) (string, error) {
	f, err := os.Open(path)
	if path == "" || errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return sumOf(sum), nil
}
