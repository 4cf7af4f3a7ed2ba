package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/wire"
)

// warmTransfer is a call made by hand in the form of an account-level subscription.
// An outside caller reaches extension 104, who consults 106 in a second telephony
// session and then completes the transfer.
//
//go:embed warm-transfer.ndjson
var warmTransfer []byte

func newDemo(std stdio) *cobra.Command {
	var raw bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show a warm transfer, from raw events to its story",
		Long: `Demo takes the notifications of one call, built into the program, and shows them as
they arrive, the call rebuilt from them, and how everything in it is known.`,
		Example: `  legwork demo
  legwork demo --raw | legwork recon --format json      the same events, as a file`,
		Args: cobra.NoArgs,
	}
	color := addChoice(cmd, "color", "when to colour", "auto", "always", "never")
	cmd.Flags().BoolVar(&raw, "raw", false, "print only the notifications, one a line")
	cmd.RunE = func(*cobra.Command, []string) error {
		if raw {
			_, err := std.out.Write(warmTransfer)
			return err
		}
		var buf bytes.Buffer
		if err := demo(&buf, page{wantColor(color.value, std.out), width(std.out)}); err != nil {
			return &exitError{exitUnreadable, err.Error()}
		}
		if _, err := std.out.Write(buf.Bytes()); err != nil {
			return writeError(err)
		}
		return nil
	}
	return cmd
}

const demoIntro = `Ruth Calloway (+14048096345) calls Grace Moreno at extension 104. Grace asks her to
hold, asks Daniel Osei at 106, and puts the call through to him: a warm transfer.

`

func demo(w io.Writer, p page) error {
	events, err := demoEvents()
	if err != nil {
		return err
	}
	calls, err := recon.Build(recon.Config{}, events)
	if err != nil {
		return err
	}
	fmt.Fprint(w, demoIntro)
	p.heading(w, 1, "What RingCentral sends",
		fmt.Sprintf("%d notifications, each about one party of one telephony session. Times are UTC.", len(events)))
	eventTable(w, events)
	for _, c := range calls {
		p.heading(w, 2, "What happened", "The same notifications, rebuilt into one call.")
		if err := p.write(w, "text", c); err != nil {
			return err
		}
		p.heading(w, 3, "How that is known", "Every statement, and the events it stands on.")
		if err := p.story(w, c, events, false); err != nil {
			return err
		}
	}
	fmt.Fprint(w, "\nYour own events:  legwork recon FILE      More:  legwork --help\n")
	return nil
}

func demoEvents() ([]wire.Event, error) {
	var events []wire.Event
	for line := range bytes.Lines(warmTransfer) {
		ev, err := wire.Decode(bytes.TrimSpace(line))
		if err != nil {
			return nil, err
		}
		events = append(events, ev)
	}
	return events, nil
}

func (p page) heading(w io.Writer, n int, title, text string) {
	bold, plain := "", ""
	if p.color {
		bold, plain = "\x1b[1m", "\x1b[0m"
	}
	if n > 1 {
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%s%d. %s%s\n   %s\n\n", bold, n, title, plain, text)
}

// eventTable prints one line an event, with short names for sessions and parties.
func eventTable(w io.Writer, events []wire.Event) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "   time\tsession\tseq\tparty\tfrom\tto\tstatus")
	names := map[string]string{}
	for i := range events {
		b := &events[i].Body
		name := sessionName(names, b.TelephonySessionID)
		for j := range b.Parties {
			p := &b.Parties[j]
			clock := time.UnixMilli(int64(b.EventTime)).UTC().Format("15:04:05.000")
			fmt.Fprintf(tw, "   %s\t%s\t%d\t%s\t%s\t%s\t%s\n", clock, name, b.Sequence,
				partyName(name, p.ID), p.From.PhoneNumber, p.To.PhoneNumber, statusText(names, &p.Status))
		}
	}
	tw.Flush()
	fmt.Fprintln(w)
	for i := range events {
		id := events[i].Body.TelephonySessionID
		if name, ok := names[id]; ok {
			fmt.Fprintf(w, "   session %s is %s\n", name, id)
			delete(names, id)
		}
	}
}

// sessionName gives sessions the names A, B, ... in the order in which they appear.
func sessionName(names map[string]string, id string) string {
	if names[id] == "" {
		names[id] = string(rune('A' + len(names)))
	}
	return names[id]
}

func partyName(session, id string) string {
	return session + id[strings.LastIndexByte(id, '-'):]
}

func statusText(names map[string]string, s *wire.Status) string {
	text := string(s.Code)
	if s.Reason != "" {
		text += "/" + string(s.Reason)
	}
	if s.PeerID != nil {
		text += " -> " + partyName(sessionName(names, s.PeerID.TelephonySessionID), s.PeerID.PartyID)
	}
	return text
}
