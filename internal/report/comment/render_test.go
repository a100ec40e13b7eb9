package comment_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// renderer is GitHub's own parser. It does not sanitize, so that what would be
// thrown away by GitHub is seen here.
const renderer = `
import sys, json, cmarkgfm
from cmarkgfm.cmark import Options
for line in sys.stdin:
    page = cmarkgfm.github_flavored_markdown_to_html(json.loads(line), options=Options.CMARK_OPT_UNSAFE)
    print(json.dumps(page), flush=True)
`

// parser is one running renderer. It ends when its input does: with the test's
// process.
var parser struct {
	sync.Mutex
	in  io.Writer
	out *bufio.Reader
}

// rendered is a body as HTML, by GitHub's parser.
func rendered(t testing.TB, markdown string) string {
	t.Helper()
	parser.Lock()
	defer parser.Unlock()
	if parser.in == nil {
		cmd := exec.Command(judge.Program(t, "markdown", "python"), "-c", renderer)
		cmd.Stderr = os.Stderr
		in, inErr := cmd.StdinPipe()
		out, outErr := cmd.StdoutPipe()
		for _, err := range []error{inErr, outErr, cmd.Start()} {
			require.NoError(t, err)
		}
		parser.in, parser.out = in, bufio.NewReaderSize(out, 1<<20)
	}
	require.NoError(t, json.NewEncoder(parser.in).Encode(markdown))
	line, err := parser.out.ReadBytes('\n')
	require.NoError(t, err)
	var page string
	require.NoError(t, json.Unmarshal(line, &page))
	return page
}

// look is what a test wants to know of a rendered body.
type look struct {
	// shape is the sequence of tags, without code spans and links: those depend
	// on the words of a text.
	shape []string
	// open is the text outside of code, where GitHub makes mentions and links.
	open []string
	// text is all of it.
	text  string
	links []string
	// details counts the collapsible lists.
	details  int
	comments int
}

// read parses HTML as a browser does. Tags are taken as they are written, so
// that one that is never closed is seen.
func read(t testing.TB, page string) look {
	t.Helper()
	var l look
	var text strings.Builder
	code := 0 // how deep in code, pre or a link
	z := html.NewTokenizer(strings.NewReader(page))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		token := z.Token()
		switch kind {
		case html.CommentToken:
			l.comments++
		case html.TextToken:
			text.WriteString(token.Data)
			if code == 0 && strings.TrimSpace(token.Data) != "" {
				l.open = append(l.open, token.Data)
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name := token.Data
			end := kind == html.EndTagToken
			if name == "details" && !end {
				l.details++
			}
			if name == "code" || name == "pre" || name == "a" {
				code += map[bool]int{true: -1, false: 1}[end]
			}
			if name == "a" && !end {
				l.links = append(l.links, token.Attr[0].Val)
			}
			if name != "code" && name != "a" {
				l.shape = append(l.shape, map[bool]string{true: "/", false: ""}[end]+name)
			}
		}
	}
	require.ErrorIs(t, z.Err(), io.EOF)
	l.text = text.String()
	return l
}

// balanced reports the first tag that is not closed, or closed without having
// been opened.
func balanced(shape []string) string {
	var open []string
	for _, tag := range shape {
		name, end := strings.CutPrefix(tag, "/")
		switch {
		case name == "br" || name == "img" || name == "hr" || name == "input":
		case !end:
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			return tag
		default:
			open = open[:len(open)-1]
		}
	}
	return strings.Join(open, " ")
}
