package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

func told(live bool) string {
	var b bytes.Buffer
	began := time.Unix(0, 0)
	p := progress{w: &b, began: began, live: live}
	for i, e := range []deploy.Event{
		{Change: "a", State: deploy.Started},
		{Change: "b", State: deploy.Started},
		{Change: "a", Message: "3 rows\x1b[2J"},
		{Change: "a", State: deploy.Done, Took: 1500 * time.Microsecond},
		{Change: "b", Message: strings.Repeat("long ", 50)},
		{Change: "b", State: deploy.Failed, Message: "disk is\nfull"},
	} {
		e.At = began.Add(time.Duration(i) * time.Second)
		p.event(e)
	}
	return b.String()
}

func TestProgressInALog(t *testing.T) {
	text := told(false)
	assert.NotContains(t, text, "\x1b")
	assert.NotContains(t, text, "\r")
	lines := strings.Split(text, "\n")
	assert.Equal(t, []string{"    0s  begin   a", "    1s  begin   b"}, lines[:2])
	assert.Equal(t, "    3s  done    a (2ms)", lines[3])
	assert.Len(t, lines, 7, "a message is one line")
}

// What a terminal shows in the end are the steps that ended; until then the last
// line says what runs, and is never so long that it wraps.
func TestProgressOnATerminal(t *testing.T) {
	text := told(true)
	assert.NotContains(t, text, "\x1b[2J")
	lines := strings.Split(text, "\n")
	shown := func(l string) string { return l[strings.LastIndex(l, "\r")+len("\r\x1b[K"):] }
	assert.Equal(t, "    3s  done    a (2ms)", shown(lines[0]))
	assert.Contains(t, shown(lines[1]), "failed  b: disk is")
	assert.Empty(t, lines[2])
	assert.Contains(t, text, "\r\x1b[K    1s  …       a, b\r")
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "\n", "\r"), "\r\x1b[K") {
		assert.LessOrEqual(t, len([]rune(part)), line+1)
	}
}
