package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// checkFiles gives one line for each folder and each Go file of the tree that
// breaks a rule.
func checkFiles(tree fs.FS) ([]string, error) {
	var wrong []string
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if skipped(tree, name) {
				return fs.SkipDir
			}
			wrong = append(wrong, checkFolder(tree, name)...)
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		content, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		wrong = append(wrong, checkFile(name, content)...)
		return nil
	})
	return wrong, err
}

// skipped reports whether a folder holds no package of the module: the same
// folders that the go command passes over.
func skipped(tree fs.FS, name string) bool {
	base := path.Base(name)
	if name == "." {
		return false
	}
	if base[0] == '.' || base[0] == '_' || base == "testdata" || base == "node_modules" || name == "build" || name == "out" {
		return true
	}
	_, err := fs.Stat(tree, path.Join(name, "go.mod"))
	return err == nil
}

func checkFolder(tree fs.FS, name string) []string {
	files, err := fs.Glob(tree, path.Join(name, "*.go"))
	if err != nil || len(files) == 0 || slices.Contains(files, path.Join(name, "doc.go")) {
		return nil
	}
	return []string{name + ": no doc.go; say what the package is for, what goes in and out, what it must not import"}
}

func checkFile(name string, content []byte) []string {
	var wrong []string
	if lines := bytes.Count(content, []byte("\n")); lines > maxLines {
		wrong = append(wrong, fmt.Sprintf("%s: %d lines; a file ends at %d: split it", name, lines, maxLines))
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, content, parser.SkipObjectResolution)
	if err != nil {
		return append(wrong, err.Error())
	}
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			wrong = append(wrong, fmt.Sprintf("%s: init(); write one sorted list instead", files.Position(f.Pos())))
		}
	}
	if under(name, "compiler/") && !strings.HasSuffix(name, "_test.go") {
		wrong = append(wrong, checkCalls(files, file)...)
	}
	return wrong
}

// checkCalls finds the names of other packages that the compiler may not use.
func checkCalls(files *token.FileSet, file *ast.File) []string {
	var wrong []string
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := selector.X.(*ast.Ident); ok && slices.Contains(compilerCalls, x.Name+"."+selector.Sel.Name) {
			wrong = append(wrong, fmt.Sprintf("%s: %s.%s; the compiler has no clock", files.Position(n.Pos()), x.Name, selector.Sel.Name))
		}
		return true
	})
	return wrong
}
