package stackdiff

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const switched = `
Parameters:
  Size: {Type: String, Default: small}
  Groups: {Type: CommaDelimitedList, Default: "a, b"}
  On: {Type: String}
Conditions:
  IsOn: !Equals [!Ref On, "yes"]
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Condition: IsOn
    Properties: {DisplayName: !Sub "size ${Size}"}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: !Join ["/", !Ref Groups]
      AlarmActions: !If [IsOn, [!Ref Topic], []]
Outputs:
  Topic: {Condition: IsOn, Value: !Ref Topic}
`

// with puts parameters into a template, as pairs.
func with(template string, pairs ...string) Side {
	s := Side{Template: []byte(template), Parameters: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		s.Parameters[pairs[i]] = pairs[i+1]
	}
	return s
}

func TestConditions(t *testing.T) {
	on, off, open := with(switched, "On", "yes"), with(switched, "On", "no"), with(switched, "On", Unknown)
	assert.Equal(t, []string{
		"Alarm | update | safe | changes in place",
		"  Properties.AlarmActions: [] -> [!Ref Topic]",
		"Topic | create | safe | is not there yet",
		"Outputs.Topic:  -> {Value: !Ref Topic}",
		"Parameters.On: no -> yes",
	}, compare(t, off, on))
	assert.Equal(t, []string{
		"Alarm | update | safe | changes in place",
		"  Properties.AlarmActions: [!Ref Topic] -> []",
		"Topic | delete | disruptive | its condition does not hold any more; what still uses it stops working",
		"Outputs.Topic: {Value: !Ref Topic} -> ",
		"Parameters.On: yes -> no",
	}, compare(t, on, off))
	assert.Empty(t, compare(t, on, open))
	assert.Empty(t, compare(t, open, off))
	assert.Empty(t, compare(t, open, open))
	assert.Empty(t, compare(t, with(switched), on), "without value and Default it is not known either")
}

func TestWhatIsDecidedAtApply(t *testing.T) {
	const head = "Parameters: {On: {Type: String}}\nConditions: {A: !Equals [!Ref On, a], B: !Equals [!Ref On, b]}\nResources:\n  Key: {Type: AWS::KMS::Key%s}\n"
	side := func(condition string) Side { return with(fmt.Sprintf(head, condition), "On", Unknown) }
	always, a, b := side(""), side(", Condition: A"), side(", Condition: B")
	assert.Empty(t, compare(t, a, a))
	assert.Equal(t, []string{"Key | create? | safe | is not there yet; whether it comes is decided at apply"}, compare(t, stack("  {}"), a)[:1])
	goes := "Key | delete? | destructive | may leave the stack: that is decided at apply; loses what is encrypted with it, for good"
	assert.Equal(t, []string{goes}, compare(t, always, a))
	assert.Equal(t, []string{goes}, compare(t, a, b))
	assert.Equal(t, []string{"Key | update | safe | whether it exists is decided at apply", "  Condition:  -> decided at apply"}, compare(t, a, always))
}

func TestValuesOfParameters(t *testing.T) {
	assert.Equal(t, []string{
		"Alarm | update | safe | changes in place",
		"  Properties.AlarmDescription: a/b -> a/c",
		"Parameters.Groups: a, b -> a,c",
	}, compare(t, with(switched, "On", "no"), with(switched, "On", "no", "Groups", "a,c")))
	assert.Equal(t, []string{
		"Topic | update | safe | changes in place",
		"  Properties.DisplayName: size small -> size large",
		"Parameters.Size: small -> large",
	}, compare(t, with(switched, "On", "yes"), with(switched, "On", "yes", "Size", "large")))
	assert.Empty(t, compare(t, with(switched, "On", "yes", "Size", "small"), with(switched, "On", "yes")), "the Default is what was given")
}

