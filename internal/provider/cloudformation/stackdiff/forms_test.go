package stackdiff

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Both columns mean the same to CloudFormation.
var forms = []struct{ name, a, b string }{
	{"Ref", `!Ref X`, `{"Ref": "X"}`},
	{"GetAtt", `!GetAtt X.Arn`, `{"Fn::GetAtt": ["X", "Arn"]}`},
	{"GetAtt of one text", `!GetAtt X.Arn`, `{"Fn::GetAtt": "X.Arn"}`},
	{"GetAtt with a list under its tag", `!GetAtt [X, Arn]`, `!GetAtt X.Arn`},
	{"attribute with dots", `!GetAtt X.Endpoint.Address`, `{"Fn::GetAtt": ["X", "Endpoint.Address"]}`},
	{"Sub", `!Sub "a-${X}"`, `{"Fn::Sub": "a-${X}"}`},
	{"Sub without variables", `!Sub plain`, `plain`},
	{"Sub with variables of its own", `!Sub ["${Y}-b", {Y: !Ref X}]`, `!Sub "${X}-b"`},
	{"Sub of an attribute", `!Sub "${X.Arn}/*"`, `!Join ["", [!GetAtt X.Arn, "/*"]]`},
	{"Sub that writes ${}", `!Sub "${!X}"`, `"${X}"`},
	{"Join", `!Join [",", [a, !Ref X]]`, `{"Fn::Join": [",", ["a", {"Ref": "X"}]]}`},
	{"Join of what is known", `!Join ["-", [a, b]]`, `a-b`},
	{"Split of what is known", `!Select [1, !Split [",", "a,b"]]`, `b`},
	{"Select", `!Select [0, !GetAZs ""]`, `{"Fn::Select": ["0", {"Fn::GetAZs": ""}]}`},
	{"ImportValue", `!ImportValue x-Y`, `{"Fn::ImportValue": "x-Y"}`},
	{"nested", `!Select [0, !Split [",", !ImportValue x-Y]]`, `{"Fn::Select": [0, {"Fn::Split": [",", {"Fn::ImportValue": "x-Y"}]}]}`},
	{"Base64", "!Base64 a", `{"Fn::Base64": "a"}`},
	{"If that is known", `!If [Always, a, b]`, `a`},
	{"If of all and of either", `[!If [Both, a, b], !If [Neither, a, b]]`, `[a, b]`},
	{"If that is not", `!If [Open, a, b]`, `{"Fn::If": ["Open", "a", "b"]}`},
	{"If with the same twice", `!If [Open, a, a]`, `a`},
	{"NoValue in a map", `{A: b, C: !Ref "AWS::NoValue"}`, `{A: b}`},
	{"NoValue in a list", `[a, !If [Never, b, !Ref "AWS::NoValue"]]`, `[a]`},
	{"numbers and truths", `{A: 1, B: true}`, `{"A": "1", "B": "true"}`},
	{"order of keys", `{A: 1, B: 2}`, `{B: 2, A: 1}`},
	{"Mapping", `!FindInMap [Sizes, small, cpu]`, `"256"`},
	{"Mapping in a long form", `!FindInMap [Sizes, !Ref "AWS::Region", cpu]`, `{"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "cpu"]}`},
	{"order of groups", `{SecurityGroupIds: [b, !Ref X, a]}`, `{SecurityGroupIds: [!Ref X, a, b]}`},
	{"order of tags", `{Tags: [{Key: a, Value: b}, {Key: c, Value: d}]}`, `{Tags: [{Key: c, Value: d}, {Value: b, Key: a}]}`},
	{"order of actions", `{PolicyDocument: {Statement: [{Action: [a, b]}]}}`, `{PolicyDocument: {Statement: [{Action: [b, a]}]}}`},
}

// The same functions with something else in them.
var others = []struct{ name, a, b string }{
	{"Ref and its name", `!Ref X`, `X`},
	{"another resource", `!Ref X`, `!Ref Y`},
	{"another attribute", `!GetAtt X.Arn`, `!GetAtt X.Id`},
	{"Ref and GetAtt", `!Ref X`, `!GetAtt X.Arn`},
	{"order of a list", `[a, b]`, `[b, a]`},
	{"order of actions outside of a policy", `{Action: [a, b]}`, `{Action: [b, a]}`},
	{"nothing and empty", `null`, `""`},
	{"another branch", `!If [Open, a, b]`, `!If [Open, a, c]`},
	{"another condition", `!If [Open, a, b]`, `!If [Ajar, a, b]`},
	{"another mapping", `!FindInMap [Sizes, !Ref "AWS::Region", cpu]`, `!FindInMap [Others, !Ref "AWS::Region", cpu]`},
}

