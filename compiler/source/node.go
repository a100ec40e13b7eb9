package source

// Kind says what a Node is.
type Kind uint8

// The kinds of node. An alias is resolved while the tree is built, so a reader
// of the tree never meets one.
const (
	Null Kind = iota
	Scalar
	Map
	List
)

// String is the word that messages use for the kind.
func (k Kind) String() string {
	return [...]string{"nothing", "a single value", "a map", "a list"}[k]
}

// Style says how a scalar was written.
type Style uint8

// The styles of a scalar.
const (
	Plain  Style = iota // typed as it is
	Quoted              // '…' or "…"
	Block               // | or >
	// Reference is never made by Parse: a later pass that replaces a
	// placeholder by the name of a value which is not in the file marks it so.
	Reference
	// Unknown is never made by Parse either: the value is not known because of
	// a mistake that was already reported, so a reader takes it as it is.
	Unknown
)

// Node is one value of a YAML file.
//
// A scalar keeps the text that was typed (after quotes and escapes are
// resolved): `NO`, `012345678901` and `2021-01-25` are those letters, whatever
// a YAML 1.1 reader would make of them. The reader that knows which type is
// wanted converts it.
//
// Trees are shared (an anchor used twice is one Node): never change a Node
// after it was built.
type Node struct {
	Kind    Kind
	Style   Style
	Text    string // of a scalar
	Tag     string // such as !Ref; of files that ParseTagged reads only
	Span    Span   // of the value; for a map or a list, of its first key or item
	Entries []Entry
	Items   []*Node
}

// Entry is one key of a map with its value. Keys are unique, `<<` is resolved,
// and the order is that of the file.
type Entry struct {
	Key     string
	KeySpan Span
	Value   *Node
}

// Get returns the value under key, or nil.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Entries {
		if n.Entries[i].Key == key {
			return n.Entries[i].Value
		}
	}
	return nil
}

// Problem is something wrong with the YAML itself: bad syntax, a key twice, an
// unknown alias, a limit passed. Package diag gives each kind its code.
type Problem struct {
	Kind    ProblemKind
	Span    Span
	Message string
	// Related is a second place that explains the first: the other key, the
	// anchor. It may be the zero Span.
	Related        Span
	RelatedMessage string
}

// ProblemKind tells the problems apart.
type ProblemKind uint8

// The kinds of problem.
const (
	BadSyntax        ProblemKind = iota + 1 // the file is not YAML
	DuplicateKey                            // one key twice in a map
	BadAlias                                // alias without anchor, or one that contains itself
	BadMerge                                // `<<` with something that is not a map
	LimitPassed                             // too large, too deep, too many aliases
	BadEncoding                             // not UTF-8
	BraceNeedsQuotes                        // ${…} unquoted inside { } or [ ]
	UnsupportedYAML                         // several documents, tags, complex keys
)

// MaxBytes is the size of the largest file that Parse reads.
const MaxBytes = maxBytes
