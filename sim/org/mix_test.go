package org

import (
	"testing"

	"github.com/stretchr/testify/require"
)

var facilities = []string{"direct", "queue", "menu"}

func TestParseMix(t *testing.T) {
	got, err := ParseMix([]byte("\n{ \"queue\": 25,\n\t\"direct\": 40, \"menu\": 0 }\r\n"), facilities)
	require.NoError(t, err)
	require.Equal(t, Mix{[]Weight{{"queue", 25}, {"direct", 40}, {"menu", 0}}}, got)
}

func TestParseMixErrors(t *testing.T) {
	const name, number = "want a facility's name in double quotes, or the closing brace", "want a whole number from 0 to 1000000"
	const object = `want an object such as {"name": 40}`
	for _, test := range []struct {
		text         string
		line, column int
		want         string
	}{
		{"", 1, 1, "the mix is empty"},
		{" \n ", 1, 1, "the mix is empty"},
		{"[]", 1, 1, object},
		{" queue 3", 1, 2, object},
		{"\xef\xbb\xbf{}", 1, 1, object},
		{"{", 1, 2, "the mix ends too early"},
		{"{\"queue\":\n", 2, 1, "the mix ends too early"},
		{`{"queue": 1`, 1, 12, "the mix ends too early"},
		{`{}`, 1, 2, "no weight is above zero"},
		{"{\"queue\": 0,\n \"menu\": 0\n}", 3, 1, "no weight is above zero"},
		{"{\"queue\": 1,\n  \"fax\": 2}", 2, 3, `"fax" is not a facility`},
		{`{"é": 1}`, 1, 2, `"é" is not a facility`},
		{"{\"queue\": 1,\n  \"queue\": 2}", 2, 3, `"queue" occurs twice`},
		{`{"queue": -1}`, 1, 11, number},
		{`{"queue": 2.5}`, 1, 11, number},
		{`{"queue": 1e3}`, 1, 11, number},
		{`{"queue": 1000001}`, 1, 11, number},
		{`{"queue": 99999999999999999999}`, 1, 11, number},
		{`{"queue": "1"}`, 1, 11, number},
		{`{"queue": null}`, 1, 11, number},
		{`{"queue": {"menu": 1}}`, 1, 11, number},
		{`{"queue" 1}`, 1, 10, number},
		{`{"queue": 1 "menu": 2}`, 1, 13, name},
		{`{"queue": 1,}`, 1, 13, name},
		{`{queue: 1}`, 1, 2, name},
		{`{"queue": 1}]`, 1, 13, "more follows the mix"},
		{"{\"queue\": 1}\n\n {}", 3, 2, "more follows the mix"},
	} {
		t.Run(test.text, func(t *testing.T) {
			got, err := ParseMix([]byte(test.text), facilities)
			require.Equal(t, &MixError{test.line, test.column, test.want}, err)
			require.Empty(t, got)
		})
	}
	require.EqualError(t, &MixError{2, 3, "no"}, "org: mix, line 2, column 3: no")
}

// A weight of zero is never drawn, and small weights have their exact share.
func TestKinds(t *testing.T) {
	k, r, counts := newKinds(Mix{[]Weight{{"none", 0}, {"one", 1}, {"no", 0}, {"two", 2}}}), stream(1, 2), map[string]int{}
	for range 30_000 {
		counts[k.draw(r)]++
	}
	require.Len(t, counts, 2)
	require.InDelta(t, 10_000, counts["one"], 400)
}

// Whatever the bytes, a mix that is read can be drawn from.
func FuzzParseMix(f *testing.F) {
	f.Add([]byte(`{"queue": 25, "menu": 1}`))
	f.Add([]byte("{\"queue\": 0,\n\"menu\": 3.5}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ParseMix(data, facilities)
		if err == nil {
			require.NoError(t, got.validate())
			require.Contains(t, facilities, newKinds(got).draw(stream(1, 2)))
			return
		}
		require.Positive(t, err.(*MixError).Line)
		require.Positive(t, err.(*MixError).Column)
	})
}
