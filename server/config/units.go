package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

var (
	errNoUnit = errors.New("no unit")
	errUnit   = errors.New("no number with a unit")
)

// unit is a name for so many.
type unit struct {
	name string
	size int64
}

// durations and sizes have the largest first.
var (
	durations = []unit{{"d", int64(day)}, {"h", int64(time.Hour)}, {"m", int64(time.Minute)}, {"s", int64(time.Second)}, {"ms", int64(time.Millisecond)}}
	sizes     = []unit{{"TiB", 1 << 40}, {"GiB", gib}, {"MiB", mib}, {"KiB", kib}, {"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}}
)

// parseDuration reads what formatDuration writes: whole numbers with units, such as
// 1d12h.
func parseDuration(s string) (time.Duration, error) {
	n, err := parse(s, durations)
	return time.Duration(n), err
}

// parseSize reads a whole number with one unit.
func parseSize(s string) (int64, error) {
	if strings.Count(s, "B") > 1 {
		return 0, errUnit
	}
	return parse(s, sizes)
}

func parse(s string, units []unit) (sum int64, err error) {
	if _, err := strconv.ParseInt(s, 10, 64); err == nil {
		return 0, errNoUnit
	}
	if s == "" {
		return 0, errUnit
	}
	for s != "" {
		digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
		rest := s[digits:]
		letters := len(rest) - len(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
		n, err := strconv.ParseInt(s[:digits], 10, 64)
		by := find(units, rest[:letters])
		if err != nil || by == 0 || n > math.MaxInt64/by || sum > math.MaxInt64-n*by {
			return 0, errUnit
		}
		sum += n * by
		s = rest[letters:]
	}
	return sum, nil
}

func find(units []unit, name string) int64 {
	for _, u := range units {
		if u.name == name {
			return u.size
		}
	}
	return 0
}

func formatDuration(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	out, left := "", int64(d)
	for _, u := range durations {
		if n := left / u.size; n > 0 {
			out += strconv.FormatInt(n, 10) + u.name
			left %= u.size
		}
	}
	return out
}

func formatSize(n int64) string {
	for _, u := range sizes {
		if n >= u.size && n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + u.name
		}
	}
	return "0B"
}
