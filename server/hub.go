package server

import "sync"

// hub wakes those who wait for a tenant's changes.
type hub struct {
	mu   sync.Mutex
	next int
	subs map[int]subscriber
}

type subscriber struct {
	tenant int64
	wake   chan struct{}
}

func newHub() *hub { return &hub{subs: map[int]subscriber{}} }

// Subscribe returns a channel that gets something after each change of a tenant's calls;
// changes in quick succession may be one. cancel ends it.
func (h *hub) Subscribe(tenant int64) (wake <-chan struct{}, cancel func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next++
	id, ch := h.next, make(chan struct{}, 1)
	h.subs[id] = subscriber{tenant, ch}
	return ch, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.subs, id)
	}
}

// changed wakes the subscribers of a tenant.
func (h *hub) changed(tenant int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.subs {
		if s.tenant == tenant {
			select {
			case s.wake <- struct{}{}:
			default:
			}
		}
	}
}
