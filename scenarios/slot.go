package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// slot is a place in a sentence: what may stand there, and what it says.
type slot struct {
	pattern string
	// Says is for the reference page.
	says  string
	parse func(*world, string) (any, error)
}

const (
	oneName   = `[A-Z][\w'’-]*(?: [A-Z&][\w'’-]*)*`
	onePerson = `"[^"]+"|\+?\d[\d.-]*\d|\d|\(\d{3}\) ?\d{3}-\d{4}|anonymous|the [\w ]+? (?:queue|menu|group)|` + oneName
	oneTime   = `\d+(?:\.\d+)? (?:hour|minute|second|millisecond)s?(?:,? (?:and )?\d+(?:\.\d+)? (?:minute|second|millisecond)s?)*|(?:\d+:)?\d+:\d\d(?:\.\d+)?`
)

// Slot describes a place of sentences, for a reference page.
type Slot struct{ Name, Says string }

// Slots lists the places that sentences have.
func Slots() []Slot {
	var out []Slot
	for name, s := range slots {
		out = append(out, Slot{name, s.says})
	}
	slices.SortFunc(out, func(a, b Slot) int { return strings.Compare(a.Name, b.Name) })
	return out
}

var slots = map[string]*slot{
	"person":   {onePerson, "an extension's number (104), an outside number in any usual spelling (404-555-0134), a name that the scenario or the company knows (Ann Lee, or any in double quotes), a service by its name (the Support queue), or anonymous", func(w *world, s string) (any, error) { return w.person(s) }},
	"people":   {`(?:` + onePerson + `)(?:, (?:` + onePerson + `))*(?:,? and (?:` + onePerson + `))?`, "one or more people: 104, 106 and Ruth Calloway", func(w *world, s string) (any, error) { return w.people(s) }},
	"duration": {oneTime, "a time: 1 minute 15 seconds, 2.5 seconds, 1:15. It is meant as exactly as it is written: 15 seconds is anything that rounds to it, 15.0 seconds is meant to the tenth", func(_ *world, s string) (any, error) { return parseSpan(s) }},
	"count":    {`no|one|two|three|four|five|six|seven|eight|nine|ten|\d+`, "a number: one, two ... ten, or digits", func(_ *world, s string) (any, error) { return parseCount(s) }},
	"call":     {`the call with (?:` + onePerson + `)|the (?:first|second|third) call|the call`, "the call, the first, second or third call, or the call with a person", func(w *world, s string) (any, error) { return w.which(s) }},
	"number":   {`\*?\d{1,8}`, "a short number", word},
	"phone":    {`\+?\d[\d.-]*\d|\(\d{3}\) ?\d{3}-\d{4}`, "an outside number in any usual spelling", func(_ *world, s string) (any, error) { return parsePhone(s) }},
	"name":     {`"[^"]+"|[A-Z][\w'’&. -]*?`, "a name", func(_ *world, s string) (any, error) { return strings.Trim(s, `"`), nil }},
	"key":      {`\d+`, "the key or keys pressed", word},
	"numbers":  {`\d+(?:, \d+)*(?: and \d+)?`, "one or more numbers: 3, 5 and 7", word},
	"outcome":  {oneOf(outcomeWords), "how a call went: answered, voicemail, missed, abandoned, rejected, busy, cancelled, failed, parked or unknown", word},
	"result": {oneOf(resultWords), "how a leg went: answered, missed, voicemail, rejected, busy, cancelled, failed, taken elsewhere, transferred, parked, joined, routed or unknown", func(_ *world, s string) (any, error) {
		return call.LegOutcome(strings.TrimPrefix(s, "taken ")), nil
	}},
	"direction": {"inbound|outbound|internal", "inbound, outbound or internal", word},
	"link":      {oneOf(linkNames()), "a kind of link: " + strings.Join(linkNames(), ", "), word},
	"links":     {oneOf(plurals()), "a kind of link in the plural", word},
	"reason":    {`[A-Z]\w+`, "one of RingCentral's reasons", word},
	"status":    {`[A-Z]\w+(?: with [A-Z]\w+)?`, "one of RingCentral's status codes, and a reason: Gone, or Gone with AttendedTransfer", func(_ *world, s string) (any, error) { return parseStatus(s) }},
	"year":      {"2018|2019|2022", "2018, 2019 or 2022", word},
	"knob":      {`[\w-]+`, "a knob of the dialect (legwork dialect list)", word},
	"value":     {`[\w.+-]+`, "one of the knob's values", word},
	"statement": {`.+`, "any sentence of the Then kind", func(w *world, s string) (any, error) { return w.statement(s) }},
}

func word(_ *world, s string) (any, error) { return s, nil }

var outcomeWords = []string{"answered", "voicemail", "missed", "abandoned", "rejected", "busy", "cancelled", "failed", "parked", "unknown"}