// An unknown value is a change where the template around it changed.
func TestUnknownValueAtAnotherPlace(t *testing.T) {
	const literal = "Resources: {T: {Type: AWS::SNS::Topic, Properties: {DisplayName: a}}}\n"
	const reference = "Parameters: {P: {Type: String}}\nResources: {T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref P}}}\n"
	assert.Equal(t, []string{
		"T | update | safe | changes in place", "  Properties.DisplayName: a -> !Ref P", "Parameters.P:  -> {Type: String}",
	}, compare(t, with(literal), with(reference, "P", Unknown)))
}

func TestParametersOfTheParameterStore(t *testing.T) {
	const template = "Parameters: {P: {Type: \"AWS::SSM::Parameter::Value<String>\", Default: /a}}\nResources: {T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref P}}}\n"
	assert.Equal(t, []string{
		"T | update | safe | changes in place", "  Properties.DisplayName: !Parameter /a -> !Parameter /b", "Parameters.P: /a -> /b",
	}, compare(t, with(template), with(template, "P", "/b")))
}

// What NoEcho hides is nowhere: not where it is used, nor in a digest of it.
func TestNoEcho(t *testing.T) {
	const template = `
Parameters:
  Password: {Type: String, NoEcho: %s, Default: default-canary}
  List: {Type: CommaDelimitedList, NoEcho: true, Default: "first-canary,b"}
Conditions:
  Empty: !Equals [!Ref Password, ""]
Resources:
  A:
    Type: AWS::EC2::Instance
    Properties:
      UserData: !Base64 {"Fn::Sub": "password=${Password}"}
      Tags: [{Key: p, Value: !Ref Password}, {Key: q, Value: !Select [0, !Split ["-", !Ref Password]]}, {Key: !Ref Password, Value: x}]
      KeyName: !Join ["-", !Ref List]
      ImageId: !If [Empty, a, !Sub "x${Password}"]
Outputs: {P: {Value: !Sub "${Password}!"}}
`
	side := func(noEcho, v, list string) Side {
		return with(fmt.Sprintf(template, noEcho), "Password", v, "List", list)
	}
	for _, c := range [][2]Side{
		{side("true", "old-canary", "a-canary"), side("true", "new-canary", "b-canary")},
		{side("false", "old-canary", "a"), side("true", "new-canary", "b")},
		{side("true", "old-canary", "a"), side("false", "new-canary", "b")},
		{Side{}, side("true", "new-canary", "a")},
		{with(fmt.Sprintf(template, "true")), side("true", "", "a")},
	} {
		r, err := Compare(c[0], c[1])
		require.NoError(t, err)
		require.NotEmpty(t, r.Resources)
		assert.NotContains(t, fmt.Sprintf("%+v", r), "canary")
	}
	all := compare(t, side("true", "old", "a"), side("true", "new", "a"))
	assert.Contains(t, all, "  Properties.Tags[2].Key: **** -> ****")
	assert.Contains(t, all, "Parameters.Password: **** -> ****")
	assert.Empty(t, compare(t, side("true", "****", "****"), side("true", "new", "a")), "a stack tells stars, whatever the value")
}

func TestRest(t *testing.T) {
	before := with("Description: a\nParameters: {P: {Type: String, Default: x, MinLength: 1}, Gone: {Type: String, Default: y}}\nResources: {}\nOutputs: {A: {Value: a}, B: {Value: b}}\n")
	after := with("Description: b\nParameters: {P: {Type: String, Default: z, MinLength: 2}}\nResources: {}\nOutputs: {A: {Value: c, Export: {Name: n}}}\n")
	before.Tags = map[string]string{"team": "growth", "old": "1"}
	after.Tags = map[string]string{"team": "data"}
	assert.Equal(t, []string{
		"Description: a -> b",
		"Outputs.A.Export:  -> {Name: n}",
		"Outputs.A.Value: a -> c",
		"Outputs.B: {Value: b} -> ",
		"Parameters.Gone: y -> ",
		"Parameters.P: x -> z",
		"Parameters.P.MinLength: 1 -> 2",
		"Tags.old: 1 -> ",
		"Tags.team: growth -> data",
	}, compare(t, before, after))
}
