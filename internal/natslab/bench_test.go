package natslab

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

// BenchmarkPublish is what a stream takes that three nodes store, each of which writes to
// its disk before it says so: messages of 1.5 KB, each with an identity, from one client
// of a node that does not lead. All nodes and the client share this machine.
func BenchmarkPublish(b *testing.B) {
	body := make([]byte, 1536)
	b.Run("wait", func(b *testing.B) { // 64 publishers, each of which waits for every answer
		js, name := benchStream(b)
		eachWaits(b, 64, 1, func(ctx context.Context, i int) error {
			_, err := js.Publish(ctx, fmt.Sprintf("%s.%d", name, i%1000), body, jetstream.WithMsgID(fmt.Sprint(i)))
			return err
		})
	})
	b.Run("batch", func(b *testing.B) { // 32 publishers, which wait for every batch of 10
		js, name := benchStream(b)
		eachWaits(b, 32, 10, func(ctx context.Context, i int) error {
			messages := make([]*nats.Msg, 10)
			for k := range messages {
				messages[k] = nats.NewMsg(fmt.Sprintf("%s.%d", name, i%1000))
				messages[k].Header.Set(jetstream.MsgIDHeader, fmt.Sprint(i, k))
				messages[k].Data = body
			}
			_, err := jetstreamext.PublishMsgBatch(ctx, js, messages, jetstreamext.BatchFlowControl{})
			return err
		})
	})
	b.Run("async", func(b *testing.B) { // 4096 messages on their way
		var failed atomic.Int64
		js, name := benchStream(b, jetstream.WithPublishAsyncMaxPending(4096),
			jetstream.WithPublishAsyncErrHandler(func(jetstream.JetStream, *nats.Msg, error) { failed.Add(1) }))
		b.ResetTimer()
		for i := range b.N {
			_, err := js.PublishAsync(fmt.Sprintf("%s.%d", name, i%1000), body, jetstream.WithMsgID(fmt.Sprint(i)), jetstream.WithStallWait(10*time.Second))
			require.NoError(b, err)
		}
		<-js.PublishAsyncComplete()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
		require.Zero(b, failed.Load(), "messages were refused")
	})
}

// benchStream makes a stream, and a client of a node that does not lead it.
func benchStream(b *testing.B, opts ...jetstream.JetStreamOpt) (jetstream.JetStream, string) {
	b.Helper()
	c := lab(b)
	s := makeStream(b, connect(b, c.URLs()...), func(cfg *jetstream.StreamConfig) { cfg.AllowAtomicPublish = true })
	name := s.CachedInfo().Config.Name
	ctx, cancel := context.WithTimeout(b.Context(), 30*time.Second)
	defer cancel()
	leader, err := c.WaitLeader(ctx, name)
	require.NoError(b, err)
	conn := connect(b, c.URL((leader+1)%c.Nodes())).Conn()
	js, err := jetstream.New(conn, opts...)
	require.NoError(b, err)
	_, err = js.Publish(ctx, name+".first", nil) // the node knows of the stream then
	require.NoError(b, err)
	return js, name
}

// eachWaits has publishers do something b.N times in all, and reports the rate of the
// messages, some in each, and how long the slowest hundredth took.
func eachWaits(b *testing.B, publishers, messages int, do func(ctx context.Context, i int) error) {
	took := make([]time.Duration, b.N)
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range publishers {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
				began := time.Now()
				if err := do(ctx, int(i)); err != nil {
					b.Error(err)
				}
				took[i] = time.Since(began)
				cancel()
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N*messages)/b.Elapsed().Seconds(), "msgs/s")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
