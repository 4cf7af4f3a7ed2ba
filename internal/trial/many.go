package trial

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/pbx"
)

// Loss says which cases are drawn.
type Loss int

const (
	Both     Loss = iota // every other case loses notifications
	Lossless             // none does
	Lossy                // each does
)

func (l Loss) of(seed uint64) bool { return l == Lossy || l == Both && seed%2 == 1 }

// Tally counts what Many did.
type Tally struct {
	Cases, Events, Deliveries int64
	Lossy                     int64 // cases that lost something
	Lost                      int64 // notifications
	Failed                    int64
}

// Many tries the cases of the seeds from first on, with so many workers, until it has
// tried count of them or ctx is done. each is called for every failure, by one
// goroutine at a time; it returns false to stop. progress, if not nil, counts cases.
func Many(ctx context.Context, x *pbx.Exchange, first uint64, count int64, loss Loss, workers int, engine Engine, progress *atomic.Int64, each func(*Verdict) bool) (Tally, error) {
	m := &many{x: x, first: first, count: count, loss: loss, engine: engine, progress: progress, each: each}
	ctx, m.stop = context.WithCancel(ctx)
	defer m.stop()
	var wg sync.WaitGroup
	for range max(1, workers) {
		wg.Go(func() { m.work(ctx) })
	}
	wg.Wait()
	return m.tally, m.err
}

type many struct {
	x        *pbx.Exchange
	first    uint64
	count    int64
	loss     Loss
	engine   Engine
	progress *atomic.Int64
	each     func(*Verdict) bool

	next  atomic.Int64
	stop  context.CancelFunc
	lock  sync.Mutex
	tally Tally
	err   error
}

// block is how many cases a worker takes at a time.
const block = 64

func (m *many) work(ctx context.Context) {
	d := sim.NewDrawer(m.x)
	var own Tally
	defer func() {
		m.lock.Lock()
		defer m.lock.Unlock()
		m.tally.add(&own)
	}()
	for {
		from := m.next.Add(block) - block
		for n := from; n < min(from+block, m.count); n++ {
			if ctx.Err() != nil {
				return
			}
			if err := m.one(d, m.first+uint64(n), &own); err != nil {
				m.lock.Lock()
				m.err = err
				m.lock.Unlock()
				m.stop()
				return
			}
			if m.progress != nil {
				m.progress.Add(1)
			}
		}
		if from+block >= m.count {
			return
		}
	}
}

func (m *many) one(d *sim.Drawer, seed uint64, own *Tally) error {
	c, run, err := d.Draw(seed, m.loss.of(seed))
	if err != nil {
		return err
	}
	answer, err := m.engine(run.Deliveries)
	if err != nil {
		return err
	}
	v := Judge(c, run, answer)
	own.Cases++
	own.Events += int64(len(run.Events))
	own.Deliveries += int64(len(run.Deliveries))
	own.Lost += run.Count.Dropped
	if run.Count.Dropped > 0 {
		own.Lossy++
	}
	if v.OK() {
		return nil
	}
	own.Failed++
	m.lock.Lock()
	defer m.lock.Unlock()
	if !m.each(v) {
		m.stop()
	}
	return nil
}

func (t *Tally) add(o *Tally) {
	t.Cases += o.Cases
	t.Events += o.Events
	t.Deliveries += o.Deliveries
	t.Lossy += o.Lossy
	t.Lost += o.Lost
	t.Failed += o.Failed
}
