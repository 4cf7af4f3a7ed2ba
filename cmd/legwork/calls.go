package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/legworkhq/legwork/server/api"
	"github.com/legworkhq/legwork/server/store"
)

func newCalls(std stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "calls",
		Short: "Search and show the calls of a server",
		Long: `Calls asks a server: the one at --server, else the one that runs on --data. Where none
runs, the database is opened for the command.`,
		Example: `  legwork calls search --number "(404) 555-0134"
  legwork calls search --link transfer.attended --from 2026-03-02
  legwork calls show s-a0d1793285c1az19cdd7bd9f4z80c1d0000 --format svg > call.svg
  legwork calls tail`,
	}
	cmd.AddCommand(newCallsSearch(std), newCallsShow(std), newCallsTail(std))
	return cmd
}

// searched are the parameters of a search, with what they are.
var searched = [][2]string{
	{"number", "phone `NUMBER`, in any usual spelling, or a short one"}, {"name", "words that a `NAME` begins with"}, {"extension", "extension `ID` or number"},
	{"session", "`ID` of a session, a party or a call"}, {"from", "began at `TIME` or later: 2026-03-02 or 2026-03-02T15:00:00Z"}, {"to", "began before `TIME`"},
	{"outcome", "answered, missed, voicemail ..."}, {"link", "transfer.attended, conference.merge, park ..."}, {"finding", "missing-events, no-end ..."},
	{"direction", "inbound, outbound, internal"}, {"status", "open, settling or final"},
}

func newCallsSearch(std stdio) *cobra.Command {
	var f serverFlags
	var asJSON bool
	var limit int
	values := make([]string, len(searched))
	cmd := &cobra.Command{
		Use:   "search [TEXT]",
		Short: "List calls, latest first",
		Long: `Search lists calls, latest first. TEXT is what one would type into a search box: a number
in any usual spelling, a name, or an id. All conditions must hold.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q := url.Values{}
			for i, s := range searched {
				if values[i] != "" {
					q.Set(s[0], values[i])
				}
			}
			if len(args) > 0 {
				q.Set("q", args[0])
			}
			if limit < 1 {
				return usageError("--limit is 1 or more")
			}
			c, err := f.pick(cmd.Context())
			if err != nil {
				return err
			}
			defer c.close()
			return searchCalls(cmd.Context(), std, c, q, limit, asJSON)
		},
	}
	f.add(cmd, true)
	for i, s := range searched {
		cmd.Flags().StringVar(&values[i], s[0], "", s[1])
	}
	cmd.Flags().IntVar(&limit, "limit", 50, "how many at most")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}

func searchCalls(ctx context.Context, std stdio, c *client, q url.Values, limit int, asJSON bool) error {
	out := bufio.NewWriter(std.out)
	tab := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	n := 0
	for n < limit {
		q.Set("limit", fmt.Sprint(min(200, limit-n)))
		var page api.List
		if err := c.get(ctx, c.of("calls")+"?"+q.Encode(), &page); err != nil {
			return err
		}
		for i := range page.Calls {
			n++
			if asJSON {
				text, err := json.Marshal(page.Calls[i])
				if err != nil {
					return err
				}
				out.Write(append(text, '\n'))
				continue
			}
			fmt.Fprintln(tab, callLine(&page.Calls[i]))
		}
		if page.Next == "" {
			break
		}
		q.Set("cursor", page.Next)
	}
	tab.Flush()
	if err := out.Flush(); err != nil {
		return writeError(err)
	}
	if n == 0 {
		fmt.Fprintln(std.err, "legwork: no call matches")
	}
	return nil
}

// callLine is a call in columns. Names come from outside: nothing in them may steer a
// terminal or break the columns.
func callLine(c *api.Row) string {
	var links []string
	for _, l := range c.Links {
		links = append(links, string(l))
	}
	return strings.Join([]string{c.StartedAt.Std().UTC().Format("2006-01-02 15:04:05"), string(c.Status), string(c.Outcome), plain(personOf(c.From)) + " > " + plain(personOf(c.To)),
		(time.Duration(c.TalkMs) * time.Millisecond).Round(time.Second).String(), strings.Join(links, ","), plain(string(c.ID))}, "\t")
}

func personOf(p store.Person) string {
	switch {
	case p.Name != "" && p.Number != "":
		return p.Name + " (" + p.Number + ")"
	case p.Name != "":
		return p.Name
	case p.Number != "":
		return p.Number
	}
	return "?"
}

// plain keeps what is printable of a text, at most 60 characters of it.
func plain(s string) string {
	out := []rune(strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\ufffd'
		}
		return r
	}, s))
	if len(out) > 60 {
		out = append(out[:59], '…')
	}
	return string(out)
}

func newCallsShow(std stdio) *cobra.Command {
	var f serverFlags
	var format string
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Print one call",
		Long: `Show prints one call. ID is a call's, or that of one of its sessions or parties. Formats
are those of legwork recon, and events (the raw notifications, one a line) and explain.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.pick(cmd.Context())
			if err != nil {
				return err
			}
			defer c.close()
			path := c.of("calls", args[0]) + "?format=" + url.QueryEscape(format)
			switch format {
			case "events":
				path = c.of("calls", args[0], "events") + "?format=ndjson"
			case "explain":
				path = c.of("calls", args[0], "explain")
			}
			return c.stream(cmd.Context(), http.MethodGet, path, std.out)
		},
	}
	f.add(cmd, true)
	cmd.Flags().StringVar(&format, "format", "text", "text, json, legs, csv, mermaid, dot, svg, vcon, otlp, events or explain")
	return cmd
}

