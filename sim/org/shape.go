package org

import (
	"math/bits"
	"sort"
	"time"
)

const (
	quarter  = 15 * time.Minute
	quarters = int(24 * time.Hour / quarter)
)

// busy weighs the opening hours, divided in forty parts; from 8 to 18 these are quarters
// of an hour. Office telephony has two humps, at 10:30 and 14:30, and a dip at noon.
// [assumed; the shape is textbook, the figures are ours]
var busy = [40]uint64{
	20, 30, 42, 54, 64, 73, 81, 88, 93, 97, 100, 98, 94, 88, 80, 70, 58, 48, 44, 46,
	54, 64, 74, 82, 88, 92, 95, 93, 89, 84, 79, 74, 69, 63, 57, 51, 45, 38, 31, 24,
}

// quiet weighs a quarter in each hour of the day while nobody is in the office.
var quiet = [24]uint64{1, 1, 1, 1, 1, 2, 3, 5, 6, 6, 6, 6, 5, 5, 6, 6, 5, 5, 5, 4, 3, 2, 2, 1}

// shape is the rate of calls over a day as a step function: upTo[q] is the weight of all
// quarters before q. The weights are whole numbers, so that no rounding shows.
type shape struct {
	upTo [quarters + 1]uint64
}

// newShape is of a day that is open from open to close, both since midnight, or never if
// they are equal. A quarter is open if its middle is.
func newShape(open, close time.Duration) *shape {
	s := new(shape)
	for q := range quarters {
		s.upTo[q+1] = s.upTo[q] + weight(time.Duration(q)*quarter+quarter/2, open, close)
	}
	return s
}

func weight(at, open, close time.Duration) uint64 {
	if at < open || at >= close {
		return quiet[at/time.Hour]
	}
	return busy[(at-open)*time.Duration(len(busy))/(close-open)]
}

func (s *shape) total() uint64 { return s.upTo[quarters] }

// at stretches a 64-bit fraction of the day's calls over the day, keeping order: evenly
// drawn fractions give times that follow the shape. The result is milliseconds since
// midnight.
func (s *shape) at(fraction uint64) int64 {
	width := uint64(quarter / time.Millisecond)
	part, _ := bits.Mul64(fraction, s.total()*width)
	q := sort.Search(quarters, func(q int) bool { return s.upTo[q+1]*width > part })
	return int64(uint64(q)*width + (part-s.upTo[q]*width)/(s.upTo[q+1]-s.upTo[q]))
}
