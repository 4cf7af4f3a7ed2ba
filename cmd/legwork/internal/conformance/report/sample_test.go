package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/result"
	"github.com/legworkhq/legwork/sim/oracle"
)

// hostile is what a receiver, or a caller's name, may put into a report.
const hostile = `<script>document.title="taken"</script>"><img src=x onerror=document.title='taken'>`

// sample is a report of every class: five receivers, and cases enough to scroll.
func sample() result.Report {
	r := result.Report{Suite: "v0.4.0", Seed: 18231, Started: time.Date(2026, 11, 23, 15, 4, 5, 0, time.UTC), TookMs: 48_310}
	topics := []string{"contract.handshake", "contract.bodies", "call.direct", "call.missed", "route.queue", "media.hold", "order.shuffled", "duplicate.twice",
		"transfer.attended", "transfer.blind", "conference.call", "park.call", "supervise.call", "mistake.ring-time-from-the-callers-early-answer"}
	for i, topic := range topics {
		level := []string{"L0", "L0", "L1", "L1", "L1", "L1", "L2", "L2", "L3", "L3", "L3", "L3", "L3", "L3"}[i]
		for n := range 4 {
			r.Cases = append(r.Cases, result.Case{
				ID: fmt.Sprintf("%s/section-%d/1", topic, n), Level: level, Title: "A customer is handed on by " + topic + ", and everybody hangs up in turn",
				Story: "A promise\nin two lines\n\nScenario: " + topic + "\n  When 404-555-0134 calls 104\n  And 6 seconds later, 104 answers\n  Then there is one call\n",
				Tags:  []string{"@" + level},
			})
		}
	}
	for k, name := range []string{"correct", "first-party-only", "Our CRM (staging) " + hostile, "wallboard", "none"} {
		rec := result.Receiver{Name: name, Version: []string{"", "1.4", "", "2026-11", ""}[k], Sees: []string{"http", "exec", "sql", "file", "none"}[k]}
		for i, c := range r.Cases {
			rec.Results = append(rec.Results, resultOf(k, i, c))
		}
		r.Receivers = append(r.Receivers, rec)
	}
	return r
}

func resultOf(k, i int, c result.Case) result.Result {
	x := result.Result{Case: c.ID, Class: result.Pass, TookMs: int64(100 + 37*i), Why: "sessions, outcome, ended, links and talks of one call are right",
		Reproduce: "legwork conformance run " + c.ID + " --seed 18231 --target target.yaml", Expected: understood("answered"), Seen: understood("answered")}
	for n := range 9 {
		s := result.Sent{AtMs: int64(n * 120), Line: fmt.Sprintf("A-%d Answered  Ruth Calloway (+14045550134)", 1+n%2), Status: 200, TookMs: 3,
			Body: json.RawMessage(fmt.Sprintf(`{"uuid":"%d","body":{"sequence":%d,"parties":[{"from":{"name":%q}}]}}`, n, n+2, hostile))}
		if n == 4 {
			s.Note = "again"
		}
		x.Sent = append(x.Sent, s)
	}
	classes := result.Classes()
	switch {
	case k == 4 && c.Level != "L0":
		x.Class, x.Why, x.Seen, x.Expected = result.Skipped, "the target says nothing of what it understood", nil, nil
	case k > 0 && (i+k)%3 == 0:
		x.Class = classes[(i/3+k)%len(classes)]
	}
	if x.Class == result.Fail {
		m := oracle.Mistakes()[(i+k)%13]
		x.Why = "two facts are wrong"
		x.Seen = understood("missed " + hostile)
		x.Known = i%2 == 0
		x.Differences = []result.Difference{
			{Mistake: string(m), About: "outcome", Text: "The call was answered by 106 after 6 seconds, and counts as missed: " + hostile},
			{About: "links[0].target", Text: "104 transferred Ruth Calloway to 106; nobody is named. " + strings.Repeat("A long explanation goes on. ", 12)},
		}
		x.Shrunk = []string{"A-1 Setup", "A-2 Gone/AttendedTransfer"}
	}
	return x
}

func understood(outcome string) json.RawMessage {
	b, _ := json.Marshal([]map[string]any{{"sessions": []string{"s-a43be7fcf577bz19caf103180ze006d0000", "s-a43be7fcf577bz19caf108770ze00880000"}, "outcome": outcome, "talkMs": 69_000,
		"links": []map[string]any{{"kind": "transfer.attended", "transferor": "104", "transferee": "+14045550134", "target": "106"}}}})
	return b
}
