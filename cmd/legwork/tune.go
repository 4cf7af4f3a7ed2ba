package main

import (
	"os"
	"runtime/debug"
)

// tuneCollector lets the heap grow to several times what lives in it, which halves
// the cost of collection, but not beyond a bound. GOGC and GOMEMLIMIT override it.
func tuneCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(180 << 20)
	}
}
