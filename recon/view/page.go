package view

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// page is text in the making: headings, and rows whose last column is broken into
// lines of the page's width.
type page struct {
	bytes.Buffer
	width int
	color bool
}

const (
	bold   = "\x1b[1m"
	yellow = "\x1b[33m"
	reset  = "\x1b[0m"
)

func (p *page) paint(code, s string) string {
	if !p.color || s == "" {
		return s
	}
	return code + s + reset
}

func (p *page) heading(s string) {
	p.WriteString("\n" + p.paint(bold, s) + "\n")
}

// rows writes rows with aligned columns, indented by two spaces. Columns are as wide
// as their widest cell; the last one takes the rest.
func (p *page) rows(rows [][]string) {
	var widths []int
	for _, r := range rows {
		for i, cell := range r[:len(r)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, r := range rows {
		p.row(r, widths)
	}
}

func (p *page) row(r []string, widths []int) {
	var lead strings.Builder
	lead.WriteString("  ")
	for i, cell := range r[:len(r)-1] {
		lead.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
	}
	indent := utf8.RuneCountInString(lead.String())
	for i, line := range wrap(r[len(r)-1], max(p.width-indent, minWidth/2)) {
		if i == 0 {
			p.WriteString(strings.TrimRight(lead.String()+line, " ") + "\n")
		} else {
			p.WriteString(strings.Repeat(" ", indent) + line + "\n")
		}
	}
}

// wrap breaks s at spaces into lines of at most width characters; a longer word
// stays whole.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	n := 0
	for _, word := range strings.Fields(s) {
		w := utf8.RuneCountInString(word)
		if n > 0 && n+1+w > width {
			lines, line, n = append(lines, line), "", 0
		}
		if n > 0 {
			line, n = line+" ", n+1
		}
		line, n = line+word, n+w
	}
	return append(lines, line)
}
