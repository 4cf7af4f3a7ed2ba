package natslab

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
)

// tail is how much of each node's log is shown.
const tail = 16 << 10

// Watch shows what the nodes said since now when the test fails. Start does so for its
// own test; a test that uses another's cluster calls it.
func (c *Cluster) Watch(t testing.TB) {
	since := make(map[string]int64, len(c.nodes))
	for _, n := range c.nodes {
		if info, err := os.Stat(n.log()); err == nil {
			since[n.name] = info.Size()
		}
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.said(since))
		}
	})
}

// said is the end of each node's log, of what is new since then.
func (c *Cluster) said(since map[string]int64) string {
	var b strings.Builder
	for _, n := range c.nodes {
		text, err := os.ReadFile(n.log())
		if err != nil {
			fmt.Fprintf(&b, "== %s: %v\n", n.name, err)
			continue
		}
		text = text[min(since[n.name], int64(len(text))):]
		if len(text) > tail {
			text = text[len(text)-tail:]
			text = text[bytes.IndexByte(text, '\n')+1:]
		}
		fmt.Fprintf(&b, "== %s\n%s", n.name, text)
	}
	return b.String()
}