func newCallsTail(std stdio) *cobra.Command {
	var f serverFlags
	var asJSON bool
	var after string
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Print calls as they change, until Ctrl-C",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.pick(cmd.Context())
			if err != nil {
				return err
			}
			defer c.close()
			return tailCalls(cmd.Context(), std, c, after, asJSON)
		},
	}
	f.add(cmd, true)
	cmd.Flags().StringVar(&after, "after", "now", "begin after `CHANGE`; 0 for everything")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}

// tailCalls follows the stream of changes, and begins again where it broke off.
func tailCalls(ctx context.Context, std stdio, c *client, after string, asJSON bool) error {
	for {
		last, err := followCalls(ctx, std, c, after, asJSON)
		if err != nil {
			return err
		}
		if last != "" {
			after = last
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func followCalls(ctx context.Context, std stdio, c *client, after string, asJSON bool) (last string, err error) {
	res, err := c.do(ctx, http.MethodGet, c.of("changes")+"?after="+url.QueryEscape(after), nil)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	in := bufio.NewReader(res.Body)
	var id, event string
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			if ctx.Err() != nil {
				return "", ctx.Err()
			}
			if err == io.EOF || last != "" {
				return last, nil
			}
			return "", unusable(err)
		}
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch key {
		case "id":
			id = value
		case "event":
			event = value
		case "data":
			last = id
			if err := printChange(std, event, value, asJSON); err != nil {
				return "", err
			}
		}
	}
}

func printChange(std stdio, event, data string, asJSON bool) error {
	line := data
	if !asJSON {
		var row api.Row
		var gone api.Gone
		switch event {
		case "call":
			if err := json.Unmarshal([]byte(data), &row); err != nil {
				return unusable(err)
			}
			line = strings.ReplaceAll(callLine(&row), "\t", "  ")
		default:
			if err := json.Unmarshal([]byte(data), &gone); err != nil {
				return unusable(err)
			}
			line = fmt.Sprintf("%s is now part of %s", plain(string(gone.Gone)), plain(string(gone.Into)))
		}
	}
	if _, err := fmt.Fprintln(std.out, line); err != nil {
		return writeError(err)
	}
	return nil
}
