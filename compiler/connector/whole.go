package connector

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
)

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// nowhere is the name under which the library knows the schema. There is nothing
// to load: references lead within it.
const nowhere = "spec:///"

type noLoader struct{}

// Load refuses: the compiler has no network and no files of its own.
func (noLoader) Load(url string) (any, error) { return nil, fmt.Errorf("%s is not read", url) }

// compile makes the schema, without its references where one of them leads
// nowhere, or where they multiply so that a check would not end.
func compile(root map[string]any) (*jsonschema.Schema, error) {
	all := strict(root, true)
	if bounded(all) {
		if schema, err := compiled(all); err == nil {
			return schema, nil
		}
	}
	return compiled(strict(root, false))
}

func compiled(root map[string]any) (schema *jsonschema.Schema, err error) {
	defer func() {
		if p := recover(); p != nil {
			schema, err = nil, fmt.Errorf("the specification is no JSON Schema: %v", p)
		}
	}()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2019)
	c.UseLoader(noLoader{})
	c.UseRegexpEngine(engine)
	if err := c.AddResource(nowhere, root); err != nil {
		return nil, err
	}
	schema, err = c.Compile(nowhere)
	if err != nil {
		return nil, fmt.Errorf("the specification is no JSON Schema: %w", err)
	}
	return schema, nil
}

// loose is a regular expression that Go cannot read: it lets everything pass.
type loose string

func (loose) MatchString(string) bool { return true }
func (l loose) String() string        { return string(l) }

func engine(text string) (jsonschema.Regexp, error) {
	re, err := regexp.Compile(text)
	if err != nil {
		return loose(text), nil
	}
	return re, nil
}

// Refusals makes Spec a catalog.Specification.
func (s *Spec) Refusals(config any) (all []catalog.Refusal) {
	defer func() {
		if p := recover(); p != nil { // a schema that goes round without end
			all = []catalog.Refusal{{Why: fmt.Sprintf("one that the specification can be held to (%v)", p)}}
		}
	}()
	err := s.schema.Validate(config)
	var found *jsonschema.ValidationError
	if !errors.As(err, &found) {
		return nil
	}
	for _, leaf := range leaves(found) {
		all = append(all, refusal(leaf))
	}
	return all
}

// leaves are the reasons behind a refusal. Of a fork, those of the one way that
// was meant; the fork itself where that is not clear.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	switch e.ErrorKind.(type) {
	case *kind.OneOf, *kind.AnyOf:
		return meant(e)
	}
	var all []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		all = append(all, leaves(cause)...)
	}
	return all
}

func meant(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	var best []*jsonschema.ValidationError
	fitting := 0
	for _, cause := range e.Causes {
		of := leaves(cause)
		if slices.ContainsFunc(of, otherForm) {
			continue
		}
		fitting++
		best = of
	}
	if fitting == 1 {
		return best
	}
	return []*jsonschema.ValidationError{e}
}

// otherForm says that this is another way than the one that was meant.
func otherForm(e *jsonschema.ValidationError) bool {
	switch e.ErrorKind.(type) {
	case *kind.Const, *kind.Type, *kind.Enum:
		return true
	}
	return false
}

func refusal(e *jsonschema.ValidationError) catalog.Refusal {
	r := catalog.Refusal{Path: e.InstanceLocation}
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		r.Missing = k.Missing
	case *kind.DependentRequired:
		r.Missing = k.Missing
	case *kind.Dependency:
		r.Missing = k.Missing
	default:
		r.Why = why(k)
	}
	return r
}

// why says what a value must be, as the end of a sentence that begins so.
func why(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.MinItems:
		return fmt.Sprintf("a list of at least %d", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("a list of at most %d", k.Want)
	case *kind.UniqueItems:
		return fmt.Sprintf("a list without repeats: items %d and %d are the same", k.Duplicates[0], k.Duplicates[1])
	case *kind.MinLength:
		return fmt.Sprintf("at least %d letters long", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("at most %d letters long", k.Want)
	case *kind.Minimum:
		return "at least " + decimal(k.Want)
	case *kind.Maximum:
		return "at most " + decimal(k.Want)
	case *kind.ExclusiveMinimum:
		return "more than " + decimal(k.Want)
	case *kind.ExclusiveMaximum:
		return "less than " + decimal(k.Want)
	case *kind.MultipleOf:
		return "a multiple of " + decimal(k.Want)
	case *kind.Pattern:
		return "of the form " + k.Want
	case *kind.Type:
		types := slices.DeleteFunc(slices.Sorted(slices.Values(k.Want)), func(t string) bool { return t == "null" })
		return "of the type " + strings.Join(types, " or ")
	case *kind.Enum, *kind.Const:
		return "one of the values that the connector names"
	case *kind.AdditionalProperties:
		return "without " + strings.Join(k.Properties, ", ")
	case *kind.OneOf:
		if len(k.Subschemas) > 0 {
			return "of one form only; it fits several"
		}
		return "of one of the forms that the connector knows"
	case *kind.AnyOf:
		return "of one of the forms that the connector knows"
	}
	return "as the connector's specification says (" + strings.Join(k.KeywordPath(), " ") + ")"
}

func decimal(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	return strings.TrimRight(r.FloatString(6), "0")
}
