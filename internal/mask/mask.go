package mask

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"regexp"
	"strings"
)

// Masker makes masks of one salt.
type Masker struct{ salt []byte }

// New gives a Masker. The salt is secret and stays the same for as long as masks
// are to fit together.
func New(salt []byte) *Masker { return &Masker{salt} }

// Value masks a value of a column of that type of the language: text, email,
// integer, date, json, … Numbers may be json.Number.
func (m *Masker) Value(kind string, v any) any {
	switch x := v.(type) {
	case string:
		return m.text(kind, x)
	case json.Number:
		return json.Number(m.number(x.String()))
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = m.Value("json", x[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, inner := range x {
			out[k] = m.Value("json", inner)
		}
		return out
	}
	return v // null, true, false
}

var (
	webForm = regexp.MustCompile(`^(\s*)([a-zA-Z][a-zA-Z0-9+.-]*://)(.*)$`)
	dayForm = regexp.MustCompile(`^(\s*)(\d{4}-\d{2}-\d{2})(\s*$|[T ].*$)`)
)

func (m *Masker) text(kind, s string) string {
	core := strings.Trim(s, blanks)
	if core == "" {
		return s
	}
	if isAddress(core) && !strings.Contains(core, "://") {
		at := strings.Index(s, core)
		return s[:at] + m.address(core) + s[at+len(core):]
	}
	if w := webForm.FindStringSubmatch(s); w != nil {
		return w[1] + w[2] + m.word("web", w[3]) + ".example/" + m.code("web", w[3], 16)
	}
	if d := dayForm.FindStringSubmatch(s); d != nil && kind != "email" {
		if day, ok := m.day(d[2]); ok {
			return d[1] + day + d[3]
		}
	}
	return m.words(s)
}

// hash is a stream of bytes for a text in one of the uses of the salt.
func (m *Masker) hash(use, text string) []byte {
	mac := hmac.New(sha256.New, m.salt)
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], uint64(len(use)))
	mac.Write(size[:])
	mac.Write([]byte(use))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

const codeLetters = "abcdefghijkmnpqrstuvwxyz23456789" // 32, none that looks like another

// code is a number of letters and digits for a text.
func (m *Masker) code(use, text string, n int) string {
	out := make([]byte, 0, n)
	for block := 0; len(out) < n; block++ {
		for _, b := range m.hash(use+" code "+string(rune('0'+block)), text) {
			if len(out) < n {
				out = append(out, codeLetters[b%32])
			}
		}
	}
	return string(out)
}
