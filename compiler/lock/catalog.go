package lock

import (
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/connector"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Open reads the lock in folder dir of fsys. Where there is none, the lock is
// empty and nothing is wrong.
func Open(fsys fs.FS, dir string) (*Lock, diag.List) {
	name := path.Join(dir, Name)
	info, err := fs.Stat(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return &Lock{}, nil
	}
	var data []byte
	switch {
	case err != nil:
	case info.Size() > source.MaxBytes:
		err = errors.New("it is too large")
	default:
		data, err = fs.ReadFile(fsys, name)
	}
	if err != nil {
		return &Lock{broken: true}, diag.List{{Code: "TAP003", Span: source.Span{File: name}, Message: "the file cannot be read: " + err.Error()}}
	}
	return Parse(name, data)
}

// Catalog is base with the locked connectors as sources.
func (l *Lock) Catalog(base *catalog.Catalog) *catalog.Catalog {
	if len(l.Connectors) == 0 && !l.broken {
		return base
	}
	return base.With(l)
}

// Names makes Lock a catalog.Added.
func (l *Lock) Names() []string {
	names := make([]string, len(l.Connectors))
	for i := range l.Connectors {
		names[i] = l.Connectors[i].Name
	}
	return names
}

// Complete makes Lock a catalog.Added.
func (l *Lock) Complete() bool { return !l.broken }

// Source makes Lock a catalog.Added.
func (l *Lock) Source(name string, base *catalog.Source) (*catalog.Source, diag.List) {
	c := l.Get(name)
	s := &catalog.Source{Name: name, Title: c.Title, Docs: c.Docs,
		Description: "Of Airbyte's registry, held by " + Name + ": name its streams with their columns.",
		Airbyte:     catalog.Airbyte{Definition: c.Definition, Repository: c.Repository, Version: c.Version, License: c.License},
		Discovered:  true, Namespaces: true, StreamDefaults: catalog.StreamDefaults{UserKey: true, UserCursor: true}}
	if s.Title == "" {
		s.Title = name
	}
	spec, err := connector.Read(c.Spec)
	if err != nil {
		return s, diag.List{{Code: "TAP203", Message: err.Error()}}
	}
	s.Config, s.Open, s.Spec = spec.Fields, spec.Open, spec
	if base != nil {
		streamsOf(s, base)
	}
	return s, nil
}

// streamsOf takes over what the catalogue knows of the connector's streams, also
// of those that a form of the configuration brings.
func streamsOf(s, base *catalog.Source) {
	s.Title, s.Description = base.Title, base.Description
	s.Discovered, s.Namespaces, s.StreamDefaults, s.Streams = base.Discovered, base.Namespaces, base.StreamDefaults, base.Streams
	for i, name := range s.Config.Keys {
		known, _ := base.Config.Get(name)
		forms := s.Config.Values[i].OneOf
		for j := range forms {
			at := slices.IndexFunc(known.OneOf, func(v catalog.Variant) bool { return sameForm(&v, &forms[j]) })
			if at >= 0 {
				forms[j].StreamDefaults = known.OneOf[at].StreamDefaults
			}
		}
	}
}

// sameForm reports whether two forms have a constant in common.
func sameForm(a, b *catalog.Variant) bool {
	for i, name := range a.Fields.Keys {
		other, ok := b.Fields.Get(name)
		if c := a.Fields.Values[i].Const; ok && c != nil && other.Const != nil && c.Text == other.Const.Text {
			return true
		}
	}
	return false
}
