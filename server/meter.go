package server

import (
	"sync"
	"time"

	"github.com/legworkhq/legwork/recon"
)

// meter gathers what metrics and health checks show.
type meter struct {
	mu  sync.Mutex
	err error // of the last commit
}

func newMeter() *meter { return &meter{} }

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
func (m *meter) Entry(int64, string, time.Duration) {}

// Fate is told what became of an event.
func (m *meter) Fate(int64, *recon.Changes) {}
