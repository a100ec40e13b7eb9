package source

import (
	"strings"

	"github.com/goccy/go-yaml/token"
)

// word is what one token of the library means to us.
type word uint8

const (
	wordEnd word = iota // nothing more in the file
	wordPlain
	wordQuoted
	wordBlock // the | or > of a block scalar
	wordMerge // <<
	wordColon
	wordDash
	wordQuestion
	wordComma
	wordMapOpen
	wordMapClose
	wordListOpen
	wordListClose
	wordAnchor
	wordAlias
	wordTag
	wordDocument // ---
	wordDocumentEnd
	wordDirective
	wordBad // the library could not read on
)

// piece is a word with its exact place in the text.
type piece struct {
	word     word
	off, end int // bytes, end exclusive
	from, to Pos
	first    bool   // nothing but spaces comes before it on its line
	tab      bool   // ... and there is a tab among them
	why      string // of wordBad: what the library says
}

// measure says which word the token is and where it ends. Text that does not
// stand where it must is wordBad: better an error than a wrong reading.
func (s *stream) measure(t *token.Token) (word, int) {
	if known := markOf(t.Type); known.text != "" {
		if strings.HasPrefix(s.text[s.at:], known.text) {
			return known.word, s.at + len(known.text)
		}
		return wordBad, s.at
	}
	switch t.Type {
	case token.InvalidType, token.UnknownType, token.SpaceType:
		return wordBad, s.at
	case token.SingleQuoteType, token.DoubleQuoteType:
		if end := quotedEnd(s.text, s.at); end > 0 {
			return wordQuoted, end
		}
		return wordBad, s.at
	case token.TagType:
		if tag := strings.TrimRight(t.Value, " \n"); strings.HasPrefix(s.text[s.at:], tag) {
			return wordTag, s.at + len(tag)
		}
		return wordBad, s.at
	case token.LiteralType, token.FoldedType:
		line := strings.TrimSuffix(s.text[s.at:s.nextLine(s.at)], "\n")
		if n := headerEnd(line); n > 0 && (line[0] == '|' || line[0] == '>') {
			return wordBlock, s.at + n
		}
		return wordBad, s.at
	}
	if end := plainEnd(s.text, s.at, t.Value); end > 0 {
		return wordPlain, end
	}
	return wordBad, s.at
}

// mark is a token that is always written the same way.
type mark struct {
	word word
	text string
}

var marks = [...]mark{
	token.DocumentHeaderType: {wordDocument, "---"},
	token.DocumentEndType:    {wordDocumentEnd, "..."},
	token.SequenceEntryType:  {wordDash, "-"},
	token.MappingKeyType:     {wordQuestion, "?"},
	token.MappingValueType:   {wordColon, ":"},
	token.MergeKeyType:       {wordMerge, "<<"},
	token.CollectEntryType:   {wordComma, ","},
	token.SequenceStartType:  {wordListOpen, "["},
	token.SequenceEndType:    {wordListClose, "]"},
	token.MappingStartType:   {wordMapOpen, "{"},
	token.MappingEndType:     {wordMapClose, "}"},
	token.AnchorType:         {wordAnchor, "&"},
	token.AliasType:          {wordAlias, "*"},
	token.DirectiveType:      {wordDirective, "%"},
}

func markOf(t token.Type) mark {
	if int(t) < len(marks) {
		return marks[t]
	}
	return mark{}
}

// quotedEnd gives the offset after the quote that closes the one at off, or 0.
func quotedEnd(text string, off int) int {
	quote := text[off]
	for i := off + 1; i < len(text); i++ {
		switch {
		case quote == '"' && text[i] == '\\':
			i++
		case text[i] != quote:
		case quote == '\'' && i+1 < len(text) && text[i+1] == '\'':
			i++
		default:
			return i + 1
		}
	}
	return 0
}

// plainEnd gives the offset after the plain scalar that starts at off and that
// the library reads as value, or 0 where that text does not stand there. The
// two differ in white space and backslashes alone (see forLibrary).
func plainEnd(text string, off int, value string) int {
	if strings.HasPrefix(text[off:], value) && value != "" {
		return off + len(value)
	}
	i := off
	for j := 0; j < len(value); j++ {
		if isBlank(value[j]) {
			continue
		}
		for i < len(text) && isBlank(text[i]) {
			i++
		}
		if i == len(text) || text[i] != value[j] && (text[i] != '\\' || value[j] != 'x') {
			return 0
		}
		i++
	}
	if i == off {
		return 0
	}
	return i
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }
