package mask

import (
	"strings"
	"unicode"
)

// blanks are what is cut off an address before it is compared, as in the models.
const blanks = " \t\n\r\u00a0"

// isAddress is when the models take a text for an address: something, an @,
// something, a dot, something.
func isAddress(core string) bool {
	rest := core
	for i, r := range rest {
		if r != '@' || i == 0 {
			continue
		}
		after := rest[i+1:]
		for j, d := range after {
			if d == '.' && j > 0 && j+1 < len(after) {
				return true
			}
		}
	}
	return false
}

// codeLength makes two addresses with one mask as unlikely as can be.
const codeLength = 10

// address masks an address. Which of its letters are upper case is kept, letter
// by letter, so that addresses that differ in case alone still do.
func (m *Masker) address(core string) string {
	same := strings.ToLower(core)
	at := strings.LastIndexByte(same, '@')
	local := m.word("given", same) + "." + m.word("family", same) + "." + m.code("address", same, codeLength)
	upper := uppers(core)
	domain := "@" + m.word("domain", same[at+1:]) + ".example"
	if lack := len(upper) - len(uppers(local+domain)); lack > 0 {
		local += strings.Repeat("x", lack)
	}
	return recase(local+domain, upper)
}

// uppers says of each letter whether it is upper case.
func uppers(s string) []bool {
	var out []bool
	for _, r := range s {
		if unicode.IsLetter(r) {
			out = append(out, unicode.IsUpper(r))
		}
	}
	return out
}

// recase writes letters in upper case where the original's were. An address all
// in upper case stays so to its end.
func recase(s string, upper []bool) string {
	all := len(upper) > 0
	for _, u := range upper {
		all = all && u
	}
	if all {
		return strings.ToUpper(s)
	}
	out, n := []byte(s), 0
	for i, c := range out {
		if c >= 'a' && c <= 'z' {
			if n < len(upper) && upper[n] {
				out[i] = c - 'a' + 'A'
			}
			n++
		}
	}
	return string(out)
}
