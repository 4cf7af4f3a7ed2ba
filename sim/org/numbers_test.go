package org

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/sim/pbx"
)

// fiction are the ranges that authorities keep for fiction, with their names.
var fiction = []*regexp.Regexp{
	regexp.MustCompile(`^\+1[2-9]\d\d55501\d\d$`), // NANPA: 555-0100 to 555-0199
	regexp.MustCompile(`^\+442079460\d{3}$`),      // Ofcom, drama numbers, London: 020 7946 0000-0999
	regexp.MustCompile(`^\+447700900\d{3}$`),      // Ofcom, drama numbers, mobile: 07700 900000-900999
	regexp.MustCompile(`^\+6125550\d{4}$`),        // ACMA, fictitious use: (02) 5550 0000-9999
	regexp.MustCompile(`^\+3319900\d{4}$`),        // ARCEP, audiovisual works: 01 99 00 00 00-99 99
}

// rangeOf is the place of a number's range in fiction, -1 for a number that may be real.
func rangeOf(number string) int {
	for i, f := range fiction {
		if f.MatchString(number) {
			return i
		}
	}
	return -1
}

func TestNumbersAreFictionalAndUnique(t *testing.T) {
	eachSize(t, func(t *testing.T, c *pbx.Company) {
		seen := map[string]bool{}
		check := func(number string) {
			if rangeOf(number) != 0 || seen[number] {
				t.Fatalf("number %q", number)
			}
			seen[number] = true
		}
		check(c.Number)
		for _, e := range c.Extensions {
			if e.Direct != "" && e.Direct != c.Number {
				check(e.Direct)
			}
			if e.Mobile != "" {
				check(e.Mobile)
			}
		}
	})
}

// Four users in five have a direct number while there are enough; then as many as can,
// spread over the whole company.
func TestDirects(t *testing.T) {
	for _, test := range []struct{ size, low, high int }{{1, 1, 1}, {50, 40, 40}, {500, 400, 400}, {20_000, 11_000, 14_000}} {
		users := of(company(t, Config{Size: test.size}), pbx.User)
		have, late := 0, 0
		for i, u := range users {
			if u.Direct != "" {
				have++
				if i >= len(users)/2 {
					late++
				}
			}
		}
		require.True(t, have >= test.low && have <= test.high, "%d of %d", have, test.size)
		require.InDelta(t, have/2, late, 1+float64(have)/10)
	}
}

func TestAreas(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range areas {
		require.Regexp(t, `^[2-9][0-8]\d$`, a)
		require.False(t, a[1:] == "11" || seen[a], a)
		seen[a] = true
	}
	require.Greater(t, len(areas), 300)
}

func TestOutside(t *testing.T) {
	r, again := stream(3, 4), stream(3, 4)
	own := map[string]bool{}
	for _, e := range company(t, Config{Size: 20_000}).Extensions {
		own[e.Direct], own[e.Mobile] = true, true
	}
	var ranges [5]int
	withheld, names := 0, map[string]bool{}
	for range 20_000 {
		p := Outside(r)
		require.Equal(t, p, Outside(again))
		i := rangeOf(p.Number)
		require.True(t, i >= 0 && !own[p.Number], p.Number)
		ranges[i]++
		names[p.Name] = true
		if p.Withheld {
			withheld++
		}
	}
	require.InDelta(t, 18_400, ranges[0], 400)
	for _, n := range ranges[1:] {
		require.InDelta(t, 400, n, 150)
	}
	require.InDelta(t, 1000, withheld, 200)
	require.Greater(t, len(names), 15_000)
}

func BenchmarkOutside(b *testing.B) {
	r := stream(1, 1)
	b.ReportAllocs()
	for b.Loop() {
		Outside(r)
	}
}
