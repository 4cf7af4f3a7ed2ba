package webhook

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when tests begin.
var noon = time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC)

// at is so long after noon.
func at(d time.Duration) time.Time { return noon.Add(d) }
