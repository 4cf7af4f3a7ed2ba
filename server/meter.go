package server

import (
	"sync"
	"time"

	"github.com/legworkhq/legwork/recon"
)

// meter gathers what metrics and health checks show.
type meter struct {
	watch *watcher

	mu  sync.Mutex
	err error // of the last commit
}

func newMeter(w *watcher) *meter { return &meter{watch: w} }

func (m *meter) lastError() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// Request implements ingest.Meter.
func (m *meter) Request(int, string, time.Duration) {}

// Commit implements ingest.Meter.
func (m *meter) Commit(_ int, _ time.Duration, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

// Entry implements ingest.Meter.
func (m *meter) Entry(tenant int64, fate string, delay time.Duration) {
	m.watch.entry(tenant, fate, delay)
}

// Fate is told what became of an event.
func (m *meter) Fate(tenant int64, c *recon.Changes) {
	if c.Fate == recon.Applied {
		m.watch.applied(tenant, c.Late)
	}
}
