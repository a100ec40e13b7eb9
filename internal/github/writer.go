package github

import (
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// maxStepSummary is what GitHub takes of one step's summary: 1 MiB. Some of it is
// left for what other commands of the step write.
const maxStepSummary = 1<<20 - 4096

// Writer writes what the runner reads. A file that the environment does not name
// is not written: the same command can run elsewhere.
type Writer struct {
	Lookup func(string) (string, bool)
	Log    io.Writer
	// Random gives words that nobody who writes the texts can know:
	// crypto/rand.Reader.
	Random io.Reader
}

var outputName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// Output sets an output of the step. The value may be of any form: it stands
// between two lines with a word that it cannot hold. Large texts belong in files.
func (w Writer) Output(name, value string) error {
	if !outputName.MatchString(name) {
		return fmt.Errorf("%q is no name of an output", name)
	}
	mark, err := w.word(value)
	if err != nil {
		return err
	}
	return w.add("GITHUB_OUTPUT", name+"<<"+mark+"\n"+value+"\n"+mark+"\n")
}

// Summary adds Markdown to the step's summary, as far as it fits.
func (w Writer) Summary(markdown string) error {
	path, ok := w.Lookup("GITHUB_STEP_SUMMARY")
	if !ok || path == "" {
		return nil
	}
	room := maxStepSummary
	if is, err := os.Stat(path); err == nil {
		room -= int(is.Size())
	}
	if room <= 1024 {
		return nil // it says already that something is missing
	}
	return w.add("GITHUB_STEP_SUMMARY", cut(strings.TrimRight(markdown, "\n")+"\n", room))
}

// Text prints to the log. Nothing in it is a workflow command, whoever wrote it.
func (w Writer) Text(text string) error {
	mark, err := w.word(text)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.Log, "::stop-commands::%s\n%s\n::%s::\n", mark, strings.TrimRight(text, "\n"), mark)
	return err
}

// add appends to a file that the environment names.
func (w Writer) add(variable, text string) error {
	path, ok := w.Lookup(variable)
	if !ok || path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("writing the file of %s: %w", variable, err)
	}
	if _, err := f.WriteString(text); err != nil {
		_ = f.Close()
		return fmt.Errorf("writing the file of %s: %w", variable, err)
	}
	return f.Close()
}

// word is a random one that a text does not hold.
func (w Writer) word(text string) (string, error) {
	for range 8 {
		b := make([]byte, 16)
		if _, err := io.ReadFull(w.Random, b); err != nil {
			return "", fmt.Errorf("reading random bytes: %w", err)
		}
		if mark := "tapestry_" + hex.EncodeToString(b); !strings.Contains(text, mark) {
			return mark, nil
		}
	}
	return "", fmt.Errorf("the random bytes are not random")
}
