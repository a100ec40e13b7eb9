package yamltree

// Node is one value: Map, Seq, Str, Block, Int, Bool, Null, Tagged or
// Commented.
type Node interface{ node() }

type (
	// Map is a mapping in the order in which it is written. A key may occur
	// once only.
	Map []Entry
	// Seq is a list.
	Seq []Node
	// Str is text, quoted only where it has to be.
	Str string
	// Block is text of several lines, written as a literal block (|) where
	// YAML can say it so, and as quoted text otherwise.
	Block string
	// Int is a whole number.
	Int int64
	// Bool is true or false.
	Bool bool
	// Null is nothing.
	Null struct{}
)

// Entry is one key of a Map. Comment is written above it, one "#" line for
// each of its lines, and Gap leaves an empty line before both.
type Entry struct {
	Key     string
	Value   Node
	Comment string
	Gap     bool
}

// Tagged is a value with a local tag: Tagged{"Ref", Str("Key")} is "!Ref Key".
// A tagged value cannot itself be tagged.
type Tagged struct {
	Tag   string // without the exclamation mark
	Value Node
}

// Commented is an item of a Seq with a comment above it.
type Commented struct {
	Comment string
	Value   Node
}

func (Map) node()       {}
func (Seq) node()       {}
func (Str) node()       {}
func (Block) node()     {}
func (Int) node()       {}
func (Bool) node()      {}
func (Null) node()      {}
func (Tagged) node()    {}
func (Commented) node() {}

// Document is a whole file: a comment at its top and one value.
type Document struct {
	Comment string
	Root    Node
}

// K is an Entry without a comment.
func K(key string, value Node) Entry { return Entry{Key: key, Value: value} }

// Strs is a Seq of texts.
func Strs(texts ...string) Seq {
	seq := make(Seq, len(texts))
	for i, t := range texts {
		seq[i] = Str(t)
	}
	return seq
}

// Get gives the value under key, or nil.
func (m Map) Get(key string) Node {
	for _, e := range m {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}
