package listen

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// Summary is what came and what became of it. Received is the sum of Applied,
// Duplicate, Unreadable and the values of Ignored.
type Summary struct {
	Received, Applied, Duplicate, Unreadable int
	Ignored                                  map[string]int // by reason
	Calls                                    int
	Refused                                  Refused
	Recorded, NotRecorded                    int
	Forwarded                                Forwarded
}

func (s *Summary) ignore(why string, late bool) {
	if s.Ignored == nil {
		s.Ignored = map[string]int{}
	}
	if late {
		why = "too late"
	}
	s.Ignored[why]++
}

// Clean reports whether everything was recorded and forwarded as it should be.
func (s *Summary) Clean() bool {
	f := s.Forwarded
	return s.NotRecorded == 0 && f.Failed+f.Dropped+f.Left == 0
}

// Write prints the summary. record and to name where bodies went, "" for nowhere.
func (s *Summary) Write(w io.Writer, record, to string) {
	ignored := 0
	text := ""
	for _, why := range slices.Sorted(maps.Keys(s.Ignored)) {
		ignored += s.Ignored[why]
		text += fmt.Sprintf(", %s: %d", why, s.Ignored[why])
	}
	if text != "" {
		text = " (" + text[2:] + ")"
	}
	fmt.Fprintf(w, "%d received: %d applied, %d duplicate, %d ignored%s, %d unreadable; %d %s\n", s.Received, s.Applied, s.Duplicate, ignored, text, s.Unreadable, s.Calls, plural(s.Calls, "call"))
	r := s.Refused
	for _, n := range []struct {
		count int
		text  string
	}{
		{r.Token, "with a wrong token, answered 401"}, {r.TooLarge, "too large, answered 413"}, {r.CutOff, "cut off or too slow"},
		{r.Method, "no POST, answered 405"}, {r.Empty, "without a body, answered 400"}, {r.Unseen, "taken and not shown: the view was behind"},
	} {
		if n.count > 0 {
			fmt.Fprintf(w, "besides   %d %s %s\n", n.count, plural(n.count, "request"), n.text)
		}
	}
	if record != "" {
		fmt.Fprintf(w, "recorded  %d in %s", s.Recorded, record)
		if s.NotRecorded > 0 {
			fmt.Fprintf(w, "; %d could not be written", s.NotRecorded)
		}
		fmt.Fprintln(w)
	}
	if to != "" {
		f := s.Forwarded
		fmt.Fprintf(w, "forwarded %d to %s: %d answered 200, %d failed, %d dropped, %d not sent any more, %d retries\n", f.Total(), to, f.Delivered, f.Failed, f.Dropped, f.Left, f.Retries)
		if f.LastWhy != "" {
			fmt.Fprintf(w, "failed    the last because %s\n", f.LastWhy)
		}
	}
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
