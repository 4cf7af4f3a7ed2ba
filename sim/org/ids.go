package org

import (
	"fmt"
	"math/rand/v2"
)

// ids gives out RingCentral's internal ids: decimal, ending in the three digits of the
// account's pod, rising in the order of creation with gaps, for other accounts of the
// pod take ids too. Extensions have eleven digits, accounts twelve from 400, devices
// twelve from 800, so that no two are equal.
type ids struct {
	pod, account          string
	nextUser, nextMachine int
}

// pods are last three digits of ids. 004, 008 and 016 were seen; the others are alike.
var pods = []string{"004", "005", "006", "008", "009", "010", "016", "020"}

func newIDs(r *rand.Rand) ids {
	pod := pick(r, pods)
	return ids{
		pod:         pod,
		account:     fmt.Sprintf("%d%s", between(r, 400_100_000, 400_999_999), pod),
		nextUser:    between(r, 60_000_000, 69_999_999),
		nextMachine: between(r, 800_000_000, 809_999_999),
	}
}

func (i *ids) extension(r *rand.Rand) string { return i.take(r, &i.nextUser) }
func (i *ids) device(r *rand.Rand) string    { return i.take(r, &i.nextMachine) }

func (i *ids) take(r *rand.Rand, next *int) string {
	*next += between(r, 1, 97)
	return fmt.Sprintf("%d%s", *next, i.pod)
}
