package webhook

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTally(t *testing.T) {
	var tally Tally
	for ms := 1; ms <= 100; ms++ {
		tally.Posted(Answer{Status: 200, Took: time.Duration(ms) * time.Millisecond, ContentType: "application/json"})
	}
	tally.Posted(Answer{Status: 500, Took: 1001 * time.Millisecond, Size: MaxAnswer + 1})
	tally.Posted(Answer{Failure: TimedOut, Took: 3001 * time.Millisecond})
	r := tally.Report(2 * time.Second)
	require.Equal(t, map[int]int{200: 100, 500: 1}, r.Statuses)
	require.Equal(t, map[Failure]int{TimedOut: 1}, r.Failures)
	require.Equal(t, 2, r.Over1s)
	require.Equal(t, 1, r.Over3s)
	require.Equal(t, 1, r.NotJSON)
	require.Equal(t, 1, r.Large)
	require.Equal(t, &Latency{Min: 1, Median: 51, P95: 96, P99: 100, Max: 1001}, r.Latency, "of the 101 whole answers")
}

func TestTallyOfLines(t *testing.T) {
	var tally Tally
	tally.Settled(Delivery{Line: 1}, Answer{Status: 200})
	for line := 2; line < 10; line++ {
		tally.Settled(Delivery{Line: line, UUID: "u"}, Answer{Status: 204})
	}
	r := tally.Report(3 * time.Second)
	require.Equal(t, 9, r.Sent)
	require.Equal(t, 1, r.Delivered)
	require.Equal(t, 8, r.Failed)
	require.InDelta(t, 3, r.PerSecond, 1e-9)
	require.Len(t, r.Examples, maxExamples)
	var out bytes.Buffer
	r.Write(&out, "events")
	require.Contains(t, out.String(), "events:2: uuid u: not delivered: it answered 204 No Content, not 200 OK\n")
	require.Contains(t, out.String(), "events: 3 more were not delivered\n")
	require.Contains(t, out.String(), "9 sent: 1 answered 200, 8 failed")
	require.Contains(t, out.String(), "answers   none\n")
	require.NotContains(t, out.String(), "latency")
}

func TestLatencyOfOne(t *testing.T) {
	var tally Tally
	tally.Posted(Answer{Status: 200, Took: 1500 * time.Microsecond})
	require.Equal(t, &Latency{1.5, 1.5, 1.5, 1.5, 1.5}, tally.latency())
}
