package catalog

import (
	"io/fs"
	"path"
)

// Template is a pipeline to start from.
type Template struct {
	Name        string
	Description string
}

// Templates lists the templates, sorted by name. The description is the first
// line of the text file beside its folder.
func (c *Catalog) Templates() []Template {
	entries, err := fs.ReadDir(c.fsys, "templates")
	if err != nil {
		return nil
	}
	var out []Template
	for _, e := range entries {
		about, err := fs.ReadFile(c.fsys, path.Join("templates", e.Name()+".txt"))
		if e.IsDir() && err == nil {
			out = append(out, Template{e.Name(), string(firstLine(about))})
		}
	}
	return out
}

func firstLine(data []byte) []byte {
	for i, b := range data {
		if b == '\n' {
			return data[:i]
		}
	}
	return data
}

// Template gives the files of a template.
func (c *Catalog) Template(name string) (fs.FS, bool) {
	dir := path.Join("templates", name)
	if !fs.ValidPath(dir) || path.Dir(dir) != "templates" {
		return nil, false
	}
	if info, err := fs.Stat(c.fsys, dir); err != nil || !info.IsDir() {
		return nil, false
	}
	sub, err := fs.Sub(c.fsys, dir)
	return sub, err == nil
}
