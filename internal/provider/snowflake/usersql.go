package snowflake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// userPrefix begins the ids of the user's own SQL: sql/001_regions.sql is a
// file, sql/001_regions.sql#2 its second statement.
const userPrefix = "sql/"

func readUserFile(name, content string) (userFile, error) {
	statements, err := split(content)
	if err != nil {
		return userFile{}, fmt.Errorf("migrations/%s: %w", name, err)
	}
	return userFile{name, statements}, nil
}

func (f userFile) id() string { return userPrefix + f.name }

func (f userFile) part(i int) string { return fmt.Sprintf("%s#%d", f.id(), i+1) }

// digest of a file is that of its statements. Line ends, comments between
// statements and space around them do not count.
func (f userFile) digest() string { return sum(strings.Join(f.statements, ";\n")) }

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(s[:])
}

// userSQL adds the user's files, after all that is ours.
func (p *planner) userSQL() {
	for _, f := range p.files {
		if c := p.file(f); c.ID != "" {
			p.link(c)
		}
	}
}

// file compares one file. What has run may not change: someone who looks at the
// file would believe that it is what is there.
func (p *planner) file(f userFile) deploy.Change {
	c := deploy.Change{ID: changeID(f.id()), Provider: Name, Kind: "sql", Name: "migrations/" + f.name, Action: deploy.Create, Risk: deploy.Safe,
		Reason: "it has not been run yet", Statement: strings.Join(f.statements, ";\n"), Content: f.digest(), Needs: []string{"bootstrap:snowflake"}}
	whole := p.live.ledger[f.id()]
	for i, sql := range f.statements {
		if r := p.live.ledger[f.part(i)]; r.status == done && r.digest != sum(sql) {
			return refuse(c, fmt.Sprintf("statement %d has run and was changed since", i+1))
		} else if r.status == failed {
			c.Reason = fmt.Sprintf("statement %d failed the last time: %s", i+1, oneLine(r.failure))
		}
	}
	switch {
	case whole.status != done:
		return c
	case whole.digest != f.digest():
		return refuse(c, "it has run and was changed since")
	}
	return deploy.Change{}
}

func refuse(c deploy.Change, why string) deploy.Change {
	c.Action, c.Reason = deploy.Blocked, why
	c.Next = "Put the file back as it was, and write what is to happen now into a new file that comes after it."
	return c
}

// userRole is whom the user's SQL runs as: the role that makes the sync views.
func userRole(set migration.Set) string {
	for _, s := range set.Statements {
		if s.Kind == migration.Create && s.Object.Type == "view" {
			return s.As
		}
	}
	return set.Deploy
}
