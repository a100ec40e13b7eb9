package judge

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// completeMarker is the file that tools/install.sh writes into a set's folder
// last. A folder without it is half installed and counts as missing.
const completeMarker = ".complete"

// lockFiles are the files that pin a set, in the order that they are looked for.
var lockFiles = []string{"requirements.txt", "package-lock.json"}

// moduleRoot walks up from dir to the folder that holds go.mod.
func moduleRoot(dir string) (string, error) {
	for d := dir; ; d = filepath.Dir(d) {
		if isFile(filepath.Join(d, "go.mod")) {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("no go.mod in %s or any folder above it: run the tests inside the module", dir)
		}
	}
}

// cacheDir is the folder that holds the installed sets. tools/install.sh works
// out the same one.
func cacheDir() (string, error) {
	if dir := os.Getenv(cacheVar); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder for installed tools: %w; set %s", err, cacheVar)
	}
	return filepath.Join(dir, "tapestry-ci"), nil
}

// setDir is the folder of an installed set. tools is the folder of the lock files.
func setDir(tools, cache, set string) (string, error) {
	digest, err := lockDigest(filepath.Join(tools, set))
	if err != nil {
		return "", fmt.Errorf("tool set %q: %w", set, err)
	}
	dir := filepath.Join(cache, set+"-"+digest)
	if !isFile(filepath.Join(dir, completeMarker)) {
		return "", fmt.Errorf("tool set %q is not installed (no complete %s): run `make tools`", set, dir)
	}
	return dir, nil
}

// lockDigest is the first 12 hex digits of the SHA-256 of the set's lock file.
func lockDigest(dir string) (string, error) {
	for _, name := range lockFiles {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		sum := sha256.Sum256(content)
		return hex.EncodeToString(sum[:])[:12], nil
	}
	return "", fmt.Errorf("no lock file in %s (looked for %v)", dir, lockFiles)
}

// program is the path of an executable in an installed set, Python's or Node's.
func program(dir, set, name string) (string, error) {
	if runtime.GOOS == "windows" {
		return "", errors.New("the tool sets are installed by a shell script and not looked for on Windows")
	}
	for _, bin := range []string{"bin", filepath.Join("node_modules", ".bin")} {
		if path := filepath.Join(dir, bin, name); isFile(path) {
			return path, nil
		}
	}
	return "", fmt.Errorf("tool set %q in %s has no program %q: add it to tools/%s and run `make tools`", set, dir, name, set)
}

func spec(folder, name string) (string, error) {
	if folder == "" {
		return "", fmt.Errorf("API description %s: %s is not set; set it to the folder that holds it", name, specsVar)
	}
	path := filepath.Join(folder, name)
	if !isFile(path) {
		return "", fmt.Errorf("API description %s is not in %s (from %s)", name, folder, specsVar)
	}
	return filepath.Abs(path)
}

// isFile follows links: a program whose link leads nowhere is not there.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
