package stackdiff

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzCompare feeds it templates that are none: an error, never a panic. What
// can be read is the same as itself, and the same however often it is compared.
func FuzzCompare(f *testing.F) {
	for _, c := range append(forms, others...) {
		f.Add(around+c.a+"\n", around+c.b+"\n", "a", "b")
	}
	f.Add(switched, string(chain("a").Template), "yes", "no")
	f.Add("Resources: {A: {Type: X, Properties: !Ref B}}", `{"Resources": {"A": {"Type": "X", "Properties": {"Fn::If": ["C", {}, {}]}}}}`, Unknown, "")
	f.Add("Resources: {A: {Type: X, Condition: {a: b}}}", "Resources: {A: {Type: X, DependsOn: {a: b}, DeletionPolicy: [Retain]}}", "", "")
	f.Add("Parameters: {P: !Ref P}\nResources: {A: {Type: X}}\nOutputs: {A: b, C: !Ref D, E: {Condition: [f]}}", "Parameters: {P: [a]}\nResources: {}", "", "")
	f.Fuzz(func(t *testing.T, before, after, p, q string) {
		a := Side{Template: []byte(before), Parameters: map[string]string{"P": p, "On": p, "Password": p}}
		b := Side{Template: []byte(after), Parameters: map[string]string{"P": q, "On": q, "Password": q}}
		r, err := Compare(a, b)
		again, errAgain := Compare(a, b)
		require.Equal(t, fmt.Sprint(err), fmt.Sprint(errAgain))
		require.Equal(t, r, again)
		for _, x := range r.Resources {
			assert.NotEmpty(t, x.Reason)
			assert.NotEmpty(t, x.Risk)
		}
		for _, s := range []Side{a, b} {
			if same, err := Compare(s, s); err == nil {
				assert.Empty(t, lines(same))
			}
		}
	})
}
