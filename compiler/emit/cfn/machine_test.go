package cfn

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

// machineUnderTest runs the machine's script in a folder of its own, with
// programs that answer as AWS and Docker do and write down what they are asked
// (testdata/machine).
type machineUnderTest struct {
	t    *testing.T
	root string // the machine's disks: lost with the machine
	aws  string // what AWS keeps: CONFIG, CREDENTIALS, calls; and the archive of abctl
}

func newMachine(t *testing.T, p *ir.Pipeline) machineUnderTest {
	for _, program := range []string{"bash", "jq", "flock", "sha256sum", "tar"} {
		if _, err := exec.LookPath(program); err != nil || runtime.GOOS != "linux" {
			t.Skipf("the script needs Linux with %s", program)
		}
	}
	m := machineUnderTest{t, t.TempDir(), t.TempDir()}
	m.boot()
	m.release("abctl")
	m.configure(p, "2.2.0")
	return m
}

// release puts an archive of abctl where the machine finds it, for both
// architectures.
func (m machineUnderTest) release(content string) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, arch := range []string{"amd64", "arm64"} {
		require.NoError(m.t, w.WriteHeader(&tar.Header{Name: "abctl-v0.30.4-linux-" + arch + "/abctl", Mode: 0o755, Size: int64(len(content))}))
		_, err := w.Write([]byte(content))
		require.NoError(m.t, err)
	}
	require.NoError(m.t, w.Close())
	require.NoError(m.t, z.Close())
	require.NoError(m.t, os.WriteFile(filepath.Join(m.aws, "abctl.tar.gz"), b.Bytes(), 0o600))
}

// digest is the SHA-256 of the archive that is there.
func (m machineUnderTest) digest() string {
	content, err := os.ReadFile(filepath.Join(m.aws, "abctl.tar.gz"))
	require.NoError(m.t, err)
	return fmt.Sprintf("%x", sha256.Sum256(content))
}

// boot gives the machine empty disks.
func (m *machineUnderTest) boot() {
	m.root = m.t.TempDir()
	for _, dir := range []string{"usr/local/bin", "opt/aws/amazon-cloudwatch-agent/bin", "proc", "dev/disk/by-id"} {
		require.NoError(m.t, os.MkdirAll(filepath.Join(m.root, dir), 0o755))
	}
	agent := "#!/bin/bash\necho agent \"$@\" >>\"$TAPESTRY_AWS/calls\"\n"
	require.NoError(m.t, os.WriteFile(filepath.Join(m.root, "opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl"), []byte(agent), 0o755))
	require.NoError(m.t, os.WriteFile(filepath.Join(m.root, "proc/uptime"), []byte("108000.5 1.0\n"), 0o644))
}

// configure writes the CONFIG parameter as CloudFormation would fill it in.
func (m machineUnderTest) configure(p *ir.Pipeline, chart string) {
	m.configureWith(p, chart, m.digest())
}

func (m machineUnderTest) configureWith(p *ir.Pipeline, chart, digest string) {
	value := resource(m.t, p, IngestionPath, "MachineConfig").properties.Get("Value").(yamltree.Tagged).Value.(list)[0].(yamltree.Block)
	filled := strings.NewReplacer(
		"${AWS::Region}", "us-east-1", "${Key}", "arn:key", "${AbctlVersion}", "v0.30.4", "${AbctlSha256}", digest, "${AirbyteChartVersion}", chart,
		"${StateBucket}", "state-bucket", "${DataVolume}", "vol-0abc", "${LoadBalancer.DNSName}", "lb.example",
		"${Database}", "db-1", "${Database.Endpoint.Address}", "db.example", "${Database.Endpoint.Port}", "5432", "${DatabaseSecret}", "arn:secret",
	).Replace(string(value))
	require.NotContains(m.t, filled, "${")
	require.NoError(m.t, os.WriteFile(filepath.Join(m.aws, "CONFIG"), []byte(filled), 0o600))
}

func (m machineUnderTest) run(verb string) string {
	m.t.Helper()
	out, err := m.try(verb)
	require.NoError(m.t, err, out)
	return out
}

func (m machineUnderTest) try(verb string) (string, error) {
	bin, err := filepath.Abs(filepath.Join("testdata", "machine"))
	require.NoError(m.t, err)
	cmd := exec.Command("bash", "-c", machineScript, "tapestry-airbyte", verb)
	cmd.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "TAPESTRY_ROOT=" + m.root, "TAPESTRY_AWS=" + m.aws}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// calls gives the lines that were written down since the last call, and forgets