const around = `
Parameters: {P: {Type: String}, Q: {Type: String}}
Mappings: {Sizes: {small: {cpu: "256"}}, Others: {small: {cpu: "512"}}}
Conditions:
  Always: !Equals [a, a]
  Never: !Not [!Condition Always]
  Both: !And [!Condition Always, !Not [!Condition Never]]
  Neither: !Or [!Condition Never, !Not [!Condition Always]]
  Open: !And [!Condition Always, !Equals [!Ref P, a]]
  Ajar: !Or [!Condition Never, !Equals [!Ref Q, a]]
Resources:
  R:
    Type: AWS::Test::Thing
    Properties:
      V: `

func withValue(v string) Side {
	return Side{Template: []byte(around + v + "\n"), Parameters: map[string]string{"P": Unknown}}
}

func TestFormsOfOneThing(t *testing.T) {
	for _, c := range forms {
		for _, pair := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			r, err := Compare(withValue(pair[0]), withValue(pair[1]))
			require.NoError(t, err, c.name)
			assert.Empty(t, r, c.name)
		}
	}
	for _, c := range others {
		r, err := Compare(withValue(c.a), withValue(c.b))
		require.NoError(t, err, c.name)
		assert.Len(t, r.Resources, 1, c.name)
	}
}

// A mapping whose key only CloudFormation knows counts with all that it holds.
func TestMappingChanges(t *testing.T) {
	const head, tail = "Mappings: {M: {a: {k: ", "}}}\nResources:\n  R:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: !FindInMap\n        - M\n        - !Ref AWS::Region\n        - k\n"
	r, err := Compare(Side{Template: []byte(head + "x" + tail)}, Side{Template: []byte(head + "y" + tail)})
	require.NoError(t, err)
	require.Len(t, r.Resources, 1)
	assert.Equal(t, "Properties.DisplayName", r.Resources[0].Fields[0].Path)
}

func TestTemplatesThatAreNone(t *testing.T) {
	for name, c := range map[string]struct{ template, want string }{
		"no YAML":              {"a: [b", "line 1"},
		"empty":                {"", "no Resources"},
		"a list":               {"- a", "no Resources"},
		"no resources":         {"Outputs: {}", "no Resources"},
		"a resource of text":   {"Resources: {A: b}", "resource A: it has no Type"},
		"no type":              {"Resources: {A: {Properties: {}}}", "resource A: it has no Type"},
		"no such condition":    {"Resources: {A: {Type: X, Condition: B}}", `resource A: its condition "B" is not defined`},
		"condition in a ring":  {"Conditions: {A: !Condition B, B: !Not [!Condition A]}\nResources: {}", "depends on itself"},
		"condition of nothing": {"Conditions: {A: !Condition B}\nResources: {}", "the condition B is not defined"},
		"parameters of text":   {"Parameters: a\nResources: {}", "Parameters that are no map"},
		"loops":                {"Resources: {\"Fn::ForEach::A\": [B, [c], {}]}", "with loops cannot be compared"},
		"conditions of a list": {"Conditions: [a]\nResources: {}", "Conditions that are no map"},
		"two documents":        {"Resources: {}\n---\nResources: {}", "cannot be read"},
		"a key twice":          {"Resources: {A: {Type: X}, A: {Type: Y}}", "cannot be read"},
		"outputs of text":      {"Resources: {}\nOutputs: a", "Outputs that are no map"},
		"mappings of text":     {"Resources: {}\nMappings: a", "Mappings that are no map"},
	} {
		_, err := Compare(Side{}, Side{Template: []byte(c.template)})
		assert.ErrorContains(t, err, c.want, name)
		assert.ErrorContains(t, err, "the template ", name)
		_, err = Compare(Side{Template: []byte(c.template)}, Side{})
		assert.ErrorContains(t, err, "the live template ", name)
	}
}
