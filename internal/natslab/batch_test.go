package natslab

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

// What the server refuses a batch with.
const (
	noBatches       jetstream.ErrorCode = 10174 // the stream does not allow batches
	unsupported     jetstream.ErrorCode = 10177 // a header that no batch may have
	duplicateInside jetstream.ErrorCode = 10201 // a message's identity was seen before
	wrongSequence   jetstream.ErrorCode = 10071 // another message came in between
	wrongInFlight   jetstream.ErrorCode = 10164 // the same, or the subject is being written to now
)

// item is a message of a batch: what is under its subject's last token.
type item struct {
	to     string
	header nats.Header
}

// expect is the header of a message that is refused unless the last message of its
// subject, or of another if one is named, has this sequence number.
func expect(seq uint64, subject ...string) nats.Header {
	h := nats.Header{jetstream.ExpectedLastSubjSeqHeader: {fmt.Sprint(seq)}}
	if len(subject) > 0 {
		h.Set(jetstream.ExpectedLastSubjSeqSubjHeader, subject[0])
	}
	return h
}

func identity(id string) nats.Header { return nats.Header{jetstream.MsgIDHeader: {id}} }

// publishBatch publishes messages at once, all or none. A node hears a moment late of who
// leads a stream that is new: nobody answers its clients then, nothing is stored, and
// unlike the client of single messages that of batches does not try again.
func publishBatch(t *testing.T, js jetstream.JetStream, prefix string, items ...item) (*jetstreamext.BatchAck, error) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		var messages []*nats.Msg
		for _, it := range items {
			m := nats.NewMsg(prefix + "." + it.to)
			for k, v := range it.header {
				m.Header[k] = v
			}
			messages = append(messages, m)
		}
		ack, err := jetstreamext.PublishMsgBatch(ctx, js, messages)
		if !errors.Is(err, nats.ErrNoResponders) || ctx.Err() != nil {
			return ack, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestBatch holds what the server makes of an atomic batch, case by case. A stream takes
// one if AllowAtomicPublish says so. Of a refused batch nothing is stored.
func TestBatch(t *testing.T) {
	c := lab(t)
	js := connect(t, c.URLs()...)
	s := makeStream(t, js, func(cfg *jetstream.StreamConfig) { cfg.AllowAtomicPublish = true })
	p := s.CachedInfo().Config.Name
	for _, subject := range []string{"a", "b"} { // sequences 1 and 2
		_, err := js.Publish(t.Context(), p+"."+subject, nil, jetstream.WithMsgID("known-"+subject))
		require.NoError(t, err)
	}
	last := map[string]uint64{"a": 1, "b": 2}
	stored := func() uint64 {
		info, err := s.Info(t.Context())
		require.NoError(t, err)
		return info.State.LastSeq
	}
	for _, test := range []struct {
		name  string
		items []item
		want  jetstream.ErrorCode // 0 if the batch is stored
	}{
		{"plain", []item{{to: "c"}, {to: "c"}, {to: "d"}}, 0},
		{"one message", []item{{to: "c"}}, 0},
		{"identities", []item{{"c", identity("1")}, {"d", identity("2")}}, 0},
		{"an identity twice in a batch", []item{{"c", identity("3")}, {"d", identity("3")}}, duplicateInside},
		{"the refused identity again", []item{{"c", identity("3")}}, 0},
		{"an identity of an earlier batch", []item{{"c", identity("4")}, {"d", identity("1")}}, duplicateInside},
		{"an identity of a single message", []item{{"c", identity("known-a")}}, duplicateInside},
		{"a last message's identity", []item{{"c", nats.Header{jetstream.ExpectedLastMsgIDHeader: {"1"}}}}, unsupported},
		{"a token at the end", []item{{to: "c"}, {"a", expect(last["a"])}}, 0},
		{"a stale token at the end", []item{{to: "c"}, {"a", expect(last["a"])}}, wrongSequence},
		{"a stale token at the beginning", []item{{"a", expect(last["a"])}, {to: "c"}}, wrongSequence},
		{"a stale token in the only message", []item{{"a", expect(last["a"])}}, wrongSequence},
		{"a token of a subject that is new", []item{{"new", expect(0)}, {to: "c"}}, 0},
		{"a token of a subject that is new no more", []item{{to: "c"}, {"new", expect(0)}}, wrongSequence},
		{"a token of another subject", []item{{"c", expect(last["b"], p+".b")}, {to: "d"}}, 0},
		{"a stale token of another subject", []item{{to: "d"}, {"c", expect(last["b"]-1, p+".b")}}, wrongSequence},
		{"two tokens", []item{{"c", expect(last["b"], p+".b")}, {"d", expect(last["b"], p+".b")}, {"e", expect(0)}}, 0},
		{"a token after the batch's own write", []item{{to: "b"}, {"b", expect(last["b"])}}, wrongInFlight},
		{"a token before the batch's own write", []item{{"b", expect(last["b"])}, {to: "b"}}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := stored()
			ack, err := publishBatch(t, js, p, test.items...)
			if test.want == 0 {
				require.NoError(t, err)
				require.Equal(t, uint64(len(test.items)), ack.BatchSize)
				require.Equal(t, before+uint64(len(test.items)), ack.Sequence, "the last message's")
				require.Equal(t, ack.Sequence, stored())
				return
			}
			var refused *jetstream.APIError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, test.want, refused.ErrorCode, "%v", err)
			require.Equal(t, before, stored(), "nothing of it is stored")
		})
	}
}

