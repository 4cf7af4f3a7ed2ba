package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/sim/pbx"
)

// person is somebody whom a sentence names: an extension of the company, or an outside
// number.
type person struct {
	ext *pbx.Extension
	// number is the outside number; of an extension the number under which the
	// sentence names it, "" for its short one.
	number string
}

// outsider is somebody outside the company.
func outsider(number string) person { return person{number: number} }

// spell names a person as sentences do: by the short number, a service by its name, and
// somebody outside by their name if the scenario gives one, else by the number.
func (d *directory) spell(p person) string {
	switch {
	case p.ext == nil && d.names[p.number] != "" && onlyName.MatchString(d.names[p.number]):
		return d.names[p.number]
	case p.ext == nil:
		return spellPhone(p.number)
	case p.ext.Kind == pbx.Queue:
		return "the " + p.ext.Name + " queue"
	case p.ext.Kind == pbx.Menu:
		return "the " + p.ext.Name
	}
	return p.ext.Number
}

// who is the person as scripts name them.
func (p person) who() string {
	if p.ext != nil {
		return p.ext.Number
	}
	return p.number
}

// dialled is the number that somebody dials to reach p. From outside an extension is
// reached by its direct number, if it has one.
func (p person) dialled(from person) string {
	switch {
	case p.ext == nil || p.number != "":
		return p.number
	case from.ext == nil && p.ext.Direct != "":
		return p.ext.Direct
	}
	return p.ext.Number
}

// directory knows the people of a scenario.
type directory struct {
	company *pbx.Company
	names   map[string]string // of outside numbers
}

var (
	onlyPerson = regexp.MustCompile(onePerson)
	onlyName   = regexp.MustCompile("^(?:" + oneName + ")$")
)

func (d *directory) people(s string) (out []person, err error) {
	for _, one := range splitPeople(s) {
		p, err := d.person(one)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// splitPeople parts "104, 106 and Ann Lee". A name in quotes may hold commas.
func splitPeople(s string) (out []string) {
	for s != "" {
		loc := onlyPerson.FindStringIndex(s)
		if loc == nil {
			break
		}
		out = append(out, s[loc[0]:loc[1]])
		s = s[loc[1]:]
	}
	return out
}

// person finds whom a text names.
func (d *directory) person(s string) (person, error) {
	name := strings.Trim(s, `"`)
	switch {
	case name == pbx.Anonymous:
		return outsider(pbx.Anonymous), nil
	case strings.HasPrefix(s, "the "):
		return d.service(strings.TrimPrefix(s, "the "))
	case strings.Trim(name, "0123456789") == "" && len(name) < 7:
		for i := range d.company.Extensions {
			if e := &d.company.Extensions[i]; e.Number == name {
				return person{ext: e}, nil
			}
		}
		return person{}, fmt.Errorf("there is no extension %s: the company has %s", name, d.everybody())
	case strings.Trim(name, "+0123456789.-() ") == "":
		return d.outside(name)
	}
	return d.named(name)
}

func (d *directory) outside(s string) (person, error) {
	number, err := parsePhone(s)
	if err != nil {
		return person{}, err
	}
	for i := range d.company.Extensions {
		if e := &d.company.Extensions[i]; e.Direct == number {
			return person{ext: e, number: number}, nil
		}
	}
	return outsider(number), nil
}

func (d *directory) named(name string) (person, error) {
	for i := range d.company.Extensions {
		if e := &d.company.Extensions[i]; e.Name == name {
			return person{ext: e}, nil
		}
	}
	for _, number := range sortedKeys(d.names) {
		if d.names[number] == name {
			return outsider(number), nil
		}
	}
	return person{}, fmt.Errorf("nobody is called %s: there are %s", name, d.everybody())
}

// service finds "Support queue" or "main menu", with or without the last word.
func (d *directory) service(name string) (person, error) {
	short := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, " group"), " queue"), " menu")
	for _, want := range []string{name, short} {
		for i := range d.company.Extensions {
			if e := &d.company.Extensions[i]; e.Kind != pbx.User && strings.EqualFold(e.Name, want) {
				return person{ext: e}, nil
			}
		}
	}
	return person{}, fmt.Errorf("there is no %s: there are %s", name, d.everybody())
}

func (d *directory) everybody() string {
	var out []string
	for i := range d.company.Extensions {
		e := &d.company.Extensions[i]
		out = append(out, e.Number+" ("+e.Name+")")
	}
	for _, number := range sortedKeys(d.names) {
		out = append(out, spellPhone(number)+" ("+d.names[number]+")")
	}
	return strings.Join(out, ", ")
}

// is reports whether a participant of a call is the person.
func (d *directory) is(p person, c *call.Call, id call.ParticipantID) bool {
	part := participant(c, id)
	switch {
	case part == nil:
		return false
	case p.ext != nil && part.ExtensionID != "":
		return part.ExtensionID == p.ext.ID
	case p.ext != nil:
		return slices.Contains(part.Numbers, p.ext.Number) || p.ext.Direct != "" && slices.Contains(part.Numbers, p.ext.Direct)
	case part.ExtensionID != "":
		return false
	case p.number == pbx.Anonymous:
		return len(part.Numbers) == 0
	}
	return slices.Contains(part.Numbers, p.number) || part.ID == call.ParticipantID("tel:"+p.number)
}

// label names a participant as sentences do.
func (d *directory) label(c *call.Call, id call.ParticipantID) string {
	if p, ok := d.whose(c, id); ok {
		return d.spell(p)
	}
	return string(id)
}

// whose finds who a participant is.
func (d *directory) whose(c *call.Call, id call.ParticipantID) (person, bool) {
	part := participant(c, id)
	if part == nil {
		return person{}, false
	}
	for i := range d.company.Extensions {
		if p := (person{ext: &d.company.Extensions[i]}); d.is(p, c, id) {
			return p, true
		}
	}
	switch {
	case part.ExtensionID != "":
		return person{}, false
	case len(part.Numbers) > 0:
		return outsider(part.Numbers[0]), true
	}
	return outsider(pbx.Anonymous), true
}

// service reports whether a participant is a queue, a menu or another service.
func (d *directory) isService(c *call.Call, id call.ParticipantID) bool {
	p, ok := d.whose(c, id)
	return ok && p.ext != nil && p.ext.Kind != pbx.User
}

func participant(c *call.Call, id call.ParticipantID) *call.Participant {
	for i := range c.Participants {
		if c.Participants[i].ID == id {
			return &c.Participants[i]
		}
	}
	return nil
}

func sortedKeys(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// list writes "104", "104 and 106", "104, 106 and 107".
func list(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}
