package catalogue

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/wire"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func all(t testing.TB) []Case {
	cases, err := All(nil)
	require.NoError(t, err)
	return cases
}

// TestIDsAreStable: ids have their form, none stands twice, and every level has some.
func TestIDsAreStable(t *testing.T) {
	seen, levels := map[string]bool{}, map[string]int{}
	form := regexp.MustCompile(`^[a-z0-9-]+\.[a-z0-9-]+/[a-z0-9.-]+/[0-9]+$`)
	for _, c := range all(t) {
		require.Regexp(t, form, c.ID)
		require.False(t, seen[c.ID], "%s stands twice", c.ID)
		seen[c.ID] = true
		levels[c.Level]++
		require.NotEmpty(t, c.Story, c.ID)
		require.NotEmpty(t, c.Title, c.ID)
		require.Contains(t, c.Tags, "@"+c.Level)
	}
	for level, least := range map[string]int{"L0": 30, "L1": 40, "L2": 100, "L3": 15} {
		require.GreaterOrEqual(t, levels[level], least, level)
	}
	for _, id := range []string{"contract.handshake/validation-token/1", "transfer.attended/ways/1", "order.shuffled/question.gone-attended-transfer-1/1"} {
		require.True(t, seen[id], id)
	}
}

// TestEveryStepDeliversTheTruth: a disturbed delivery has every notification, and none
// that never was.
func TestEveryStepDeliversTheTruth(t *testing.T) {
	for _, c := range all(t) {
		if c.Contract != nil {
			continue
		}
		p, err := c.Make(5, now)
		require.NoError(t, err)
		require.NotEmpty(t, p.Truth, c.ID)
		seen := map[int]bool{}
		for _, s := range p.Steps {
			seen[s.Event] = true
		}
		require.Len(t, seen, len(p.Events), c.ID)
	}
}

// TestWaysDisturb: no way leaves the delivery as it was.
func TestWaysDisturb(t *testing.T) {
	for _, c := range all(t) {
		if c.way == nil {
			continue
		}
		p, err := c.Make(5, now)
		require.NoError(t, err)
		if c.way.topic == "parties.together" {
			require.True(t, slices.ContainsFunc(p.Events, func(e wire.Event) bool { return len(e.Body.Parties) > 1 }), c.ID)
			continue
		}
		require.NotEqual(t, InOrder(len(p.Events)), p.Steps, c.ID)
	}
}

// TestFreshIDs: another start or another seed has no session, party, extension or
// account in common; the same ones give the same bytes.
func TestFreshIDs(t *testing.T) {
	c := all(t)[slices.IndexFunc(all(t), func(c Case) bool { return c.ID == "order.shuffled/conference.call-three-1/1" })]
	ids := func(seed uint64, start time.Time) map[string]bool {
		p, err := c.Make(seed, start)
		require.NoError(t, err)
		out := map[string]bool{}
		for _, e := range p.Events {
			out[e.UUID], out[e.Body.TelephonySessionID] = true, true
			for _, q := range e.Body.Parties {
				out[q.ID] = true
				if q.ExtensionID != "" {
					out["ext "+q.ExtensionID] = true
				}
			}
		}
		return out
	}
	base := ids(1, now)
	require.Equal(t, base, ids(1, now))
	for id := range ids(2, now) {
		require.False(t, base[id], "%s again with another seed", id)
	}
	for id := range ids(1, now.Add(time.Second)) {
		require.False(t, base[id], "%s again at another time", id)
	}
}

// TestSeedSettlesTheOrder: the order of delivery depends on the seed, not on the time.
func TestSeedSettlesTheOrder(t *testing.T) {
	for _, c := range all(t) {
		if c.way == nil {
			continue
		}
		a, err := c.Make(1, now)
		require.NoError(t, err)
		b, err := c.Make(1, now.Add(time.Hour))
		require.NoError(t, err)
		require.Equal(t, a.Steps, b.Steps, c.ID)
	}
}

// TestLacks: an area that a receiver lacks takes its cases out, and no others.
func TestLacks(t *testing.T) {
	cases := all(t)
	require.Subset(t, Areas(cases), []string{"transfer", "conference", "supervise", "park", "queue", "menu", "voicemail", "hold", "order", "duplicate", "contract"})
	for _, c := range cases {
		if strings.HasPrefix(c.ID, "conference.") {
			require.Equal(t, "conference", c.Lacks([]string{"park-ride", "conference"}), c.ID)
		}
		if strings.HasPrefix(c.ID, "call.") {
			require.Empty(t, c.Lacks([]string{"conference", "transfer"}), c.ID)
		}
	}
}
