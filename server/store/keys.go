package store

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/legworkhq/legwork/recon/call"
)

// KeyKind is what a key is: one of the ways to find a call.
type KeyKind string

const (
	// KeyNumber is a phone number: "+" and digits as RingCentral sent them, or the
	// digits of a short number.
	KeyNumber KeyKind = "number"
	// KeyExtension is an extension id or a short extension number.
	KeyExtension KeyKind = "extension"
	// KeyName is one word of a name, folded.
	KeyName KeyKind = "name"
	// KeySession is a telephonySessionId or a legacy session id. See SessionKey.
	KeySession KeyKind = "session"
	KeyLink    KeyKind = "link"
	KeyOutcome KeyKind = "outcome"
	KeyFinding KeyKind = "finding"
)

// Key is one thing that a call is found by.
type Key struct {
	Kind  KeyKind
	Value string
}

// maxKey cuts the value of a key, in bytes, and maxKeys the keys of one call: whoever
// sends names without end gets no index without end.
const (
	maxKey  = 120
	maxKeys = 2000
)

// Keys lists what a call is found by, sorted, each once.
func Keys(c *call.Call) []Key {
	k := keys{}
	for _, s := range c.Sessions {
		k.add(KeySession, string(s.ID))
		if s.LegacyID != "0" { // every conference's
			k.add(KeySession, s.LegacyID)
		}
	}
	for _, p := range c.Participants {
		k.add(KeyExtension, p.ExtensionID)
		k.name(p.Name)
		for _, n := range p.Numbers {
			k.number(n)
		}
	}
	for _, l := range c.Legs {
		for _, e := range []call.Endpoint{l.From, l.To} {
			k.add(KeyExtension, e.ExtensionID)
			k.name(e.Name)
			k.number(e.Number)
		}
	}
	for _, l := range c.Links {
		k.add(KeyLink, string(l.Kind))
	}
	for _, f := range c.Findings {
		k.add(KeyFinding, string(f.Kind))
	}
	k.add(KeyOutcome, string(c.Outcome))
	return k.sorted()
}

type keys []Key

func (k *keys) add(kind KeyKind, value string) {
	if value != "" {
		*k = append(*k, Key{kind, cut(value)})
	}
}

func (k *keys) name(name string) {
	for _, w := range Words(name) {
		k.add(KeyName, w)
	}
}

func (k *keys) number(number string) {
	d := Dialled(number)
	k.add(KeyNumber, d)
	if d != "" && len(d) <= maxShort && d[0] != '+' {
		k.add(KeyExtension, d)
	}
}

// maxShort is the length of the longest extension number. [documented]
const maxShort = 8

func (k keys) sorted() []Key {
	slices.SortFunc(k, func(a, b Key) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Value, b.Value))
	})
	k = slices.Compact(k)
	return k[:min(len(k), maxKeys)]
}

func cut(s string) string {
	if len(s) <= maxKey {
		return s
	}
	return strings.ToValidUTF8(s[:maxKey], "")
}

// Dialled reduces a number to what is dialled: digits, *, # and masking X, with the
// plus in front if there is one. "" for a text without any, such as "conference".
func Dialled(number string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(number) {
		switch {
		case r == '+' && b.Len() == 0, r >= '0' && r <= '9', r == '*', r == '#', r == 'X':
			b.WriteRune(r)
		}
	}
	if strings.Trim(b.String(), "+X") == "" {
		return ""
	}
	return b.String()
}

// SessionKey is the value under which a session is found that id names: its own id, a
// legacy one, or that of one of its parties, "p-" and "-N" around the session's.
func SessionKey(id string) string {
	if rest, ok := strings.CutPrefix(id, "p-"); ok {
		if at := strings.LastIndexByte(rest, '-'); at > 0 {
			rest = rest[:at]
		}
		return cut("s-" + rest)
	}
	return cut(id)
}

// BySessionKey finds sessions by the values of their keys.
func BySessionKey(sessions []call.SessionID) map[string]call.SessionID {
	by := make(map[string]call.SessionID, len(sessions))
	for _, id := range sessions {
		by[cut(string(id))] = id
	}
	return by
}

// Words splits a name into folded words.
func Words(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
}

// KeyLines writes keys as calls.keys has them: a line each, with a line end before the
// first one, so that "\nkind:value\n" finds a whole key and "\nkind:val" its beginning.
func KeyLines(keys []Key) string {
	var b strings.Builder
	b.WriteByte('\n')
	for _, k := range keys {
		b.WriteString(string(k.Kind))
		b.WriteByte(':')
		b.WriteString(strings.ReplaceAll(k.Value, "\n", " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// CutKey takes a line of KeyLines apart.
func CutKey(line string) (k Key, ok bool) {
	kind, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
	return Key{KeyKind(kind), value}, ok
}