var resultWords = []string{"answered", "missed", "voicemail", "rejected", "busy", "cancelled", "failed", "taken elsewhere", "transferred", "parked", "joined", "routed", "unknown"}

func oneOf(words []string) string { return strings.Join(words, "|") }

// span is a duration and how exactly it was written.
type span struct {
	ms    int64
	exact int64 // the unit of its last digit
}

// is reports whether a time rounds to the span, or is off by less than slack.
func (s span) is(ms, slack int64) bool {
	d := max(ms-s.ms, s.ms-ms)
	return d*2 <= s.exact || d < slack
}

var units = map[string]time.Duration{"hour": time.Hour, "minute": time.Minute, "second": time.Second, "millisecond": time.Millisecond}

func parseSpan(s string) (span, error) {
	if strings.Contains(s, ":") {
		return parseClock(s)
	}
	out := span{exact: 1000}
	words := strings.Fields(strings.NewReplacer(",", " ", " and ", " ").Replace(s))
	for i := 0; i+1 < len(words); i += 2 {
		unit := units[strings.TrimSuffix(words[i+1], "s")]
		n, digits, err := decimal(words[i])
		if err != nil {
			return out, err
		}
		out.ms += int64(n*float64(unit.Milliseconds()) + 0.5)
		switch {
		case unit == time.Millisecond:
			out.exact = 0
		case unit == time.Second && digits > 0:
			out.exact = tenth(digits)
		}
	}
	return out, nil
}

// tenth is the unit of the last of so many digits after the point, in milliseconds.
func tenth(digits int) int64 {
	unit := int64(1000)
	for range min(digits, 3) {
		unit /= 10
	}
	return unit
}

func decimal(s string) (n float64, digits int, err error) {
	if _, after, ok := strings.Cut(s, "."); ok {
		digits = len(after)
	}
	n, err = strconv.ParseFloat(s, 64)
	return n, digits, err
}

func parseClock(s string) (span, error) {
	out := span{exact: 1000}
	total := 0.0
	for part := range strings.SplitSeq(s, ":") {
		n, digits, err := decimal(part)
		if err != nil {
			return out, err
		}
		if digits > 0 {
			out.exact = tenth(digits)
		}
		total = total*60 + n
	}
	out.ms = int64(total*1000 + 0.5)
	return out, nil
}

// spell writes a duration as a person would say it.
func spell(ms int64) string {
	if ms < 1000 {
		return plural(ms, "millisecond")
	}
	s := (ms + 500) / 1000
	var out []string
	for _, u := range []struct {
		n    int64
		name string
	}{{s / 3600, "hour"}, {s / 60 % 60, "minute"}, {s % 60, "second"}} {
		if u.n > 0 {
			out = append(out, plural(u.n, u.name))
		}
	}
	return strings.Join(out, " ")
}

// spellExactly writes a duration to the millisecond.
func spellExactly(ms int64) string {
	if ms%1000 == 0 && ms > 0 {
		return spell(ms)
	}
	if ms < 1000 {
		return plural(ms, "millisecond")
	}
	whole := ms / 60_000
	rest := strings.TrimRight(fmt.Sprintf("%d.%03d", ms/1000%60, ms%1000), "0") + " seconds"
	if whole == 0 {
		return rest
	}
	return plural(whole, "minute") + " " + rest
}

func plural(n int64, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

var counts = []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}

func parseCount(s string) (int, error) {
	if i := slices.Index(counts, s); i >= 0 {
		return i, nil
	}
	return strconv.Atoi(s)
}

// counted writes a number.
func counted(n int) string {
	if n < len(counts) {
		return counts[n]
	}
	return strconv.Itoa(n)
}

// count writes a number of things.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return counted(n) + " " + thing
}

// parsePhone makes E.164 of a number in any usual spelling. Ten digits are American.
func parsePhone(s string) (string, error) {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	switch {
	case strings.HasPrefix(s, "+"):
		return "+" + digits, nil
	case len(digits) == 10:
		return "+1" + digits, nil
	case len(digits) == 11 && digits[0] == '1':
		return "+" + digits, nil
	}
	return "", fmt.Errorf("%q is no outside number: want ten digits, or + and a country code", s)
}

// spellPhone writes an outside number as Americans do.
func spellPhone(e164 string) string {
	if len(e164) == 12 && strings.HasPrefix(e164, "+1") {
		return e164[2:5] + "-" + e164[5:8] + "-" + e164[8:]
	}
	return e164
}

// status is a code and, if it matters, a reason.
type status struct {
	code   wire.Code
	reason wire.Reason
}

func (s status) String() string {
	if s.reason == "" {
		return string(s.code)
	}
	return string(s.code) + " with " + string(s.reason)
}

func parseStatus(s string) (status, error) {
	code, reason, _ := strings.Cut(s, " with ")
	return status{wire.Code(code), wire.Reason(reason)}, nil
}
