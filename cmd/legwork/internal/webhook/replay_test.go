package webhook

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// fake is a receiver that is up, or not, as a function of the time since the start.
type fake struct {
	start time.Time
	up    func(time.Duration) bool
	takes time.Duration

	mu         sync.Mutex
	got        []string // bodies and when they came
	handshakes []time.Duration
	now, most  int // under way
}

func (f *fake) Handshake(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	since := time.Since(f.start)
	f.handshakes = append(f.handshakes, since)
	if !f.up(since) {
		return errors.New("down")
	}
	return nil
}

func (f *fake) Post(ctx context.Context, body []byte) Answer {
	f.mu.Lock()
	f.now++
	f.most = max(f.most, f.now)
	since := time.Since(f.start)
	f.got = append(f.got, fmt.Sprintf("%s@%v", body, since))
	f.mu.Unlock()
	time.Sleep(f.takes)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now--
	if ctx.Err() != nil || !f.up(since) {
		return Answer{Status: 500, Took: f.takes}
	}
	return Answer{Status: 200, Took: f.takes}
}

// run replays n lines, in a bubble in which time passes at once, and returns the
// lines in the order in which they were settled.
func run(t *testing.T, n int, f *fake, r *Replay, then func(settled []int, err error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { then(runHere(t.Context(), n, f, r)) })
}

func runHere(ctx context.Context, n int, f *fake, r *Replay) (settled []int, err error) {
	f.start, r.Receiver = time.Now(), f
	first, line := f.start, 0
	r.Next = func() (Delivery, bool) {
		line++
		stamp := first.Add(time.Duration(line-1) * time.Minute)
		return Delivery{Line: line, Stamp: stamp, Body: []byte(fmt.Sprint(line))}, line <= n
	}
	r.Settled = func(line int) { settled = append(settled, line) }
	if r.Say == nil {
		r.Say = func(string) {}
	}
	err = r.Run(ctx)
	return settled, err
}

func always(time.Duration) bool { return true }
func never(time.Duration) bool  { return false }

// from is a receiver that comes up after d.
func from(d time.Duration) func(time.Duration) bool {
	return func(since time.Duration) bool { return since >= d }
}

func perMinute() Pacer { return &Fixed{Every: time.Minute} }

func TestReplayKeepsOrderAndTime(t *testing.T) {
	f := &fake{up: always, takes: time.Second}
	run(t, 3, f, &Replay{Pace: &Realtime{Speed: 2}}, func(settled []int, err error) {
		require.NoError(t, err)
		require.Equal(t, []string{"1@0s", "2@30s", "3@1m0s"}, f.got)
		require.Empty(t, f.handshakes)
	})
}

func TestReplaySettlesEveryLine(t *testing.T) {
	r := &Replay{Pace: Max{}}
	run(t, 4, &fake{up: always}, r, func(settled []int, err error) {
		require.NoError(t, err)
		require.Equal(t, []int{1, 2, 3, 4}, settled)
		require.Equal(t, 4, r.Tally.Delivered)
	})
}

func TestASlowReceiverSlowsTheReplayDown(t *testing.T) {
	f := &fake{up: always, takes: 2 * time.Minute}
	run(t, 3, f, &Replay{Pace: perMinute()}, func([]int, error) {
		require.Equal(t, []string{"1@0s", "2@2m0s", "3@4m0s"}, f.got)
		require.Equal(t, 1, f.most)
	})
}

func TestConcurrencyIsKept(t *testing.T) {
	f := &fake{up: always, takes: time.Second}
	r := &Replay{Pace: Max{}, Concurrency: 4}
	run(t, 40, f, r, func([]int, error) {
		require.Equal(t, 4, f.most)
		require.Equal(t, 10*time.Second, time.Since(f.start))
		require.Equal(t, 40, r.Tally.Delivered)
	})
}

