package source

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const template = `A: !Ref B
C: !Sub "x ${B}"
D: !GetAtt B.Arn
E: !If
  - Yes
  - !Sub
    - |
      one
      ${K}
    - K: !ImportValue other-Key
  - !Ref AWS::NoValue
F: [!Ref G, plain]
H: {I: !Ref J}
K: !And
  - !Not
    - !Equals
      - !Ref L
      - ""
M: !Cidr
  a: b
N: plain
`

func TestTagsAreReadWhereTheyAreAskedFor(t *testing.T) {
	root, problems := ParseTagged("t.yaml", []byte(template))
	require.Empty(t, problems)
	var have []string
	var walk func(path string, n *Node)
	walk = func(path string, n *Node) {
		if n.Tag != "" {
			have = append(have, path+" "+n.Tag+" "+n.Kind.String()+" "+strings.ReplaceAll(n.Text, "\n", "/"))
		}
		for _, e := range n.Entries {
			walk(path+"."+e.Key, e.Value)
		}
		for i, item := range n.Items {
			walk(path+"["+itoa(i)+"]", item)
		}
	}
	walk("", root)
	assert.Equal(t, []string{
		".A !Ref a single value B", ".C !Sub a single value x ${B}", ".D !GetAtt a single value B.Arn",
		".E !If a list ", ".E[1] !Sub a list ", ".E[1][1].K !ImportValue a single value other-Key", ".E[2] !Ref a single value AWS::NoValue",
		".F[0] !Ref a single value G", ".H.I !Ref a single value J",
		".K !And a list ", ".K[0] !Not a list ", ".K[0][0] !Equals a list ", ".K[0][0][0] !Ref a single value L",
		".M !Cidr a map ",
	}, have)
	assert.Equal(t, "one\n${K}\n", root.Get("E").Items[1].Items[0].Text)
}

func TestTagsAreRefusedElsewhere(t *testing.T) {
	_, problems := Parse("t.yaml", []byte(template))
	assert.Len(t, problems, 14)
	for name, text := range map[string]string{
		"of YAML itself": "a: !!str b\n", "address": "a: !<tag:x> b\n", "none": "a: ! b\n", "two": "a: !B !C d\n",
		"on a key": "!A b: c\n", "on a later key": "a: b\n!A c: d\n", "on a key in braces": "{!A b: c}\n", "on a shared value": "a: &x !B c\nd: !E *x\n",
	} {
		_, problems := ParseTagged("t.yaml", []byte(text))
		assert.NotEmpty(t, problems, name)
	}
}