// TestBatchNotAllowed holds that a stream takes no batch unless its configuration says
// so.
func TestBatchNotAllowed(t *testing.T) {
	js := connect(t, lab(t).URLs()...)
	s := makeStream(t, js, nil)
	_, err := publishBatch(t, js, s.CachedInfo().Config.Name, item{to: "a"}, item{to: "a"})
	var refused *jetstream.APIError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, noBatches, refused.ErrorCode)
}

// TestBatchSize holds that a batch has a thousand messages at most.
func TestBatchSize(t *testing.T) {
	js := connect(t, lab(t).URLs()...)
	s := makeStream(t, js, func(cfg *jetstream.StreamConfig) { cfg.AllowAtomicPublish = true })
	items := make([]item, 1001)
	for i := range items {
		items[i].to = "a"
	}
	_, err := publishBatch(t, js, s.CachedInfo().Config.Name, items[:1000]...)
	require.NoError(t, err)
	_, err = publishBatch(t, js, s.CachedInfo().Config.Name, items...)
	var refused *jetstream.APIError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, jetstreamext.JSErrCodeBatchPublishExceedsLimit, refused.ErrorCode)
}

// TestBatchRace holds that of many batches with the same token one is stored, however
// close they come.
func TestBatchRace(t *testing.T) {
	const racers, rounds = 8, 20
	c := lab(t)
	s := makeStream(t, connect(t, c.URLs()...), func(cfg *jetstream.StreamConfig) { cfg.AllowAtomicPublish = true })
	p := s.CachedInfo().Config.Name
	clients := make([]jetstream.JetStream, racers)
	for i := range clients {
		clients[i] = connect(t, c.URL(i%3))
	}
	token, refusals := uint64(0), map[jetstream.ErrorCode]int{}
	for range rounds {
		type result struct {
			ack *jetstreamext.BatchAck
			err error
		}
		results := make(chan result, racers)
		for _, js := range clients {
			go func() {
				ack, err := publishBatch(t, js, p, item{to: "log"}, item{"token", expect(token)})
				results <- result{ack, err}
			}()
		}
		won := 0
		for range racers {
			r := <-results
			if r.err == nil {
				won, token = won+1, r.ack.Sequence
				continue
			}
			var refused *jetstream.APIError
			require.ErrorAs(t, r.err, &refused)
			refusals[refused.ErrorCode]++
		}
		require.Equal(t, 1, won)
	}
	t.Logf("refusals by code: %v", refusals)
	info, err := s.Info(t.Context(), jetstream.WithSubjectFilter(">"))
	require.NoError(t, err)
	require.Equal(t, map[string]uint64{p + ".log": rounds, p + ".token": rounds}, info.State.Subjects)
}
