package weather

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/wire"
)

func TestParse(t *testing.T) {
	w, err := Parse([]byte("\ufeff" + `{
  "name": "a \"bad\" day \u00e9", "duplicate": 1e-2, "reorder": 1, "window": "2s",
  "delay": "80ms", "late": 0.001, "lateBy": "1m30s", "drop": 0,
  "filter": {"missedCall": true, "statusCode": "voicemail", "direction": "Inbound"},
  "extension": "104"
}` + "\r\n"))
	require.NoError(t, err)
	require.Equal(t, Weather{
		Name: `a "bad" day é`, Duplicate: 0.01, Reorder: 1, Window: 2 * time.Second, Delay: 80 * time.Millisecond,
		Late: 0.001, LateBy: 90 * time.Second, Extension: "104",
		Filter: Filter{MissedCall: true, StatusCode: "voicemail", Direction: wire.Inbound},
	}, w)

	for _, calm := range []string{"{}", " {\n} ", `{"filter": {}}`} {
		w, err = Parse([]byte(calm))
		require.NoError(t, err)
		require.Equal(t, Weather{}, w)
	}
}

const legalMembers = "burst, burstFor, delay, delayCap, drop, duplicate, extension, filter, late, lateBy, name, overlap, reorder, restart, retry, retryAfter, window"

var parseErrors = []struct{ text, want string }{
	{"", `line 1, column 1: the description is empty; want an object such as {"drop": 0.01}, or {} for calm`},
	{" \n\n ", `line 3, column 2: the description is empty; want an object such as {"drop": 0.01}, or {} for calm`},
	{"[]", `line 1, column 1: want an object, got [`},
	{"null", `line 1, column 1: want an object, got null`},
	{"drop: 1", `line 1, column 1: want an object, got drop`},
	{"{", `line 1, column 2: want a member's name in quotes, got the end`},
	{"{drop: 1}", `line 1, column 2: want a member's name in quotes, got drop`},
	{`{"drop`, `line 1, column 2: want a member's name in quotes, got "drop`},
	{`{"drop" 1}`, `line 1, column 9: want ':' after drop, got 1`},
	{`{"drop":`, `line 1, column 9: drop: want a number from 0 to 1, got the end`},
	{`{"drop": 0.1,}`, `line 1, column 14: want a member's name in quotes, got }`},
	{`{"drop": 0.1 "late": 0}`, `line 1, column 14: want ',' or '}', got "late"`},
	{`{"drop": 0.1`, `line 1, column 13: want ',' or '}', got the end`},
	{"{\"drop\": 0.1}\n{}", `line 2, column 1: want nothing after the object, got {`},
	{"{\n  \"dropp\": 0.1}", `line 2, column 3: unknown member "dropp"; legal: ` + legalMembers},
	{`{"Drop": 0.1}`, `line 1, column 2: unknown member "Drop"; legal: ` + legalMembers},
	{`{"filter.direction": "Inbound"}`, `line 1, column 2: unknown member "filter.direction"; legal: ` + legalMembers},
	{`{"filter": {"drop": 0.1}}`, `line 1, column 13: unknown member "filter.drop"; legal: direction, missedCall, statusCode, withRecordings`},
	{`{"a name longer than anyone would want to read again": 1}`, `line 1, column 2: unknown member "a name longer than anyone would want to...; legal: ` + legalMembers},
	{"{\"drop\": 0.1,\n \"drop\": 0.1}", `line 2, column 2: drop stands twice`},
	{`{"filter": {}, "filter": {}}`, `line 1, column 16: filter stands twice`},
	{`{"filter": {"missedCall": true, "missedCall": true}}`, `line 1, column 33: filter.missedCall stands twice`},
	{`{"drop": "0.1"}`, `line 1, column 10: drop: want a number from 0 to 1, got "0.1"`},
	{`{"drop": .1}`, `line 1, column 10: drop: want a number from 0 to 1, got .1`},
	{`{"drop": 0.1x}`, `line 1, column 10: drop: want a number from 0 to 1, got 0.1x`},
	{`{"drop": 1.5}`, `line 1, column 10: drop is 1.5; a probability is from 0 to 1`},
	{`{"drop": -0.5}`, `line 1, column 10: drop is -0.5; a probability is from 0 to 1`},
	{`{"drop": 1e999}`, `line 1, column 10: drop is +Inf; a probability is from 0 to 1`},
	{`{"name": "é", "drop": 2}`, `line 1, column 23: drop is 2; a probability is from 0 to 1`},
	{`{"window": 90}`, `line 1, column 12: window: want a duration such as "90s" or "1m30s", got 90`},
	{`{"window": "90"}`, `line 1, column 12: window: want a duration such as "90s" or "1m30s", got "90"`},
	{`{"window": "-9s"}`, `line 1, column 12: window is -9s; a duration is whole milliseconds, zero or more`},
	{`{"window": "10us"}`, `line 1, column 12: window is 10µs; a duration is whole milliseconds, zero or more`},
	{`{"reorder": 0.1}`, `line 1, column 13: reorder needs window, a duration above zero`},
	{`{"lateBy": "0s", "late": 0.1}`, `line 1, column 26: late needs lateBy, a duration above zero`},
	{`{"delay": "2s", "delayCap": "1s"}`, `line 1, column 29: delayCap is 1s; it is at least delay, which is 2s`},
	{`{"name": 5}`, `line 1, column 10: name: want a text, got 5`},
	{`{"name": "\x"}`, `line 1, column 10: name: want a text, got "\x"`},
	{"{\"name\": \"a\nb\"}", "line 1, column 10: name: want a text, got \"a\nb\""},
	{"{\"name\": \"\xff\"}", `line 1, column 11: not UTF-8`},
	{`{"filter": "Inbound"}`, `line 1, column 12: filter: want an object, got "Inbound"`},
	{`{"filter": {"missedCall": "true"}}`, `line 1, column 27: filter.missedCall: want true or false, got "true"`},
	{`{"filter": {"direction": "inbound"}}`, `line 1, column 26: filter.direction is "inbound"; legal: Inbound, Outbound`},
	{`{"filter": {"statusCode": "Ringing"}}`, `line 1, column 27: filter.statusCode is "Ringing"; legal: Setup, Proceeding, Answered, Disconnected, Gone, Parked, Hold, VoiceMail, FaxReceive, VoiceMailScreening`},
	{`{"filter": {"direction": "Inbound"}`, `line 1, column 36: want ',' or '}', got the end`},
}

