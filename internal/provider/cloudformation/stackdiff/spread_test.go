package stackdiff

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// chain is a network in which each refers to the one before.
func chain(cidr string) Side {
	return stack(fmt.Sprintf(`
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: %s}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: a, VpcId: !Ref Vpc}}
  Rule: {Type: AWS::EC2::SecurityGroupIngress, Properties: {IpProtocol: tcp, GroupId: !GetAtt Group.GroupId}}
  Endpoint: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcId: a, SecurityGroupIds: [!GetAtt Group.GroupId]}}
  Note: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Sub "group ${Group}, rule ${Rule}"}}
  Apart: {Type: AWS::SNS::Topic}
`, cidr))
}

func TestReplacementSpreads(t *testing.T) {
	assert.Equal(t, []string{
		"Endpoint | update | safe | refers to Group, which is replaced",
		"  Properties.SecurityGroupIds[0]: !GetAtt Group.GroupId -> !GetAtt Group.GroupId (new)",
		"Group | replace | safe | is replaced: VpcId refers to Vpc, which is replaced",
		"  Properties.VpcId: !Ref Vpc -> !Ref Vpc (new)",
		"Note | update | safe | refers to Group, which is replaced; refers to Rule, which is replaced",
		`  Properties.Value: !Sub "group ${Group}, rule ${Rule}" -> !Sub "group ${Group}, rule ${Rule}" (new)`,
		"Rule | replace | safe | is replaced: GroupId refers to Group, which is replaced",
		"  Properties.GroupId: !GetAtt Group.GroupId -> !GetAtt Group.GroupId (new)",
		"Vpc | replace | disruptive | is replaced: CidrBlock changes; everything in it has to move to the new network",
		"  Properties.CidrBlock: a -> b",
	}, compare(t, chain("a"), chain("b")))
}

// What may be replaced makes others that may be, and no more.
func TestDoubtSpreadsAsDoubt(t *testing.T) {
	side := func(engine string) Side {
		return stack(fmt.Sprintf(`
  Namespace: {Type: AWS::ServiceDiscovery::PrivateDnsNamespace, Properties: {Name: n, Vpc: !GetAtt Machine.VpcId}}
  Machine: {Type: AWS::EC2::Instance, Properties: {Tenancy: %s}}
  Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {Dimensions: [{Name: a, Value: !Ref Machine}]}}
`, engine))
	}
	r, err := Compare(side("a"), side("b"))
	require.NoError(t, err)
	want := map[string]string{
		"Alarm":     "update false refers to Machine, which may be replaced",
		"Machine":   "replace true may be replaced: Tenancy changes; the machine stops and starts; the machine is made anew, and what is on its own disk is lost",
		"Namespace": "replace true may be replaced: Vpc refers to Machine, which may be replaced; names in it are not found until they are registered anew; CloudFormation refuses that while Name stays the same",
	}
	for _, x := range r.Resources {
		for _, part := range strings.Split(want[x.LogicalID], "; ") {
			assert.Contains(t, fmt.Sprintf("%s %v %s", x.Action, x.Conditional, x.Reason), part)
		}
	}
	assert.Len(t, r.Resources, len(want))
}

func TestReferenceWithinWhatIsNotKnown(t *testing.T) {
	side := func(cidr string) Side {
		return with(fmt.Sprintf(`
Parameters: {On: {Type: String}}
Conditions: {C: !Equals [!Ref On, a]}
Resources:
  V: {Type: AWS::EC2::VPC, Properties: {CidrBlock: %s}}
  N: {Type: AWS::SNS::Topic, Properties: !If [C, {DisplayName: !Ref V}, {}]}
`, cidr), "On", Unknown)
	}
	assert.Contains(t, compare(t, side("a"), side("b")), "N | replace? | disruptive | may be replaced: what is not known before apply refers to V, which is replaced; subscribers have to confirm anew")
}

// Resources that refer to each other in a ring come to an end.
func TestRing(t *testing.T) {
	side := func(cidr string) Side {
		return stack(fmt.Sprintf(`
  A: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: !Ref B, VpcId: %s, Tags: [{Key: a, Value: !Ref A}]}}
  B: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: !Ref A}}
`, cidr))
	}
	r, err := Compare(side("a"), side("b"))
	require.NoError(t, err)
	require.Len(t, r.Resources, 2)
	for _, x := range r.Resources {
		assert.Equal(t, deploy.Replace, x.Action)
		assert.False(t, x.Conditional)
	}
}

func TestServiceFollowsItsTask(t *testing.T) {
	side := func(image string) Side {
		return stack(fmt.Sprintf(`
  Task: {Type: AWS::ECS::TaskDefinition, Properties: {ContainerDefinitions: [{Name: web, Image: %s}]}}
  Service: {Type: AWS::ECS::Service, Properties: {TaskDefinition: !Ref Task}}
`, image))
	}
	assert.Equal(t, []string{
		"Service | update | disruptive | refers to Task, which is replaced; its tasks are replaced one after the other",
		"  Properties.TaskDefinition: !Ref Task -> !Ref Task (new)",
		"Task | replace | disruptive | is replaced: ContainerDefinitions changes; running tasks are replaced one after the other",
		"  Properties.ContainerDefinitions[web].Image: a -> b",
	}, compare(t, side("a"), side("b")))
}

func TestOutputsOfWhatIsReplaced(t *testing.T) {
	side := func(cidr string) Side {
		return Side{Template: []byte(fmt.Sprintf("Resources: {V: {Type: AWS::EC2::VPC, Properties: {CidrBlock: %s}}}\nOutputs: {Id: {Value: !Ref V, Export: {Name: n}}, Other: {Value: x}}\n", cidr))}
	}
	r, err := Compare(side("a"), side("b"))
	require.NoError(t, err)
	assert.Equal(t, []deploy.FieldChange{{Path: "Outputs.Id.Value", Before: "!Ref V", After: "!Ref V (new)"}}, r.Rest)
}
