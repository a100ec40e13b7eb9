package dbt

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

const (
	// mostFailures is how many failing nodes are told of.
	mostFailures = 10
	// longestMessage is where the message of one is cut.
	longestMessage = 600
)

// results is target/run_results.json as far as it is read.
type results struct {
	Results []struct {
		UniqueID string `json:"unique_id"`
		Status   string `json:"status"`
		Message  string `json:"message"`
	} `json:"results"`
}

// conclude reads how a build went. The file has the nodes in the order in which
// they ended, so the first that failed is the first cause.
func (r *Run) conclude(path string, ended error, l *log) error {
	r.Outcome = Failed
	data, err := os.ReadFile(path)
	var all results
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		return r.unread(ended, l)
	}
	for _, n := range all.Results {
		r.count(nameOf(n.UniqueID), n.Status, n.Message, l)
	}
	l.progress(fmt.Sprintf("dbt %s: %d passed, %d warned, %d failed, %d skipped", r.Dbt, r.Pass, r.Warn, r.Error, r.Skip))
	if r.Error > 0 {
		return r.failed()
	}
	if ended != nil {
		return r.unread(ended, l)
	}
	r.Outcome = Done
	return nil
}

func (r *Run) count(node, status, message string, l *log) {
	switch status {
	case "success", "pass":
		r.Pass++
	case "warn":
		r.Warn++
	case "skipped":
		r.Skip++
	case "no-op", "reused":
	default: // error, fail, runtime error, partial success
		r.Error++
		text := oneLine(l.hide(plain(message)))
		if said := l.guards[node]; said != nil {
			text = strings.Join(said, "; ")
		}
		if len(r.Failing) < mostFailures {
			r.Failing = append(r.Failing, Failure{node, shorten(text)})
		}
	}
}

// oneLine is a message on one line: whoever prints it shows a line end as a sign.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// failed lists what failed, the first cause first.
func (r *Run) failed() error {
	var b strings.Builder
	fmt.Fprintf(&b, "dbt build: %d %s failed", r.Error, plural(r.Error, "node", "nodes"))
	if r.Skip > 0 {
		fmt.Fprintf(&b, ", and %d behind %s %s skipped", r.Skip, plural(r.Error, "it", "them"), plural(r.Skip, "was", "were"))
	}
	sign := ": "
	for _, f := range r.Failing {
		b.WriteString(sign + f.Node + ": " + strings.TrimRight(f.Message, "."))
		sign = "; "
	}
	if more := r.Error - len(r.Failing); more > 0 {
		fmt.Fprintf(&b, "; and %d more", more)
	}
	b.WriteString(". Correct the cause and apply again.")
	return errors.New(b.String())
}

// unread is a build that ended before any node was reached, or in a way that
// its results do not tell.
func (r *Run) unread(ended error, l *log) error {
	said := strings.Join(l.errors, "; ")
	if said == "" {
		said = oneLine(l.hide(plain(l.tail.String())))
	}
	if said == "" {
		said = "it said nothing"
	}
	how := "without results"
	if ended != nil {
		how = ended.Error()
	}
	said = shorten(said)
	r.Failing = []Failure{{Name, said}}
	return fmt.Errorf("dbt build ended (%s): %s", how, said)
}

// nameOf takes the kind and the project off a node's id:
// model.tapestry_shop.people, test.tapestry_shop.unique_people_EMAIL.f608706914.
func nameOf(id string) string {
	parts := strings.SplitN(id, ".", 3)
	name := parts[len(parts)-1]
	if parts[0] == "test" {
		name, _, _ = strings.Cut(name, ".")
	}
	return name
}

func shorten(text string) string {
	runes := []rune(text)
	if len(runes) <= longestMessage {
		return text
	}
	return string(runes[:longestMessage]) + "…"
}
