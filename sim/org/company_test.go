package org

import (
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/sim/pbx"
)

var sizes = []int{1, 2, 50, 500, 20_000, MaxSize}

func company(t testing.TB, c Config) *pbx.Company {
	t.Helper()
	made, err := New(c)
	require.NoError(t, err)
	return made
}

// eachSize runs a test on companies of all sizes.
func eachSize(t *testing.T, test func(t *testing.T, c *pbx.Company)) {
	for _, size := range sizes {
		t.Run(fmt.Sprint(size), func(t *testing.T) { test(t, company(t, Config{Size: size, Seed: uint64(size)})) })
	}
}

func of(c *pbx.Company, kind pbx.Kind) []pbx.Extension {
	var some []pbx.Extension
	for _, e := range c.Extensions {
		if e.Kind == kind {
			some = append(some, e)
		}
	}
	return some
}

// The whole company is held to its seed. A changed hash means that every recorded
// simulation changes: say so in the commit. Fields that New does not fill are left out,
// so that pbx may add some.
func TestCompanyGolden(t *testing.T) {
	h, c := fnv.New64a(), company(t, Config{Size: 500, Seed: 7})
	fmt.Fprintln(h, c.Name, c.Account, c.Number)
	for _, e := range c.Extensions {
		fmt.Fprintln(h, e.Number, e.ID, e.Name, uint8(e.Kind), e.Direct, e.Device, e.Mobile, int64(e.RingFor), e.Mailbox)
		fmt.Fprintln(h, e.Agents, e.OneByOne, int64(e.WaitFor), e.Overflow, e.Keys)
	}
	require.Equal(t, "6e07b51a2449c283", fmt.Sprintf("%x", h.Sum64()))
}

// Seed 0 is a seed like others: gofakeit would take it for "any".
func TestSeedDecides(t *testing.T) {
	require.Equal(t, company(t, Config{}), company(t, Config{}))
	require.NotEqual(t, company(t, Config{}), company(t, Config{Seed: 1}))
	require.Equal(t, "Acme", company(t, Config{Name: "Acme"}).Name)
}

func TestCounts(t *testing.T) {
	for _, test := range []struct {
		config                                  Config
		users, queues, menus, paging, locations int
	}{
		{Config{}, 50, 3, 1, 1, 5},
		{Config{Size: 1}, 1, 0, 1, 0, 1},
		{Config{Size: 2}, 2, 1, 1, 1, 1},
		{Config{Size: 500}, 500, 25, 6, 1, 50},
		{Config{Size: 20_000}, 20_000, 1000, 201, 1, 99},
		{Config{Size: 10, Queues: 4, Menus: 3, Locations: 2}, 10, 4, 3, 1, 2},
	} {
		c := company(t, test.config)
		got := [5]int{}
		for i, k := range []pbx.Kind{pbx.User, pbx.Queue, pbx.Menu, pbx.Paging, pbx.ParkLocation} {
			got[i] = len(of(c, k))
		}
		require.Equal(t, [5]int{test.users, test.queues, test.menus, test.paging, test.locations}, got)
	}
}

func TestIDs(t *testing.T) {
	account, extension := regexp.MustCompile(`^400\d{9}$`), regexp.MustCompile(`^[67]\d{10}$|^80\d{9}$`)
	device := regexp.MustCompile(`^8[01]\d{10}$`)
	eachSize(t, func(t *testing.T, c *pbx.Company) {
		pod := c.Account[len(c.Account)-3:]
		seen := map[string]bool{c.Account: true}
		check := func(id string, shape *regexp.Regexp) {
			if !shape.MatchString(id) || id[len(id)-3:] != pod || seen[id] {
				t.Fatalf("id %s of account %s", id, c.Account)
			}
			seen[id] = true
		}
		require.Regexp(t, account, c.Account)
		for _, e := range c.Extensions {
			check(e.ID, extension)
			if e.Kind == pbx.User {
				check(e.Device, device)
			} else {
				require.Empty(t, e.Device)
			}
		}
	})
}

func TestShortNumbers(t *testing.T) {
	digits := map[int]int{1: 3, 2: 3, 50: 3, 500: 3, 20_000: 5, MaxSize: 6}
	eachSize(t, func(t *testing.T, c *pbx.Company) {
		seen, want := map[string]bool{}, digits[len(of(c, pbx.User))]
		for _, e := range c.Extensions {
			if seen[e.Number] {
				t.Fatalf("%s twice", e.Number)
			}
			seen[e.Number] = true
			if e.Kind == pbx.ParkLocation {
				require.Regexp(t, `^8\d[1-9]$|^8[1-9]0$`, e.Number)
				continue
			}
			require.Len(t, e.Number, want)
			notDialledFirst(t, e.Number)
		}
	})
	require.Equal(t, "101", company(t, Config{}).Extensions[0].Number)
	require.Len(t, company(t, Config{Size: 700}).Extensions[699].Number, 3)
	require.Equal(t, "1001", company(t, Config{Size: 800}).Extensions[0].Number)
}

