package stackdiff

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// template is one side, read.
type template struct {
	root      *source.Node
	reader    *reader
	resources map[string]*resource
}

// resource is one of a template's resources with everything put in that is
// known.
type resource struct {
	kind       string // AWS::EC2::Instance
	exists     verdict
	properties value
	// attributes are what stands beside Properties: DeletionPolicy, Metadata.
	attributes value
}

// there reports whether a resource exists, or may.
func (r *resource) there() bool { return r != nil && r.exists.truth != no }

func (r *resource) attribute(name string) string {
	if r == nil {
		return ""
	}
	return r.attributes.get(name).text
}

// load reads both sides.
func load(sides [2]Side) ([2]*template, error) {
	var templates [2]*template
	for i, name := range []string{"live template", "template"} {
		t, err := parse(name, sides[i].Template)
		if err != nil {
			return templates, err
		}
		templates[i] = t
	}
	unsettled, masks := open(templates, sides), secrets(templates)
	for i, name := range []string{"live template", "template"} {
		t := templates[i]
		if err := t.load(t.values(sides[i], unsettled, masks)); err != nil {
			return templates, fmt.Errorf("the %s cannot be compared: %w", name, err)
		}
	}
	return templates, nil
}

func ids(resources map[string]*resource) []string {
	return slices.Sorted(maps.Keys(resources))
}

// parse reads a template. None at all has no resources.
func parse(name string, data []byte) (*template, error) {
	t := &template{resources: map[string]*resource{}}
	if data == nil {
		return t, nil
	}
	root, problems := source.ParseTagged(name, data)
	if len(problems) > 0 {
		p := problems[0]
		return nil, fmt.Errorf("the %s cannot be read: line %d: %s", name, p.Span.Start.Line, p.Message)
	}
	if root.Kind != source.Map || root.Tag != "" || !isMap(root.Get("Resources")) {
		return nil, fmt.Errorf("the %s has no Resources: it is not a CloudFormation template", name)
	}
	for _, section := range []string{"Parameters", "Mappings", "Conditions", "Outputs"} {
		if n := root.Get(section); n != nil && n.Kind != source.Null && !isMap(n) {
			return nil, fmt.Errorf("the %s has %s that are no map", name, section)
		}
	}
	t.root = root
	return t, nil
}

func isMap(n *source.Node) bool { return n != nil && n.Kind == source.Map && n.Tag == "" }

func (t *template) section(name string) *source.Node {
	if n := t.root.Get(name); isMap(n) {
		return n
	}
	return nil
}

// load reads conditions and resources with the parameters put in.
func (t *template) load(parameters map[string]value) error {
	t.reader = &reader{parameters: parameters, mappings: t.section("Mappings"), conditions: map[string]verdict{}}
	if t.root == nil {
		return nil
	}
	if err := t.reader.decide(t.section("Conditions")); err != nil {
		return err
	}
	for _, e := range t.section("Resources").Entries {
		if strings.HasPrefix(e.Key, "Fn::") {
			return fmt.Errorf("Resources has %s: a template with loops cannot be compared", e.Key)
		}
		r, err := t.reader.resource(e.Value)
		if err != nil {
			return fmt.Errorf("resource %s: %w", e.Key, err)
		}
		t.resources[e.Key] = r
	}
	return nil
}

func (r *reader) resource(n *source.Node) (*resource, error) {
	kind := n.Get("Type")
	if !isMap(n) || kind == nil || kind.Kind != source.Scalar || kind.Text == "" {
		return nil, errors.New("it has no Type")
	}
	out := &resource{kind: kind.Text, exists: verdict{truth: yes}, properties: entries(nil)}
	beside := map[string]value{}
	for _, e := range n.Entries {
		switch e.Key {
		case "Type":
		case "Properties":
			if out.properties = r.read(e.Value); out.properties.form != object && out.properties.form != call {
				out.properties = entries(nil)
			}
		case "Condition":
			v, ok := r.conditions[e.Value.Text]
			if !ok {
				return nil, fmt.Errorf("its condition %q is not defined", e.Value.Text)
			}
			out.exists = v
		case "DependsOn":
			beside[e.Key] = depends(r.read(e.Value))
		default:
			beside[e.Key] = r.read(e.Value)
		}
	}
	out.attributes = entries(beside)
	return out, nil
}

// depends is always a list, and its order says nothing.
func depends(v value) value {
	if v.form != list {
		return seq(v)
	}
	items := slices.Clone(v.items)
	slices.SortFunc(items, order)
	return value{form: list, items: items}
}
