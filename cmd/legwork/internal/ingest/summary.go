package ingest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Summary counts what became of the input. Read is the sum of Applied, Duplicate,
// Unreadable and the values of Ignored: every record is in exactly one of them.
type Summary struct {
	Read, Applied, Duplicate, Unreadable int64
	// Ignored counts records that were understood and are of no use, by reason.
	Ignored map[string]int64
	// BadSources counts sources that could not be opened, or not read to the end.
	BadSources int64
	// Calls is the number of calls emitted, each counted once; Again is how many were
	// emitted once more because a late event changed them.
	Calls, Again int64
	// Interrupted says that the input was not read to its end.
	Interrupted bool
}

func (s *Summary) ignore(why string) {
	if s.Ignored == nil {
		s.Ignored = map[string]int64{}
	}
	s.Ignored[why]++
}

// IgnoredTotal is the sum of Ignored.
func (s *Summary) IgnoredTotal() int64 {
	var n int64
	for _, v := range s.Ignored {
		n += v
	}
	return n
}

// Clean reports whether everything could be read.
func (s *Summary) Clean() bool { return s.Unreadable == 0 && s.BadSources == 0 }

// String is the line that ends every run.
func (s *Summary) String() string {
	var b strings.Builder
	if s.Interrupted {
		b.WriteString("interrupted: ")
	}
	fmt.Fprintf(&b, "%d read: %d applied, %d duplicate, %d ignored", s.Read, s.Applied, s.Duplicate, s.IgnoredTotal())
	for i, why := range slices.Sorted(maps.Keys(s.Ignored)) {
		open := ", "
		if i == 0 {
			open = " ("
		}
		fmt.Fprintf(&b, "%s%s: %d", open, why, s.Ignored[why])
	}
	if len(s.Ignored) > 0 {
		b.WriteByte(')')
	}
	fmt.Fprintf(&b, ", %d unreadable; %d %s", s.Unreadable, s.Calls, plural(s.Calls, "call", "calls"))
	if s.Again > 0 {
		fmt.Fprintf(&b, ", %d printed again after a late event", s.Again)
	}
	if s.BadSources > 0 {
		fmt.Fprintf(&b, "; %d %s not read", s.BadSources, plural(s.BadSources, "file", "files"))
	}
	return b.String()
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
