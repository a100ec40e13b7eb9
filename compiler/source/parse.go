package source

import (
	"errors"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Parse reads a YAML file. It reports as many problems as it can find in one
// run, and gives a tree of what could be read even where there are problems.
// An empty file is a Null node.
func Parse(file string, data []byte) (*Node, []Problem) {
	b := &builder{file: file, anchors: map[string]*Node{}}
	f, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		b.syntax(err)
		return b.null(Span{File: file}), b.problems
	}
	if len(f.Docs) == 0 || f.Docs[0].Body == nil {
		return b.null(Span{File: file}), b.problems
	}
	if len(f.Docs) > 1 {
		b.report(UnsupportedYAML, b.at(f.Docs[1].Start, 3), "a second document starts here; one file holds one document")
	}
	return b.node(f.Docs[0].Body), b.problems
}

type builder struct {
	file     string
	anchors  map[string]*Node
	problems []Problem
}

func (b *builder) report(kind ProblemKind, at Span, message string) {
	b.problems = append(b.problems, Problem{Kind: kind, Span: at, Message: message})
}

func (b *builder) syntax(err error) {
	var e yaml.Error
	if !errors.As(err, &e) {
		b.report(BadSyntax, Span{File: b.file}, err.Error())
		return
	}
	b.report(BadSyntax, b.at(e.GetToken(), 1), e.GetMessage())
}

func (b *builder) at(t *token.Token, width int) Span {
	if t == nil || t.Position == nil {
		return Span{File: b.file}
	}
	start := Pos{t.Position.Line, t.Position.Column}
	return Span{b.file, start, Pos{start.Line, start.Col + width}}
}

func (b *builder) null(at Span) *Node { return &Node{Kind: Null, Span: at} }

func (b *builder) node(n ast.Node) *Node {
	switch n := n.(type) {
	case *ast.MappingNode:
		return b.mapping(n)
	case *ast.MappingValueNode:
		return b.entries([]*ast.MappingValueNode{n}, n.Key.GetToken())
	case *ast.SequenceNode:
		return b.sequence(n)
	case *ast.AnchorNode:
		v := b.node(n.Value)
		b.anchors[n.Name.GetToken().Value] = v
		return v
	case *ast.AliasNode:
		return b.alias(n)
	case *ast.TagNode:
		b.report(UnsupportedYAML, b.at(n.Start, len(n.Start.Value)), "tags such as "+n.Start.Value+" are not supported")
		if n.Value == nil {
			return b.null(b.at(n.Start, 1))
		}
		return b.node(n.Value)
	case *ast.LiteralNode:
		return &Node{Kind: Scalar, Style: Block, Text: n.Value.Value, Span: b.at(n.Start, 1)}
	case *ast.NullNode:
		return b.null(b.at(n.Token, 4))
	case nil:
		return b.null(Span{File: b.file})
	}
	return b.scalar(n.GetToken())
}

func (b *builder) scalar(t *token.Token) *Node {
	n := &Node{Kind: Scalar, Text: t.Value, Span: b.at(t, len([]rune(t.Value)))}
	if t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType {
		n.Style = Quoted
		n.Span.End.Col += 2
	}
	return n
}

func (b *builder) alias(n *ast.AliasNode) *Node {
	name := n.Value.GetToken().Value
	if v, ok := b.anchors[name]; ok {
		return v
	}
	at := b.at(n.Start, len(name)+1)
	b.report(BadAlias, at, "no anchor &"+name+" comes before this alias")
	return b.null(at)
}

func (b *builder) sequence(n *ast.SequenceNode) *Node {
	list := &Node{Kind: List, Span: b.at(n.Start, 1)}
	for _, v := range n.Values {
		list.Items = append(list.Items, b.node(v))
	}
	return list
}

func (b *builder) mapping(n *ast.MappingNode) *Node {
	if len(n.Values) == 0 {
		return &Node{Kind: Map, Span: b.at(n.Start, 1)}
	}
	return b.entries(n.Values, n.Values[0].Key.GetToken())
}

func (b *builder) entries(values []*ast.MappingValueNode, first *token.Token) *Node {
	m := &Node{Kind: Map, Span: b.at(first, len([]rune(first.Value)))}
	var merged []*Node
	seen := map[string]Span{}
	for _, v := range values {
		if _, isMerge := v.Key.(*ast.MergeKeyNode); isMerge {
			merged = append(merged, b.merge(v)...)
			continue
		}
		key := b.scalar(v.Key.GetToken())
		if earlier, twice := seen[key.Text]; twice {
			b.problems = append(b.problems, Problem{
				Kind: DuplicateKey, Span: key.Span, Message: "key \"" + key.Text + "\" is here twice in one map",
				Related: earlier, RelatedMessage: "the first one is here",
			})
			b.node(v.Value)
			continue
		}
		seen[key.Text] = key.Span
		m.Entries = append(m.Entries, Entry{key.Text, key.Span, b.node(v.Value)})
	}
	for _, from := range merged {
		for _, e := range from.Entries {
			if _, have := seen[e.Key]; !have {
				seen[e.Key] = e.KeySpan
				m.Entries = append(m.Entries, e)
			}
		}
	}
	return m
}

func (b *builder) merge(v *ast.MappingValueNode) []*Node {
	from := b.node(v.Value)
	if from.Kind == Map {
		return []*Node{from}
	}
	if from.Kind == List {
		maps := make([]*Node, 0, len(from.Items))
		for _, item := range from.Items {
			if item.Kind == Map {
				maps = append(maps, item)
				continue
			}
			b.report(BadMerge, item.Span, "<< takes maps, and this is "+item.Kind.String())
		}
		return maps
	}
	b.report(BadMerge, from.Span, "<< takes a map or a list of maps, and this is "+from.Kind.String())
	return nil
}
