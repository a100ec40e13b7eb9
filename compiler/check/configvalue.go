package check

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// scalar looks at the content of a single value.
func (c config) scalar(f *catalog.Field, n *source.Node, path string) {
	if !isOfType(f.Type, n.Text) {
		d := problem(WrongFieldType, n.Span, "the field %s of %s must be %s, not %s", quote(path), quote(c.connector), typeWords[f.Type], quote(n.Text))
		d.Detail = f.Description
		c.add(d)
		return
	}
	why, meant := refusal(f, n.Text)
	if why == "" {
		return
	}
	d := problem(BadFieldValue, n.Span, "the field %s of %s is %s, but must be %s", quote(path), quote(c.connector), quote(n.Text), why)
	d.Suggest, d.Detail = meant, f.Description
	c.add(d)
}

var typeWords = map[string]string{"integer": "a whole number", "number": "a number", "boolean": "true or false"}

func isOfType(typ, text string) bool {
	switch typ {
	case "integer":
		return integerForm.MatchString(text)
	case "number":
		return decimalForm.MatchString(text)
	case "boolean":
		return text == "true" || text == "false"
	}
	return true
}

// Numbers as JSON writes them: without zeros before them.
var (
	integerForm = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})$`)
	decimalForm = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
)

// refusal says what the value must be, where it is not, and the nearest one.
func refusal(f *catalog.Field, text string) (why, meant string) {
	switch {
	case f.Const != nil && f.Const.Text != text:
		return quote(f.Const.Text) + ", which is written where the field is left out", f.Const.Text
	case len(f.Enum) > 0 && !slices.Contains(f.Enum, text):
		return "one of " + list(f.Enum), nearest(text, f.Enum)
	case !matches(f.Pattern, text):
		if f.PatternHint != "" {
			return f.PatternHint, ""
		}
		return "of the form " + f.Pattern, ""
	case !isOfFormat(f.Format, text):
		return formatWords[f.Format], ""
	case datePattern.MatchString(f.Pattern) && !isOnCalendar(text):
		return "a date that is on the calendar", ""
	}
	x, _ := strconv.ParseFloat(text, 64)
	if f.Minimum != nil && x < *f.Minimum {
		return fmt.Sprintf("at least %v", *f.Minimum), ""
	}
	if f.Maximum != nil && x > *f.Maximum {
		return fmt.Sprintf("at most %v", *f.Maximum), ""
	}
	return "", ""
}

// patterns keeps what was compiled: a pattern of the catalogue is asked for as
// often as there are sources.
var patterns sync.Map // string → *regexp.Regexp, nil where it is none

// pattern compiles a regular expression of the catalogue for a whole text. It
// is nil where there is none or where Go cannot read it.
func pattern(text string) *regexp.Regexp {
	if text == "" {
		return nil
	}
	if re, ok := patterns.Load(text); ok {
		return re.(*regexp.Regexp)
	}
	re, err := regexp.Compile(`^(?:` + text + `)$`)
	if err != nil {
		re = nil
	}
	patterns.Store(text, re)
	return re
}

func matches(text, value string) bool {
	re := pattern(text)
	return re == nil || re.MatchString(value)
}

var formatWords = map[string]string{
	"date":      "a date: YYYY-MM-DD",
	"date-time": "a point in time: YYYY-MM-DDTHH:MM:SSZ",
	"uri":       "an address such as https://example.com/path",
	"email":     "an e-mail address",
	"uuid":      "a UUID such as 01234567-89ab-cdef-0123-456789abcdef",
}

var (
	uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)
	uriForm  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#]+[^\s]*$`)
	mailForm = regexp.MustCompile("^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$")
)

func isOfFormat(format, text string) bool {
	switch format {
	case "date":
		return isTime(text, time.DateOnly)
	case "date-time":
		// Connectors say date-time and take a bare date as well.
		return isTime(text, time.RFC3339, "2006-01-02T15:04:05", time.DateOnly)
	case "uri":
		return uriForm.MatchString(text)
	case "email":
		return mailForm.MatchString(text)
	case "uuid":
		return uuidForm.MatchString(text)
	}
	return true
}

// datePattern is how catalogues write the pattern of a date or a point in time.
var datePattern = regexp.MustCompile(`^\^?\(?(\[0-9\]|\\d)\{4\}-(\[0-9\]|\\d)\{2\}-(\[0-9\]|\\d)\{2\}`)

// isOnCalendar looks at what fits such a pattern: its day, and its time where it
// has one.
func isOnCalendar(text string) bool {
	if len(text) < len(time.DateOnly) {
		return true // the pattern says whether it may be so short
	}
	day, rest := text[:len(time.DateOnly)], text[len(time.DateOnly):]
	if !isTime(day, time.DateOnly) {
		return false
	}
	return len(rest) <= len(time.TimeOnly) || isTime(rest[1:len(time.TimeOnly)+1], time.TimeOnly)
}

func isTime(text string, layouts ...string) bool {
	return slices.ContainsFunc(layouts, func(layout string) bool {
		_, err := time.Parse(layout, text)
		return err == nil
	})
}
