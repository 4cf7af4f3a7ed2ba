package observed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/sim/oracle"
)

// linked judges the links, as a set: each one that is said must be true, and of what is
// declared none may be missing. A list that is there is taken to be whole as regards
// transfers, for which every receiver that tells links tells them.
func (j *judge) linked(c *Call) {
	left := make([]int, 0, len(j.Call.Links))
	for i := range j.Call.Links {
		left = append(left, i)
	}
	for _, i := range fullestFirst(c.Links) {
		b := &c.Links[i]
		if !j.Facts.judges("links." + b.Kind) {
			continue
		}
		best, wrongs := -1, []string(nil)
		for n, at := range left {
			l := &j.Call.Links[at]
			if !kindHolds(b.Kind, l.Kind) {
				continue
			}
			if w := j.linkWrongs(l, b); best < 0 || len(w) < len(wrongs) {
				best, wrongs = n, w
			}
		}
		if best < 0 {
			j.wrong(linkMistake(b.Kind, false), fmt.Sprintf("links[%d]", i), "there was no %s", j.describe(b))
			continue
		}
		l := &j.Call.Links[left[best]]
		left = slices.Delete(left, best, best+1)
		for _, name := range wrongs {
			j.wrong(linkMistake(b.Kind, name == "target"), fmt.Sprintf("links[%d].%s", i, name), "%s", j.roleText(l, b, name))
		}
	}
	for _, at := range left {
		l := &j.Call.Links[at]
		if j.Facts.asks("links."+string(l.Kind)) || j.Facts.asks("links.transfer") && isTransfer(string(l.Kind)) && l.Kind != call.Forward ||
			len(j.Facts.declared) == 0 && c.Links != nil && (l.Kind == call.TransferAttended || l.Kind == call.TransferBlind) {
			truth := j.tellLink(l)
			j.wrong(linkMistake(string(l.Kind), true), "links", "there was a %s, and it is not said", j.describe(&truth))
		}
	}
}

// fullestFirst lists the places of links, those that say most first: one that says little
// must not take the true link of one that says more.
func fullestFirst(links []Link) []int {
	says := func(l *Link) (n int) {
		for _, name := range roleNames() {
			if *personOf(l, name) != "" {
				n++
			}
		}
		if !l.At.IsZero() {
			n++
		}
		return n + len(l.Conferees)
	}
	out := make([]int, len(links))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int { return says(&links[b]) - says(&links[a]) })
	return out
}

// kindHolds: a link may be called a transfer without saying of which kind.
func kindHolds(said string, k call.LinkKind) bool {
	return said == string(k) || said == Transfer && isTransfer(string(k))
}

func linkMistake(kind string, target bool) oracle.Mistake {
	if target && isTransfer(kind) {
		return oracle.LostTransferTarget
	}
	return oracle.WrongLink
}

// linkWrongs lists what is said wrongly of a link: names of roles, or "at".
func (j *judge) linkWrongs(l *call.Link, b *Link) (out []string) {
	for _, name := range roleNames() {
		who := j.players(l, name)
		said := *personOf(b, name)
		switch {
		case said == "" && name == "target" && len(who) > 0 && isTransfer(b.Kind) && j.Facts.asks("links."+b.Kind):
			out = append(out, name)
		case said != "" && !j.among(said, who):
			out = append(out, name)
		}
	}
	if b.Conferees != nil && !j.sameSet(b.Conferees, l.Roles[call.Conferee]) {
		out = append(out, "conferees")
	}
	if !b.At.IsZero() && !j.near(b.At, l.At) {
		out = append(out, "at")
	}
	return out
}

// roleNames lists the members of a Link that name one person.
func roleNames() (out []string) {
	for _, p := range parts {
		add(&out, p.name)
	}
	return out
}

func personOf(b *Link, name string) *Person {
	for _, p := range parts {
		if p.name == name {
			return p.of(b)
		}
	}
	return new(Person)
}

// players lists who truly plays a role. Somebody who sends their own call on is the
// transferee as well.
func (j *judge) players(l *call.Link, name string) (out []call.ParticipantID) {
	for _, p := range parts {
		if p.name == name {
			out = append(out, l.Roles[p.role]...)
		}
	}
	if name == "transferee" && len(out) == 0 {
		return l.Roles[call.Transferor]
	}
	return out
}

func (j *judge) sameSet(said []Person, actual []call.ParticipantID) bool {
	for _, p := range said {
		if !j.among(p, actual) {
			return false
		}
	}
	for _, id := range actual {
		if !slices.ContainsFunc(said, func(p Person) bool { return j.is(p, id) }) {
			return false
		}
	}
	return true
}

func (j *judge) roleText(l *call.Link, b *Link, name string) string {
	switch name {
	case "at":
		return fmt.Sprintf("the %s was %s, not %s", b.Kind, l.At, stamp(b.At))
	case "conferees":
		return "in the conference were " + j.tellAll(l.Roles[call.Conferee])
	}
	who := j.players(l, name)
	if len(who) == 0 {
		return fmt.Sprintf("the %s has nobody as %s, and %s is said to be", b.Kind, name, j.quote(*personOf(b, name)))
	}
	return fmt.Sprintf("the %s of the %s was %s, not %s", name, b.Kind, j.tellAll(who), j.quote(*personOf(b, name)))
}

// describe says a link in words: "transfer.attended: transferor Ann Lee, target Raj".
func (j *judge) describe(b *Link) string {
	var who []string
	for _, name := range roleNames() {
		if p := *personOf(b, name); p != "" {
			who = append(who, name+" "+j.quote(p))
		}
	}
	if len(who) == 0 {
		return b.Kind
	}
	return b.Kind + " (" + strings.Join(who, ", ") + ")"
}
