package wire_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/wire"
)

// scanAll returns what a scanner makes of an input: each record as its text with
// white space removed, each error as "! " and its message.
func scanAll(t testing.TB, r io.Reader, opts wire.ScannerOptions) []string {
	t.Helper()
	s := wire.NewScanner(r, opts)
	var out []string
	for range 100_000 {
		rec, err := s.Next()
		switch {
		case err == io.EOF:
			_, again := s.Next()
			require.Equal(t, io.EOF, again, "io.EOF stays")
			return out
		case err != nil:
			var re *wire.RecordError
			require.ErrorAs(t, err, &re)
			out = append(out, "! "+err.Error())
		default:
			require.Positive(t, rec.Line)
			out = append(out, fmt.Sprintf("%d:%d %s", rec.Line, rec.Offset, squeeze(rec.Raw)))
		}
	}
	t.Fatal("the scanner does not end")
	return nil
}

func squeeze(b []byte) string { return string(bytes.Join(bytes.Fields(b), nil)) }

func zip(parts ...string) string {
	var b bytes.Buffer
	for _, p := range parts {
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte(p))
		_ = z.Close()
	}
	return b.String()
}

const (
	frame  = `[{"type":"ServerNotification"},{"uuid":"1"}]`
	pretty = "{\n  \"a\": [\n    {\n      \"b\": \"}\"\n    }\n  ]\n}\n"
)

