package cluster

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/internal/natslab"
	"github.com/legworkhq/legwork/server/store"
)

// someEntries are n notifications of several tenants.
func someEntries(n int) []store.Entry {
	out := make([]store.Entry, n)
	for i := range out {
		out[i] = store.Entry{Seq: int64(i + 1), Tenant: int64(1 + i%7), Received: 1700000000000, Body: fmt.Appendf(nil, "notification %d", i)}
	}
	return out
}

// TestBundles: those of a partition are together, in order, and none is lost.
func TestBundles(t *testing.T) {
	partitionOf := func(tenant int64) int { return PartitionOf(tenant, 4) }
	entries := someEntries(1000)
	entries[500].Body = bytes.Repeat([]byte("x"), bundleBytes+1)
	together, seen := bundles(entries, partitionOf), map[int64]int64{}
	count, first := 0, int64(0)
	for _, some := range together {
		require.LessOrEqual(t, len(some), bundleEntries)
		require.Less(t, first, some[0].Seq, "in the order of their first ones")
		first = some[0].Seq
		size := 0
		for _, e := range some {
			require.Equal(t, partitionOf(some[0].Tenant), partitionOf(e.Tenant))
			require.Less(t, seen[e.Tenant], e.Seq)
			seen[e.Tenant] = e.Seq
			size += len(e.Body)
		}
		require.True(t, size <= bundleBytes || len(some) == 1)
		count += len(some)
		if len(some) == 1 {
			continue // a message of its own
		}
		data, err := unpack(pack(appendBundle(nil, some)))
		require.NoError(t, err)
		back, err := readBundle(data)
		require.NoError(t, err)
		require.Len(t, back, len(some))
		for i := range back {
			require.Equal(t, some[i].Body, back[i].Body)
			require.Equal(t, some[i].Tenant, back[i].Tenant)
			require.Equal(t, some[i].Received, back[i].Arrived)
		}
	}
	require.Equal(t, len(entries), count)
}

// TestBundleSubject: what NATS maps to a partition is read there, and is no tenant's.
func TestBundleSubject(t *testing.T) {
	for _, partitions := range []int{2, 4, 32, 100} {
		for p, token := range bundleTokens(partitions) {
			require.Equal(t, p, Partition(token, partitions))
			bundle, plain := isBundle("legwork.p.3." + token)
			require.True(t, bundle)
			require.False(t, plain)
			_, err := tenantOf("legwork.p.3." + token)
			require.Error(t, err, "a node that knows no bundles must stop")
		}
	}
	bundle, _ := isBundle("legwork.p.3.17")
	require.False(t, bundle)
	bundle, plain := isBundle("legwork.p.3.b17")
	require.True(t, bundle)
	require.True(t, plain)
}

func TestCanBundle(t *testing.T) {
	old, now, taker := Member{Worker: true, Reads: 2}, Member{Worker: true, Reads: readsBundles}, Member{Takes: true}
	require.False(t, canBundle(nil), "nobody is known to understand")
	require.False(t, canBundle([]Member{taker}))
	require.True(t, canBundle([]Member{now, taker}))
	require.False(t, canBundle([]Member{now, old}))
}

// TestBundleOfMany: a few bytes that unpack to more than a bundle has are none.
func TestBundleOfMany(t *testing.T) {
	data := pack(make([]byte, maxUnpacked))
	require.Less(t, len(data), 1<<16)
	data, err := unpack(data)
	require.NoError(t, err)
	_, err = readBundle(data)
	require.ErrorIs(t, err, errBundle)
}

// FuzzReadBundle: whatever the bytes are, it ends, and what it reads is what they say.
func FuzzReadBundle(f *testing.F) {
	f.Add(appendBundle(nil, someEntries(3)))
	f.Add([]byte{1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add([]byte{1, 1})
	f.Add(pack(appendBundle(nil, someEntries(3))))
	f.Add(binary.AppendUvarint(nil, 1<<40)) // as long as that, it says
	f.Fuzz(func(t *testing.T, data []byte) {
		if unpacked, err := unpack(data); err != nil {
			require.ErrorIs(t, err, errBundle)
		} else {
			require.LessOrEqual(t, len(unpacked), maxUnpacked)
			data = unpacked
		}
		taken, err := readBundle(data)
		if err != nil {
			require.ErrorIs(t, err, errBundle)
			return
		}
		size := 0
		for i := range taken {
			size += len(taken[i].Body) + 3
		}
		require.LessOrEqual(t, size, len(data))
	})
}

// TestRelayBundles kills the server that leads the stream while bundles are passed on: each
// notification is there, in few messages, and until then each tenant's in their order.
func TestRelayBundles(t *testing.T) {
	n := joined(t, prefixOf(), "a")
	n.bundling.Store(true)
	lab := natslab.Shared(t)
	n.relaying(t)
	n.receive(t, 0, 500)
	n.drained(t)
	messages := n.headless(t, lab).Msgs
	require.Less(t, messages, uint64(1000))
	require.NoError(t, lab.WaitReady(t.Context()))

	var consumer jetstream.Consumer
	var err error
	require.Eventually(t, func() bool { // a stream whose leader is gone makes none
		consumer, err = n.stream.CreateConsumer(t.Context(), jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy})
		return err == nil
	}, 20*time.Second, 100*time.Millisecond)
	seen, last := map[string]bool{}, map[int64]int{}
	for range messages {
		msg, err := consumer.Next()
		require.NoError(t, err)
		m, err := read(msg)
		require.NoError(t, err)
		for _, e := range m.taken {
			require.Contains(t, msg.Subject(), fmt.Sprintf(".p.%d.", n.PartitionOf(e.Tenant)))
			if body := string(e.Body); !seen[body] {
				seen[body] = true
				var number int
				_, err := fmt.Sscanf(strings.TrimPrefix(body, "notification "), "%d", &number)
				require.NoError(t, err)
				if number < 500 { // what is under way when a leader dies may come in another order
					require.LessOrEqual(t, last[e.Tenant], number)
					last[e.Tenant] = number
				}
			}
		}
	}
	require.Len(t, seen, 2000)
	require.Equal(t, int64(2000), n.relay.counted.Load())
}

// TestRelaySteady: while notifications never cease, what the stream has leaves the outbox.
func TestRelaySteady(t *testing.T) {
	n := joined(t, prefixOf(), "a")
	n.bundling.Store(true)
	n.relaying(t)
	for i := range 150 {
		n.receive(t, 10*i, 10*i+10)
		time.Sleep(20 * time.Millisecond)
	}
	st, err := n.OutboxState(t.Context())
	require.NoError(t, err)
	require.Less(t, st.Waiting, int64(750), "of 1,500 in three seconds")
	require.False(t, st.Failing)
	n.drained(t)
}
