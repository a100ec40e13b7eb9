package cfn

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// Resource is one resource of a template.
type Resource struct {
	ID   string // logical id
	Type string // AWS::S3::Bucket
}

// stack collects the parts of one template in the order in which a reader
// meets them.
type stack struct {
	p           *ir.Pipeline
	comment     string
	description string

	parameters, conditions, resources, outputs obj

	index   []Resource
	given   []Given
	buckets []Bucket
	heading string // comment of the next resource
}

// group gives the next resource a heading.
func (s *stack) group(heading string) { s.heading = heading }

// attribute is something beside a resource's type and properties.
type attribute = yamltree.Entry

// kept leaves the resource in place when it leaves the template or the stack is
// deleted: it holds data, or something that data cannot be read without.
func kept() []attribute { return policies("Retain") }

// snapshotted takes a last snapshot first.
func snapshotted() []attribute { return policies("Snapshot") }

// disposable says on purpose that nothing of the resource is kept.
func disposable() []attribute { return policies("Delete") }

func policies(policy string) []attribute {
	return []attribute{k("DeletionPolicy", str(policy)), k("UpdateReplacePolicy", str(policy))}
}

func dependsOn(ids ...string) []attribute { return []attribute{k("DependsOn", strs(ids...))} }

// add appends a resource.
func (s *stack) add(id, typ string, properties obj, attributes ...[]attribute) {
	body := obj{k("Type", str(typ))}
	for _, as := range attributes {
		body = append(body, as...)
	}
	if len(properties) > 0 {
		body = append(body, k("Properties", properties))
	}
	s.resources = append(s.resources, yamltree.Entry{Key: id, Value: body, Comment: s.heading, Gap: len(s.resources) > 0})
	s.index = append(s.index, Resource{id, typ})
	s.heading = ""
}

// parameter adds a parameter of the template.
func (s *stack) parameter(id, typ, description string, more ...yamltree.Entry) {
	body := append(obj{k("Type", str(typ)), k("Description", str(description))}, more...)
	s.parameters = append(s.parameters, k(id, body))
}

// givenParameter adds a parameter whose value whoever applies takes from
// somewhere.
func (s *stack) givenParameter(id, from, typ, description string, more ...yamltree.Entry) {
	s.given = append(s.given, Given{id, from})
	s.parameter(id, typ, description, more...)
}

// protected is the value that protects something against deletion. A stack that
// has such a thing has the parameter that takes the protection away, which is
// done right before the stack is deleted.
func (s *stack) protected() node {
	if !slices.ContainsFunc(s.parameters, func(e yamltree.Entry) bool { return e.Key == ParamProtection }) {
		s.parameter(ParamProtection, "String", "Whether databases and load balancers are protected against deletion. It is set to false right before the stack is deleted.",
			k("Default", str("true")), k("AllowedValues", strs("true", "false")))
	}
	return ref(ParamProtection)
}

// output adds an output that other stacks can import.
func (s *stack) output(id, description string, value node, more ...yamltree.Entry) {
	body := append(obj{k("Description", str(description)), k("Value", value), k("Export", obj{k("Name", sub("${AWS::StackName}-"+id))})}, more...)
	s.outputs = append(s.outputs, k(id, body))
}

// foundation imports an output of the foundation stack.
func (s *stack) foundation(output string) node {
	return tagged("ImportValue", str(s.p.AWS.Stacks.Foundation+"-"+output))
}

// document is the whole template.
func (s *stack) document() yamltree.Document {
	root := obj{k("AWSTemplateFormatVersion", str("2010-09-09")), k("Description", str(s.description))}
	for _, section := range []struct {
		name string
		body obj
	}{{"Parameters", s.parameters}, {"Conditions", s.conditions}, {"Resources", s.resources}, {"Outputs", s.outputs}} {
		if len(section.body) > 0 {
			root = append(root, yamltree.Entry{Key: section.name, Value: section.body, Gap: true})
		}
	}
	return yamltree.Document{Comment: s.comment, Root: root}
}

// tags is the pipeline's tags as most resources take them.
func (s *stack) tags(more ...ir.Tag) yamltree.Entry {
	return k("Tags", s.tagList(more...))
}

func (s *stack) tagList(more ...ir.Tag) list {
	var items list
	for _, t := range s.allTags(more) {
		items = append(items, obj{k("Key", str(t.Key)), k("Value", str(t.Value))})
	}
	return items
}

// tagMap is the pipeline's tags as a map, for the few resources that want it.
func (s *stack) tagMap() yamltree.Entry {
	var m obj
	for _, t := range s.p.AWS.Tags {
		m = append(m, k(t.Key, str(t.Value)))
	}
	return k("Tags", m)
}

// allTags puts own tags first; a tag of the pipeline with the same key wins.
func (s *stack) allTags(own []ir.Tag) []ir.Tag {
	var all []ir.Tag
	for _, t := range own {
		if !hasTag(s.p.AWS.Tags, t.Key) {
			all = append(all, t)
		}
	}
	return append(all, s.p.AWS.Tags...)
}

func hasTag(tags []ir.Tag, key string) bool {
	for _, t := range tags {
		if t.Key == key {
			return true
		}
	}
	return false
}

// nameTag is the tag that the AWS console shows as the name.
func nameTag(stackName, what string) ir.Tag {
	return ir.Tag{Key: "Name", Value: stackName + "-" + what}
}
