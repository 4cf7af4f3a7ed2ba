package org

import (
	"math/bits"
	"math/rand/v2"

	"github.com/brianvoe/gofakeit/v6"
)

// The streams of one seed: what is drawn for one purpose never shifts another's draws.
const (
	streamCompany = 0x636f6d70616e79
	streamDay     = 0x646179
)

func stream(seed, purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, purpose)) }

// below draws from 0..n-1, n at least 1. rand.IntN would take other paths on 32-bit
// machines. One number may be more likely than another by n in 2^64, which nobody sees.
func below(r *rand.Rand, n int) int {
	high, _ := bits.Mul64(r.Uint64(), uint64(n))
	return int(high)
}

// between draws from low..high, both included.
func between(r *rand.Rand, low, high int) int { return low + below(r, high-low+1) }

// percent is true p times in a hundred.
func percent(r *rand.Rand, p int) bool { return below(r, 100) < p }

func pick[T any](r *rand.Rand, from []T) T { return from[below(r, len(from))] }

// coins tosses n fair coins and counts the heads: an exact binomial draw.
func coins(r *rand.Rand, n int) int {
	heads := 0
	for ; n >= 64; n -= 64 {
		heads += bits.OnesCount64(r.Uint64())
	}
	return heads + bits.OnesCount64(r.Uint64()&(1<<n-1))
}

// mix64 is the finaliser of SplitMix64, a bijection: different inputs give different,
// unrelated outputs.
func mix64(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// source lets gofakeit draw from our generator. gofakeit.New would read the system's
// entropy for seed 0.
type source struct{ r *rand.Rand }

func (s source) Uint64() uint64 { return s.r.Uint64() }
func (s source) Int63() int64   { return int64(s.r.Uint64() >> 1) }
func (s source) Seed(int64)     {}

func faker(r *rand.Rand) *gofakeit.Faker { return gofakeit.NewCustom(source{r}) }
