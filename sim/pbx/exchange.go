package pbx

import (
	"fmt"
	"strings"
)

// Exchange is a company's switchboard, ready to run calls: its dial plan. It is not
// changed by them, so that many switches may share one.
type Exchange struct {
	company Company
	plan    map[string]*Extension // by short and by direct number
	front   *Extension            // what the main number reaches
	owner   string                // of the subscription: the first user
	account string                // event path of parties without an extension
	paths   map[string]string     // event paths by extension id
}

// NewExchange makes the dial plan of a company. The error says which extension names
// what does not exist, or has a number that another one has.
func NewExchange(c *Company) (*Exchange, error) {
	x := &Exchange{company: *c, plan: make(map[string]*Extension, 2*len(c.Extensions))}
	for i := range c.Extensions {
		if err := x.add(&c.Extensions[i]); err != nil {
			return nil, err
		}
	}
	for i := range c.Extensions {
		if err := x.check(&c.Extensions[i]); err != nil {
			return nil, err
		}
	}
	for _, kind := range []Kind{Menu, Queue, User} {
		for i := range c.Extensions {
			if e := &c.Extensions[i]; x.front == nil && e.Kind == kind {
				x.front = e
			}
		}
	}
	x.name()
	return x, nil
}

// name prepares what every notification names.
func (x *Exchange) name() {
	x.owner = x.company.Account
	x.account = "/restapi/v1.0/account/" + x.company.Account + "/telephony/sessions"
	x.paths = make(map[string]string, len(x.company.Extensions))
	for i := len(x.company.Extensions) - 1; i >= 0; i-- {
		e := &x.company.Extensions[i]
		if e.Kind == User {
			x.owner = e.ID
		}
		x.paths[e.ID] = "/restapi/v1.0/account/" + x.company.Account + "/extension/" + e.ID + "/telephony/sessions"
	}
}

// Company returns what the exchange was made of. It must not be changed.
func (x *Exchange) Company() *Company { return &x.company }

func (x *Exchange) add(e *Extension) error {
	if e.Number == "" || e.ID == "" {
		return fmt.Errorf("extension %q (%s) needs a number and an id", e.Number, e.Name)
	}
	for _, n := range []string{e.Number, e.Direct} {
		if n == "" {
			continue
		}
		if other := x.plan[n]; other != nil {
			return fmt.Errorf("extensions %s and %s have the same number %s", other.Number, e.Number, n)
		}
		x.plan[n] = e
	}
	return nil
}

func (x *Exchange) check(e *Extension) error {
	for _, a := range e.Agents {
		if u := x.plan[a]; u == nil || u.Kind != User {
			return fmt.Errorf("queue %s has the agent %s, who is no user", e.Number, a)
		}
	}
	for _, k := range e.Keys {
		if x.plan[k.To] == nil {
			return fmt.Errorf("menu %s leads to %s, which does not exist", e.Number, k.To)
		}
	}
	if e.Overflow != "" && x.plan[e.Overflow] == nil {
		return fmt.Errorf("queue %s overflows to %s, which does not exist", e.Number, e.Overflow)
	}
	return nil
}

// dest is where a dialled number leads: an extension, or an outside number.
type dest struct {
	ext    *Extension
	number string
}

func (x *Exchange) resolve(number string) (dest, bool) {
	if number == x.company.Number && x.front != nil {
		return dest{x.front, number}, true
	}
	if e := x.plan[number]; e != nil {
		return dest{e, number}, true
	}
	return dest{nil, number}, Outside(number)
}

// Outside reports whether a number can be an outside party's: "+" and seven digits or
// more, or the word anonymous, for a caller who withholds it.
func Outside(number string) bool {
	if number == Anonymous {
		return true
	}
	digits := strings.TrimPrefix(number, "+")
	return len(digits) < len(number) && len(digits) >= 7 && strings.Trim(digits, "0123456789") == ""
}

// Anonymous stands for the number of a caller who withholds it.
const Anonymous = "anonymous"
