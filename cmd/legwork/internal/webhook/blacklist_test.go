package webhook

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func documented() *Blacklist {
	return &Blacklist{After: DefaultBlacklistAfter, Every: DefaultReconcileEvery}
}

func TestBlacklistedAfterTenMinutesOfFailures(t *testing.T) {
	b := documented()
	require.False(t, b.Failed(at(0)))
	require.False(t, b.Failed(at(10*time.Minute-1)))
	require.False(t, b.Listed())
	require.True(t, b.Failed(at(10*time.Minute)))
	require.True(t, b.Listed())
	require.Equal(t, at(25*time.Minute), b.Next())
	require.False(t, b.Failed(at(11*time.Minute)), "it is listed once")
	require.Equal(t, at(25*time.Minute), b.Next())
}

func TestA200BeginsTheTenMinutesAgain(t *testing.T) {
	b := documented()
	b.Failed(at(0))
	b.Failed(at(9 * time.Minute))
	b.Answered()
	require.False(t, b.Failed(at(10*time.Minute)))
	require.False(t, b.Failed(at(19*time.Minute)))
	require.True(t, b.Failed(at(20*time.Minute)))
}

func TestA200ThatComesTooLateChangesNothing(t *testing.T) {
	b := documented()
	b.Failed(at(0))
	b.Failed(at(10 * time.Minute))
	b.Answered()
	require.True(t, b.Listed())
}

func TestReconciliation(t *testing.T) {
	b := documented()
	b.Failed(at(0))
	b.Failed(at(10 * time.Minute))
	b.Reconciled(at(25*time.Minute), false)
	require.True(t, b.Listed())
	require.Equal(t, at(40*time.Minute), b.Next())
	b.Reconciled(at(40*time.Minute), true)
	require.False(t, b.Listed())
	require.False(t, b.Failed(at(41*time.Minute)), "the ten minutes begin again")
	require.True(t, b.Failed(at(51*time.Minute)))
}

func TestNeverBlacklisted(t *testing.T) {
	b := &Blacklist{After: time.Nanosecond, Every: time.Minute, Never: true}
	b.Failed(at(0))
	require.False(t, b.Failed(at(time.Hour)))
	require.False(t, b.Listed())
}
