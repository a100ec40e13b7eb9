package bigfile

import (
	"bytes"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shape is as much of the language as counting needs.
type shape struct {
	Sources map[string]struct {
		Streams map[string]any
	}
	Models map[string]struct {
		Union []struct{ From string }
	}
	Destinations map[string]struct {
		Syncs map[string]struct{ Model string }
	}
}

func parse(t *testing.T, content []byte) shape {
	t.Helper()
	var s shape
	require.NoError(t, yaml.Unmarshal(content, &s))
	return s
}

func TestEntities(t *testing.T) {
	for n, want := range map[int]int{1: 10, 10: 10, 15: 20, 100: 100, 1000: 1000} {
		s := parse(t, Generate(n))
		got := len(s.Sources) + len(s.Models) + len(s.Destinations["mailchimp"].Syncs)
		for _, source := range s.Sources {
			got += len(source.Streams)
		}
		assert.Equal(t, want, got, "entities asked for: %d", n)
	}
}

// Every name that is used is defined, and nothing that is defined is unused.
func TestReferences(t *testing.T) {
	for _, n := range []int{10, 20, 30, 500} {
		s := parse(t, Generate(n))
		defined, used := map[string]bool{}, map[string]bool{}
		for name, source := range s.Sources {
			for stream := range source.Streams {
				defined[name+"."+stream] = true
			}
		}
		for name, model := range s.Models {
			defined[name] = true
			require.Len(t, model.Union, 2)
			require.NotEqual(t, model.Union[0].From, model.Union[1].From)
			for _, input := range model.Union {
				used[input.From] = true
			}
		}
		for _, sync := range s.Destinations["mailchimp"].Syncs {
			used[sync.Model] = true
		}
		assert.Equal(t, defined, used)
	}
}

func TestLinesAnEntity(t *testing.T) {
	lines := bytes.Count(Generate(10_000), []byte("\n"))
	assert.InDelta(t, 93_000, lines, 1_000)
}

func TestSameBytesEveryTime(t *testing.T) {
	assert.Equal(t, Generate(300), Generate(300))
}
