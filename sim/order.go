package sim

import "github.com/legworkhq/legwork/recon/wire"

// order puts the notifications of many switches in order of their timestamps.
type order struct {
	heap []ordered
	n    uint64
	free []*wire.Event
}

type ordered struct {
	at wire.Time
	n  uint64
	ev *wire.Event
}

// put takes a notification, and keeps a copy.
func (o *order) put(ev *wire.Event) {
	var k *wire.Event
	if n := len(o.free); n > 0 {
		k, o.free = o.free[n-1], o.free[:n-1]
	} else {
		k = new(wire.Event)
	}
	parties := append(k.Body.Parties[:0], ev.Body.Parties...)
	*k = *ev
	k.Body.Parties = parties
	o.n++
	o.heap = append(o.heap, ordered{ev.Timestamp, o.n, k})
	for i := len(o.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !o.before(i, up) {
			return
		}
		o.heap[i], o.heap[up] = o.heap[up], o.heap[i]
		i = up
	}
}

// next returns the first notification that was sent by an instant, nil when there is
// none. It is valid until the next put.
func (o *order) next(by wire.Time) *wire.Event {
	if len(o.heap) == 0 || o.heap[0].at > by {
		return nil
	}
	ev := o.heap[0].ev
	n := len(o.heap) - 1
	o.heap[0] = o.heap[n]
	o.heap[n] = ordered{}
	o.heap = o.heap[:n]
	for i := 0; ; {
		c := 2*i + 1
		if c+1 < n && o.before(c+1, c) {
			c++
		}
		if c >= n || !o.before(c, i) {
			break
		}
		o.heap[i], o.heap[c] = o.heap[c], o.heap[i]
		i = c
	}
	o.free = append(o.free, ev)
	return ev
}

func (o *order) before(i, j int) bool {
	a, b := &o.heap[i], &o.heap[j]
	return a.at < b.at || a.at == b.at && a.n < b.n
}
