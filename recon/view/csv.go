package view

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/legworkhq/legwork/recon/call"
)

// LegsCSV writes the table of Legs as CSV with times in UTC: the line of
// LegsCSVHeader, then those of LegsCSVRows.
func LegsCSV(w io.Writer, c *call.Call) error {
	if err := LegsCSVHeader(w); err != nil {
		return err
	}
	return LegsCSVRows(w, c)
}

// LegsCSVHeader writes the names of the columns. It stands once over the rows of any
// number of calls.
func LegsCSVHeader(w io.Writer) error {
	cw := csv.NewWriter(w)
	header := append(append([]string{}, legColumns...), "fromName", "toName", "telephonySessionId", "partyId", "durationIsLowerBound", "source")
	return cw.WriteAll([][]string{header})
}

// LegsCSVRows writes one line a leg. From and to are numbers only; further columns
// carry the names, the ids of session and party, whether duration is only a lower
// bound, and where the line comes from. A value that a spreadsheet would take for a
// formula is preceded by an apostrophe; a plus and digits alone are a phone number
// and stay as they are.
func LegsCSVRows(w io.Writer, c *call.Call) error {
	cw := csv.NewWriter(w)
	n := newNames(c)
	for i := range c.Legs {
		if err := cw.Write(n.csvRow(i)); err != nil {
			return err
		}
	}
	cw.Flush()
	return cw.Error()
}

func (n *names) csvRow(i int) []string {
	l := &n.call.Legs[i]
	r := n.record(i)
	r.from, r.to = l.From.Number, l.To.Number
	cells := append(r.cells(r.start.String(), strconv.FormatInt(r.seconds, 10)),
		l.From.Name, l.To.Name, string(l.Session), string(l.ID), strconv.FormatBool(r.uncertain), legsHeading)
	for j := range cells {
		cells[j] = csvCell(cells[j])
	}
	return cells
}
