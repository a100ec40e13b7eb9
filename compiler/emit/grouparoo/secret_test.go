package grouparoo_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/cfn"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// lookUp asks the real Grouparoo which option values it would replace, and by
// what.
const lookUp = `
const { OptionHelper } = require("@grouparoo/core/dist/modules/optionHelper");
const names = OptionHelper.getEnvironmentVariableOptionsForTopic("app");
console.log(JSON.stringify(Object.fromEntries(names.map((n) => [n, OptionHelper.getEnvironmentVariableOption("app", n)]))));
process.exit(0);
`

func TestRealGrouparooFindsSecrets(t *testing.T) {
	folder := judge.Dir(t, "grouparoo")
	command := exec.Command(node(t), "-e", lookUp)
	command.Dir = filepath.Join(folder, "node_modules", "@grouparoo", "core")
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "DB_DIALECT=postgres", "DB_HOST=x", "REDIS_URL=redis://mock", "INIT_CWD=" + folder,
		grouparoo.EnvName("MAILCHIMP_API_KEY") + "=one", grouparoo.EnvName(grouparoo.SnowflakeToken) + "=two"}
	out, err := command.Output()
	require.NoError(t, err)
	var got map[string]string
	require.NoError(t, json.Unmarshal(out, &got), string(out))
	assert.Equal(t, map[string]string{"MAILCHIMP_API_KEY": "one", "snowflake_token": "two"}, got)
}

func TestSecretNames(t *testing.T) {
	p := irtest.RainShield()
	assert.Equal(t, []string{"MAILCHIMP_API_KEY"}, grouparoo.SecretNames(p))
	p.Destinations[0].Syncs[0].Enabled = false
	assert.Empty(t, grouparoo.SecretNames(p), "who needs no key gets none")
	p.Destinations[0].Syncs = nil
	assert.Equal(t, []string{"MAILCHIMP_API_KEY"}, grouparoo.SecretNames(p), "the members of a sync that left may have to be removed")
	p.Destinations[0].Enabled = false
	assert.Empty(t, grouparoo.SecretNames(p))
}

// TestNoOptionIsTakenForASecret holds the names that we make against the names
// of secrets: Grouparoo would replace one by the other.
func TestNoOptionIsTakenForASecret(t *testing.T) {
	p := everyDestination(t)
	secrets := append(grouparoo.SecretNames(p), grouparoo.SnowflakeToken)
	for _, a := range grouparoo.Emit(p) {
		if a.Kind != "config" || !strings.HasSuffix(a.Path, "_destination.json") {
			continue
		}
		var objects []map[string]any
		require.NoError(t, json.Unmarshal(a.Content, &objects))
		for _, o := range objects {
			options, _ := o["options"].(map[string]any)
			for name, value := range options {
				text, _ := value.(string)
				secret := name == "password" || name == "apiKey" || name == "token" || name == "securityToken"
				assert.Equal(t, secret, contains(secrets, text), "%s: option %s is %q", a.Path, name, text)
			}
		}
	}
}

func TestNeedsAndProvides(t *testing.T) {
	artifacts := grouparoo.Emit(irtest.RainShield())
	config := byPath(t, artifacts, "grouparoo/config/mailchimp_newsletter_destination.json")
	assert.Equal(t, []string{"secret:MAILCHIMP_API_KEY", "view:SYNCS.SYNC_MAILCHIMP_NEWSLETTER"}, config.Needs)
	assert.Equal(t, []string{"sync:mailchimp.newsletter"}, config.Provides)
	assert.Equal(t, []int{60, 63, 66}, lines(config.Origins))
	assert.Equal(t, []string{"image:grouparoo"}, byPath(t, artifacts, "grouparoo/Dockerfile").Provides)
}

func TestSyncsThatAreOff(t *testing.T) {
	for name, off := range map[string]func(*ir.Pipeline){
		"destination": func(p *ir.Pipeline) { p.Destinations[0].Enabled = false },
		"sync":        func(p *ir.Pipeline) { p.Destinations[0].Syncs[0].Enabled = false },
	} {
		p := irtest.RainShield()
		off(p)
		artifacts := grouparoo.Emit(p)
		for _, a := range artifacts {
			assert.NotEqual(t, "grouparoo/config/mailchimp_newsletter_destination.json", a.Path, name)
		}
		list := string(byPath(t, artifacts, "grouparoo/syncs.json").Content)
		assert.Contains(t, list, `"destination": "mailchimp_newsletter_destination"`, "keep.js must know that it is off, not gone")
		assert.Contains(t, list, `"enabled": false`)
	}
}

// TestTheStackGivesEverySecret holds the sync stack's template against the
// names that the configuration looks up.
func TestTheStackGivesEverySecret(t *testing.T) {
	p := everyDestination(t)
	for _, name := range grouparoo.SecretNames(p) {
		p.Secrets = append(p.Secrets, ir.Secret{Name: name, Param: "/tapestry/rain-shield/production/" + name})
	}
	var template string
	for _, a := range cfn.Emit(p) {
		if a.Path == cfn.SyncPath {
			template = string(a.Content)
		}
	}
	for _, name := range append(grouparoo.SecretNames(p), grouparoo.SnowflakeToken) {
		assert.Contains(t, template, "Name: "+grouparoo.EnvName(name)+"\n")
	}
}
