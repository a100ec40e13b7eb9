package ci

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Record is what a comment with a plan remembers of it, so that a refusal can say
// what differs. Nothing is approved by it.
type Record struct {
	// Base is the tip of the branch that the plan was made on top of.
	Base string `json:"base,omitempty"`
	// Plan has no more of each change than its id, its action, its counts and a
	// digest of all of it.
	Plan *deploy.Plan `json:"plan,omitempty"`
	// Uncounted says that the counts had no room, Short that the changes had none.
	Uncounted bool `json:"uncounted,omitempty"`
	Short     bool `json:"short,omitempty"`
}

const (
	recordOpen  = "<!-- tapestry-ci reviewed: "
	recordClose = " -->"
	// recordMost is the most bytes of a comment that a record may take, and
	// recordWhole the most that is unpacked: a comment is written by others, too.
	recordMost  = 12_000
	recordWhole = 4 << 20
)

// newRecord remembers a plan.
func newRecord(base string, p *deploy.Plan) Record {
	return Record{Base: base, Plan: outline(p)}
}

// outline leaves of each change what Compare needs to word a difference.
func outline(p *deploy.Plan) *deploy.Plan {
	out := *p
	out.Notes, out.Commit, out.Tool, out.Changes = nil, "", "", nil
	for _, c := range p.Changes {
		if c.Aside {
			continue
		}
		c.Origins = nil
		if c.Effect != nil {
			effect := *c.Effect
			effect.Samples = nil
			c.Effect = &effect
		}
		data, _ := json.Marshal(c) // a struct of texts and numbers always has a JSON form
		sum := sha256.Sum256(data)
		brief := deploy.Change{ID: c.ID, Provider: c.Provider, Action: c.Action, Content: hex.EncodeToString(sum[:6])}
		if c.Effect != nil {
			brief.Effect = c.Effect
			brief.Effect.ChangedFields = nil
		}
		out.Changes = append(out.Changes, brief)
	}
	return &out
}

// encode gives the line at the end of a comment. What has no room is left out.
func (r Record) encode() string {
	line := r.pack()
	if len(line) <= recordMost || r.Plan == nil {
		return line
	}
	r.Uncounted = true
	r.Plan = r.without(r.Plan)
	if line = r.pack(); len(line) > recordMost {
		r.Short = true
		r.Plan = r.without(r.Plan)
		line = r.pack()
	}
	return line
}

// without leaves out of a plan what the record has no room for.
func (r Record) without(p *deploy.Plan) *deploy.Plan {
	out := *p
	out.Changes = slices.Clone(p.Changes)
	for i := range out.Changes {
		if r.Uncounted {
			out.Changes[i].Effect = nil
		}
	}
	if r.Short {
		out.Changes = nil
	}
	return &out
}

func (r Record) pack() string {
	data, _ := json.Marshal(r) // see outline
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is one
	_, err := w.Write(data)
	if errors.Join(err, w.Close()) != nil { // memory takes everything
		return ""
	}
	return recordOpen + base64.StdEncoding.EncodeToString(b.Bytes()) + recordClose
}

// findRecord reads the last line of a comment. What is no record is an empty one.
func findRecord(body string) Record {
	body = strings.TrimRight(body, " \t\r\n")
	line := body[strings.LastIndexByte(body, '\n')+1:]
	line, opened := strings.CutPrefix(line, recordOpen)
	line, closed := strings.CutSuffix(line, recordClose)
	data, err := base64.StdEncoding.DecodeString(line)
	if !opened || !closed || err != nil {
		return Record{}
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return Record{}
	}
	var r Record
	if json.NewDecoder(io.LimitReader(z, recordWhole)).Decode(&r) != nil {
		return Record{}
	}
	return r
}

// differences says what is otherwise in a plan that was just made.
func (r Record) differences(now *deploy.Plan) []string {
	if r.Plan == nil {
		return nil
	}
	return deploy.Compare(r.Plan, r.without(outline(now)))
}
