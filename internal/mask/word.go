package mask

import (
	"strings"
	"unicode"
)

// The parts of made-up words: how a syllable begins, its vowel, how a word ends.
var (
	onsets = []string{"b", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "st", "tr", "kl"}
	vowels = []string{"a", "e", "i", "o", "u", "ai", "ea", "ou"}
	ends   = []string{"", "n", "l", "r", "s", "th", "m", "ra"}
)

// word is a made-up word for a text, in lower case.
func (m *Masker) word(use, text string) string {
	h := m.hash(use+" word", text)
	var b strings.Builder
	for i := range 4 {
		// Two bytes for each: one would favour some of the onsets.
		b.WriteString(onsets[(int(h[4*i])<<8|int(h[4*i+1]))%len(onsets)])
		b.WriteString(vowels[int(h[4*i+2])%len(vowels)])
	}
	b.WriteString(ends[int(h[16])%len(ends)])
	return b.String()
}

// words masks a text word by word, and its digits together.
func (m *Masker) words(s string) string {
	var b, run strings.Builder
	flush := func() {
		if run.Len() > 0 {
			b.WriteString(m.oneWord(run.String()))
			run.Reset()
		}
	}
	digits := m.digits(digitsOf(s))
	for _, r := range s {
		switch {
		case isDigit(r):
			flush()
			b.WriteByte('0' + digits[0])
			digits = digits[1:]
		case inWord(r):
			run.WriteRune(r)
		default:
			flush()
			b.WriteRune(r)
		}
	}
	flush()
	return b.String()
}

// oneWord keeps the three usual ways of writing a word. One that is written
// otherwise is a word of its own.
func (m *Masker) oneWord(s string) string {
	lower, upper := strings.ToLower(s), strings.ToUpper(s)
	first := []rune(lower)
	title := strings.ToUpper(string(first[:1])) + string(first[1:])
	switch s {
	case lower:
		return m.word("name", lower)
	case title:
		return titled(m.word("name", lower))
	case upper:
		return strings.ToUpper(m.word("name", lower))
	}
	return titled(m.word("name as written", s))
}

func titled(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// digitsOf are the digits of a text. Those of other scripts are taken for
// letters.
func digitsOf(s string) []byte {
	var out []byte
	for _, r := range s {
		if isDigit(r) {
			out = append(out, byte(r-'0'))
		}
	}
	return out
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) }
