package demo

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/script"
)

func TestNamesExist(t *testing.T) {
	for _, n := range append(append([]string{}, first...), often...) {
		s, err := script.Named(n)
		require.NoError(t, err)
		require.Nil(t, s.Company, n)
	}
}

// Who looks at the demo sees calls of the last hours, some that are under way, and one
// that is transferred within ten seconds.
func TestWithinTenSeconds(t *testing.T) {
	begun := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	now := begun
	o, err := New(1, func() time.Time { return now })
	require.NoError(t, err)
	enough := errors.New("enough")
	var events []wire.Event
	links := func(since time.Time) (n int) {
		calls, err := recon.Build(recon.Config{}, events)
		require.NoError(t, err)
		for _, c := range calls {
			for _, l := range c.Links {
				if l.At.Std().After(since) && (l.Kind == call.TransferAttended || l.Kind == call.ConferenceMerge) {
					n++
				}
			}
		}
		return n
	}
	// The clock stands still while notifications are due, and then jumps to the next.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err = o.Run(ctx, func(_ context.Context, body []byte) error {
		ev, err := wire.Decode(body)
		require.NoError(t, err)
		if at := time.UnixMilli(int64(ev.Timestamp)); at.After(now) {
			now = at
		}
		events = append(events, ev)
		if now.Sub(begun) > 0 && links(begun) > 0 || len(events) > 5000 {
			return enough
		}
		return nil
	})
	require.ErrorIs(t, err, enough)
	require.Less(t, now.Sub(begun), 10*time.Second)
	calls, err := recon.Build(recon.Config{}, events)
	require.NoError(t, err)
	require.Greater(t, len(calls), 40)
	open := 0
	for _, c := range calls {
		if c.EndedAt == 0 {
			open++
		}
	}
	require.Greater(t, open, 2)
}

// Nobody delivers the past late: the demo's subscription is well.
func TestNothingIsLate(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	o, err := New(1, func() time.Time { return now })
	require.NoError(t, err)
	enough := errors.New("enough")
	n, late := 0, 0
	require.ErrorIs(t, o.Run(t.Context(), func(_ context.Context, body []byte) error {
		ev, err := wire.Decode(body)
		require.NoError(t, err)
		n++
		if now.Sub(time.UnixMilli(int64(ev.Timestamp))) > time.Second {
			late++
		}
		if n == 300 {
			return enough
		}
		return nil
	}), enough)
	require.Zero(t, late)
}