func TestParseErrors(t *testing.T) {
	for _, c := range parseErrors {
		t.Run(c.text, func(t *testing.T) {
			w, err := Parse([]byte(c.text))
			require.EqualError(t, err, c.want)
			require.Equal(t, Weather{}, w)
			var at *ParseError
			require.ErrorAs(t, err, &at)
		})
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		w    Weather
		want string
	}{
		{Weather{Duplicate: math.NaN()}, "weather: Duplicate is NaN; a probability is from 0 to 1"},
		{Weather{Overlap: math.Inf(1)}, "weather: Overlap is +Inf; a probability is from 0 to 1"},
		{Weather{Drop: -0.25}, "weather: Drop is -0.25; a probability is from 0 to 1"},
		{Weather{Delay: -time.Second}, "weather: Delay is -1s; a duration is whole milliseconds, zero or more"},
		{Weather{Delay: 1}, "weather: Delay is 1ns; a duration is whole milliseconds, zero or more"},
		{Weather{Reorder: 0.5}, "weather: Reorder needs Window, a duration above zero"},
		{Weather{Late: 0.5}, "weather: Late needs LateBy, a duration above zero"},
		{Weather{Burst: 0.5}, "weather: Burst needs BurstFor, a duration above zero"},
		{Weather{Retry: 0.5}, "weather: Retry needs RetryAfter, a duration above zero"},
		{Weather{Delay: time.Hour, DelayCap: time.Minute}, "weather: DelayCap is 1m0s; it is at least Delay, which is 1h0m0s"},
		{Weather{Name: "\xff"}, `weather: Name is "\xff"; it must be UTF-8`},
		{Weather{Extension: "\xff"}, `weather: Extension is "\xff"; it must be UTF-8`},
		{Weather{Filter: Filter{Direction: "Up"}}, `weather: Filter.Direction is "Up"; legal: Inbound, Outbound`},
		{Weather{Filter: Filter{StatusCode: "Up"}}, `weather: Filter.StatusCode is "Up"; legal: Setup, Proceeding, Answered, Disconnected, Gone, Parked, Hold, VoiceMail, FaxReceive, VoiceMailScreening`},
	} {
		t.Run(c.want, func(t *testing.T) {
			require.EqualError(t, c.w.Check(), c.want)
			_, err := New(c.w, seed(1))
			require.EqualError(t, err, c.want)
			_, err = c.w.MarshalJSON()
			require.EqualError(t, err, c.want)
			require.PanicsWithError(t, c.want, func() { c.w.Deliver(seed(1), nil) })
		})
	}
	for _, w := range []Weather{{}, {Drop: 1}, {Window: time.Second}, {DelayCap: time.Second}, {Delay: time.Second, DelayCap: time.Second}} {
		require.NoError(t, w.Check())
	}
}

