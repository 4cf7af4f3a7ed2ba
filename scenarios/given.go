package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/pbx"
)

// given makes a sentence about what there is.
func given(form, example, meaning string, do func(*world, args) error) Sentence {
	return Sentence{Keyword: "Given", Form: form, Example: example, Meaning: meaning, given: do}
}

// company is what sentences say of who exists. A scenario begins in the small office.
var company = []Sentence{
	given("the small office", "the small office",
		"Where every scenario plays that says nothing else: Fern & Oak, 415-555-0100, with a Main menu (900), a Service menu (901), the Support queue (700: 104, 106, 107), the Sales queue (710: 101, 102, 105 in turn), Dana Reyes 101, Omar Haddad 102, Lena Fischer 103, Ann Lee 104, Piotr Nowak 105, Raj Patel 106, Mia Chen 107 and the supervisor Sam Okafor 150.",
		func(*world, args) error { return nil }),
	given("{phone} is {name}", "404-555-0134 is Ruth Calloway",
		"An outside number belongs to somebody, as the network knows.",
		func(w *world, a args) error {
			w.names[a.word(0)] = a.word(1)
			return nil
		}),
	given("extension {number} is {name}", "extension 108 is Nora Quist",
		"There is an extension of this name. A new one has a phone and a mailbox.",
		func(w *world, a args) error {
			e := w.extension(a.word(0))
			e.Name = a.word(1)
			return nil
		}),
	given("extension {number} has the direct number {phone}", "extension 105 has the direct number 415-555-0105",
		"Outsiders reach the extension under this number. Without one they are put through to the extension all the same.",
		func(w *world, a args) error {
			e, err := w.existing(a.word(0))
			if err == nil {
				e.Direct = a.word(1)
			}
			return err
		}),
	given("extension {number} has no mailbox", "extension 106 has no mailbox",
		"Calls that the extension does not take do not go to voicemail.",
		func(w *world, a args) error { return w.mailbox(a.word(0), false) }),
	given("extension {number} has a mailbox", "extension 105 has a mailbox",
		"Calls that the extension does not take go to voicemail.",
		func(w *world, a args) error { return w.mailbox(a.word(0), true) }),
	given("the phone of extension {number} rings for {duration}", "the phone of extension 104 rings for 20 seconds",
		"How long its phone rings before the switch gives up: 30 seconds if nothing is said.",
		func(w *world, a args) error {
			e, err := w.existing(a.word(0))
			if err == nil {
				e.RingFor = time.Duration(a.span(1).ms) * time.Millisecond
			}
			return err
		}),
	given("queue {number} is {name} and rings {people} all at once", "queue 720 is Billing and rings 101, 102 and 103 all at once",
		"There is a queue whose agents' phones all ring together.",
		func(w *world, a args) error { return w.queue(a, false) }),
	given("queue {number} is {name} and rings {people} one after another", "queue 720 is Billing and rings 101, 102 and 103 one after another",
		"There is a queue whose agents' phones ring in this order, fifteen seconds each.",
		func(w *world, a args) error { return w.queue(a, true) }),
	given("queue {number} sends callers on to {person} after {duration}", "queue 720 sends callers on to 103 after 75 seconds",
		"When no agent answers in this time the call goes on.",
		func(w *world, a args) error {
			e, err := w.existing(a.word(0))
			if err == nil {
				e.Overflow, e.WaitFor = a.person(1).who(), time.Duration(a.span(2).ms)*time.Millisecond
			}
			return err
		}),
	given("menu {number} is {name}", "menu 902 is Night menu", "There is a menu, as yet without keys.",
		func(w *world, a args) error {
			e := w.extension(a.word(0))
			*e = pbx.Extension{Number: e.Number, ID: e.ID, Name: a.word(1), Kind: pbx.Menu}
			return nil
		}),
	given("key {key} of menu {number} leads to {person}", "key 4 of menu 900 leads to 103", "What a caller reaches by pressing the key.",
		func(w *world, a args) error {
			e, err := w.existing(a.word(1))
			if err != nil {
				return err
			}
			e.Keys = slices.DeleteFunc(e.Keys, func(k pbx.Key) bool { return k.Press == a.word(0) })
			e.Keys = append(e.Keys, pbx.Key{Press: a.word(0), To: a.person(2).who()})
			return nil
		}),
}

// surroundings is what sentences say of the switch.
var surroundings = []Sentence{
	given("the switch's {knob} is {value}", "the switch's ringout-mirror is yes",
		"One of the behaviours that no documentation settles, of which legwork dialect list shows all.",
		func(w *world, a args) error { return w.sc.Dialect.Set(a.word(0), a.word(1)) }),
	given("session ids are those of {year}", "session ids are those of 2019",
		"The form that ids had in a year: 2018, 2019, or 2022, which is today's.",
		func(w *world, a args) (err error) {
			w.sc.IDs, err = sim.ParseGrammar(a.word(0))
			return err
		}),
	given("chances are those of seed {key}", "chances are those of seed 42",
		"What ids and delays are drawn from.",
		func(w *world, a args) (err error) {
			w.sc.Seed, err = strconv.ParseUint(a.word(0), 10, 64)
			return err
		}),
	given("the notifications {numbers} never arrive", "the notifications 3 and 7 never arrive",
		"Besides what the weather loses. The first notification is number 1.",
		func(w *world, a args) error {
			for _, n := range strings.Fields(strings.NewReplacer(",", " ", " and ", " ").Replace(a.word(0))) {
				i, err := strconv.Atoi(n)
				if err != nil || i < 1 {
					return fmt.Errorf("the first notification is number 1, there is no %s", n)
				}
				w.sc.Lose = append(w.sc.Lose, i-1)
			}
			return nil
		}),
}

// extension finds an extension by its short number, or makes one.
func (w *world) extension(number string) *pbx.Extension {
	if e, err := w.existing(number); err == nil {
		return e
	}
	w.company.Extensions = append(w.company.Extensions, pbx.Extension{
		Number: number, ID: "62254" + number + "008", Device: "8021" + number + "008", Mailbox: true})
	return &w.company.Extensions[len(w.company.Extensions)-1]
}

func (w *world) existing(number string) (*pbx.Extension, error) {
	for i := range w.company.Extensions {
		if e := &w.company.Extensions[i]; e.Number == number {
			return e, nil
		}
	}
	return nil, fmt.Errorf("there is no extension %s yet: say \"extension %s is ...\" first", number, number)
}

func (w *world) mailbox(number string, has bool) error {
	e, err := w.existing(number)
	if err == nil {
		e.Mailbox = has
	}
	return err
}

func (w *world) queue(a args, inTurn bool) error {
	e := w.extension(a.word(0))
	*e = pbx.Extension{Number: e.Number, ID: e.ID, Name: a.word(1), Kind: pbx.Queue, Direct: e.Direct, OneByOne: inTurn, RingFor: 20 * time.Second}
	if inTurn {
		e.RingFor = 15 * time.Second
	}
	for _, p := range a.people(2) {
		if p.ext == nil {
			return fmt.Errorf("%s is no extension: a queue rings extensions", w.spell(p))
		}
		e.Agents = append(e.Agents, p.ext.Number)
	}
	return nil
}
