package webhook

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// maxExamples is how many failures a tally keeps in detail.
const maxExamples = 5

// Tally counts what the receiver answered. Of each answer it keeps four bytes, its
// latency. The zero Tally is empty.
type Tally struct {
	Sent, Delivered, Failed int // notifications; Sent is the sum
	Retries                 int // POSTs beyond the first of a notification
	Lost                    int // notifications due while blacklisted
	Blacklisted             int // times

	statuses map[int]int
	failures map[Failure]int
	slow     [2]int // answers later than limits[i]
	notJSON  int
	large    int
	micros   []uint32
	examples []Example
}

var limits = [2]time.Duration{time.Second, 3 * time.Second}

// Example is a notification that was not delivered.
type Example struct {
	Line int    `json:"line"`
	UUID string `json:"uuid,omitempty"`
	Why  string `json:"why"`
}

// Posted takes note of one POST.
func (t *Tally) Posted(a Answer) {
	for i, limit := range limits {
		if a.Took > limit {
			t.slow[i]++
		}
	}
	if a.Failure != "" {
		count(&t.failures, a.Failure)
		return
	}
	count(&t.statuses, a.Status)
	if !a.JSON() {
		t.notJSON++
	}
	if a.Size > MaxAnswer {
		t.large++
	}
	t.micros = append(t.micros, uint32(min(a.Took.Microseconds(), math.MaxUint32)))
}

// Settled takes note of a notification that needs no further POST, with the last
// answer.
func (t *Tally) Settled(d Delivery, a Answer) {
	t.Sent++
	if a.OK() {
		t.Delivered++
		return
	}
	t.Failed++
	if len(t.examples) < maxExamples {
		t.examples = append(t.examples, Example{d.Line, d.UUID, a.Why()})
	}
}

func count[K comparable](m *map[K]int, key K) {
	if *m == nil {
		*m = map[K]int{}
	}
	(*m)[key]++
}

// Latency is of whole answers, in milliseconds.
type Latency struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	P95    float64 `json:"p95"`
	P99    float64 `json:"p99"`
	Max    float64 `json:"max"`
}

// latency is nil when nothing was answered.
func (t *Tally) latency() *Latency {
	if len(t.micros) == 0 {
		return nil
	}
	slices.Sort(t.micros)
	at := func(p float64) float64 { // nearest rank
		rank := int(math.Ceil(p * float64(len(t.micros))))
		return float64(t.micros[max(rank, 1)-1]) / 1000
	}
	return &Latency{at(0), at(0.5), at(0.95), at(0.99), at(1)}
}

// Report is a tally to be printed.
type Report struct {
	Sent        int             `json:"sent"`
	Delivered   int             `json:"answered200"`
	Failed      int             `json:"failed"`
	Lost        int             `json:"lostWhileBlacklisted"`
	Skipped     int             `json:"skipped"`
	Retries     int             `json:"retries"`
	Blacklisted int             `json:"timesBlacklisted"`
	Statuses    map[int]int     `json:"byStatus"`
	Failures    map[Failure]int `json:"withoutAnswer"`
	Over1s      int             `json:"over1s"`
	Over3s      int             `json:"over3s"`
	NotJSON     int             `json:"wrongContentType"`
	Large       int             `json:"over1024Bytes"`
	Latency     *Latency        `json:"latencyMs"`
	Seconds     float64         `json:"seconds"`
	PerSecond   float64         `json:"perSecond"`
	Examples    []Example       `json:"failures"`
	Interrupted bool            `json:"interrupted"`
}

// Report sums up what was sent in wall time.
func (t *Tally) Report(wall time.Duration) Report {
	r := Report{
		Sent: t.Sent, Delivered: t.Delivered, Failed: t.Failed, Lost: t.Lost, Retries: t.Retries, Blacklisted: t.Blacklisted,
		Statuses: maps.Clone(t.statuses), Failures: maps.Clone(t.failures),
		Over1s: t.slow[0], Over3s: t.slow[1], NotJSON: t.notJSON, Large: t.large,
		Latency: t.latency(), Seconds: wall.Seconds(), Examples: slices.Clone(t.examples),
	}
	if r.Statuses == nil {
		r.Statuses = map[int]int{}
	}
	if r.Failures == nil {
		r.Failures = map[Failure]int{}
	}
	if r.Examples == nil {
		r.Examples = []Example{}
	}
	if wall > 0 {
		r.PerSecond = float64(t.Sent) / wall.Seconds()
	}
	return r
}

// Write prints the report for people. File names the input in the examples.
func (r Report) Write(w io.Writer, file string) {
	for _, e := range r.Examples {
		fmt.Fprintf(w, "%s:%d: uuid %s: not delivered: %s\n", file, e.Line, e.UUID, e.Why)
	}
	if more := r.Failed - len(r.Examples); more > 0 {
		fmt.Fprintf(w, "%s: %d more were not delivered\n", file, more)
	}
	open := ""
	if r.Interrupted {
		open = "interrupted: "
	}
	fmt.Fprintf(w, "%s%d sent: %d answered 200, %d failed; %d lost while blacklisted, %d skipped, %d retries\n",
		open, r.Sent, r.Delivered, r.Failed, r.Lost, r.Skipped, r.Retries)
	fmt.Fprintf(w, "answers   %s\n", r.answers())
	fmt.Fprintf(w, "slow      over 1 s: %d, over 3 s: %d\n", r.Over1s, r.Over3s)
	fmt.Fprintf(w, "headers   without Content-Type application/json: %d, over %d bytes: %d\n", r.NotJSON, MaxAnswer, r.Large)
	if l := r.Latency; l != nil {
		fmt.Fprintf(w, "latency   min %.1f ms, median %.1f, p95 %.1f, p99 %.1f, max %.1f\n", l.Min, l.Median, l.P95, l.P99, l.Max)
	}
	fmt.Fprintf(w, "took      %.1f s, %.1f/s\n", r.Seconds, r.PerSecond)
}

// answers lists the statuses, then what came instead of an answer.
func (r Report) answers() string {
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(r.Statuses)) {
		parts = append(parts, fmt.Sprintf("%d: %d", status, r.Statuses[status]))
	}
	for _, f := range slices.Sorted(maps.Keys(r.Failures)) {
		parts = append(parts, fmt.Sprintf("%s: %d", f, r.Failures[f]))
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, ", ")
}
