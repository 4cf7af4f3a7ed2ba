package org

import (
	"strconv"

	"github.com/legworkhq/legwork/sim/pbx"
)

// A menu's keys: 1 to 5 are queues, 6 to 8 further menus, 0 the operator, which is the
// first user. One user's extension can be entered too.
const (
	queueKeys   = 5
	menuKeys    = 3
	firstNested = 1 + queueKeys
)

func (b *builder) menus() {
	for i := range b.Menus {
		e := pbx.Extension{Number: b.menu(i), Name: "Main Menu", Kind: pbx.Menu, Keys: b.keys(i)}
		if i == 0 {
			e.Direct = b.company.Number
		} else {
			e.Name = department(i-1) + " Menu"
		}
		b.add(e)
	}
}

func (b *builder) keys(menu int) []pbx.Key {
	var keys []pbx.Key
	press := func(key int, to string) { keys = append(keys, pbx.Key{Press: strconv.Itoa(key), To: to}) }
	for i := range queueKeys {
		if queue := menu + i*b.Menus; queue < b.Queues {
			press(1+i, b.queue(queue))
		}
	}
	for i := range menuKeys {
		if nested := menu*menuKeys + 1 + i; nested < b.Menus {
			press(firstNested+i, b.menu(nested))
		}
	}
	press(0, b.user(0))
	user := b.user(below(b.r, b.Size))
	return append(keys, pbx.Key{Press: user, To: user})
}
