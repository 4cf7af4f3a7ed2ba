package run

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Time      string      `xml:"time,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr"`
	Name    string     `xml:"name,attr"`
	Time    string     `xml:"time,attr"`
	Failure *junitNote `xml:"failure"`
	Error   *junitNote `xml:"error"`
	Skipped *junitNote `xml:"skipped"`
	Out     string     `xml:"system-out,omitempty"`
}

type junitNote struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit writes a report as CI reads it: a suite a receiver. What is INCONCLUSIVE is an
// error, and a known failure is skipped, so that it does not break the build.
func JUnit(w io.Writer, r result.Report) error {
	all := junitSuites{Name: "legwork conformance", Time: seconds(r.TookMs)}
	for _, rec := range r.Receivers {
		s := junitSuite{Name: rec.Name, Timestamp: r.Started.Format("2006-01-02T15:04:05")}
		took := int64(0)
		for _, x := range rec.Results {
			c := junitOne(rec.Name, x)
			took += x.TookMs
			s.Tests++
			switch {
			case c.Failure != nil:
				s.Failures++
			case c.Error != nil:
				s.Errors++
			case c.Skipped != nil:
				s.Skipped++
			}
			s.Cases = append(s.Cases, c)
		}
		s.Time = seconds(took)
		all.Suites = append(all.Suites, s)
		all.Tests, all.Failures, all.Errors, all.Skipped = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors, all.Skipped+s.Skipped
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func junitOne(receiver string, x result.Result) junitCase {
	c := junitCase{Class: receiver + "." + strings.SplitN(x.Case, "/", 2)[0], Name: x.Case, Time: seconds(x.TookMs)}
	note := &junitNote{Message: x.Why, Text: text(x)}
	switch x.Class {
	case result.Pass:
	case result.NonStrict, result.Informational:
		c.Out = string(x.Class) + ": " + x.Why
	case result.Skipped, result.Unimplemented:
		c.Skipped = &junitNote{Message: string(x.Class) + ": " + x.Why}
	default:
		switch {
		case x.Known:
			note.Message = "known to fail: " + x.Why
			c.Skipped = note
		case x.Class == result.Inconclusive:
			c.Error = note
		default:
			if len(x.Differences) > 0 {
				note.Type = x.Differences[0].Mistake
			}
			c.Failure = note
		}
	}
	return c
}

// text is what went wrong, a line each.
func text(x result.Result) string {
	var b strings.Builder
	for _, d := range x.Differences {
		b.WriteString(Line(d) + "\n")
	}
	if x.Reproduce != "" {
		b.WriteString("reproduce: " + x.Reproduce + "\n")
	}
	return b.String()
}

// Line is a difference on one line: "split-call: sessions: one call became two".
func Line(d result.Difference) string {
	if d.Mistake == "" {
		return d.About + ": " + d.Text
	}
	return d.Mistake + ": " + d.About + ": " + d.Text
}

func seconds(ms int64) string { return fmt.Sprintf("%.3f", float64(ms)/1000) }
