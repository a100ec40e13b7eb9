package stackdiff

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// stack is a template of resources alone.
func stack(resources string) Side { return Side{Template: []byte("Resources:\n" + resources)} }

// lines says a result in a line for each resource, each field and each of the
// rest, for tests to compare.
func lines(r Result) []string {
	var all []string
	for _, x := range r.Resources {
		action := string(x.Action)
		if x.Conditional {
			action += "?"
		}
		all = append(all, strings.Join([]string{x.LogicalID, action, string(x.Risk), x.Reason}, " | "))
		for _, f := range x.Fields {
			all = append(all, "  "+f.Path+": "+f.Before+" -> "+f.After)
		}
	}
	for _, f := range r.Rest {
		all = append(all, f.Path+": "+f.Before+" -> "+f.After)
	}
	return all
}

func compare(t *testing.T, before, after Side) []string {
	t.Helper()
	r, err := Compare(before, after)
	require.NoError(t, err)
	return lines(r)
}

func TestParameterThatReplaces(t *testing.T) {
	const template = `
Parameters:
  Image: {Type: AWS::EC2::Image::Id}
Resources:
  Machine: {Type: AWS::EC2::Instance, Properties: {ImageId: !Ref Image}}
  Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {Dimensions: [{Name: InstanceId, Value: !Ref Machine}]}}
`
	side := func(image string) Side {
		return Side{Template: []byte(template), Parameters: map[string]string{"Image": image}}
	}
	assert.Equal(t, []string{
		"Alarm | update | safe | refers to Machine, which is replaced",
		"  Properties.Dimensions[InstanceId].Value: !Ref Machine -> !Ref Machine (new)",
		"Machine | replace | disruptive | is replaced: ImageId changes; the machine is made anew, and what is on its own disk is lost",
		"  Properties.ImageId: ami-1 -> ami-2",
		"Parameters.Image: ami-1 -> ami-2",
	}, compare(t, side("ami-1"), side("ami-2")))
	assert.Empty(t, compare(t, side("ami-1"), side(Unknown)), "what is not known is no change")
	assert.Empty(t, compare(t, side("ami-1"), side("ami-1")))
}

func TestStackThatIsNotThere(t *testing.T) {
	r, err := Compare(Side{}, stack("  A: {Type: AWS::SNS::Topic}\n"))
	require.NoError(t, err)
	assert.Equal(t, []Resource{{LogicalID: "A", Type: "AWS::SNS::Topic", Action: deploy.Create, Risk: deploy.Safe, Reason: "is not there yet"}}, r.Resources)
	r, err = Compare(Side{}, Side{})
	require.NoError(t, err)
	assert.Empty(t, r)
}
