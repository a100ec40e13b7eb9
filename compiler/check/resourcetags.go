package check

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/decode"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// The limits of AWS for tags. Two of the 50 are our own.
const (
	mostTags      = 48
	tagKeyLimit   = 128
	tagValueLimit = 256
)

var tagForm = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// checkResourceTags: AWS takes the tags (TAP507).
func checkResourceTags(p *resolve.Program, add report) {
	tags := p.File.AWS.Tags.Items
	if len(tags) > mostTags {
		d := problem(BadResourceTag, tags[mostTags].KeySpan, "there are %d tags and a resource may have %d of its own", len(tags), mostTags)
		d.Detail = "AWS allows 50, and two are used for the pipeline and its environment."
		add(d)
	}
	first := map[string]*decode.Item[spec.Text]{}
	for i := range tags {
		t := &tags[i]
		if why := badTagKey(t.Key); why != "" {
			d := problem(BadResourceTag, t.KeySpan, "%s cannot be the key of a tag", quote(t.Key))
			d.Detail = why
			add(d)
		}
		if why := badTagText(t.Value.V, tagValueLimit); why != "" && t.Value.Set {
			d := problem(BadResourceTag, t.Value.Span, "%s cannot be the value of a tag", quote(t.Value.V))
			d.Detail = why
			add(d)
		}
		lower := strings.ToLower(t.Key)
		if other := first[lower]; other != nil {
			d := problem(BadResourceTag, t.KeySpan, "the tags %s and %s differ by case only", quote(other.Key), quote(t.Key))
			d.Detail = "Roles take them for one and refuse the second."
			d.Related = append(d.Related, note(other.KeySpan, "the other one is here"))
			add(d)
			continue
		}
		first[lower] = t
	}
}

func badTagKey(key string) string {
	lower := strings.ToLower(key)
	switch {
	case key == "":
		return "It is empty."
	case strings.HasPrefix(lower, "aws:"):
		return "Keys that begin with aws: belong to Amazon."
	case strings.HasPrefix(lower, "tapestry:"):
		return "Keys that begin with tapestry: say which pipeline and environment a resource belongs to."
	}
	return badTagText(key, tagKeyLimit)
}

func badTagText(text string, most int) string {
	switch {
	case len([]rune(text)) > most:
		return fmt.Sprintf("It has %d characters and may have %d.", len([]rune(text)), most)
	case !tagForm.MatchString(text):
		return "AWS takes letters, digits, spaces and _ . : / = + - @ in tags."
	}
	return ""
}
