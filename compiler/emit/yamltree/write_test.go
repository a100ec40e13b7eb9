package yamltree_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
)

type (
	m = yamltree.Map
	s = yamltree.Seq
	t = yamltree.Str
)

var k = yamltree.K

func TestDocumentIsWrittenInItsOrder(tt *testing.T) {
	doc := yamltree.Document{
		Comment: "First line.\n\nThird line.",
		Root: m{
			k("Zebra", t("last in the alphabet, first in the file")),
			{Key: "Resources", Gap: true, Comment: "What there is.", Value: m{
				k("Key", m{k("Type", t("AWS::KMS::Key")), k("Empty", m{}), k("None", s{})}),
				k("Ref", yamltree.Tagged{Tag: "Ref", Value: t("Key")}),
				k("Select", yamltree.Tagged{Tag: "Select", Value: s{yamltree.Int(0), yamltree.Tagged{Tag: "GetAZs", Value: t("")}}}),
				k("Map", yamltree.Tagged{Tag: "Transform", Value: m{k("Name", t("x"))}}),
			}},
			k("List", s{
				t("one"),
				m{k("a", yamltree.Int(-1)), k("b", s{t("x"), s{t("y")}})},
				m{},
				yamltree.Commented{Comment: "why", Value: yamltree.Bool(true)},
				m{{Key: "c", Comment: "not on the dash's line", Value: yamltree.Null{}}},
				yamltree.Tagged{Tag: "If", Value: s{t("Cond"), m{k("d", t("e"))}, yamltree.Tagged{Tag: "Ref", Value: t("AWS::NoValue")}}},
				yamltree.Block("two\nlines\n"),
			}),
			k("Script", yamltree.Tagged{Tag: "Sub", Value: yamltree.Block("#!/bin/sh\necho ${X}\n")}),
			k("NO", t("NO")),
		},
	}
	assert.Equal(tt, `# First line.
#
# Third line.
Zebra: last in the alphabet, first in the file

# What there is.
Resources:
  Key:
    Type: AWS::KMS::Key
    Empty: {}
    None: []
  Ref: !Ref Key
  Select: !Select
    - 0
    - !GetAZs ""
  Map: !Transform
    Name: x
List:
  - one
  - a: -1
    b:
      - x
      -
        - "y"
  - {}
  # why
  - true
  -
    # not on the dash's line
    c: null
  - !If
    - Cond
    - d: e
    - !Ref AWS::NoValue
  - |
    two
    lines
Script: !Sub |
  #!/bin/sh
  echo ${X}
"NO": "NO"
`, string(doc.Bytes()))
}

func TestRootsThatAreNoFullMap(tt *testing.T) {
	for want, root := range map[string]yamltree.Node{
		"{}\n":              m{},
		"[]\n":              s{},
		"- a\n":             s{t("a")},
		"\"12\"\n":          t("12"),
		"\"two\\nlines\"\n": yamltree.Block("two\nlines"),
		"!Ref X\n":          yamltree.Tagged{Tag: "Ref", Value: t("X")},
	} {
		assert.Equal(tt, want, string(yamltree.Document{Root: root}.Bytes()))
	}
}

func TestNoTextLeavesItsComment(tt *testing.T) {
	doc := yamltree.Document{Comment: "a\rb: 1\u2028c: 2\u0085d: 3\r\ne\x00\x1b[0m", Root: m{k("x", t("y"))}}
	assert.Equal(tt, "# a\n# b: 1\n# c: 2\n# d: 3\n# e[0m\nx: \"y\"\n", string(doc.Bytes()))
}

func TestWrongTreesPanic(tt *testing.T) {
	ref := yamltree.Tagged{Tag: "Ref", Value: t("X")}
	for name, root := range map[string]yamltree.Node{
		"key twice":      m{k("a", t("1")), k("a", t("2"))},
		"tag on a tag":   m{k("a", yamltree.Tagged{Tag: "Base64", Value: ref})},
		"nil value":      m{k("a", nil)},
		"loose comment":  m{k("a", yamltree.Commented{Comment: "x", Value: t("y")})},
		"nil in a list":  s{nil},
		"nil under root": nil,
	} {
		assert.Panics(tt, func() { yamltree.Document{Root: root}.Bytes() }, name)
	}
}

func TestGet(tt *testing.T) {
	tree := m{k("a", t("1")), k("b", t("2"))}
	assert.Equal(tt, t("2"), tree.Get("b"))
	assert.Nil(tt, tree.Get("c"))
}
