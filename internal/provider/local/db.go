//go:build cgo

package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// database is one connection to a DuckDB.
type database struct {
	db   *sql.DB
	conn *sql.Conn
	// version of DuckDB: hashes of another one may differ.
	version string
	temp    string // folder for what does not fit into memory
}

// catalogName is how the warehouse file is called in SQL. Nothing in a pipeline
// has this name.
const catalogName = "tapestry warehouse"

// openDatabase opens a file, or a database in memory where path is empty.
func openDatabase(ctx context.Context, path string, readOnly bool) (*database, error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, errors.New("DuckDB cannot be started: " + firstLine(err))
	}
	d := &database{db: sql.OpenDB(connector)}
	if d.conn, err = d.db.Conn(ctx); err == nil {
		// A folder of its own, since rows of persons may be written to it.
		d.temp, err = os.MkdirTemp("", "tapestry-")
	}
	if err != nil {
		d.close()
		return nil, errors.New("DuckDB cannot be started: " + firstLine(err))
	}
	err = d.exec(ctx, "set TimeZone = 'UTC'", "set autoinstall_known_extensions = false", "set autoload_known_extensions = false",
		"set temp_directory = "+lit(d.temp))
	if err == nil {
		err = d.one(ctx, "select version()", &d.version)
	}
	if err == nil && path != "" {
		err = d.attach(ctx, path, readOnly)
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (d *database) attach(ctx context.Context, path string, readOnly bool) error {
	if strings.Contains(path, "?") {
		return fmt.Errorf("the folder %s has a ? in its name, and DuckDB takes no such name for a file. Move the pipeline to another folder", filepath.Dir(path))
	}
	mode := ""
	if readOnly {
		mode = " (read_only)"
	}
	if err := d.exec(ctx, "attach "+lit(path)+" as "+q(catalogName)+mode); err != nil {
		return fmt.Errorf("the warehouse file %s cannot be opened: %s. If another program has it open, close it there", filepath.Base(path), firstLine(raw(err)))
	}
	return d.exec(ctx, "use "+q(catalogName))
}

func (d *database) close() {
	if d.conn != nil {
		_ = d.conn.Close()
	}
	_ = d.db.Close()
	if d.temp != "" {
		_ = os.RemoveAll(d.temp)
	}
}

// lock keeps everything that runs from now on from files and the network: it is
// SQL that somebody wrote into a pull request.
//
// DuckDB then cannot tidy its own file either, and would give it up where it
// tried; settle does it afterwards.
func (d *database) lock(ctx context.Context) error {
	return d.exec(ctx, "set wal_autocheckpoint = '1000GB'", "pragma disable_checkpoint_on_shutdown",
		"set enable_external_access = false", "set lock_configuration = true")
}

// settle moves what a locked database wrote from its log into the file. What it
// wrote is safe without it, too.
func settle(ctx context.Context, path string) error {
	d, err := openDatabase(ctx, path, false)
	if err != nil {
		return err
	}
	defer d.close()
	return d.exec(ctx, "checkpoint")
}

func (d *database) exec(ctx context.Context, statements ...string) error {
	for _, s := range statements {
		if _, err := d.conn.ExecContext(ctx, s); err != nil {
			return sqlError(err)
		}
	}
	return nil
}

// one reads one row.
func (d *database) one(ctx context.Context, query string, into ...any) error {
	return sqlError(d.conn.QueryRowContext(ctx, query).Scan(into...))
}

// each reads all rows.
func (d *database) each(ctx context.Context, query string, row func(scan func(...any) error) error) error {
	rows, err := d.conn.QueryContext(ctx, query)
	if err != nil {
		return sqlError(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return sqlError(rows.Err())
}

// inTransaction does all or nothing.
func (d *database) inTransaction(ctx context.Context, do func() error) error {
	if err := d.exec(ctx, "begin transaction"); err != nil {
		return err
	}
	if err := do(); err != nil {
		return errors.Join(err, d.exec(context.WithoutCancel(ctx), "rollback"))
	}
	return d.exec(ctx, "commit")
}

// q quotes a name, lit a text. DuckDB knows no escape but the doubled quote.
func q(name string) string   { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
func lit(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func (p place) String() string { return q(p.Schema) + "." + q(p.Name) }

// failure is an error of DuckDB. Its text can be shown: it says what is wrong
// with the SQL, and never what is in a row.
type failure struct{ raw error }

func sqlError(err error) error {
	if err == nil {
		return nil
	}
	return &failure{err}
}

func (f *failure) Unwrap() error { return f.raw }

// raw is what DuckDB itself says, which may hold data of persons.
func raw(err error) string {
	var f *failure
	if errors.As(err, &f) {
		return f.raw.Error()
	}
	return err.Error()
}

// aboutSQL are the errors that speak of the statement only.
var aboutSQL = map[duckdb.ErrorType]bool{
	duckdb.ErrorTypeParser: true, duckdb.ErrorTypeBinder: true, duckdb.ErrorTypeCatalog: true, duckdb.ErrorTypeSyntax: true,
	duckdb.ErrorTypeNotImplemented: true, duckdb.ErrorTypePermission: true,
}

var errorKind = regexp.MustCompile(`^[A-Za-z ]{3,40} Error`)

func (f *failure) Error() string {
	var known *duckdb.Error
	if errors.As(f.raw, &known) && aboutSQL[known.Type] {
		return firstLine(f.raw.Error())
	}
	if errors.Is(f.raw, context.Canceled) || errors.Is(f.raw, context.DeadlineExceeded) {
		return "it was stopped"
	}
	if kind := errorKind.FindString(f.raw.Error()); kind != "" {
		return "a row cannot be computed (" + kind + " of DuckDB)"
	}
	return "DuckDB could not run it"
}

func firstLine(text any) string {
	line, _, _ := strings.Cut(strings.TrimPrefix(fmt.Sprint(text), "database/sql/driver: "), "\n")
	return strings.TrimSuffix(strings.TrimSpace(line), ".")
}
