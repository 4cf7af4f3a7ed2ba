package logging_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/logging"
)

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"+14048096345":                  "+*********45",
		"404-809-6345":                  "***-***-**45",
		"+1 (404) 809-6345 called":      "+* (***) ***-**45 called",
		"+1.404.809.6345":               "+*.***.***.**45",
		"404 809 6345":                  "*** *** **45",
		"8096345":                       "*****45",
		"809634":                        "809634",
		"tel:+14048096345;ext=101":      "tel:+*********45;ext=101",
		"a+14048096345b":                "a+*********45b",
		"Jo4048096345":                  "Jo********45",
		"of 404-809-6345, 404-809-6346": "of ***-***-**45, ***-***-**46",
		"٤٠٤٨٠٩٦٣٤٥":                    "********٤٥",
		"404\u00a0809\u00a06345":        "***\u00a0***\u00a0**45",

		"s-a29a9308d4a82z19caf103180zda7f40000":                 "s-a29a9308d4a82z19caf103180zda7f40000",
		"p-a29a9308d4a82z19caf103180zda7f40000-12 is Gone":      "p-a29a9308d4a82z19caf103180zda7f40000-12 is Gone",
		"5d8a6a5c-1111-2222-3333-123456789012":                  "5d8a6a5c-1111-2222-3333-123456789012",
		"192.168.100.200:51234":                                 "192.168.100.200:51234",
		"203.0.113.250":                                         "203.0.113.250",
		"at 2026-11-23T19:49:59.123Z":                           "at 2026-11-23T19:49:59.123Z",
		"2026-11-23 and 2026-11-24":                             "2026-11-23 and 2026-11-24",
		"s-14048096345":                                         "s-*********45",
		"2048-09-30":                                            "2048-09-30",
		"4048-19-63":                                            "****-**-63",
		"404.809.634.512":                                       "***.***.***.*12",
		"read tcp 10.0.0.1:443->203.0.113.250:1: reset":         "read tcp 10.0.0.1:443->203.0.113.250:1: reset",
		"partition 3, token 7712345678901234567: not the owner": "partition 3, token 7712345678901234567: not the owner",
		"token 4048096345":                                      "token ********45",
		"/restapi/v1.0/account/809646016/telephony/sessions":    "/restapi/v1.0/account/*******16/telephony/sessions",
		"": "",
	} {
		assert.Equal(t, want, logging.Mask(in))
	}
}

// logged is what one record looks like.
func logged(t *testing.T, opt logging.Options, f func(*slog.Logger)) map[string]any {
	t.Helper()
	var out bytes.Buffer
	opt.JSON = true
	f(logging.New(&out, opt))
	var m map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &m), out.String())
	delete(m, "time")
	delete(m, "level")
	return m
}

type person struct{ Name, Number string }

func (p person) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("name", logging.Name(p.Name)), slog.Any("number", logging.Number(p.Number)))
}

func record(l *slog.Logger) {
	l.With("from", "+14048096341").WithGroup("g").Error("call of 404-809-6342",
		"error", fmt.Errorf("no %s", "404-809-6343"), "number", logging.Number("+14048096344"), "name", logging.Name("Ada"),
		"list", []string{"+14048096345"}, "bytes", []byte("4048096346"), slog.Group("deep", "n", "404 809 6347"),
		"person", person{"Ada", "+14048096348"}, "n", 14048096349, "took", time.Second)
}

func TestMasked(t *testing.T) {
	assert.Equal(t, map[string]any{
		"msg": "call of ***-***-**42", "from": "+*********41",
		"g": map[string]any{"error": "no ***-***-**43", "number": "+*********44", "name": "***", "list": "[+*********45]", "bytes": "********46",
			"deep": map[string]any{"n": "*** *** **47"}, "person": map[string]any{"name": "***", "number": "+*********48"}, "n": 14048096349., "took": 1e9},
	}, logged(t, logging.Options{}, record))
}

func TestClear(t *testing.T) {
	m := logged(t, logging.Options{Numbers: true}, record)
	g := m["g"].(map[string]any)
	assert.Equal(t, "call of 404-809-6342", m["msg"])
	assert.Equal(t, "+14048096341", m["from"])
	assert.Equal(t, "+14048096344", g["number"])
	assert.Equal(t, "Ada", g["name"])
	assert.Equal(t, map[string]any{"name": "Ada", "number": "+14048096348"}, g["person"])
}

