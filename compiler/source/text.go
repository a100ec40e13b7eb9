package source

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxBytes is the largest file that is read. Larger ones are refused before
// anything looks at them.
const maxBytes = 10 << 20

var utf8Mark = []byte("\xef\xbb\xbf")

// readText turns the bytes of a file into the text that is parsed: without
// byte-order mark and with every line break as \n, so that a checkout with CRLF
// reads exactly as one with LF. A problem means that there is nothing to parse.
func readText(file string, data []byte) (string, *Problem) {
	if len(data) > maxBytes {
		return "", &Problem{Kind: LimitPassed, Span: Span{File: file}, Message: fmt.Sprintf(
			"the file has %d bytes and at most %d (10 MiB) are read", len(data), maxBytes)}
	}
	data = bytes.TrimPrefix(data, utf8Mark)
	if p := checkEncoding(file, data); p != nil {
		return "", p
	}
	text := string(data)
	if strings.IndexByte(text, '\r') >= 0 {
		text = strings.ReplaceAll(text, "\r\n", "\n")
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	return text, checkCharacters(file, text)
}

// checkEncoding finds UTF-16 and UTF-32 (by their marks, or by the NUL that
// stands beside every ASCII letter in them) and bytes that are not UTF-8.
func checkEncoding(file string, data []byte) *Problem {
	first := Span{file, Pos{1, 1}, Pos{1, 2}}
	wide := bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) ||
		len(data) > 1 && (data[0] == 0) != (data[1] == 0)
	if wide {
		return &Problem{Kind: BadEncoding, Span: first,
			Message: "the file is UTF-16 or UTF-32; save it as UTF-8"}
	}
	if utf8.Valid(data) {
		return nil
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return &Problem{Kind: BadEncoding, Span: spanAt(file, string(bytes.ReplaceAll(data[:at], []byte("\r\n"), []byte("\n")))),
		Message: fmt.Sprintf("the byte 0x%02X is not UTF-8; save the file as UTF-8", data[at])}
}

// checkCharacters refuses what YAML does not allow in a file: control
// characters other than tab and line break.
func checkCharacters(file, text string) *Problem {
	for i := 0; i < len(text); i++ {
		c := text[i]
		isControl := c < ' ' && c != '\t' && c != '\n' || c == 0x7f
		isC1 := c == 0xc2 && text[i+1] < 0xa0 && text[i+1] != 0x85
		if !isControl && !isC1 {
			continue
		}
		r, _ := utf8.DecodeRuneInString(text[i:])
		return &Problem{Kind: BadSyntax, Span: spanAt(file, text[:i]), Message: fmt.Sprintf(
			"the control character U+%04X is not allowed in YAML; remove it, or write it as an escape inside double quotes", r)}
	}
	return nil
}

// spanAt gives the one-character span that follows the text before it.
func spanAt(file, before string) Span {
	before = strings.ReplaceAll(before, "\r", "\n")
	line := strings.Count(before, "\n")
	col := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return Span{file, Pos{line + 1, col + 1}, Pos{line + 1, col + 2}}
}
