package recon_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/internal/mask"
	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
)

// The calls of a masked conversation are its masked calls. It stands here because
// conversations can be read below recon only.
func TestMaskedConversations(t *testing.T) {
	for i, c := range conversations(t) {
		t.Run(c.name, func(t *testing.T) {
			opt := mask.Options{Extension: c.config.Scope == recon.ScopeExtension,
				Keep: []string{"body.parties[].status.code", "body.parties[].status.reason"}} // of unknown-words
			s := mask.NewSurvey(opt)
			for n := range c.events {
				s.Add(n+1, reread(t, &c.events[n]))
			}
			require.Empty(t, s.Strange())
			m, err := s.Masker(mask.NewKey([]byte(c.name)), i%2 == 0)
			require.NoError(t, err)
			var masked []wire.Event
			for n := range c.events {
				ev := reread(t, &c.events[n])
				require.NoError(t, m.Event(&ev))
				masked = append(masked, reread(t, &ev))
			}
			before := c.build(t, c.events)
			for _, b := range before {
				m.Call(b)
			}
			after := map[call.SessionID]*call.Call{}
			for _, a := range c.build(t, masked) {
				after[a.ID] = a
			}
			require.Len(t, after, len(before))
			for _, b := range before {
				same(t, canonical([]*call.Call{b}), canonical([]*call.Call{after[b.ID]}), "TestMaskedConversations/"+c.name)
			}
		})
	}
}

// reread is a copy by way of its text.
func reread(t *testing.T, ev *wire.Event) wire.Event {
	t.Helper()
	out, err := wire.Decode(wire.Encode(ev))
	require.NoError(t, err)
	return out
}
