package cfn

import (
	_ "embed"
	"strings"
)

// What the machine runs. None of it knows anything of a pipeline: user data
// that changed would restart the machine, and a second pipeline's machine is
// the same as the first's.
var (
	//go:embed machine/tapestry-airbyte.sh
	machineScript string
	//go:embed machine/tapestry-airbyte.service
	machineService string
	//go:embed machine/tapestry-airbyte-check.service
	machineCheckService string
	//go:embed machine/tapestry-airbyte-check.timer
	machineCheckTimer string
)

// userDataLimit is EC2's, in bytes before encoding.
const userDataLimit = 16384

// userData installs what Amazon Linux 2023 lacks, writes the files above and
// starts them. The image has the AWS command line and the SSM agent.
func userData() string {
	var b strings.Builder
	b.WriteString(`#!/bin/bash
# The same for every pipeline; see the comment at the top of tapestry-airbyte.
set -euo pipefail
until dnf install -y docker jq amazon-cloudwatch-agent; do sleep 10; done
`)
	for _, f := range []struct{ path, content string }{
		{"/usr/local/sbin/tapestry-airbyte", machineScript},
		{"/etc/systemd/system/tapestry-airbyte.service", machineService},
		{"/etc/systemd/system/tapestry-airbyte-check.service", machineCheckService},
		{"/etc/systemd/system/tapestry-airbyte-check.timer", machineCheckTimer},
	} {
		b.WriteString("\ncat >" + f.path + " <<'END_OF_FILE'\n" + f.content + "END_OF_FILE\n")
	}
	b.WriteString(`
chmod 0755 /usr/local/sbin/tapestry-airbyte
systemctl daemon-reload
systemctl enable --now docker
systemctl enable --now --no-block tapestry-airbyte.service tapestry-airbyte-check.timer
`)
	return b.String()
}
