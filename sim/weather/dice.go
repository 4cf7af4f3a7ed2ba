package weather

import (
	"math/bits"
	"time"

	"github.com/legworkhq/legwork/recon/wire"
)

// fault names whose dice are rolled. The numbers are part of every golden file that
// was made with a seed: new faults go to the end.
type fault uint64

const (
	faultDuplicate fault = iota
	faultDuplicateWhen
	faultReorder
	faultReorderWhen
	faultDelay
	faultLate
	faultLateWhen
	faultDrop
	faultBurst
	faultRetry
	faultRestart
	faultOverlap
	faultOverlapWhen
	faultOverlapID
	faults
)

// dice are random numbers by fault and number, without a state: what one fault rolls
// changes nothing for another. Each fault's numbers are a SplitMix64 sequence.
type dice [faults]uint64

const gamma = 0x9e3779b97f4a7c15

func newDice(seed uint64) (d dice) {
	for f := range d {
		d[f] = mix(seed + uint64(f+1)*gamma)
	}
	return d
}

// mix is SplitMix64's.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// roll returns the n-th number of a fault.
func (d *dice) roll(f fault, n uint64) uint64 { return mix(d[f] + n*gamma) }

// odds is a probability in units of 2^-53, exact also for one.
type odds uint64

// oddsOf never rounds a possible fault to never: the product and the conversion are
// exact but for probabilities below 2^-53.
func oddsOf(p float64) odds {
	if p > 0 && p < 1.0/(1<<53) {
		return 1
	}
	return odds(p * (1 << 53))
}

// chance reports whether the fault happens the n-th time.
func (d *dice) chance(f fault, p odds, n uint64) bool {
	return p != 0 && d.roll(f, n)>>11 < uint64(p)
}

// below scales a random number to 0..n-1. Which of them is favoured, by n in 2^64, is
// nothing that a test could see.
func below(u, n uint64) uint64 {
	high, _ := bits.Mul64(u, n)
	return high
}

// within returns a number of milliseconds from 1 to most.
func (d *dice) within(f fault, most wire.Time, n uint64) wire.Time {
	return 1 + wire.Time(below(d.roll(f, n), uint64(most)))
}

func millis(d time.Duration) wire.Time { return wire.Time(d / time.Millisecond) }

// exponential turns a random number into an exponential delay: -ln(u) times the mean,
// to the nearest millisecond. It is made of integers alone, because math.Log may
// differ in its last bit from one processor to another. Between the table's entries
// it is a straight line, off by less than 0.0002 of the mean.
func exponential(u uint64, mean wire.Time) wire.Time {
	zeros := bits.LeadingZeros64(u)
	fraction := u << (zeros + 1)
	i, rest := fraction>>59, fraction<<5>>32
	log := log2[i] + (log2[i+1]-log2[i])*rest>>32
	halvings := uint64(zeros+1)<<32 - log // -log2(u), in units of 2^-32
	return wire.Time(scale(scale(halvings, ln2), uint64(mean)))
}

// scale multiplies by a number in units of 2^-32, to the nearest.
func scale(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	low, carry := bits.Add64(low, 1<<31, 0)
	return (high+carry)<<32 | low>>32
}

// ln2 is ln 2, and log2[i] is log2(1 + i/32), in units of 2^-32.
const ln2 = 2977044472

var log2 = [33]uint64{
	0, 190671291, 375650043, 555266330, 729822324, 899595355, 1064840562, 1225793196,
	1382670639, 1535674166, 1684990500, 1830793181, 1973243777, 2112492963, 2248681479, 2381940981,
	2512394810, 2640158677, 2765341278, 2888044853, 3008365682, 3126394546, 3242217134, 3355914416,
	3467562987, 3577235372, 3685000315, 3790923031, 3895065449, 3997486426, 4098241947, 4197385310,
	1 << 32,
}
