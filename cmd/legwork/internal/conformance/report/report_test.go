package report_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/report"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/sim/oracle"
)

// written writes a report, and reads all its files.
func written(t testing.TB, r result.Report) (dir string, files map[string]string) {
	dir = t.TempDir()
	require.NoError(t, report.Write(dir, r))
	files = map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = string(b)
		return err
	}))
	return dir, files
}

// TestEveryCellLeadsSomewhere: the page and every page behind it exist, are well formed,
// and refer to files of the folder only.
func TestEveryCellLeadsSomewhere(t *testing.T) {
	r := sample()
	_, files := written(t, r)
	require.Len(t, files, 4+len(r.Cases)*len(r.Receivers))
	cells := 0
	for name, text := range files {
		if filepath.Ext(name) != ".html" {
			continue
		}
		doc, err := html.Parse(strings.NewReader(text))
		require.NoError(t, err)
		for n := range doc.Descendants() {
			for _, a := range n.Attr {
				if n.Type != html.ElementNode || a.Key != "href" && a.Key != "src" || strings.HasPrefix(a.Val, "#") {
					continue
				}
				target, _, _ := strings.Cut(a.Val, "#")
				target = filepath.ToSlash(filepath.Join(filepath.Dir(name), target))
				require.Contains(t, files, target, "%s leads to %s", name, a.Val)
				if name == "index.html" && strings.HasPrefix(target, "results/") {
					cells++
				}
			}
		}
	}
	require.Equal(t, len(r.Cases)*len(r.Receivers), cells)
}

// TestNothingOfAReceiversBecomesMarkup: whatever a name or an answer holds is text.
func TestNothingOfAReceiversBecomesMarkup(t *testing.T) {
	_, files := written(t, sample())
	for name, text := range files {
		require.NotContains(t, text, `<script>document`, name)
		require.NotContains(t, text, `<img src=x`, name)
	}
	n := 0
	for _, text := range files {
		n += strings.Count(text, "&lt;script&gt;document")
	}
	require.Positive(t, n, "the hostile text is not in the report")
}

// TestAFailureIsToldInFull: the mistake, the words, the order of what was sent, both
// sides, the least that fails, and how to see it again.
func TestAFailureIsToldInFull(t *testing.T) {
	r := sample()
	_, files := written(t, r)
	for name, text := range files {
		if !strings.Contains(text, "What is true") || !strings.Contains(text, `class="outcome FAIL"`) {
			continue
		}
		for _, want := range []string{"The call was answered by 106", "links[0].target", "legwork conformance run ", "A-2 Gone/AttendedTransfer", "0 ms", "960 ms", "again", "Scenario: ", "../glossary.html#"} {
			require.Contains(t, text, want, name)
		}
		return
	}
	t.Fatal("no page of a failure")
}

func TestSameReportSameBytes(t *testing.T) {
	_, a := written(t, sample())
	_, b := written(t, sample())
	require.Equal(t, a, b)
}

// TestNoNetwork: nothing is fetched from anywhere.
func TestNoNetwork(t *testing.T) {
	_, files := written(t, sample())
	for name, text := range files {
		require.Empty(t, regexp.MustCompile(`(?:src|href)="(?:https?:)?//`).FindAllString(text, -1), name)
		require.NotContains(t, text, "@import", name)
	}
}

// TestALargeReportIsLight: 300 cases and five receivers are one page that opens at once.
func TestALargeReportIsLight(t *testing.T) {
	r := sample()
	small := r.Cases
	r.Cases = nil
	for k := range r.Receivers {
		r.Receivers[k].Results = nil
	}
	for i := range 300 {
		c := small[i%len(small)]
		c.ID = fmt.Sprintf("%s-%d", c.ID, i)
		r.Cases = append(r.Cases, c)
		for k := range r.Receivers {
			r.Receivers[k].Results = append(r.Receivers[k].Results, resultOf(k, i, c))
		}
	}
	_, files := written(t, r)
	require.Len(t, files, 4+1500)
	require.Less(t, len(files["index.html"]), 1<<20)
	all := 0
	for _, text := range files {
		all += len(text)
	}
	require.Less(t, all, 24<<20)
}

// TestEveryMistakeIsExplained: a name links to a place that says how it comes about.
func TestEveryMistakeIsExplained(t *testing.T) {
	_, files := written(t, sample())
	doc, err := html.Parse(strings.NewReader(files["glossary.html"]))
	require.NoError(t, err)
	said := map[string]int{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "section" {
			continue
		}
		for _, a := range n.Attr {
			if a.Key == "id" {
				for d := range n.Descendants() {
					if d.Type == html.TextNode && len(strings.TrimSpace(d.Data)) > 30 {
						said[a.Val]++
					}
				}
			}
		}
	}
	for _, m := range oracle.Mistakes() {
		require.GreaterOrEqual(t, said[string(m)], 2, "%s is not explained", m)
	}
}

func TestAnEmptyReportAndOneThatCannotBeWritten(t *testing.T) {
	_, files := written(t, result.Report{Suite: "v0"})
	require.Contains(t, files["index.html"], "0 cases")
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.ErrorContains(t, report.Write(file, sample()), "report: ")
}