// Three digits hold exactly what is no service code.
func TestShortNumbersGrow(t *testing.T) {
	all := shortNumbers(791)
	require.Equal(t, []string{"101", "999"}, []string{all[0], all[790]})
	for _, n := range all {
		notDialledFirst(t, n)
	}
	require.Equal(t, "1001", shortNumbers(792)[0])
}

// notDialledFirst fails if a number begins with one that the switch would act upon.
func notDialledFirst(t *testing.T, number string) {
	for _, code := range []string{"0", "8", "211", "311", "411", "511", "611", "711", "911", "988"} {
		if strings.HasPrefix(number, code) {
			t.Fatalf("extension %s begins with %s", number, code)
		}
	}
}

func TestReferences(t *testing.T) {
	eachSize(t, func(t *testing.T, c *pbx.Company) {
		kinds := map[string]pbx.Kind{}
		for _, e := range c.Extensions {
			kinds[e.Number] = e.Kind
		}
		for _, e := range c.Extensions {
			agents := map[string]bool{}
			for _, a := range e.Agents {
				kind, ok := kinds[a]
				require.True(t, ok && kind == pbx.User && !agents[a], "agent %s of %s", a, e.Number)
				agents[a] = true
			}
			for _, k := range e.Keys {
				kind, ok := kinds[k.To]
				require.True(t, ok && kind <= pbx.Queue, "key %s of %s", k.To, e.Number)
			}
			if e.Overflow != "" {
				kind, ok := kinds[e.Overflow]
				require.True(t, ok && (kind == pbx.User || kind == pbx.Queue), "overflow %s of %s", e.Overflow, e.Number)
			}
		}
	})
}

func TestUsers(t *testing.T) {
	for _, u := range of(company(t, Config{Size: 500}), pbx.User) {
		require.Contains(t, []time.Duration{20 * time.Second, 25 * time.Second, 30 * time.Second}, u.RingFor)
		require.Regexp(t, `^[A-Z][A-Za-z']+ [A-Z][A-Za-z']+$`, u.Name)
		require.Empty(t, u.Agents)
		require.Empty(t, u.Keys)
	}
}

func TestQueues(t *testing.T) {
	queues := of(company(t, Config{Size: 500, Queues: 400}), pbx.Queue)
	place := map[string]int{}
	for i, q := range queues {
		place[q.Number] = i + 1
	}
	var oneByOne, lost, further int
	for i, q := range queues {
		require.True(t, len(q.Agents) >= 2 && len(q.Agents) <= 12)
		require.True(t, q.RingFor >= 15*time.Second && q.RingFor <= 30*time.Second)
		require.True(t, q.WaitFor >= time.Minute && q.WaitFor <= 5*time.Minute)
		if next := place[q.Overflow]; next > 0 {
			require.Greater(t, next, i+1, "overflow goes round in circles")
			further++
		}
		if q.OneByOne {
			oneByOne++
		}
		if q.Overflow == "" {
			lost++
		}
	}
	require.InDelta(t, 200, oneByOne, 50)
	require.InDelta(t, 100, lost, 40)
	require.InDelta(t, 100, further, 40)
	require.Equal(t, []string{"Sales", "Sales 2"}, []string{queues[0].Name, queues[12].Name})
}

// Every menu is reached from the first by exactly one key, and no key is there twice.
func TestMenus(t *testing.T) {
	c := company(t, Config{Size: 500, Menus: 30})
	menus, reached := of(c, pbx.Menu), map[string]int{}
	require.Equal(t, c.Number, menus[0].Direct)
	for _, m := range menus {
		pressed := map[string]bool{}
		for _, k := range m.Keys {
			require.False(t, pressed[k.Press])
			pressed[k.Press] = true
			reached[k.To]++
		}
		require.True(t, pressed["0"] && pressed["1"] == (len(m.Keys) > 2 && m.Keys[0].Press == "1"))
	}
	require.Zero(t, reached[menus[0].Number])
	for _, m := range menus[1:] {
		require.Equal(t, 1, reached[m.Number])
	}
	for _, q := range of(c, pbx.Queue) {
		require.Equal(t, 1, reached[q.Number])
	}
}

func TestConfigErrors(t *testing.T) {
	for field, c := range map[string]Config{
		"Size is negative":             {Size: -1},
		"Size is 100001, above 100000": {Size: MaxSize + 1},
		"Queues is negative":           {Queues: -1},
		"Queues is 10001, above 10000": {Queues: 10_001},
		"Queues need at least two users": {
			Size: 1, Queues: 1},
		"Menus is negative":           {Menus: -1},
		"Menus is 10001, above 10000": {Menus: 10_001},
		"Locations is 100, above 99":  {Locations: 100},
	} {
		made, err := New(c)
		var wrong *ConfigError
		require.True(t, errors.As(err, &wrong))
		require.EqualError(t, err, "org: "+field)
		require.Nil(t, made)
	}
}

func BenchmarkNew(b *testing.B) {
	for _, size := range []int{50, 500, 20_000} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				company(b, Config{Size: size})
			}
		})
	}
}
