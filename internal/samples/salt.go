package samples

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// salt is the secret by which the local target makes ids of persons; the same
// one makes masks.
func salt(dir string) ([]byte, error) {
	home := filepath.Join(dir, ".tapestry")
	path := filepath.Join(home, "salt")
	data, err := os.ReadFile(path)
	if err == nil && len(data) >= 32 {
		return data, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		return nil, fmt.Errorf("%s is too short to be a salt; delete it, and take all samples anew", path)
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	// Nothing in that folder is to be committed.
	if ignore := filepath.Join(home, ".gitignore"); !exists(ignore) {
		if err := os.WriteFile(ignore, []byte("*\n"), 0o600); err != nil {
			return nil, err
		}
	}
	fresh := make([]byte, 32)
	_, _ = rand.Read(fresh) // never fails
	data = []byte(hex.EncodeToString(fresh) + "\n")
	return data, replace(path, data, 0o600)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// replace writes a file whole or not at all.
func replace(path string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tapestry-tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err := errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
