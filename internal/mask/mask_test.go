package mask

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var masker = New([]byte("0123456789abcdef0123456789abcdef"))

func masked(kind string, v string) string { return masker.Value(kind, v).(string) }

func TestAddressesKeepWhatTellsThemApart(t *testing.T) {
	base := masked("email", "diana.prince@rainshield.example")
	require.True(t, isAddress(base), base)
	assert.True(t, strings.HasSuffix(base, ".example"))
	assert.Equal(t, base, strings.ToLower(base))
	seen := map[string]bool{base: true}
	for _, form := range []string{"Diana.Prince@rainshield.example", "DIANA.PRINCE@RAINSHIELD.EXAMPLE", " diana.prince@rainshield.example", "diana.prince@rainshield.example\u00a0",
		"\tDiana.Prince@Rainshield.example ", "diana.prince@rainshield.examplE", "dIANA.PRINCE@RAINSHIELD.EXAMPLE"} {
		got := masked("email", form)
		assert.Equal(t, base, strings.ToLower(strings.Trim(got, blanks)), form)
		assert.Equal(t, len(form)-len(strings.TrimLeft(form, blanks)), len(got)-len(strings.TrimLeft(got, blanks)), form)
		assert.False(t, seen[got], "%q is the mask of two forms", got)
		seen[got] = true
	}
	assert.Equal(t, strings.ToUpper(base), masked("email", "DIANA.PRINCE@RAINSHIELD.EXAMPLE"))
	assert.NotEqual(t, base, masked("email", "diana.prince@other.example"))
	other := masked("email", "barry@rainshield.example")
	assert.Equal(t, base[strings.Index(base, "@"):], other[strings.Index(other, "@"):], "one domain")
	assert.Equal(t, base, masked("text", "diana.prince@rainshield.example"), "in whichever column")
}

// A long address has more letters than its mask: the case of each still counts.
func TestLongAddresses(t *testing.T) {
	long := strings.Repeat("abcdefghij", 20) + "@x.example"
	a, b := masked("email", long[:150]+"Z"+long[151:]), masked("email", long[:150]+"z"+long[151:])
	assert.NotEqual(t, a, b)
	assert.Equal(t, strings.ToLower(a), b)
}

func TestWhatIsNoAddressStaysNone(t *testing.T) {
	for _, s := range []string{"n/a", "unknown", "@x.example", "a@", "a@b", "a@.b", "diana at home", "a@b."} {
		got := masked("email", s)
		assert.False(t, isAddress(strings.Trim(got, blanks)), "%q → %q", s, got)
	}
	for _, s := range []string{"", "  ", "\t", "\u00a0"} {
		assert.Equal(t, s, masked("email", s))
	}
	assert.Nil(t, masker.Value("email", nil))
	assert.Equal(t, true, masker.Value("boolean", true))
}

func TestNames(t *testing.T) {
	diana, prince := masked("text", "Diana"), masked("text", "Prince")
	assert.Equal(t, diana+" "+prince, masked("text", "Diana Prince"))
	assert.Equal(t, strings.ToUpper(diana), masked("text", "DIANA"))
	assert.Equal(t, strings.ToLower(diana), masked("text", "diana"))
	assert.Regexp(t, `^[A-Z][a-z]{5,}$`, diana)
	assert.Regexp(t, `^[A-Z][a-z]+-[A-Z][a-z]+$`, masked("text", "Anne-Marie"))
	assert.Regexp(t, `^ [A-Z][a-z]+ +'[a-z]+'$`, masked("text", " O  'the'"))
	assert.NotEqual(t, masked("text", "McDonald"), masked("text", "Mcdonald"))
	assert.NotEqual(t, masked("text", "McDonald"), masked("text", "MCDonald"))
	for _, s := range []string{"Łukasz", "Ægir", "王小明", "Зоя", "José", "Jose\u0301", "ﬁ", "İpek", "٣٤"} {
		got := masked("text", s)
		assert.NotContains(t, got, s)
		for _, r := range got {
			assert.Less(t, r, rune(unicode.MaxASCII), "%q → %q", s, got)
		}
	}
	assert.Equal(t, "🙂 ", masked("text", "🙂 "))
}

