package cfn

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

// Somebody may sign in to Grouparoo's pages: the web service gets what
// team-member.js asks for, from the pipeline's parameters. The workers, which
// run what destinations send, do not.
func TestTheAdministratorIsOfTheWebServiceOnly(t *testing.T) {
	member, err := os.ReadFile(filepath.Join("..", "grouparoo", "image", "team-member.js"))
	require.NoError(t, err)
	p := irtest.RainShield()
	params := p.Params().Grouparoo
	for variable, parameter := range map[string]string{"GROUPAROO_ADMIN_EMAIL": params.AdminEmail, "GROUPAROO_ADMIN_PASSWORD": params.AdminPassword} {
		require.Contains(t, string(member), variable)
		assert.Equal(t, parameter, secretOf(t, webTask, variable))
		assert.Empty(t, secretOf(t, workerTask, variable))
	}
	assert.Equal(t, params.ServerToken, secretOf(t, workerTask, "SERVER_TOKEN"), "what both need, both get")
}

// secretOf gives the SSM parameter that fills a variable of a task's container,
// or nothing.
func secretOf(t *testing.T, task, variable string) string {
	t.Helper()
	properties := resource(t, irtest.RainShield(), SyncPath, task).properties
	for _, s := range properties.Get("ContainerDefinitions").(list)[0].(obj).Get("Secrets").(list) {
		if field(s.(obj), "Name") == variable {
			_, name, _ := strings.Cut(text(s.(obj).Get("ValueFrom")), ":parameter")
			return strings.Trim(name, "'\"\n")
		}
	}
	return ""
}