// them.
func (m machineUnderTest) calls(prefix string) []string {
	file := filepath.Join(m.aws, "calls")
	content, _ := os.ReadFile(file)
	require.NoError(m.t, os.RemoveAll(file))
	all := []string{}
	for line := range strings.SplitSeq(string(content), "\n") {
		if strings.HasPrefix(line, prefix) {
			all = append(all, strings.ReplaceAll(line, m.root, ""))
		}
	}
	return all
}

func (m machineUnderTest) json(path string) map[string]any {
	content, err := os.ReadFile(path)
	require.NoError(m.t, err)
	var v map[string]any
	require.NoError(m.t, json.Unmarshal(content, &v))
	return v
}

func TestMachineInstallsOnceAndPublishesItsCredentials(t *testing.T) {
	m := newMachine(t, irtest.RainShield())
	m.run("up")
	assert.Equal(t, []string{"abctl local install --chart-version 2.2.0 --values /run/tapestry/values.json --no-browser --low-resource-mode --insecure-cookies"}, m.calls("abctl"))
	assert.Equal(t, map[string]any{
		"postgresql": map[string]any{"enabled": false},
		"global": map[string]any{
			"auth": map[string]any{"enabled": true},
			"database": map[string]any{"type": "external", "host": "db.example", "port": 5432.0, "name": "airbyte", "database": "airbyte",
				"user": "airbyte", "password": "pw-1"},
			"storage": map[string]any{"type": "s3", "s3": map[string]any{"region": "us-east-1", "authenticationType": "instanceProfile"},
				"bucket": map[string]any{"log": "state-bucket", "state": "state-bucket", "workloadOutput": "state-bucket", "activityPayload": "state-bucket", "auditLogging": "state-bucket"}},
		},
	}, m.json(filepath.Join(m.root, "run/tapestry/values.json")))
	assert.Equal(t, map[string]any{"clientId": "id-1", "clientSecret": "secret-1", "password": "pw-2", "chart": "2.2.0"}, m.json(filepath.Join(m.aws, "CREDENTIALS")))

	out := m.run("up")
	assert.Equal(t, []string{}, m.calls("abctl"), "nothing changed, nothing is installed")
	assert.Empty(t, out)
}

func TestMachineNeverShowsAPassword(t *testing.T) {
	m := newMachine(t, irtest.RainShield())
	out := m.run("up") + m.run("check") + strings.Join(m.calls(""), "\n")
	for _, secret := range []string{"pw-1", "pw-2", "secret-1"} {
		assert.NotContains(t, out, secret)
	}
}

func TestOnlyUpgradeChangesTheVersion(t *testing.T) {
	p := irtest.RainShield()
	m := newMachine(t, p)
	m.run("up")
	m.configure(p, "2.3.0")
	m.calls("")
	m.run("up")
	assert.Equal(t, []string{}, m.calls("abctl"))

	m.boot() // another machine: it takes up the version that ran
	m.run("up")
	assert.Contains(t, m.calls("abctl")[0], "--chart-version 2.2.0")

	m.run("upgrade")
	assert.Contains(t, m.calls("abctl")[0], "--chart-version 2.3.0")
	assert.Equal(t, "2.3.0", m.json(filepath.Join(m.aws, "CREDENTIALS"))["chart"])
	m.run("up")
	assert.Equal(t, []string{}, m.calls("abctl"))
}

// abctl runs as root: no other archive than the one that the stack names is
// unpacked, and none at all where it names none.
func TestMachineInstallsOnlyTheArchiveOfTheStack(t *testing.T) {
	p := irtest.RainShield()
	m := newMachine(t, p)
	for name, digest := range map[string]string{"none": "", "not one": "latest", "of another file": strings.Repeat("0", 64)} {
		m.configureWith(p, "2.2.0", digest)
		out, err := m.try("up")
		assert.Error(t, err, name)
		assert.Contains(t, out, "abctl v0.30.4 is not installed", name)
		assert.NoFileExists(t, filepath.Join(m.root, "usr/local/bin/abctl"), name)
		assert.NoFileExists(t, filepath.Join(m.root, "run/tapestry/abctl.tar.gz"), name)
		assert.Equal(t, []string{}, m.calls("abctl"), name)
	}
	m.configure(p, "2.2.0")
	m.run("up")
	installed, err := os.ReadFile(filepath.Join(m.root, "usr/local/bin/abctl"))
	require.NoError(t, err)
	assert.Equal(t, "abctl", string(installed))

	// Another archive of the same version is installed where the stack names it.
	m.release("abctl, made anew")
	m.configure(p, "2.2.0")
	m.run("up")
	installed, err = os.ReadFile(filepath.Join(m.root, "usr/local/bin/abctl"))
	require.NoError(t, err)
	assert.Equal(t, "abctl, made anew", string(installed))
}

