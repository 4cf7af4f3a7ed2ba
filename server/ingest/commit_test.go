package ingest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/store"
)

// lossy is a journal whose answers are lost while it says so.
type lossy struct {
	lost bool
	seq  int64
	kept map[string]bool
}

func (l *lossy) Append(_ context.Context, entries []store.Entry) error {
	for i := range entries {
		if key := fmt.Sprint(entries[i].Tenant, string(entries[i].Body)); !l.kept[key] {
			l.kept[key] = true
			l.seq++
			entries[i].Seq = l.seq
		}
	}
	if l.lost {
		for i := range entries {
			entries[i].Seq = 0
		}
		return errors.New("the answer was lost")
	}
	return nil
}

type noMeter struct{}

func (noMeter) Request(int, string, time.Duration) {}
func (noMeter) Commit(int, time.Duration, error)   {}
func (noMeter) Entry(int64, string, time.Duration) {}

// TestUnsure: entries that are in the journal although writing them failed are looked for
// before what comes after them, and the time waits for it.
func TestUnsure(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	var said []string
	j := &lossy{kept: map[string]bool{}}
	c := NewCommitter(j, noMeter{}, func() time.Time { return now }, 0, func(in []Taken) {
		for _, e := range in {
			said = append(said, fmt.Sprint("seq ", e.Seq))
		}
	})
	c.Unsure(func(tenant int64) { said = append(said, fmt.Sprint("look at ", tenant)) })
	ended := make(chan struct{})
	go func() { defer close(ended); c.Run() }()
	defer func() { c.Close(); <-ended }()
	take := func(tenant int64, body string) error {
		_, err := c.CommitAll(t.Context(), []Taken{{Entry: store.Entry{Tenant: tenant, Body: []byte(body)}}})
		return err
	}
	require.NoError(t, take(7, "a"))
	j.lost = true
	require.Error(t, take(7, "b"))
	before := c.Horizon()
	now = now.Add(5 * time.Second)
	require.Equal(t, before, c.Horizon(), "something of that time may come still")
	j.lost = false
	require.NoError(t, take(7, "b"))
	require.NoError(t, take(8, "c"))
	require.Eventually(t, func() bool { return c.Horizon() > before }, time.Second, time.Millisecond)
	c.Close()
	<-ended
	require.Equal(t, []string{"seq 1", "look at 7", "seq 3"}, said)
}
