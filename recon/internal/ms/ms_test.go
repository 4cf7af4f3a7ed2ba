package ms_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/legworkhq/legwork/recon/internal/ms"
)

// The standard library is the slow, obvious twin.
func TestAgreesWithTimePackage(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	check := func(m int64) {
		t.Helper()
		want := time.UnixMilli(m).UTC().Format("2006-01-02T15:04:05.000Z")
		got := string(ms.Append(nil, m))
		if got != want {
			t.Fatalf("Append(%d) = %s, want %s", m, got, want)
		}
		back, err := ms.Parse(got)
		if err != nil || back != m {
			t.Fatalf("Parse(%s) = %d, %v, want %d", got, back, err, m)
		}
	}
	for _, m := range []int64{0, -1, 1, ms.Min, ms.Max, 951782400000, 951868799999, 1592875034330} {
		check(m)
	}
	for range 200_000 {
		check(ms.Min + r.Int64N(ms.Max-ms.Min))
	}
}

func TestParseOtherForms(t *testing.T) {
	for in, want := range map[string]string{
		"2020-06-23T01:17:14Z":             "2020-06-23T01:17:14.000Z",
		"2020-06-23T03:17:14.330+02:00":    "2020-06-23T01:17:14.330Z",
		"2020-06-23T01:17:14.330999Z":      "2020-06-23T01:17:14.330Z",
		"2020-06-23T01:17:14.330999999Z":   "2020-06-23T01:17:14.330Z",
		"2020-06-22T21:17:14.3300-04:00":   "2020-06-23T01:17:14.330Z",
		"1969-12-31T23:59:59.999Z":         "1969-12-31T23:59:59.999Z",
		"2024-02-29T00:00:00.000Z":         "2024-02-29T00:00:00.000Z",
		"2000-02-29T12:00:00.000000+00:00": "2000-02-29T12:00:00.000Z",
	} {
		m, err := ms.Parse(in)
		if err != nil || string(ms.Append(nil, m)) != want {
			t.Errorf("Parse(%s) = %s, %v, want %s", in, ms.Append(nil, m), err, want)
		}
	}
	for _, in := range []string{"", "now", "2020-13-01T00:00:00.000Z", "2020-02-30T00:00:00.000Z", "2020-06-23 01:17:14.330Z",
		"2020-06-23T24:00:00.000Z", "2020-06-23T01:60:14.330Z", "Fri Jun 26 2020", "1592875034330", "0000-06-23T01:17:14.330Z", "2023-02-29T00:00:00.000Z"} {
		if m, err := ms.Parse(in); err == nil {
			t.Errorf("Parse(%q) = %d, want an error", in, m)
		}
	}
}
