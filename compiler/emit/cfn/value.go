package cfn

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
)

// Short names for the parts of a tree: a template is mostly made of them.
type (
	node    = yamltree.Node
	obj     = yamltree.Map
	list    = yamltree.Seq
	str     = yamltree.Str
	num     = yamltree.Int
	boolean = yamltree.Bool
)

var (
	k    = yamltree.K
	strs = yamltree.Strs
)

func tagged(tag string, value node) node { return yamltree.Tagged{Tag: tag, Value: value} }

// ref is !Ref: a parameter's value or a resource's main id.
func ref(id string) node { return tagged("Ref", str(id)) }

// att is !GetAtt.
func att(id, attribute string) node { return tagged("GetAtt", str(id+"."+attribute)) }

// sub is !Sub: text in which ${X} is replaced.
func sub(text string) node { return tagged("Sub", str(text)) }

// subWith is !Sub with values of its own, for what ${X} cannot say alone.
func subWith(text string, values ...yamltree.Entry) node {
	return tagged("Sub", list{str(text), obj(values)})
}

// plain makes text stand for itself inside sub.
func plain(text string) string { return strings.ReplaceAll(text, "${", "${!") }

// selectFrom is !Select.
func selectFrom(index int64, from node) node { return tagged("Select", list{num(index), from}) }

// splitCommas is !Split at commas.
func splitCommas(of node) node { return tagged("Split", list{str(","), of}) }

// choose is !If.
func choose(condition string, yes, no node) node {
	return tagged("If", list{str(condition), yes, no})
}

var noValue = ref("AWS::NoValue")

// arn is the ARN of something in this account and region. The name may hold
// ${X}.
func arn(service, name string) node { return sub(arnText(service, name)) }

func arnText(service, name string) string {
	return "arn:${AWS::Partition}:" + service + ":${AWS::Region}:${AWS::AccountId}:" + name
}

// because puts the reason for an item of a list above it.
func because(reason string, item node) node {
	return yamltree.Commented{Comment: reason, Value: item}
}
