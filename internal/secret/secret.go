package secret

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// shown is all that is ever printed of a Value.
const shown = "(secret)"

// Value is a text that cannot print itself.
type Value struct{ text string }

// New makes a Value.
func New(text string) Value { return Value{text} }

// Reveal gives the text. Its callers are those that hand it to a system which
// has to have it.
func (v Value) Reveal() string { return v.text }

// Empty reports whether there is nothing in it.
func (v Value) Empty() bool { return v.text == "" }

// Len is the number of bytes.
func (v Value) Len() int { return len(v.text) }

// String hides the text.
func (Value) String() string { return shown }

// GoString hides the text from %#v.
func (Value) GoString() string { return shown }

// Format hides the text from every verb.
func (Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, shown) }

// MarshalText hides the text from JSON, YAML and XML.
func (Value) MarshalText() ([]byte, error) { return []byte(shown), nil }

// LogValue hides the text from structured logs.
func (Value) LogValue() slog.Value { return slog.StringValue(shown) }

// Source gives the secret of a name, such as X of ${secret.X}, and whether
// there is one.
type Source func(name string) (Value, bool)

// rounds makes guessing a short secret from its digest slow: about 20 ms a try
// on one core.
const rounds = 100_000

const digestForm = "v1"

// Digest gives a salted digest of v: v1:SALT:HASH. Two digests of one value
// differ; Matches tells whether a value belongs to one.
func Digest(v Value) string {
	salt := make([]byte, 12)
	if _, err := rand.Read(salt); err != nil {
		panic("no randomness: " + err.Error()) // crypto/rand never fails on a working system
	}
	return digest(v, salt)
}

func digest(v Value, salt []byte) string {
	sum, err := pbkdf2.Key(sha256.New, v.text, salt, rounds, 18)
	if err != nil {
		panic("pbkdf2: " + err.Error()) // only for lengths that are not ours
	}
	enc := base64.RawURLEncoding
	return digestForm + ":" + enc.EncodeToString(salt) + ":" + enc.EncodeToString(sum)
}

// Matches reports whether v is the value that the digest was made of. A text
// that is no digest matches nothing.
func Matches(v Value, of string) bool {
	parts := strings.Split(of, ":")
	if len(parts) != 3 || parts[0] != digestForm {
		return false
	}
	salt, err := base64.RawURLEncoding.DecodeString(parts[1])
	return err == nil && subtle.ConstantTimeCompare([]byte(digest(v, salt)), []byte(of)) == 1
}
