package logging

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"call from +14045550134 ended":            "call from +xxxxxxxxx34 ended",
		"(404) 555-0134":                          "(xxx) xxx-xx34",
		"0049 89 1234567.":                        "xxxx xx xxxxx67.",
		"extension 104 rang 12 times":             "extension 104 rang 12 times",
		"s-a0d1793285c1az19cdd7bd9f4z80c1d0000":   "s-a0d1793285c1az19cdd7bd9f4z80c1d0000",
		"p-a0d1793285c1az19cdd7bd9f4z80c1d0000-2": "p-a0d1793285c1az19cdd7bd9f4z80c1d0000-2",
		"127.0.0.1:8080":                          "127.0.0.1:8080",
		"2026-03-02T15:00:00Z":                    "2026-03-02T15:00:00Z",
		"4045550134,4045550135":                   "xxxxxxxx34,xxxxxxxx35",
		"192.168.100.200:80":                      "192.168.100.200:80",
		"":                                        "",
	} {
		require.Equal(t, want, Mask(in), in)
	}
}

func TestHandler(t *testing.T) {
	var b bytes.Buffer
	now := time.Unix(0, 0)
	plain := slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	log := slog.New(New(plain, false, func() time.Time { return now })).With("who", "4045550134")
	log.Warn("from +14045550134", "error", errors.New("bad 4045550134"), slog.Group("g", "n", "4045550134"))
	require.NotContains(t, b.String(), "404")
	b.Reset()
	for range 5 {
		log.Warn("again", Once, "cause")
	}
	log.Warn("other", Once, "other")
	require.Equal(t, 1, strings.Count(b.String(), "again"))
	require.Contains(t, b.String(), "other")
	now = now.Add(Every)
	log.Warn("again", Once, "cause")
	require.Contains(t, b.String(), "again=4")
	require.NotContains(t, b.String(), "once")
	b.Reset()
	slog.New(New(plain, true, nil)).Warn("x", "number", "4045550134")
	require.Contains(t, b.String(), "4045550134")
}