func TestDigitsAreAPermutation(t *testing.T) {
	for _, form := range []string{"%d", "%02d", "+49 %05d", "%04d-12"} {
		seen := map[string]bool{}
		for i := range 2000 {
			s := fmt.Sprintf(form, i)
			got := masked("text", s)
			require.Len(t, got, len(s))
			require.False(t, seen[got], "%s → %s", s, got)
			seen[got] = true
		}
	}
	assert.Regexp(t, `^\+\d\d \(\d{3}\) \d{4}$`, masked("text", "+49 (170) 1234"))
}

func TestNumbers(t *testing.T) {
	seen := map[json.Number]bool{}
	for i := range 3000 {
		n := json.Number(fmt.Sprint(i))
		got := masker.Value("integer", n).(json.Number)
		require.Len(t, got, len(n))
		require.False(t, seen[got])
		seen[got] = true
		_, err := got.Int64()
		require.NoError(t, err)
		require.True(t, json.Valid([]byte(got)), got)
	}
	assert.Regexp(t, `^-\d{3}\.\d\d$`, string(masker.Value("float", json.Number("-120.50")).(json.Number)))
	assert.Regexp(t, `^0\.\d$`, string(masker.Value("float", json.Number("0.5")).(json.Number)))
	assert.Equal(t, json.Number("nonsense"), masker.Value("float", json.Number("nonsense")))
	assert.Len(t, masked("text", strings.Repeat("1234567890", 30)), 300)
}

func TestDays(t *testing.T) {
	seen := map[string]bool{}
	for n := range 3000 {
		day := firstDay.AddDate(0, 0, 30000+n).Format(dayLayout)
		got := masked("date", day)
		require.Regexp(t, `^(19|20)\d\d-\d\d-\d\d$`, got)
		require.False(t, seen[got])
		seen[got] = true
	}
	assert.Regexp(t, `^\d{4}-\d\d-\d\dT10:11:12Z$`, masked("timestamp", "1980-05-06T10:11:12Z"))
	assert.Equal(t, masked("date", "1980-05-06"), masked("timestamp", "1980-05-06T10:11:12Z")[:10])
	assert.Regexp(t, `^\d{4}-\d\d-\d\d$`, masked("date", "2023-02-31"))
}

func TestWebAddressesAndJSON(t *testing.T) {
	web := masked("text", "https://zoom.us/w/123?tk=diana@x.example")
	assert.Regexp(t, `^https://[a-z]+\.example/[a-z0-9]{16}$`, web)
	got := masker.Value("json", map[string]any{"street": "Main", "list": []any{"diana@x.example", json.Number("12"), nil, true}}).(map[string]any)
	assert.Equal(t, masked("text", "Main"), got["street"])
	list := got["list"].([]any)
	assert.Equal(t, masked("email", "diana@x.example"), list[0])
	assert.Equal(t, []any{nil, true}, list[2:])
}

// Masks depend on the salt and on nothing else.
func TestSalt(t *testing.T) {
	other := New([]byte("another salt that is as long as any"))
	for _, s := range []string{"diana@x.example", "Diana", "12345678", "1980-05-06", "https://x.example/1"} {
		assert.NotEqual(t, masked("text", s), other.Value("text", s), s)
		assert.Equal(t, masked("text", s), New(masker.salt).Value("text", s), s)
	}
}

func TestManyPeopleStayDifferent(t *testing.T) {
	addresses, names := map[string]bool{}, map[string]bool{}
	for i := range 5000 {
		name := string([]rune{rune('a' + i%26), rune('a' + i/26%26), rune('a' + i/676%26), 'o'})
		addresses[masked("email", name+"@x.example")] = true
		names[masked("text", name)] = true
	}
	assert.Len(t, addresses, 5000)
	assert.Len(t, names, 5000)
}
