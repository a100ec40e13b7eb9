package catalog

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/tapestry-ci/tapestry-ci/compiler/decode"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

//go:embed all:sources all:destinations all:templates
var embedded embed.FS

// Catalog reads entries when they are asked for and keeps them. It is safe for
// use by several goroutines.
type Catalog struct {
	fsys         fs.FS
	base         *Catalog // of one that With made
	added        Added
	mu           sync.Mutex
	sources      map[string]*Source
	destinations map[string]*Destination
	problems     map[string]diag.List
}

// New reads a catalogue from a file system with the folders sources and
// destinations. A folder that is missing is empty.
func New(fsys fs.FS) *Catalog {
	return &Catalog{fsys: fsys, sources: map[string]*Source{}, destinations: map[string]*Destination{}, problems: map[string]diag.List{}}
}

// Embedded is the catalogue that the program carries.
var Embedded = sync.OnceValue(func() *Catalog { return New(embedded) })

// Added are sources from elsewhere, such as a lock file.
type Added interface {
	// Names lists them. Complete is false where others could not be read.
	Names() []string
	Complete() bool
	// Source makes one of them. base is the catalogue's own entry of that name,
	// or nil.
	Source(name string, base *Source) (*Source, diag.List)
}

// With gives a catalogue that has more sources than c. Where both have one of a
// name, the added one counts.
func (c *Catalog) With(added Added) *Catalog {
	return &Catalog{base: c, added: added, sources: map[string]*Source{}, problems: map[string]diag.List{}}
}

// Complete reports whether all sources could be read, so that one which is not
// there is not known at all.
func (c *Catalog) Complete() bool { return c.base == nil || c.added.Complete() && c.base.Complete() }

// SourceNames lists the names of all sources, sorted.
func (c *Catalog) SourceNames() []string {
	if c.base == nil {
		return c.names("sources")
	}
	names := append(c.base.SourceNames(), c.added.Names()...)
	slices.Sort(names)
	return slices.Compact(names)
}

// DestinationNames lists the names of all destinations, sorted.
func (c *Catalog) DestinationNames() []string {
	if c.base != nil {
		return c.base.DestinationNames()
	}
	return c.names("destinations")
}

func (c *Catalog) names(folder string) []string {
	entries, err := fs.ReadDir(c.fsys, folder)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok {
			names = append(names, name)
		}
	}
	return names
}

// Source returns the entry of that name, or nil where there is none. The list
// is what is wrong with the entry itself.
func (c *Catalog) Source(name string) (*Source, diag.List) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.base == nil {
		return entry(c, c.sources, "sources", name, func(s *Source) { s.Name = name })
	}
	if s, ok := c.sources[name]; ok {
		return s, c.problems["sources/"+name]
	}
	s, problems := c.base.Source(name)
	if slices.Contains(c.added.Names(), name) {
		s, problems = c.added.Source(name, s)
	}
	c.sources[name], c.problems["sources/"+name] = s, problems
	return s, problems
}

// Destination returns the entry of that name, or nil where there is none. The
// list is what is wrong with the entry itself.
func (c *Catalog) Destination(name string) (*Destination, diag.List) {
	if c.base != nil {
		return c.base.Destination(name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return entry(c, c.destinations, "destinations", name, func(d *Destination) { d.Name = name })
}

func entry[T any](c *Catalog, cache map[string]*T, folder, name string, set func(*T)) (*T, diag.List) {
	if e, ok := cache[name]; ok {
		return e, c.problems[folder+"/"+name]
	}
	file := path.Join(folder, name+".yaml")
	if !fs.ValidPath(file) || path.Dir(file) != folder {
		return nil, nil
	}
	data, err := fs.ReadFile(c.fsys, file)
	if err != nil {
		cache[name] = nil
		return nil, nil
	}
	root, problems := source.Parse("catalog/"+file, data)
	list := diag.FromProblems(problems)
	out := new(T)
	if root != nil {
		decode.Into(root, out, &list)
	}
	set(out)
	cache[name], c.problems[folder+"/"+name] = out, list
	return out, list
}

// DecodeEntry makes OrderedMap a decode.Mapping.
func (m *OrderedMap[T]) DecodeEntry(key string, _ source.Span, into func(any)) {
	var v T
	into(&v)
	m.Keys, m.Values = append(m.Keys, key), append(m.Values, v)
}

// Grow makes room for n entries.
func (m *OrderedMap[T]) Grow(n int) {
	m.Keys, m.Values = make([]string, 0, n), make([]T, 0, n)
}

// Elem gives the type of the values.
func (m *OrderedMap[T]) Elem() reflect.Type { return reflect.TypeFor[T]() }

// String names the entry in messages.
func (s *Source) String() string { return fmt.Sprintf("%s (%s)", s.Name, s.Airbyte.Repository) }
