package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/sim/oracle"
)

// page is a report as the templates want it.
type page struct {
	result.Report
	When     string
	Columns  []*column
	Levels   []*level
	Mistakes []mistake
	Classes  []result.Class // that occur, the gravest first
}

// column is a receiver: its sums, and its results by case.
type column struct {
	Name, Version, Sees string
	Total               int
	Counts              []counted
	Verdict             string
	slug                string
}

// counted is how often a class occurs.
type counted struct {
	Class result.Class
	N     int
	// Share of the whole, in percent, for the bar.
	Share float64
}

// level is the cases of one level, area by area.
type level struct {
	ID, Title string
	Areas     []*area
	Passed, N int
}

// area is what the cases of one "area.topic" have in common: a body of the table.
type area struct {
	Name string
	Rows []*row
}

// row is one case.
type row struct {
	result.Case
	Cells []*cell
	// Search is what the filter looks into.
	Search string
}

// cell is how one receiver did in one case. Its page is behind it.
type cell struct {
	result.Result
	Page   *page
	Row    *row
	Column *column
	Href   string
	// Before and After are the same receiver's results around it.
	Before, After *cell
	Columns       []*cell // the same case of the other receivers
}

// mistake is a named mistake, and how often each receiver made it.
type mistake struct {
	Name, Meaning string
	Times         []int
}

var titles = map[string]string{
	"L0": "The contract of delivery",
	"L1": "Calls of one session",
	"L2": "Disturbed delivery",
	"L3": "Calls over several sessions",
}

func pageOf(r result.Report) *page {
	p := &page{Report: r, When: r.Started.UTC().Format("2 January 2006, 15:04 UTC")}
	slugs := map[string]bool{}
	for _, rec := range r.Receivers {
		c := &column{Name: rec.Name, Version: rec.Version, Sees: rec.Sees, slug: unique(slugs, rec.Name)}
		c.count(rec.Results)
		p.Columns = append(p.Columns, c)
	}
	p.rows()
	p.mistakes()
	for _, class := range result.Classes() {
		if slices.ContainsFunc(p.cells(), func(c *cell) bool { return c.Class == class }) {
			p.Classes = append(p.Classes, class)
		}
	}
	return p
}

// count sums up a receiver's results.
func (c *column) count(all []result.Result) {
	c.Total = len(all)
	for _, class := range result.Classes() {
		n := 0
		for i := range all {
			if all[i].Class == class {
				n++
			}
		}
		if n > 0 {
			c.Counts = append(c.Counts, counted{class, n, 100 * float64(n) / float64(len(all))})
		}
	}
	switch {
	case c.of(result.Fail) > 0:
		c.Verdict = plural(c.of(result.Fail), "case") + " wrong"
	case c.of(result.Inconclusive) > 0:
		c.Verdict = plural(c.of(result.Inconclusive), "case") + " not seen"
	case c.of(result.Skipped)+c.of(result.Unimplemented) > 0:
		c.Verdict = fmt.Sprintf("nothing wrong in %d", c.Total-c.of(result.Skipped)-c.of(result.Unimplemented))
	default:
		c.Verdict = "nothing wrong"
	}
}

func (c *column) of(class result.Class) int {
	for _, x := range c.Counts {
		if x.Class == class {
			return x.N
		}
	}
	return 0
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// rows makes the table, level by level.
func (p *page) rows() {
	slugs := map[string]bool{}
	before := make([]*cell, len(p.Columns))
	for i := range p.Cases {
		c := p.Cases[i]
		l := p.level(c.Level)
		r := &row{Case: c, Search: strings.ToLower(c.ID + " " + c.Title + " " + strings.Join(c.Tags, " "))}
		slug := unique(slugs, c.ID)
		for k, rec := range p.Receivers {
			j := slices.IndexFunc(rec.Results, func(x result.Result) bool { return x.Case == c.ID })
			if j < 0 {
				continue
			}
			x := &cell{Result: rec.Results[j], Page: p, Row: r, Column: p.Columns[k], Before: before[k]}
			x.Href = "results/" + p.Columns[k].slug + "--" + slug + ".html"
			if x.Before != nil {
				x.Before.After = x
			}
			before[k] = x
			r.Cells = append(r.Cells, x)
			l.N++
			if x.Class == result.Pass {
				l.Passed++
			}
			for _, d := range x.Differences {
				r.Search += " " + d.Mistake
			}
		}
		for _, x := range r.Cells {
			x.Columns = r.Cells
		}
		name, _, _ := strings.Cut(c.ID, "/")
		a := l.area(name)
		a.Rows = append(a.Rows, r)
	}
}

func (p *page) level(id string) *level {
	for _, l := range p.Levels {
		if l.ID == id {
			return l
		}
	}
	l := &level{ID: id, Title: titles[id]}
	p.Levels = append(p.Levels, l)
	slices.SortFunc(p.Levels, func(a, b *level) int { return strings.Compare(a.ID, b.ID) })
	return l
}

func (l *level) area(name string) *area {
	for _, a := range l.Areas {
		if a.Name == name {
			return a
		}
	}
	a := &area{Name: name}
	l.Areas = append(l.Areas, a)
	return a
}

func (p *page) cells() (out []*cell) {
	for _, l := range p.Levels {
		for _, a := range l.Areas {
			for _, r := range a.Rows {
				out = append(out, r.Cells...)
			}
		}
	}
	return out
}

// mistakes counts in how many cases each receiver made each named mistake.
func (p *page) mistakes() {
	for _, m := range oracle.Mistakes() {
		x := mistake{Name: string(m), Meaning: m.Meaning(), Times: make([]int, len(p.Columns))}
		any := false
		for _, c := range p.cells() {
			if slices.ContainsFunc(c.Differences, func(d result.Difference) bool { return d.Mistake == x.Name }) {
				x.Times[slices.Index(p.Columns, c.Column)]++
				any = true
			}
		}
		if any {
			p.Mistakes = append(p.Mistakes, x)
		}
	}
}

// unique makes a name that a file can have, and that no other one has.
func unique(taken map[string]bool, name string) string {
	slug := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '-':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, name)
	slug = strings.Trim(slug[:min(len(slug), 100)], "-.")
	out := slug
	for n := 2; taken[out] || out == ""; n++ {
		out = fmt.Sprintf("%s-%d", slug, n)
	}
	taken[out] = true
	return out
}

// sayClass is a class in the words of the page.
func sayClass(c result.Class) string {
	return strings.ToLower(strings.ReplaceAll(string(c), "-", " "))
}

func seconds(ms int64) string {
	return fmt.Sprintf("%.1f s", time.Duration(ms*int64(time.Millisecond)).Seconds())
}

// meaning says a mistake in a sentence, "" for none.
func meaning(name string) string { return oracle.Mistake(name).Meaning() }

// told says whether the differences tell the reason already.
func told(x result.Result) bool {
	return slices.ContainsFunc(x.Differences, func(d result.Difference) bool { return d.Text == x.Why })
}

// pretty indents JSON; what is none stays as it is.
func pretty(b json.RawMessage) string {
	var out bytes.Buffer
	if json.Indent(&out, b, "", "  ") != nil {
		return string(b)
	}
	return out.String()
}
