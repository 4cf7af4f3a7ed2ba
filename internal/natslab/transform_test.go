package natslab

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/cluster"
)

// TestTransform holds cluster.Partition to the server's partition(): a stream stores
// each message under the subject that we say.
func TestTransform(t *testing.T) {
	const tokens = 3000
	c := lab(t)
	js := connect(t, c.URLs()...)
	s := makeStream(t, js, func(cfg *jetstream.StreamConfig) {
		cfg.Subjects = []string{"transform.in.*"}
		cfg.SubjectTransform = &jetstream.SubjectTransformConfig{
			Source:      "transform.in.*",
			Destination: "transform.p.{{partition(8,1)}}.{{wildcard(1)}}",
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
	defer cancel()
	want := map[string]bool{}
	r := rand.New(rand.NewPCG(7, 7))
	for i := range tokens {
		token := randomToken(r, i)
		want[fmt.Sprintf("transform.p.%d.%s", cluster.Partition(token, 8), token)] = true
		_, err := js.PublishAsync("transform.in."+token, nil)
		require.NoError(t, err)
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-ctx.Done():
		require.NoError(t, ctx.Err())
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(">"))
	require.NoError(t, err)
	require.Equal(t, uint64(tokens), info.State.Msgs)
	require.Len(t, info.State.Subjects, len(want))
	for subject := range info.State.Subjects {
		require.True(t, want[subject], "%s", subject)
	}
}

// randomToken is a session's identity as RingCentral writes it, or any letters.
func randomToken(r *rand.Rand, i int) string {
	if i%3 > 0 {
		return fmt.Sprintf("s-a0d1%dfz%xz%x000", i, r.Uint64(), r.Uint32())
	}
	var b strings.Builder
	for range 1 + r.IntN(40) {
		letters := []rune("abcXYZ019_-=+/äß漢😀")
		b.WriteRune(letters[r.IntN(len(letters))])
	}
	return fmt.Sprint(b.String(), i)
}
