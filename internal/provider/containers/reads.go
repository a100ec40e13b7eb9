package containers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// reader is one service of the sync stack's template.
type reader struct {
	output string   // of the stack, which is the service's name
	params []string // that its containers read when they start, sorted
}

// readers lists the template's services, by output.
func readers(artifacts []emit.Artifact) ([]reader, error) {
	s, err := settingsOf(artifacts)
	if err != nil {
		return nil, err
	}
	stack, there := s.StackOf("sync")
	i := slices.IndexFunc(artifacts, func(a emit.Artifact) bool { return there && a.Path == stack.Template })
	if i < 0 {
		return nil, nil
	}
	root, problems := source.ParseTagged(artifacts[i].Path, artifacts[i].Content)
	if len(problems) > 0 {
		return nil, fmt.Errorf("%s: %s: compile again", artifacts[i].Path, problems[0].Message)
	}
	return read(root), nil
}

// read finds the outputs that are a service's name, and what its task reads.
func read(root *source.Node) []reader {
	var out []reader
	outputs, resources := root.Get("Outputs"), root.Get("Resources")
	if outputs == nil {
		return nil
	}
	for _, o := range outputs.Entries {
		id, isName := strings.CutSuffix(tagged(o.Value.Get("Value"), "!GetAtt"), ".Name")
		service := resources.Get(id)
		if !isName || text(service.Get("Type")) != "AWS::ECS::Service" {
			continue
		}
		task := resources.Get(tagged(service.Get("Properties").Get("TaskDefinition"), "!Ref"))
		out = append(out, reader{o.Key, params(task.Get("Properties").Get("ContainerDefinitions"))})
	}
	return out
}

// params are the paths of the SSM parameters that containers read. A secret of
// another service has no parameter in its name.
func params(containers *source.Node) []string {
	var out []string
	for _, c := range items(containers) {
		for _, s := range items(c.Get("Secrets")) {
			arn := text(s.Get("ValueFrom"))
			if _, path, ok := strings.Cut(arn, ":parameter/"); ok && strings.Contains(arn, ":ssm:") {
				out = append(out, "/"+path)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func items(n *source.Node) []*source.Node {
	if n == nil {
		return nil
	}
	return n.Items
}

func text(n *source.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}

// tagged is what a function of CloudFormation is given, such as the Cluster of
// !Ref Cluster.
func tagged(n *source.Node, tag string) string {
	if n == nil || n.Tag != tag {
		return ""
	}
	return n.Text
}

// all are the parameters of every service, each once.
func all(readers []reader) []string {
	var out []string
	for _, r := range readers {
		out = append(out, r.params...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func settingsOf(artifacts []emit.Artifact) (settings.Settings, error) {
	for _, a := range artifacts {
		if a.Path == settings.Path {
			return settings.Parse(a.Content)
		}
	}
	return settings.Settings{}, fmt.Errorf("the build has no %s: compile again", settings.Path)
}
