package judge

import (
	"os"
	"path/filepath"
	"testing"
)

// The environment that the package reads. Each is explained in doc.go.
const (
	cacheVar         = "TAPESTRY_CACHE"
	requireJudgesVar = "TAPESTRY_REQUIRE_JUDGES"
	specsVar         = "TAPESTRY_SPECS"
	requireSpecsVar  = "TAPESTRY_REQUIRE_SPECS"
)

// Program gives the path of the executable name of a tool set. A test without
// the tool is skipped, or fails where TAPESTRY_REQUIRE_JUDGES=1.
func Program(t testing.TB, set, name string) string {
	t.Helper()
	path, err := program(Dir(t, set), set, name)
	if err != nil {
		missing(t, requireJudgesVar, err)
	}
	return path
}

// Dir gives the folder that a tool set is installed in: a Python virtual
// environment, or a folder with node_modules. A test without the set is skipped,
// or fails where TAPESTRY_REQUIRE_JUDGES=1.
func Dir(t testing.TB, set string) string {
	t.Helper()
	dir, err := installed(set)
	if err != nil {
		missing(t, requireJudgesVar, err)
	}
	return dir
}

// Spec gives the path of an API description, such as
// "airbyte-public-api-subset.yaml". A test without it is skipped, or fails where
// TAPESTRY_REQUIRE_SPECS=1.
func Spec(t testing.TB, name string) string {
	t.Helper()
	path, err := spec(os.Getenv(specsVar), name)
	if err != nil {
		missing(t, requireSpecsVar, err)
	}
	return path
}

// missing ends the test: as a failure where the variable require is 1, as
// skipped elsewhere.
func missing(t testing.TB, require string, err error) {
	t.Helper()
	if os.Getenv(require) == "1" {
		t.Fatalf("%v (%s=1 makes this a failure)", err, require)
	}
	t.Skipf("%v", err)
}

// Installed gives the folder of a tool set, for programs that are no tests.
func Installed(set string) (string, error) { return installed(set) }

func installed(set string) (string, error) {
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	root, err := moduleRoot(wd)
	if err != nil {
		return "", err
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	return setDir(filepath.Join(root, "tools"), cache, set)
}