// scans are inputs with what the scanner must make of them, however they arrive.
var scans = []struct {
	name, in string
	want     []string
}{
	{"nothing", "", nil},
	{"blank", "\n \r\n\t", nil},
	{"mark only", "\uFEFF", nil},
	{"ndjson", "{\"a\":1}\n{\"a\":2}\n", []string{`1:0 {"a":1}`, `2:8 {"a":2}`}},
	{"ndjson, no last line end", "{\"a\":1}\n{\"a\":2}", []string{`1:0 {"a":1}`, `2:8 {"a":2}`}},
	{"ndjson, crlf, blank lines, mark", "\uFEFF{\"a\":1}\r\n\r\n  {\"a\":2} \r\n", []string{`1:3 {"a":1}`, `3:16 {"a":2}`}},
	{"array on one line", `[{"a":1},{"a":2}]`, []string{`1:1 {"a":1}`, `1:9 {"a":2}`}},
	{"array on many lines", "[\n{\"a\":1},\n{\"a\":2}\n]\n", []string{`2:2 {"a":1}`, `3:11 {"a":2}`}},
	{"empty array", "[]\n[ ]", nil},
	{"arrays on lines", "[{\"a\":1}]\n[{\"a\":2},{\"a\":3}]\n", []string{`1:1 {"a":1}`, `2:11 {"a":2}`, `2:19 {"a":3}`}},
	{"concatenated", `{"a":1}{"a":2} {"a":3}`, []string{`1:0 {"a":1}`, `1:7 {"a":2}`, `1:15 {"a":3}`}},
	{"concatenated lines", "{\"a\":1}{\"a\":2}\n{\"a\":3}{\"a\":4}\n", []string{`1:0 {"a":1}`, `1:7 {"a":2}`, `2:15 {"a":3}`, `2:22 {"a":4}`}},
	{"pretty", pretty + pretty, []string{`1:0 {"a":[{"b":"}"}]}`, `8:44 {"a":[{"b":"}"}]}`}},
	{"ndjson, then pretty", "{\"a\":1}\n" + pretty + "{\"a\":2}\n", []string{`1:0 {"a":1}`, `2:8 {"a":[{"b":"}"}]}`, `9:52 {"a":2}`}},
	{"frame", frame, []string{"1:0 " + frame}},
	{"frames on lines", frame + "\n" + frame + "\n", []string{"1:0 " + frame, "2:45 " + frame}},
	{"frame after an envelope", "{\"a\":1}\n" + frame + "\n", []string{`1:0 {"a":1}`, "2:8 " + frame}},
	{"frame with the type late", `[{"messageId":"1","x":{"uuid":[]},"type":"Heartbeat"}]`, []string{`1:0 [{"messageId":"1","x":{"uuid":[]},"type":"Heartbeat"}]`}},
	{"array of frames", "[" + frame + "," + frame + "]", []string{"1:1 " + frame, "1:46 " + frame}},
	{"type deeper down is no frame", `[{"x":{"type":"a"}}]`, []string{`1:1 {"x":{"type":"a"}}`}},
	{"gzip", zip("{\"a\":1}\n{\"a\":2}\n"), []string{`1:0 {"a":1}`, `2:8 {"a":2}`}},
	{"gzip of two members", zip("{\"a\":1}\n{\"a\"", ":2}\n"), []string{`1:0 {"a":1}`, `2:8 {"a":2}`}},
	{"gzip of nothing", zip(""), nil},

	{"text between records", "{\"a\":1}\nhello {}\n{\"a\":2}\n", []string{`1:0 {"a":1}`, "! line 2, byte 8: no complete JSON value: text that starts no record (8 bytes passed over)", `3:17 {"a":2}`}},
	{"text first", "2026-01-01 start\n{\"a\":2}\n", []string{"! line 1, byte 0: no complete JSON value: text that starts no record (16 bytes passed over)", `2:17 {"a":2}`}},
	{"cut inside a string", "{\"a\":1}\n{\"a\":\"x\n{\"a\":2}\n", []string{`1:0 {"a":1}`, "! line 2, byte 8: no complete JSON value: its line ends inside a string (7 bytes passed over)", `3:16 {"a":2}`}},
	{"cut after a colon", "{\"a\":1}\n{\"a\":\n{\"a\":2}\n", []string{`1:0 {"a":1}`, "! line 2, byte 8: no complete JSON value: another record starts inside it (6 bytes passed over)", `3:14 {"a":2}`}},
	{"first line cut", "{\"a\":1\n{\"a\":2}\n", []string{"! line 1, byte 0: no complete JSON value: another record starts inside it (7 bytes passed over)", `2:7 {"a":2}`}},
	{"cut twice", "{\"a\":1}\n{\"a\":\n{\"a\":2}\n{\"b\":{\"c\":\n{\"a\":3}\n{\"a\":4}\n", []string{`1:0 {"a":1}`, "! line 2, byte 8: no complete JSON value: another record starts inside it (6 bytes passed over)", `3:14 {"a":2}`, "! line 4, byte 22: no complete JSON value: another record starts inside it (11 bytes passed over)", `5:33 {"a":3}`, `6:41 {"a":4}`}},
	{"text, then a cut line", "{\"a\":1}\nhello\n{\"a\":\n{\"a\":2}\n{\"a\":3}\n", []string{`1:0 {"a":1}`, "! line 2, byte 8: no complete JSON value: text that starts no record (5 bytes passed over)", "! line 3, byte 14: no complete JSON value: another record starts inside it (6 bytes passed over)", `4:20 {"a":2}`, `5:28 {"a":3}`}},
	{"last line cut", "{\"a\":1}\n{\"a\":", []string{`1:0 {"a":1}`, "! line 2, byte 8: no complete JSON value: the input ends inside it (5 bytes passed over)"}},
	{"element cut", `[{"a":{"b":1},{"a":2}]`, []string{"! line 1, byte 1: no complete JSON value: another record starts inside it (13 bytes passed over)", `1:14 {"a":2}`}},
	{"element is no value", `[{"a":1},oops,{"a":2}]`, []string{`1:1 {"a":1}`, "! line 1, byte 9: no complete JSON value: text that starts no record (4 bytes passed over)", `1:14 {"a":2}`}},
	{"array not closed", "[\n{\"a\":1}", []string{`2:2 {"a":1}`, "! line 1, byte 0: no complete JSON value: the array that starts here is not closed"}},
	{"pretty, cut inside a string", "[\n  {\n    \"a\": \"x\n  },\n  {\"a\":2}\n]", []string{"! line 2, byte 4: no complete JSON value: its line ends inside a string (13 bytes passed over)", `5:25 {"a":2}`}},
	{"wrong bracket is for Decode", "{\"a\":[1,2}\n{\"a\":2}\n", []string{`1:0 {"a":[1,2}`, `2:11 {"a":2}`}},
	{"stray bracket", "}\n{\"a\":2}\n", []string{"! line 1, byte 0: no complete JSON value: text that starts no record (1 bytes passed over)", `2:2 {"a":2}`}},
}

