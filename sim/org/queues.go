package org

import (
	"fmt"

	"github.com/legworkhq/legwork/sim/pbx"
)

var departments = []string{
	"Sales", "Support", "Billing", "Service", "Reception", "Orders", "Shipping",
	"Claims", "Scheduling", "Returns", "Accounts", "Repairs",
}

// department names the i-th department: Sales, ..., Repairs, Sales 2, ...
func department(i int) string {
	name, round := departments[i%len(departments)], i/len(departments)+1
	if round == 1 {
		return name
	}
	return fmt.Sprintf("%s %d", name, round)
}

func (b *builder) queues() {
	for i := range b.Queues {
		e := pbx.Extension{Number: b.queue(i), Name: department(i), Kind: pbx.Queue}
		if i%2 == 0 {
			e.Direct = b.directs.next()
		}
		e.Agents = b.team()
		e.OneByOne = percent(b.r, 50)
		e.RingFor = seconds(5 * between(b.r, 3, 6))
		e.WaitFor = seconds(30 * between(b.r, 2, 10))
		e.Overflow = b.overflow(i)
		b.add(e)
	}
}

// team is 2 to 12 users with neighbouring numbers, as far as there are so many.
func (b *builder) team() []string {
	first, size := below(b.r, b.Size), min(between(b.r, 2, 12), b.Size)
	team := make([]string, size)
	for i := range team {
		team[i] = b.user((first + i) % b.Size)
	}
	return team
}

// overflow is nowhere, a user, or a later queue, so that no call goes round in circles.
func (b *builder) overflow(i int) string {
	later := b.Queues - i - 1
	switch way := below(b.r, 4); {
	case way == 0:
		return ""
	case way == 1 && later > 0:
		return b.queue(i + 1 + below(b.r, later))
	}
	return b.user(below(b.r, b.Size))
}
