package observed

import (
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
)

// cast is who took part in a call, and every way to name them.
type cast struct {
	c    *call.Call
	also map[call.ParticipantID][]string
}

// is reports whether p names the participant: by a number in any usual spelling, an
// extension number, an extension id, a name, our own participant id, or the party id of
// one of their legs.
func (k *cast) is(p Person, id call.ParticipantID) bool {
	said := strings.TrimSpace(string(p))
	if said == "" {
		return false
	}
	if said == string(id) {
		return true
	}
	for i := range k.c.Legs {
		if l := &k.c.Legs[i]; said == string(l.ID) {
			return l.Participant == id
		}
	}
	return slices.ContainsFunc(k.names(id), func(name string) bool { return alike(said, name) })
}

// names lists everything that somebody is known by.
func (k *cast) names(id call.ParticipantID) []string {
	out := slices.Clone(k.also[id])
	for _, p := range k.c.Participants {
		if p.ID == id {
			out = append(append(out, p.Numbers...), p.Name, p.ExtensionID)
		}
	}
	if kind, rest, ok := strings.Cut(string(id), ":"); ok && kind != "leg" {
		out = append(out, rest)
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// among reports whether p names one of them.
func (k *cast) among(p Person, ids []call.ParticipantID) bool {
	return slices.ContainsFunc(ids, func(id call.ParticipantID) bool { return k.is(p, id) })
}

// who is the first participant whom p names, "" for nobody.
func (k *cast) who(p Person) call.ParticipantID {
	for _, q := range k.c.Participants {
		if k.is(p, q.ID) {
			return q.ID
		}
	}
	return ""
}

// tell names somebody for a person who reads the report.
func (k *cast) tell(id call.ParticipantID) string {
	if id == "" {
		return "nobody"
	}
	name, number := "", ""
	for _, p := range k.c.Participants {
		if p.ID == id {
			name = p.Name
			if len(p.Numbers) > 0 {
				number = p.Numbers[0]
			}
		}
	}
	if also := k.also[id]; len(also) > 0 {
		number = also[0] // the extension's own number
	}
	switch {
	case name != "" && number != "":
		return name + " (" + number + ")"
	case name != "" || number != "":
		return name + number
	}
	_, rest, _ := strings.Cut(string(id), ":")
	return rest
}

func (k *cast) tellAll(ids []call.ParticipantID) string {
	if len(ids) == 0 {
		return "nobody"
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = k.tell(id)
	}
	return strings.Join(out, ", ")
}

// alike: two spellings of one name or number.
func alike(said, known string) bool {
	if strings.EqualFold(said, known) {
		return true
	}
	a, b := digits(said), digits(known)
	if a == "" || b == "" {
		return false
	}
	if a == b {
		return true
	}
	// One is written without the country's code, or with a prefix to dial abroad.
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= 7 && strings.HasSuffix(b, a)
}

// digits is what is left of a number without what people put between, before and
// around it; "" for what is no number.
func digits(s string) string {
	s = strings.ToLower(s)
	for _, prefix := range []string{"tel:", "sip:", "ext.", "ext:", "ext", "x"} {
		s = strings.TrimPrefix(s, prefix)
	}
	s, _, _ = strings.Cut(s, "@")
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case !strings.ContainsRune("+-.()/ \u00a0\u2010\u2011", r):
			return ""
		}
	}
	return b.String()
}