// The template cannot be applied without a digest.
func TestTheDigestOfAbctlIsRequired(t *testing.T) {
	for _, v := range allVariants() {
		for _, template := range Templates(v.pipeline) {
			if template.Path != IngestionPath {
				continue
			}
			p := template.stack.parameters.Get(ParamAbctlDigest).(obj)
			assert.Nil(t, p.Get("Default"), v.name)
			pattern := regexp.MustCompile("^(?:" + string(p.Get("AllowedPattern").(yamltree.Str)) + ")$")
			assert.True(t, pattern.MatchString(strings.Repeat("0a", 32)), v.name)
			for _, wrong := range []string{"", strings.Repeat("a", 63), strings.Repeat("G", 64)} {
				assert.False(t, pattern.MatchString(wrong), "%s: %s", v.name, wrong)
			}
		}
	}
}

func TestMachineStopsWhereItCannotKnowTheVersion(t *testing.T) {
	m := newMachine(t, irtest.RainShield())
	require.NoError(t, os.WriteFile(filepath.Join(m.aws, "denied"), nil, 0o600))
	out, err := m.try("up")
	assert.Error(t, err)
	assert.Contains(t, out, "AccessDenied")
	assert.Equal(t, []string{}, m.calls("abctl"))
}

func TestMachineTakesANewPassword(t *testing.T) {
	m := newMachine(t, irtest.RainShield())
	m.run("up")
	m.calls("")
	require.NoError(t, os.WriteFile(filepath.Join(m.aws, "password"), []byte("pw-9"), 0o600))
	m.run("up")
	assert.Len(t, m.calls("abctl"), 1)
}

func TestMachineReportsHealth(t *testing.T) {
	m := newMachine(t, irtest.RainShield())
	m.run("up")
	m.calls("")
	m.run("check")
	metric := func(name, value string) string {
		return "aws cloudwatch put-metric-data --namespace Tapestry/Airbyte --metric-name " + name + " --value " + value + " --dimensions InstanceId=i-1"
	}
	assert.Equal(t, []string{metric("Healthy", "1"), metric("DiskUsedPercent", "42"), metric("BackupAgeHours", "3")}, m.calls("aws cloudwatch"))

	require.NoError(t, os.WriteFile(filepath.Join(m.aws, "sick"), nil, 0o600))
	for range 5 {
		m.run("check")
	}
	assert.Equal(t, []string{}, m.calls("docker restart"))
	m.run("check")
	assert.Equal(t, []string{"docker restart airbyte-abctl-control-plane"}, m.calls("docker restart"), "after half an hour")
	m.run("check")
	assert.Contains(t, m.calls("aws cloudwatch"), metric("Healthy", "0"))
}

func TestMachineWithADataVolume(t *testing.T) {
	p := irtest.RainShield()
	p.Ingestion.Data, p.Ingestion.Access = ir.Instance, access("us-east-1", 15)
	m := newMachine(t, p)
	m.run("up")
	calls := strings.Join(m.calls(""), "\n")
	assert.Contains(t, calls, "aws ec2 attach-volume --volume-id vol-0abc --instance-id i-1 --device /dev/sdf")
	assert.Contains(t, calls, "mkfs.xfs -q /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0abc")
	assert.Contains(t, calls, "mount /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0abc /opt/airbyte")
	assert.NotContains(t, calls, "--insecure-cookies", "the load balancer speaks TLS")
	assert.Equal(t, map[string]any{"global": map[string]any{"auth": map[string]any{"enabled": true}, "airbyteUrl": "https://lb.example"}},
		m.json(filepath.Join(m.root, "run/tapestry/values.json")))

	m.run("check")
	assert.Contains(t, strings.Join(m.calls("aws cloudwatch"), "\n"), "BackupAgeHours --value 30", "no snapshot yet: as old as the machine")

	// The volume already has a file system, on another machine: it is mounted,
	// never made anew.
	m.boot()
	require.NoError(t, os.WriteFile(filepath.Join(m.aws, "formatted"), nil, 0o600))
	m.run("up")
	assert.Equal(t, []string{}, m.calls("mkfs"))
}

func TestMachineRefusesOtherVerbs(t *testing.T) {
	m := newMachine(t, irtest.RainShield())
	out, err := m.try("destroy")
	assert.Error(t, err)
	assert.Contains(t, out, "usage:")
}
