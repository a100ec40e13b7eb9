//go:build cgo

package local

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

const newsletter = "local:sync:mailchimp.newsletter"

func TestRainShield(t *testing.T) {
	p := newProject(t, "rain-shield")
	plan := p.apply()
	t.Log(pretty(plan))
	assert.Equal(t, []string{
		`{"email_address":"barry.allen@rainshield.example","FNAME":"Bartholomew","LNAME":"Allen"}`,
		`{"email_address":"betty.rubble@rainshield.example","FNAME":"Betty","LNAME":"Rubble"}`,
		`{"email_address":"diana.prince@rainshield.example","FNAME":"Diana","LNAME":"Prince"}`,
		`{"email_address":"jack.rogers@rainshield.example","FNAME":"Jack","LNAME":"Rogers"}`,
	}, p.members("mailchimp.newsletter"))
	assert.Equal(t, deploy.Effect{RowsIn: 6, RowsOut: 4, Merged: 2}, effectOf(t, plan, "local:model:people"))
	assert.Equal(t, deploy.Effect{RowsIn: 4, RowsOut: 4, Created: 4}, effectOf(t, plan, newsletter))
	require.Len(t, p.events("mailchimp.newsletter"), 4)
	p.quiet()
	for k, v := range p.state() {
		t.Log(k, "\n", v)
	}
}