func TestScanner(t *testing.T) {
	ways := map[string]func(io.Reader) io.Reader{
		"whole":    func(r io.Reader) io.Reader { return r },
		"one byte": iotest.OneByteReader,
		"halves":   iotest.HalfReader,
		"data+err": iotest.DataErrReader,
		"sevens":   func(r io.Reader) io.Reader { return &chunks{r, 7} },
	}
	require.NotEmpty(t, scans)
	for _, c := range scans {
		for way, wrap := range ways {
			t.Run(c.name+"/"+way, func(t *testing.T) {
				require.Equal(t, c.want, scanAll(t, wrap(strings.NewReader(c.in)), wire.ScannerOptions{}))
			})
		}
	}
}

// chunks reads n bytes at a time.
type chunks struct {
	r io.Reader
	n int
}

func (c *chunks) Read(p []byte) (int, error) { return c.r.Read(p[:min(len(p), c.n)]) }

func TestScannerTooLong(t *testing.T) {
	long := `{"a":"` + strings.Repeat("x", 200) + `"}`
	for name, in := range map[string]string{
		"lines":        "{\"a\":1}\n" + long + "\n{\"a\":2}\n",
		"array":        `[{"a":1},` + long + `,{"a":2}]`,
		"concatenated": `{"a":1}` + long + `{"a":2}`,
	} {
		got := scanAll(t, strings.NewReader(in), wire.ScannerOptions{MaxRecord: 100})
		require.Len(t, got, 3, name)
		require.Contains(t, got[1], "record too long (208 bytes passed over)", name)
		require.Contains(t, got[2], `{"a":2}`, name)
		require.NotContains(t, strings.Join(scanAll(t, strings.NewReader(in), wire.ScannerOptions{MaxRecord: 208}), ""), "!", name)
	}
}

