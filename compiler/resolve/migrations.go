package resolve

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// migrationsFolder is beside the pipeline file.
const migrationsFolder = "migrations"

// UserSQL is one file of the folder migrations: SQL that the warehouse runs once.
type UserSQL struct {
	Name string // 001_regions.sql
	File string // as it is opened
	SQL  string
	Err  error // that kept it, or the folder, from being read
}

// readMigrations reads the .sql files of the folder, in the order of their
// names. A folder that is not there has none.
func (p *Program) readMigrations(fsys fs.FS) {
	folder := path.Join(path.Dir(p.FileName), migrationsFolder)
	entries, err := fs.ReadDir(fsys, folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.Migrations = append(p.Migrations, UserSQL{Name: migrationsFolder, File: folder, Err: err})
	}
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".sql" {
			continue
		}
		m := UserSQL{Name: e.Name(), File: path.Join(folder, e.Name())}
		data, err := fs.ReadFile(fsys, m.File)
		m.SQL, m.Err = strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n"), err
		p.Migrations = append(p.Migrations, m)
	}
}
