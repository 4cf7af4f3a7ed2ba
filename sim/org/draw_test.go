package org

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBelow(t *testing.T) {
	r := stream(1, 2)
	var counts [7]int
	for range 70_000 {
		counts[below(r, 7)]++
	}
	for _, n := range counts {
		require.InDelta(t, 10_000, n, 500)
	}
}

// Coins have the mean and the variance of fair ones.
func TestCoins(t *testing.T) {
	r := stream(1, 2)
	for _, n := range []int{0, 1, 33, 63, 64, 65, 1000} {
		const rounds = 20_000
		sum, squares := 0, 0.0
		for range rounds {
			heads := coins(r, n)
			require.True(t, heads >= 0 && heads <= n)
			sum += heads
			off := float64(heads) - float64(n)/2
			squares += off * off
		}
		require.InDelta(t, float64(n)/2, float64(sum)/rounds, 0.02*float64(n)+1e-9)
		require.InDelta(t, float64(n)/4, squares/rounds, 0.02*float64(n)+1e-9)
	}
}

// Neighbouring calls' seeds have nothing in common: half of their bits differ.
func TestMix64(t *testing.T) {
	differ := 0
	for i := range uint64(1000) {
		for x := mix64(i) ^ mix64(i+1); x > 0; x &= x - 1 {
			differ++
		}
	}
	require.InDelta(t, 32_000, differ, 1000)
}
