package mask

import (
	"regexp"
	"strings"
	"time"
)

// digits changes digits into as many others. It is a permutation: different
// digits always become different ones. Half of them is moved by what the other
// half is, and so on in turns.
func (m *Masker) digits(in []byte) []byte { return m.permute("digits", in) }

const turns = 8

func (m *Masker) permute(use string, in []byte) []byte {
	out := append([]byte(nil), in...)
	half := len(out) / 2
	for turn := range turns {
		moved, by := out[:half], out[half:]
		if turn%2 == 0 {
			moved, by = by, moved
		}
		for i := 0; i < len(moved); i += 32 {
			h := m.hash(use+" "+string(rune('a'+turn))+string(rune('a'+i/32))+string(rune('a'+len(in)%997)), string(by))
			for j := i; j < min(i+32, len(moved)); j++ {
				moved[j] = (moved[j] + h[j-i]%10) % 10
			}
		}
	}
	return out
}

var numberForm = regexp.MustCompile(`^(-?)(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// number keeps the sign, the length and the point of a number of JSON. What is
// 0 before the point stays 0.
func (m *Masker) number(s string) string {
	f := numberForm.FindStringSubmatch(s)
	if f == nil {
		return s
	}
	whole := f[2]
	if whole != "0" {
		whole = m.again(whole, func(t string) bool { return t[0] != '0' })
	}
	fraction := f[3]
	if fraction != "" {
		fraction = "." + text(m.permute("fraction", digitsOf(fraction)))
	}
	return f[1] + whole + fraction + f[4]
}

// again permutes until the outcome is one that is wanted. As the text itself is
// one, it always comes to that, and it is still a permutation.
func (m *Masker) again(s string, wanted func(string) bool) string {
	for {
		s = text(m.digits(digitsOf(s)))
		if wanted(s) {
			return s
		}
	}
}

func text(digits []byte) string {
	var b strings.Builder
	for _, d := range digits {
		b.WriteByte('0' + d)
	}
	return b.String()
}

const dayLayout = "2006-01-02"

// Days from 1900 to 2099, counted from the first.
var (
	firstDay = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
	days     = int(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).Sub(firstDay).Hours() / 24)
)

// day is another day; ok is false for one that does not exist or is too far off.
func (m *Masker) day(s string) (masked string, ok bool) {
	at, err := time.Parse(dayLayout, s)
	n := int(at.Sub(firstDay).Hours() / 24)
	if err != nil || n < 0 || n >= days {
		return "", false
	}
	number := []byte{byte(n / 10000 % 10), byte(n / 1000 % 10), byte(n / 100 % 10), byte(n / 10 % 10), byte(n % 10)}
	for {
		number = m.permute("day", number)
		n = 0
		for _, d := range number {
			n = n*10 + int(d)
		}
		if n < days {
			return firstDay.AddDate(0, 0, n).Format(dayLayout), true
		}
	}
}
