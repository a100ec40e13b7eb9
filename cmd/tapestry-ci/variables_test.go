package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whoever opens a pull request writes .env and tapestry.yaml: neither may read a
// secret of the job, nor lead it elsewhere.
func TestVariables(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".env"), []byte("LIST=file\nTOKEN=file\nOWN=file\nSNOWFLAKE_HOST=evil\nTAPESTRY_AIRBYTE_URL=evil\nAWS_ENDPOINT_URL=evil\nTAPESTRY_AMI_ID=ami-1\n"), 0o644))
	s := stdio{out: io.Discard, err: io.Discard, environ: func() []string { return []string{"TOKEN=secret", "LIST=process", "SNOWFLAKE_PORT=1"} }}
	for _, job := range []bool{true, false} {
		s.job = job
		v, err := readVariables(dir, s)
		require.NoError(t, err)
		for name, want := range map[string]string{"LIST": "process", "TOKEN": "secret", "OWN": "file", "SNOWFLAKE_HOST": "", "TAPESTRY_AIRBYTE_URL": "", "AWS_ENDPOINT_URL": "",
			"TAPESTRY_AMI_ID": "ami-1", "SNOWFLAKE_PORT": "1"} {
			got, ok := v.lookup(name)
			assert.Equal(t, want, got, name)
			assert.Equal(t, want != "", ok, name)
		}
		seen := v.forFile()
		if job {
			assert.Equal(t, "file", seen["TOKEN"])
			assert.NotContains(t, seen, "SNOWFLAKE_PORT")
		} else {
			assert.Equal(t, "secret", seen["TOKEN"], "on a person's own machine")
		}
	}
}