func TestBlacklistedAndActiveAgain(t *testing.T) {
	f := &fake{up: from(30 * time.Minute)}
	var said []string
	r := &Replay{Pace: perMinute(), Blacklist: *documented(), Say: func(s string) { said = append(said, s) }}
	run(t, 60, f, r, func(settled []int, err error) {
		require.NoError(t, err)
		require.Equal(t, []time.Duration{25 * time.Minute, 40 * time.Minute}, f.handshakes)
		require.Len(t, f.got, 30)
		require.Equal(t, "11@10m0s", f.got[10], "the last before")
		require.Equal(t, "42@41m0s", f.got[11], "the first after")
		require.Equal(t, 11, r.Tally.Failed)
		require.Equal(t, 30, r.Tally.Lost, "due from 11 to 40 minutes")
		require.Equal(t, 19, r.Tally.Delivered)
		require.Len(t, settled, 60, "lost ones too")
		require.Equal(t, 1, r.Tally.Blacklisted)
		require.Len(t, said, 3)
		require.Contains(t, said[0], "blacklisted at line 11: no 200 for 10m0s; Webhook responses with code: [500]")
		require.Contains(t, said[1], "still blacklisted")
		require.Contains(t, said[2], "active again; 30 lost")
	})
}

func TestOneGoodAnswerInTenMinutesIsEnough(t *testing.T) {
	r := &Replay{Pace: perMinute(), Blacklist: *documented()}
	every9 := func(since time.Duration) bool { return int(since.Minutes())%9 == 8 }
	run(t, 60, &fake{up: every9}, r, func([]int, error) {
		require.Zero(t, r.Tally.Blacklisted)
		require.Zero(t, r.Tally.Lost)
		require.Equal(t, 60, r.Tally.Sent)
	})
}

func TestNothingIsLostWithoutATimetable(t *testing.T) {
	f := &fake{up: from(20 * time.Minute), takes: time.Second}
	r := &Replay{Pace: Max{}, Blacklist: *documented(), Concurrency: 3}
	run(t, 3000, f, r, func([]int, error) {
		require.Zero(t, r.Tally.Lost)
		require.Equal(t, 3000, r.Tally.Sent)
		require.Len(t, f.handshakes, 1)
	})
}

func TestStopWhenBlacklisted(t *testing.T) {
	f := &fake{up: never}
	r := &Replay{Pace: perMinute(), Blacklist: *documented(), StopWhenListed: true}
	run(t, 60, f, r, func(_ []int, err error) {
		require.ErrorIs(t, err, ErrBlacklisted)
		require.Equal(t, 10*time.Minute, time.Since(f.start), "at once")
		require.Equal(t, 11, r.Tally.Sent)
		require.Zero(t, r.Tally.Lost)
		require.Empty(t, f.handshakes)
	})
}

func TestNoRetryUnlessAsked(t *testing.T) {
	f := &fake{up: from(90 * time.Second)}
	run(t, 3, f, &Replay{Pace: perMinute(), Blacklist: *documented()}, func([]int, error) {
		require.Equal(t, []string{"1@0s", "2@1m0s", "3@2m0s"}, f.got)
	})
}

func TestRetry(t *testing.T) {
	f := &fake{up: from(90 * time.Second)}
	r := &Replay{Pace: perMinute(), Blacklist: *documented(), Retry: 2, RetryAfter: 20 * time.Second}
	run(t, 3, f, r, func([]int, error) {
		require.Equal(t, []string{"1@0s", "1@20s", "1@40s", "2@1m0s", "2@1m20s", "2@1m40s", "3@2m0s"}, f.got)
		require.Equal(t, 4, r.Tally.Retries)
		require.Equal(t, 3, r.Tally.Sent)
		require.Equal(t, 2, r.Tally.Delivered)
		require.Equal(t, 1, r.Tally.Failed)
	})
}

func TestRetriesEndWithTheBlacklist(t *testing.T) {
	r := &Replay{Pace: Max{}, Blacklist: Blacklist{After: time.Minute, Every: time.Hour}, Retry: 1000, RetryAfter: time.Second}
	f := &fake{up: never}
	run(t, 1, f, r, func([]int, error) { require.Len(t, f.got, 61) })
}

func TestInterrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(61*time.Second, cancel)
		f := &fake{up: always, takes: 3 * time.Second}
		r := &Replay{Pace: perMinute()}
		_, err := runHere(ctx, 10, f, r)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 63*time.Second, time.Since(f.start), "the POST under way is waited for")
		require.Equal(t, 2, r.Tally.Delivered)
		require.Len(t, f.got, 2)
	})
}

func TestInterruptWhileBlacklisted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(15*time.Minute, cancel)
		f := &fake{up: never}
		r := &Replay{Pace: Max{}, Blacklist: Blacklist{After: time.Nanosecond, Every: time.Hour}}
		f.takes = time.Second
		_, err := runHere(ctx, 10, f, r)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 15*time.Minute, time.Since(f.start))
		require.Len(t, f.got, 2)
	})
}
