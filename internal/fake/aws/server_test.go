package fakeaws

import (
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

func TestNothingIsLeftBehind(t *testing.T) {
	python := filepath.Join(judge.Dir(t, "fakes"), "bin", "python")
	begun := time.Now()
	s, err := New(t.Context(), Options{Python: python})
	require.NoError(t, err)
	t.Log(time.Since(begun)) // 0.5 s where nothing else runs
	dir := s.process.dir
	require.DirExists(t, dir)
	require.NoError(t, s.Close())
	assert.NoDirExists(t, dir)
	assert.NotNil(t, s.process.cmd.ProcessState, "it has ended")
	_, err = http.Get(s.process.url + "/_ministack/health")
	require.Error(t, err)
}

// The emulator ends with whoever started it, however that ends: nothing but its
// standard input tells it.
func TestEmulatorEndsWithItsParent(t *testing.T) {
	s := Start(t)
	require.NoError(t, s.process.hold.Close())
	select {
	case <-s.process.done:
	case <-time.After(patient):
		t.Fatal("it still runs")
	}
	resp, err := http.Get(s.URL)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusBadGateway, resp.StatusCode)
	assert.Contains(t, string(body), "has ended")
}

func TestWrongPython(t *testing.T) {
	_, err := New(t.Context(), Options{Python: "/nonexistent/python"})
	require.ErrorContains(t, err, "/nonexistent/python")
	plain, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no Python besides the tool set's")
	}
	var log strings.Builder
	_, err = New(t.Context(), Options{Python: plain, Log: &log})
	require.ErrorContains(t, err, "ministack")
}

func TestReset(t *testing.T) {
	s := fresh(t)
	deploy(t, s, "x", small, types.ChangeSetTypeCreate)
	require.NoError(t, s.Drift("x", "Rule", "/Domain", "standard"))
	require.NoError(t, s.SetRegistry("http://127.0.0.1:5000"))
	s.Fault(fault.Rule{Do: fault.Refuse, Times: -1})
	require.NoError(t, s.Reset())
	assert.Empty(t, s.Requests())
	out, err := cloudformation.NewFromConfig(s.Config()).DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{})
	require.NoError(t, err)
	assert.Empty(t, out.Stacks)
	deploy(t, s, "x", small, types.ChangeSetTypeCreate)
	assert.Empty(t, drifted(t, s, "x"))
}

func TestOneRegionDoesNotSeeAnother(t *testing.T) {
	s := fresh(t)
	deploy(t, s, "x", small, types.ChangeSetTypeCreate)
	other := s.Config()
	other.Region = "eu-central-1"
	out, err := cloudformation.NewFromConfig(other).DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{})
	require.NoError(t, err)
	assert.Empty(t, out.Stacks)
}

// The SDK tries again by itself what was throttled, in each protocol.
func TestThrottled(t *testing.T) {
	s := fresh(t)
	s.Fault(fault.Rule{Operation: "DescribeStacks", Do: fault.Refuse})
	s.Fault(fault.Rule{Operation: "DescribeParameters", Do: fault.Refuse})
	s.Fault(fault.Rule{Operation: "ListBuckets", Do: fault.Refuse})
	_, err := cloudformation.NewFromConfig(s.Config()).DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{})
	require.NoError(t, err)
	_, err = ssm.NewFromConfig(s.Config()).DescribeParameters(t.Context(), &ssm.DescribeParametersInput{})
	require.NoError(t, err)
	_, err = s3Client(s).ListBuckets(t.Context(), &s3.ListBucketsInput{})
	require.NoError(t, err)
	for _, operation := range []string{"DescribeStacks", "DescribeParameters", "ListBuckets"} {
		calls := s.Requests(operation)
		require.Len(t, calls, 2, operation)
		assert.Equal(t, "refused", calls[0].Fault)
		assert.Equal(t, http.StatusOK, calls[1].Status)
	}
}

// A reply that is lost: the parameter is there, and the SDK's second try hears so.
func TestDroppedReply(t *testing.T) {
	s := fresh(t)
	deploy(t, s, "x", withKey, types.ChangeSetTypeCreate)
	s.Fault(fault.Rule{Service: "ssm", Operation: "PutParameter", Do: fault.Drop})
	client := ssm.NewFromConfig(s.Config())
	_, err := client.PutParameter(t.Context(), secretInput("/x/a", "canary-7"))
	refused(t, err, "ParameterAlreadyExists", "")
	calls := s.Requests("PutParameter")
	require.Len(t, calls, 2)
	assert.Equal(t, "dropped", calls[0].Fault)
	assert.Equal(t, http.StatusOK, calls[0].Status, "it was done")
	assert.Len(t, s.Containing("canary-7"), 2)

	s.Fault(fault.Rule{Operation: "PutParameter", Do: fault.Drop, Times: -1})
	_, err = client.PutParameter(t.Context(), secretInput("/x/b", "v"))
	require.Error(t, err, "every reply is lost")
	got, err := client.GetParameter(t.Context(), &ssm.GetParameterInput{Name: aws.String("/x/b")})
	require.NoError(t, err)
	assert.Equal(t, int64(1), got.Parameter.Version)
}
