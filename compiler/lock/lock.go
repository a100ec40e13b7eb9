package lock

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/connector"
)

// Name is the name of the file. It stands beside tapestry.yaml.
const Name = "tapestry.lock"

// Lock is what a lock file says.
type Lock struct {
	Connectors []Connector // by name
	broken     bool        // there is more in the file, which cannot be read
}

// Connector is one locked connector.
type Connector struct {
	Name       string // airtable
	Title      string
	Docs       string
	Definition string // a UUID
	Repository string // airbyte/source-airtable
	Version    string
	License    string
	Spec       []byte // canonical
}

// Get returns the connector of that name, or nil.
func (l *Lock) Get(name string) *Connector {
	for i := range l.Connectors {
		if l.Connectors[i].Name == name {
			return &l.Connectors[i]
		}
	}
	return nil
}

// Set adds a connector, in place of one of its name.
func (l *Lock) Set(c Connector) {
	if old := l.Get(c.Name); old != nil {
		*old = c
		return
	}
	l.Connectors = append(l.Connectors, c)
	slices.SortFunc(l.Connectors, func(a, b Connector) int { return cmp.Compare(a.Name, b.Name) })
}

// Digest is how the lock names a specification.
func Digest(spec []byte) string {
	sum := sha256.Sum256(spec)
	return "sha256:" + hex.EncodeToString(sum[:])
}

const head = `# Connectors of Airbyte's registry, as this pipeline uses them. Commit this file.
# tapestry-ci catalog update writes it; a change by hand is refused.
version: 1
connectors:`

// Text is the file.
func (l *Lock) Text() []byte {
	var b bytes.Buffer
	b.WriteString(head)
	if len(l.Connectors) == 0 {
		b.WriteString(" {}")
	}
	b.WriteByte('\n')
	for i := range l.Connectors {
		l.Connectors[i].write(&b)
	}
	return b.Bytes()
}

func (c *Connector) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "  %s:\n", quoted(c.Name))
	for _, line := range []struct{ key, text string }{
		{"title", c.Title}, {"docs", c.Docs}, {"definition", c.Definition}, {"repository", c.Repository},
		{"version", c.Version}, {"license", c.License}, {"digest", Digest(c.Spec)},
	} {
		if line.text != "" {
			fmt.Fprintf(b, "    %s: %s\n", line.key, quoted(line.text))
		}
	}
	fmt.Fprintf(b, "    spec: |\n      %s\n", c.Spec)
}

// quoted is a text in double quotes, which JSON and YAML read alike.
func quoted(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		panic(err) // a text can always be encoded
	}
	return string(connector.Printable(bytes.TrimSuffix(b.Bytes(), []byte("\n"))))
}
