// Package report writes what a run of the regression suite found as a page: receivers by
// cases, and behind each cell what was sent, what was expected, what was seen, and what
// is wrong with it in words.
//
// The page is a folder of plain files. It needs no server and no network, and shows
// everything without JavaScript, but for the filter.
package report

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
)

//go:embed assets
var assets embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"words": sayClass, "seconds": seconds, "meaning": meaning, "pretty": pretty, "understood": understood,
	"told": told, "columns": func(all []*column) int { return len(all) + 1 },
}).ParseFS(assets, "assets/*.tmpl"))

// Write writes the page into dir, which it makes if there is none; index.html is where
// to begin. Files of an earlier page are overwritten, others are left alone. The same
// report gives the same bytes.
func Write(dir string, r result.Report) error {
	p := pageOf(r)
	if err := os.MkdirAll(filepath.Join(dir, "results"), 0o755); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	for _, name := range []string{"style.css", "page.js"} {
		b, err := assets.ReadFile("assets/" + name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	if err := write(filepath.Join(dir, "index.html"), "index.tmpl", p); err != nil {
		return err
	}
	if err := write(filepath.Join(dir, "glossary.html"), "glossary.tmpl", glossary()); err != nil {
		return err
	}
	for _, c := range p.cells() {
		if err := write(filepath.Join(dir, filepath.FromSlash(c.Href)), "result.tmpl", c); err != nil {
			return err
		}
	}
	return nil
}

func write(name, with string, data any) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	err = render(f, with, data)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("report: %s: %w", name, err)
	}
	return nil
}

func render(w io.Writer, with string, data any) error {
	return templates.ExecuteTemplate(w, with, data)
}