func TestScannerHundredMegabyteLine(t *testing.T) {
	const size = 100 << 20
	in := io.MultiReader(strings.NewReader("{\"a\":1}\n{\"a\":\""), io.LimitReader(&filler{}, size), strings.NewReader("\"}\n{\"a\":2}\n"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := scanAll(t, in, wire.ScannerOptions{})
	runtime.ReadMemStats(&after)
	require.Len(t, got, 3)
	require.Equal(t, fmt.Sprintf("! line 2, byte 8: record too long (%d bytes passed over)", size+8), got[1])
	require.Contains(t, got[2], `{"a":2}`)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(5*wire.DefaultMaxRecord))
}

type filler struct{}

func (*filler) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestScannerInputFails(t *testing.T) {
	whole := zip(strings.Repeat(oneParty+"\n", 50))
	got := scanAll(t, strings.NewReader(whole[:len(whole)-60]), wire.ScannerOptions{})
	require.Greater(t, len(got), 1, "the records before the cut are delivered")
	require.Contains(t, got[len(got)-1], "unexpected EOF")
	for _, g := range got[:len(got)-1] {
		require.NotContains(t, g, "! ")
	}

	broken := errors.New("disk on fire")
	s := wire.NewScanner(io.MultiReader(strings.NewReader("{\"a\":1}\n{\"a\""), iotest.ErrReader(broken)), wire.ScannerOptions{})
	_, err := s.Next()
	require.NoError(t, err)
	_, err = s.Next()
	require.EqualError(t, err, "line 2, byte 8: disk on fire")
	require.ErrorIs(t, err, broken)
	var re *wire.RecordError
	require.ErrorAs(t, err, &re)
	require.True(t, re.Fatal)
	_, err = s.Next()
	require.Equal(t, io.EOF, err)
}

func TestReaderSaysWhere(t *testing.T) {
	bad := strings.Replace(oneParty, `"sequence":4`, `"sequence":"4"`, 1)
	r := wire.NewReader(strings.NewReader(oneParty+"\n\n"+bad+"\n"+oneParty+"\n"), wire.ScannerOptions{})
	ev, rec, err := r.Next()
	require.NoError(t, err)
	require.Equal(t, 1, rec.Line)
	require.EqualValues(t, 4, ev.Body.Sequence)
	_, _, err = r.Next()
	require.EqualError(t, err, fmt.Sprintf("line 3, byte %d, field body.sequence: want a number, got a string", len(oneParty)+2+strings.Index(bad, `"4"`)))
	_, rec, err = r.Next()
	require.NoError(t, err)
	require.Equal(t, 4, rec.Line)
	_, _, err = r.Next()
	require.Equal(t, io.EOF, err)
}

// However an input is cut into reads, the scanner neither panics nor holds more
// than it may, its records lie where it says, and they come in order.
func FuzzScanner(f *testing.F) {
	for _, c := range scans {
		f.Add([]byte(c.in), uint8(3), uint16(20))
	}
	f.Add([]byte("\uFEFF{\"\"00}   \n{00000\"0}  \n"), uint8(7), uint16(8)) // a line longer than MaxRecord by its white space
	f.Fuzz(func(t *testing.T, in []byte, chunk uint8, limit uint16) {
		opts := wire.ScannerOptions{MaxRecord: int(limit) + 1}
		zipped := len(in) >= 2 && in[0] == 0x1f && in[1] == 0x8b
		s := wire.NewScanner(&chunks{bytes.NewReader(in), int(chunk) + 1}, opts)
		var at int64
		for n := 0; ; n++ {
			require.LessOrEqual(t, n, 2*len(in)+2+1<<20*btoi(zipped), "the scanner does not end")
			rec, err := s.Next()
			require.LessOrEqual(t, s.Held(), opts.MaxRecord+1<<20)
			if err == io.EOF {
				break
			}
			var re *wire.RecordError
			if errors.As(err, &re) {
				continue
			}
			require.NoError(t, err)
			require.LessOrEqual(t, len(rec.Raw), opts.MaxRecord)
			require.GreaterOrEqual(t, rec.Offset, at)
			at = rec.Offset + int64(len(rec.Raw))
			if !zipped {
				require.Equal(t, string(in[rec.Offset:at]), string(rec.Raw))
				require.Equal(t, 1+bytes.Count(in[:rec.Offset], []byte("\n")), rec.Line)
			}
		}
		if !zipped {
			require.Equal(t, scanAll(t, bytes.NewReader(in), opts), scanAll(t, &chunks{bytes.NewReader(in), int(chunk) + 1}, opts))
		}
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func BenchmarkScanner(b *testing.B) {
	for name, sep := range map[string]string{"ndjson": "\n", "concatenated": ""} {
		in := []byte(strings.Repeat(oneParty+sep, 20_000))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				s := wire.NewScanner(bytes.NewReader(in), wire.ScannerOptions{})
				n := 0
				for {
					if _, err := s.Next(); err != nil {
						break
					}
					n++
				}
				if n != 20_000 {
					b.Fatal(n)
				}
			}
		})
	}
}

func BenchmarkReader(b *testing.B) {
	in := []byte(strings.Repeat(oneParty+"\n", 20_000))
	b.SetBytes(int64(len(in)))
	var ev wire.Event
	for b.Loop() {
		r := wire.NewReader(bytes.NewReader(in), wire.ScannerOptions{})
		for {
			if _, err := r.NextInto(&ev); err != nil {
				break
			}
		}
	}
	b.ReportMetric(20_000*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
