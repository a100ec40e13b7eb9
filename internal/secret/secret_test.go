package secret_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

func TestNothingPrintsIt(t *testing.T) {
	const text = "hunter2-canary"
	v := secret.New(text)
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s", "%T"} {
		fmt.Fprintf(&b, verb+"\n", v)
		fmt.Fprintf(&b, verb+"\n", &v)
		fmt.Fprintf(&b, verb+"\n", struct{ V secret.Value }{v})
		fmt.Fprintf(&b, verb+"\n", []secret.Value{v})
		fmt.Fprintf(&b, verb+"\n", map[string]secret.Value{"k": v})
	}
	data, err := json.Marshal(map[string]any{"v": v, "p": &v, "s": []secret.Value{v}})
	require.NoError(t, err)
	b.Write(data)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v, "p", &v)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v, "g", slog.GroupValue(slog.Any("v", v)))
	b.WriteString(fmt.Errorf("failed: %v %w", v, fmt.Errorf("%s", v)).Error())
	require.NotContains(t, b.String(), text)
	require.NotContains(t, b.String(), fmt.Sprintf("%x", text))
	require.Equal(t, text, v.Reveal())
}

func TestDigestTellsSameFromOther(t *testing.T) {
	v := secret.New("s3cret")
	one, two := secret.Digest(v), secret.Digest(v)
	require.NotEqual(t, one, two, "the salt differs")
	require.True(t, secret.Matches(v, one))
	require.True(t, secret.Matches(v, two))
	require.False(t, secret.Matches(secret.New("other"), one))
	require.False(t, secret.Matches(v, ""))
	require.False(t, secret.Matches(v, "v1:not base64:x"))
	require.NotContains(t, one, "s3cret")
}