func TestNamed(t *testing.T) {
	for _, name := range Names() {
		w, ok := Named(name)
		require.True(t, ok)
		require.Equal(t, name, w.Name)
		require.NoError(t, w.Check())
		require.Equal(t, name != "storm", w.Lossless())
	}
	_, ok := Named("")
	require.False(t, ok)
	require.False(t, Storm().Lossless())
}

func TestMarshal(t *testing.T) {
	text, err := json.Marshal(Storm())
	require.NoError(t, err)
	require.Equal(t, `{"name":"storm","duplicate":0.1,"reorder":0.2,"window":"30s","delay":"500ms","delayCap":"10s","late":0.02,"lateBy":"5m0s",`+
		`"drop":0.02,"burst":0.002,"burstFor":"45s","retry":0.05,"retryAfter":"20s","restart":0.005,"overlap":0.5}`, string(text))

	text, err = json.Marshal(Weather{Name: "a<b\u2028\"", Filter: Filter{Direction: wire.Outbound, WithRecordings: true}})
	require.NoError(t, err)
	require.Equal(t, `{"name":"a\u003cb\u2028\"","filter":{"direction":"Outbound","withRecordings":true}}`, string(text))

	text, err = json.Marshal(Weather{})
	require.NoError(t, err)
	require.Equal(t, `{}`, string(text))
}

func TestUnmarshalInsideAnother(t *testing.T) {
	var in struct{ A, B Weather }
	in.B = Usual()
	require.NoError(t, json.Unmarshal([]byte(`{"A": {"delay": "2s"}, "B": null}`), &in))
	require.Equal(t, Weather{Delay: 2 * time.Second}, in.A)
	require.Equal(t, Usual(), in.B)
	require.ErrorContains(t, json.Unmarshal([]byte(`{"A": {"delay": 2}}`), &in), "delay: want a duration")
}

func TestRoundTrip(t *testing.T) {
	r := seed(5)
	for i := range 500 {
		w := Draw(r, i%2 == 0)
		if i%3 == 0 {
			w.Name, w.Extension = "día "+string(rune(i)), "42"
			w.Filter = Filter{Direction: wire.Inbound, MissedCall: true, StatusCode: "gone", WithRecordings: i%2 == 0}
		}
		w.Drop = r.Float64()
		roundTrip(t, w)
	}
}

// roundTrip states the law of descriptions: what is written reads as the same weather.
func roundTrip(t *testing.T, w Weather) {
	text, err := w.MarshalJSON()
	require.NoError(t, err)
	require.True(t, json.Valid(text), "%s", text)
	back, err := Parse(text)
	require.NoError(t, err, "%s", text)
	require.Equal(t, w, back)
}

// FuzzParse: what Parse takes passes Check, is JSON, and comes back from its own
// description; what it refuses it refuses with a place in the text.
func FuzzParse(f *testing.F) {
	for _, c := range parseErrors {
		f.Add([]byte(c.text))
	}
	for _, name := range Names() {
		w, _ := Named(name)
		text, _ := w.MarshalJSON()
		f.Add(text)
	}
	f.Add([]byte(`{"name":"\ud800","filter":{"statusCode":"VMSCREENING"},"drop":-0,"delay":"0.25h","delayCap":"2562047h47m16.854s"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := Parse(data)
		if err == nil {
			require.NoError(t, w.Check())
			require.True(t, json.Valid(trimBOM(data)))
			roundTrip(t, w)
			return
		}
		var at *ParseError
		require.True(t, errors.As(err, &at))
		require.Positive(t, at.Line)
		require.Positive(t, at.Column)
		require.NotEmpty(t, at.Text)
		require.Equal(t, Weather{}, w)
	})
}

func trimBOM(b []byte) []byte {
	if len(b) >= 3 && string(b[:3]) == "\ufeff" {
		return b[3:]
	}
	return b
}