// A number that is printed by anything else is masked too.
func TestTypes(t *testing.T) {
	text, err := json.Marshal(map[string]any{"number": logging.Number("+14048096345"), "name": logging.Name("Ada")})
	require.NoError(t, err)
	assert.JSONEq(t, `{"number":"+*********45","name":"***"}`, string(text))
	assert.Equal(t, "*** ***", fmt.Sprint(logging.Number("911"), " ", logging.Name("Ada")))
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "number", logging.Number("+14048096345"))
	assert.Contains(t, out.String(), "number=+*********45")
	assert.Equal(t, "", logging.Name("").String())
}

func TestLevel(t *testing.T) {
	var out bytes.Buffer
	l := logging.New(&out, logging.Options{Level: slog.LevelWarn})
	l.Info("no")
	l.Warn("yes")
	assert.Equal(t, 1, strings.Count(out.String(), "\n"))
}

func TestOnce(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(1000, 0)
	l := logging.New(&out, logging.Options{Now: func() time.Time { return now }})
	say := func() string {
		out.Reset()
		l.Error("cannot write", logging.Once("disk full"), "error", errors.New("no space"))
		return out.String()
	}
	assert.Contains(t, say(), `msg="cannot write" error="no space"`)
	assert.NotContains(t, say(), "once")
	assert.Empty(t, say())
	now = now.Add(599 * time.Second)
	assert.Empty(t, say())
	now = now.Add(time.Second)
	assert.Contains(t, say(), "again=3")
	now = now.Add(20 * time.Minute)
	assert.NotContains(t, say(), "again=")

	out.Reset()
	l.With("a", 1).Error("another", logging.Once("read-only"))
	l.Error("without")
	l.Error("without")
	assert.Equal(t, 3, strings.Count(out.String(), "\n"))
	out.Reset()
	l.Error("by name", "once", "disk full")
	assert.Empty(t, out.String(), "the attribute may be written out")
}

// Causes that a client makes up cost neither memory nor lines without end.
func TestManyCauses(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(1000, 0)
	l := logging.New(&out, logging.Options{Now: func() time.Time { return now }})
	for i := range 100_000 {
		l.Warn("refused", logging.Once(fmt.Sprint("tenant ", i)))
	}
	assert.Equal(t, 501, strings.Count(out.String(), "\n"))
	now = now.Add(time.Hour)
	out.Reset()
	l.Warn("refused", logging.Once("tenant 0"))
	l.Warn("refused", logging.Once("fresh"))
	l.Warn("refused", logging.Once("another"))
	assert.Equal(t, 3, strings.Count(out.String(), "\n"))
}

func TestLongText(t *testing.T) {
	m := logged(t, logging.Options{}, func(l *slog.Logger) { l.Info("x", "y", strings.Repeat("a", 1<<20)) })
	assert.Len(t, m["y"], 2003)
}

// A line is a line, whatever is in it.
func TestNoInjection(t *testing.T) {
	for _, json := range []bool{true, false} {
		var out bytes.Buffer
		logging.New(&out, logging.Options{JSON: json}).Warn("x\ny", "tenant", "a\r\nlevel=ERROR msg=hacked\u2028")
		assert.Equal(t, 1, strings.Count(out.String(), "\n"))
		assert.NotContains(t, out.String(), "\r")
	}
}

func FuzzMask(f *testing.F) {
	for _, s := range []string{"+1 (404) 809-6345", "s-a29a9308d4a82z19caf103180zda7f40000", "192.168.100.200:51234", "2026-11-23T19:49:59.123Z", "٤٠٤٨٠٩٦٣٤٥"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := logging.Mask(s)
		assert.Equal(t, once, logging.Mask(once), "masked twice is masked once")
		if digits := "+14048096345"; !strings.ContainsAny(s, "0123456789") {
			assert.NotContains(t, logging.Mask(s+" "+digits), digits)
		}
	})
}

func BenchmarkLog(b *testing.B) {
	l := logging.New(&bytes.Buffer{}, logging.Options{})
	for b.Loop() {
		l.Info("removed", "entries", 3, "why", "it was received on 2026-11-23 by +14048096345")
	}
}
