package postgres

import (
	"context"
	"errors"
	"sync"

	"github.com/legworkhq/legwork/server/store"
)

// together writes what several goroutines want to write at once: while one transaction is
// under way, updates wait and are written with the next. All lock the same counter, so
// they could not be written side by side anyway.
type together struct {
	mu      sync.Mutex
	busy    bool
	waiting []*waiter
}

type waiter struct {
	u      *store.Update
	change int64
	err    error
	done   chan struct{}
}

// mostTogether bounds the calls of one transaction: journal entries wait for no one, but
// readers do.
const mostTogether = 256

// apply writes an update, alone or with others, by f.
func (t *together) apply(u *store.Update, f func([]*store.Update) ([]int64, error)) (int64, error) {
	w := &waiter{u: u, done: make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, w)
	first := !t.busy
	t.busy = true
	t.mu.Unlock()
	if first {
		t.write(f)
	}
	<-w.done
	return w.change, w.err
}

// write writes what waits first, and lets another goroutine do the rest.
func (t *together) write(f func([]*store.Update) ([]int64, error)) {
	t.mu.Lock()
	n, calls := 0, 0
	for n < len(t.waiting) && (n == 0 || calls+len(t.waiting[n].u.Calls) <= mostTogether) && !again(t.waiting[:n], t.waiting[n]) {
		calls += len(t.waiting[n].u.Calls)
		n++
	}
	list := t.waiting[:n:n]
	t.waiting = t.waiting[n:]
	t.mu.Unlock()
	writeTogether(list, f)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy = len(t.waiting) > 0; t.busy {
		go t.write(f)
	}
}

// again: an update is of a tenant that another one is of.
func again(list []*waiter, w *waiter) bool {
	for _, other := range list {
		if other.u.Tenant == w.u.Tenant {
			return true
		}
	}
	return false
}

// hopeless: what failed would fail for each alone.
func hopeless(err error) bool {
	for _, is := range []error{store.ErrFenced, store.ErrUnreachable, store.ErrReadOnly, store.ErrFull, context.DeadlineExceeded} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}

// writeTogether writes updates in one transaction. When that fails, each has another
// chance alone: one must not suffer for what is wrong with another.
func writeTogether(list []*waiter, f func([]*store.Update) ([]int64, error)) {
	updates := make([]*store.Update, len(list))
	for i, w := range list {
		updates[i] = w.u
	}
	changes, err := f(updates)
	for i, w := range list {
		switch {
		case err == nil:
			w.change = changes[i]
		case len(list) == 1, hopeless(err):
			w.err = err
		default:
			var one []int64
			if one, w.err = f(updates[i : i+1]); w.err == nil {
				w.change = one[0]
			}
		}
		close(w.done)
	}
}
