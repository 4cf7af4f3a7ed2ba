package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/sqlite"
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

// What is written by whoever takes notifications: were one of them none, it would only be
// slow.
var _ = []Spooler{(*sqlite.DB)(nil), (*sqlite.Outbox)(nil)}

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

// slowDisk is a pipeline whose disk waits to be let go on.
type slowDisk struct {
	lossy
	written atomic.Int64
	hold    chan error
}

func (d *slowDisk) Write(ctx context.Context, entries []store.Entry) error {
	defer d.written.Add(1)
	return d.Append(ctx, entries)
}

func (d *slowDisk) Sync(context.Context) error { return <-d.hold }

// TestPipeline: the next entries are written while the disk is busy. Nobody is answered, and
// nothing told, before the disk has it; and time stands still for what is told later.
func TestPipeline(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	d := &slowDisk{lossy: lossy{kept: map[string]bool{}}, hold: make(chan error)}
	var mu sync.Mutex
	var told []int64
	c := NewCommitter(d, noMeter{}, func() time.Time { mu.Lock(); defer mu.Unlock(); now = now.Add(time.Second); return now }, 0, func(in []Taken) {
		mu.Lock()
		defer mu.Unlock()
		for _, e := range in {
			told = append(told, e.Seq)
		}
	})
	ended := make(chan struct{})
	go func() { defer close(ended); c.Run() }()
	answers := make([]chan error, 3)
	for i := range answers {
		answers[i] = make(chan error, 1)
		go func() {
			_, err := c.CommitAll(t.Context(), []Taken{{Entry: store.Entry{Tenant: 7, Body: []byte{byte(i)}}}})
			answers[i] <- err
		}()
		require.Eventually(t, func() bool { return d.written.Load() == int64(i+1) }, 10*time.Second, time.Millisecond)
	}
	silent := func(i int) {
		select {
		case <-answers[i]:
			t.Fatalf("%d was answered before it was on disk", i)
		case <-time.After(20 * time.Millisecond):
		}
	}
	first := c.Horizon()
	for i := range answers {
		silent(i)
	}
	require.Empty(t, told)
	d.hold <- nil
	require.NoError(t, <-answers[0])
	silent(1)
	require.Eventually(t, func() bool { return c.Horizon() > first }, 10*time.Second, time.Millisecond)
	second := c.Horizon()
	d.hold <- errors.New("the disk is broken")
	require.ErrorContains(t, <-answers[1], "broken")
	require.LessOrEqual(t, c.Horizon(), second, "it may be there")
	d.hold <- nil
	require.NoError(t, <-answers[2])
	c.Close()
	<-ended
	require.Equal(t, []int64{1, 3}, told)
	require.Greater(t, c.Horizon(), second)
}
